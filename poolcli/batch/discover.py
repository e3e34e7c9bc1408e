"""Finding inputs: files as named, folders as what is in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from poolcli.errors import EmptyFolderError, PoolcliError, ReadError, UsageError
from poolcli.media.formats import readable_extensions
from poolcli.media.kind import HEAD_BYTES, looks_like_poolable
from poolcli.media.paths import is_folder
from poolcli.request import STREAM


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
    """The output folder, by its real path."""

    def takes(self, relative: str) -> bool:
        """Whether the globs let a file through; they see its name and its path in the folder."""
        names = (relative, os.path.basename(relative))  # noqa: PTH119 - a hot loop of strings
        if self.include and not any(fnmatch(n, glob) for n in names for glob in self.include):
            return False
        return not any(fnmatch(name, glob) for name in names for glob in self.exclude)


def discover(path: str, only: Filter) -> Iterator[Found]:
    """Give what an input argument stands for.

    A folder gives its pictures and arrays, in the order of their names; what cannot be looked at
    is a failure beside them, and so is a folder without any.
    """
    if not is_folder(path):
        yield Found(path)
        return
    is_empty = True
    for found in _found(path, "", only):
        is_empty = False
        yield found
    if is_empty:
        hint = "" if only.recursive else "; --recursive looks into its folders"
        yield Found(path, path, EmptyFolderError(f"the folder holds nothing to pool{hint}"))


def listed(path: str, *, null: bool, below: bool, only: Filter) -> Iterator[Found]:
    """Give the inputs of a list.

    Parameters
    ----------
    path : str
        The file with the list; `STREAM` for standard input.
    null : bool
        Whether NUL stands between them.
    below : bool
        Whether relative paths keep their folders below an output folder.

    Raises
    ------
    UsageError
        If there is no such list.
    """
    if path == STREAM and sys.stdin is None:
        raise UsageError("standard input is closed; name a file or pipe a list in", "--files-from")
    try:
        data = sys.stdin.buffer.read() if path == STREAM else Path(path).read_bytes()
    except OSError as error:
        words = f"the list {path} cannot be read: {error.strerror or error}"
        raise UsageError(words, "--files-from") from error
    if b"\0" in data and not null:
        raise UsageError(f"the list {path} holds NUL; -0 reads such lists", "--files-from")
    for line in data.split(b"\0" if null else b"\n"):
        if not line:
            continue
        name = os.fsdecode(line)
        keeps = below and not os.path.isabs(name)  # noqa: PTH117 - a hot loop of strings
        if keeps and ".." in name.split("/"):
            yield Found(name, failure=ReadError("'..' leads out of the output folder"))
        elif is_folder(name):
            for each in discover(name, only):
                yield Found(each.path, "" if keeps else each.folder, each.failure)
        else:
            yield Found(os.path.normpath(name) if keeps else name, "" if keeps else None)


def _found(root: str, below: str, only: Filter) -> Iterator[Found]:
    folder = os.path.join(root, below) if below else root  # noqa: PTH118 - keeps the name as given
    try:
        names, others = _listing(folder)
    except OSError as error:
        yield Found(folder, root, ReadError(f"the folder cannot be read: {error.strerror}"))
        return
    names.sort(reverse=True)
    known = readable_extensions()
    while names:
        name = names.pop()
        relative = f"{below}/{name}" if below else name
        path = os.path.join(folder, name)  # noqa: PTH118
        other = others.get(name)
        if other is not None and other.is_dir(follow_symlinks=False):
            if only.recursive and os.path.realpath(path) != only.skip:
                yield from _found(root, relative, only)
        elif only.takes(relative):
            try:
                if _is_poolable(path, other, known):
                    yield Found(path, root)
            except OSError as error:
                yield Found(path, root, ReadError(f"cannot be opened: {error.strerror}"))


def _listing(folder: str) -> tuple[list[str], dict[str, os.DirEntry[str]]]:
    """The names in a folder, and the entries of those that are no plain files.

    Of plain files the names alone are held, for there may be a million.
    """
    names: list[str] = []
    others: dict[str, os.DirEntry[str]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith("."):
                names.append(entry.name)
                if not entry.is_file(follow_symlinks=False):
                    others[entry.name] = entry
    return names, others


def _is_poolable(path: str, other: os.DirEntry[str] | None, known: frozenset[str]) -> bool:
    """Whether a file's extension is known, or else its content begins as pictures do.

    Raises
    ------
    OSError
        If it is a link that leads round in a circle.
    """
    named = os.path.splitext(path)[1].lower() in known  # noqa: PTH122 - a hot loop of strings
    if other is not None and not other.is_file():
        # A link to nothing is told of when it is opened; a FIFO would be waited for.
        return named and other.is_symlink() and not os.path.exists(path)  # noqa: PTH110
    return named or _looks_poolable(path)


def _looks_poolable(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return looks_like_poolable(file.read(HEAD_BYTES))
    except OSError:
        return False
