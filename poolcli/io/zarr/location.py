"""Paths and URLs of Zarr stores, told from those of other inputs without loading zarr."""

from __future__ import annotations

import os
import re

METADATA_FILES = ("zarr.json", ".zarray", ".zgroup")
"""Names of files that make a folder a Zarr array or group."""

STORE_EXTENSION = ".zarr"

URL_PATTERN = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*::)*[A-Za-z][A-Za-z0-9+.-]*://")
"""The beginning of a URL, also of a chain of fsspec's file systems."""


def is_url(path: str) -> bool:
    """Return whether a path is a URL or a chain of fsspec's file systems, which zarr opens.

    Examples
    --------
    >>> is_url("https://example.org/x.zarr"), is_url("simplecache::s3://bucket/x.zarr")
    (True, True)
    >>> is_url("x.zarr"), is_url("a:/b"), is_url("./https://x")
    (False, False, False)
    """
    return URL_PATTERN.match(path) is not None


def place_of(path: str) -> str:
    """Return a form of a path or URL that two names of one place have in common.

    Examples
    --------
    >>> place_of("simplecache::s3://bucket//a/../x.zarr/")
    's3:/bucket/x.zarr'
    >>> place_of("file:///x.zarr") == place_of("/x.zarr")
    True
    """
    scheme, separator, rest = path.rpartition("::")[2].partition("://")
    if separator and scheme not in ("file", "local"):
        return f"{scheme}:{os.path.normpath(f'/{rest}').replace('//', '/')}"
    return os.path.realpath(rest if separator else path)


def is_zarr_folder(path: str) -> bool:
    """Return whether a folder is a Zarr array or group, of version 2 or 3."""
    if not os.path.isdir(path):  # noqa: PTH112 - pathlib is slow here
        return False
    return any(os.path.isfile(f"{path}/{name}") for name in METADATA_FILES)  # noqa: PTH113


def is_zarr_input(path: str) -> bool:
    """Return whether a path is opened as a Zarr store: a URL, a store, or a folder ``NAME.zarr``.

    A folder of that name whose metadata are missing is an incomplete store, not one of pictures.
    """
    has_name = path.rstrip("/").lower().endswith(STORE_EXTENSION)
    return is_url(path) or is_zarr_folder(path) or (has_name and os.path.isdir(path))  # noqa: PTH112


def is_in_memory(path: str) -> bool:
    """Return whether a URL is a place in the memory of this process.

    Examples
    --------
    >>> is_in_memory("memory://x.zarr"), is_in_memory("https://host/x.zarr")
    (True, False)
    """
    return path.startswith("memory:")
