"""Checks of the path of a Zarr store that is to be written, without loading zarr."""

from __future__ import annotations

import os

from poolcli.errors import OutputError
from poolcli.io.publish_file import check_output_path
from poolcli.io.zarr.location import STORE_EXTENSION, is_url, is_zarr_folder


def store_exists(path: str) -> bool:
    """Return whether a complete store has the path or URL of an output.

    Parameters
    ----------
    path : str
        The output.

    Raises
    ------
    OutputError
        If something else has the path, which a store never replaces.
    """
    if is_url(path):
        from poolcli.io.zarr.partial_store_at_url import is_complete_store

        return is_complete_store(path)
    if is_zarr_folder(path):
        return True
    if os.path.isdir(path):  # noqa: PTH112
        raise OutputError(
            f"{path} is a folder, but no Zarr store, and is not replaced; name another output"
        )
    check_output_path(path, allow_special=False)
    if os.path.exists(path):  # noqa: PTH110
        raise OutputError(f"{path} is a file, not a Zarr store, and is not replaced; remove it")
    return False


def names_store(path: str, extension: str | None = None) -> bool:
    """Return whether `-o` names a store: by its extension, or because one is there.

    Parameters
    ----------
    path : str
        The output, maybe with a slash at its end.
    extension : str, optional
        The extension that `--format` gives, lower case, without its dot.

    Examples
    --------
    >>> names_store("out.zarr/"), names_store("out/"), names_store("out.zarr/", "png")
    (True, False, False)
    """
    plain = path.rstrip("/")
    if extension not in (None, STORE_EXTENSION[1:]):
        return False
    return plain.lower().endswith(STORE_EXTENSION) or is_url(path) or is_zarr_folder(plain)


def enclosing_store(path: str) -> str | None:
    """Return the nearest Zarr store that contains a path; None if there is none.

    Parameters
    ----------
    path : str
        A path, which itself need not exist.

    Examples
    --------
    >>> enclosing_store("/no/such/folder/x.zarr") is None
    True
    """
    folder = os.path.dirname(os.path.realpath(path))  # noqa: PTH120
    while not is_zarr_folder(folder):
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder:
            return None
        folder = above
    return folder
