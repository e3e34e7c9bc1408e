"""Finding inputs: files as named, folders as what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from poolcli.errors import EmptyFolderError, PoolcliError, ReadError
from poolcli.media.formats import readable_extensions
from poolcli.media.kind import HEAD_BYTES, looks_like_image
from poolcli.media.paths import is_folder


@dataclass(frozen=True, slots=True)
class Found:
    """An input.

    Attributes
    ----------
    path : str
        As it was named, or as the folder was.
    folder : str, optional
        The folder that it was found in, where the input was one.
    failure : PoolcliError, optional
        Why there is nothing to pool.
    """

    path: str
    folder: str | None = None
    failure: PoolcliError | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which files of a folder to take."""

    recursive: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    skip: str | None = None
    """The output folder, absolute."""

    def takes(self, relative: str) -> bool:
        """Whether the globs let a file through; they see its name and its path in the folder."""
        names = (relative, os.path.basename(relative))  # noqa: PTH119 - a hot loop of strings
        if self.include and not any(fnmatch(n, glob) for n in names for glob in self.include):
            return False
        return not any(fnmatch(name, glob) for name in names for glob in self.exclude)


def discover(path: str, only: Filter) -> Iterator[Found]:
    """Give what an input argument stands for.

    A folder gives its pictures and arrays, in the order of their names; without any, or where
    it cannot be read, one failure.
    """
    if not is_folder(path):
        yield Found(path)
        return
    try:
        files = list(_files(path, "", only))
    except OSError as error:
        failure = ReadError(f"the folder cannot be read: {error.strerror}")
        yield Found(path, path, failure)
        return
    if not files:
        hint = "" if only.recursive else "; --recursive looks into its folders"
        yield Found(path, path, EmptyFolderError(f"the folder holds nothing to pool{hint}"))
    for relative in files:
        yield Found(os.path.join(path, relative), path)  # noqa: PTH118 - keeps the name as given


def _files(root: str, below: str, only: Filter) -> Iterator[str]:
    known = readable_extensions()
    with os.scandir(Path(root, below)) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        if entry.name.startswith("."):
            continue
        relative = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            inside = only.skip is not None and os.path.abspath(entry.path) == only.skip  # noqa: PTH100
            if only.recursive and not inside:
                yield from _files(root, relative, only)
        elif not entry.is_dir() and only.takes(relative) and _is_poolable(entry, known):
            yield relative


def _is_poolable(entry: os.DirEntry[str], known: frozenset[str]) -> bool:
    """Whether a file's extension is known, or else its content begins as pictures do."""
    if os.path.splitext(entry.name)[1].lower() in known:  # noqa: PTH122 - a hot loop of strings
        return True
    try:
        if not entry.is_file():
            return False
        with Path(entry.path).open("rb") as file:
            return looks_like_image(file.read(HEAD_BYTES))
    except OSError:
        return False
