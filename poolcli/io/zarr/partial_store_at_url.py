"""A store at a URL that is being written in its final place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from poolcli.errors import OutputError, OutputExistsError
from poolcli.io.zarr.location import METADATA_FILES

MARKER = ".poolcli-partial"
"""The name of an empty file that marks a store as incomplete, and as one of poolcli."""


def is_complete_store(url: str) -> bool:
    """Return whether a complete store is at a URL."""
    with _file_system(url) as (system, path):
        return _is_store(system, path) and not system.exists(f"{path}/{MARKER}")


def begin_url(url: str, *, replace: bool, keep_contents: bool) -> bool:
    """Make a URL ready for a store, and mark it as incomplete.

    Parameters
    ----------
    url : str
        The place of the store.
    replace : bool
        Whether a complete store is removed.
    keep_contents : bool
        Whether the contents of an incomplete store are kept.

    Returns
    -------
    bool
        Whether an incomplete store was found and kept.

    Raises
    ------
    OutputExistsError
        If a complete store exists and may not be removed.
    OutputError
        If something else is there, or the file system cannot be written to.
    """
    with _file_system(url) as (system, path):
        is_partial = system.exists(f"{path}/{MARKER}")
        if is_partial and keep_contents:
            return True
        if not is_partial and system.exists(path):
            if not _is_store(system, path):
                raise OutputError(f"{url} is no Zarr store, and is not replaced; move it away")
            if not replace:
                raise OutputExistsError(
                    f"{url} exists; --overwrite replaces it, --skip-existing skips it"
                )
        if system.exists(path):
            system.rm(path, recursive=True)
        system.makedirs(path, exist_ok=True)
        system.touch(f"{path}/{MARKER}")
    return False


def end_url(url: str) -> None:
    """Remove the mark of an incomplete store."""
    with _file_system(url) as (system, path):
        system.rm(f"{path}/{MARKER}")


def remove_url(url: str) -> None:
    """Remove an incomplete store."""
    with _file_system(url) as (system, path):
        if system.exists(path):
            system.rm(path, recursive=True)


def _is_store(system: Any, path: str) -> bool:
    return any(system.exists(f"{path}/{name}") for name in METADATA_FILES)


@contextmanager
def _file_system(url: str) -> Iterator[tuple[Any, str]]:
    """Give the file system and the path of a URL; convert its errors to `OutputError`."""
    from fsspec.core import url_to_fs  # type: ignore[import-untyped]

    try:
        found: tuple[Any, str] = url_to_fs(url)
        yield found
    except (OSError, ValueError, ImportError, NotImplementedError) as error:
        reason = str(error) or "its file system cannot be written to"
        raise OutputError(f"cannot write {url}: {reason}") from error
