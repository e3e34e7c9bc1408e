"""Finding inputs: files as named, folders as what is in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from poolcli.errors import EmptyFolderError, PoolcliError, ReadError, UsageError
from poolcli.io.detect_unsupported import is_zarr_store
from poolcli.io.file_kind import SIGNATURE_BYTES, has_poolable_signature
from poolcli.io.formats import is_readable_extension
from poolcli.io.paths import is_folder
from poolcli.io.unsupported_formats import ZARR
from poolcli.report.left_out_files import LeftOutCounts, LeftOutReason, left_out_phrases
from poolcli.request import STDIN_OR_STDOUT

WINDOWS = (
    "there is no such file; the list has the line ends of Windows: write it with those of Unix"
)


class Found(NamedTuple):
    """Inputs of one folder.

    Attributes
    ----------
    prefix : str
        The folder with its slash, as it was named; empty for the current one.
    names : list of str
        What they are called there.
    below : str, optional
        Their folder, seen from the one that was named or that a list is relative to.
    failure : PoolcliError, optional
        Why there is nothing to pool.
    left_out : Counter
        What else was found.
    """

    prefix: str
    names: list[str]
    below: str | None = None
    failure: PoolcliError | None = None
    left_out: LeftOutCounts = LeftOutCounts()


class Filter(NamedTuple):
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
        yield Found(*_apart(path))
        return
    if is_zarr_store(path):
        yield Found("", [path], failure=ReadError(ZARR.message))
        return
    left_out = LeftOutCounts()
    is_empty = True
    for found in _found(path, "", only):
        left_out.update(found.left_out)
        if found.names:
            is_empty = False
            yield found._replace(left_out=LeftOutCounts())
    if is_empty:
        yield Found("", [path], failure=EmptyFolderError(_nothing_to_pool(left_out, only)))
    else:
        yield Found("", [], left_out=left_out)


def _nothing_to_pool(left_out: LeftOutCounts, only: Filter) -> str:
    phrases = left_out_phrases(left_out, only.include, only.exclude)
    if list(left_out) == [LeftOutReason.FILTERED]:
        phrases = [f"all {phrases[0]}"] if left_out.total() > 1 else [f"its only {phrases[0][2:]}"]
    return ": ".join(["the folder holds nothing to pool", *filter(None, ["; ".join(phrases)])])


def _apart(path: str) -> tuple[str, list[str]]:
    """A path as a prefix and a name; one of a file that is called as a stream is has a folder."""
    if path == STDIN_OR_STDOUT:
        return "./", [path]
    name = path.rpartition("/")[2]
    return (path[: -len(name)], [name]) if name else ("", [path])


def listed(path: str, *, null: bool, below: bool, only: Filter) -> Iterator[Found]:
    """Give the inputs of a list.

    Parameters
    ----------
    path : str
        The file with the list; `STDIN_OR_STDOUT` for standard input.
    null : bool
        Whether NUL stands between them.
    below : bool
        Whether relative paths keep their folders below an output folder.

    Raises
    ------
    UsageError
        If there is no such list.
    """
    if path == STDIN_OR_STDOUT and sys.stdin is None:
        raise UsageError("standard input is closed; name a file or pipe a list in", "--files-from")
    try:
        data = sys.stdin.buffer.read() if path == STDIN_OR_STDOUT else Path(path).read_bytes()
    except OSError as error:
        words = f"the list {path} cannot be read: {error.strerror or error}"
        raise UsageError(words, "--files-from") from error
    if b"\0" in data and not null:
        raise UsageError(f"the list {path} holds NUL; -0 reads such lists", "--files-from")
    for line in _lines(data, b"\0" if null else b"\n"):
        name = os.fsdecode(line)
        keeps = below and not os.path.isabs(name)  # noqa: PTH117 - a hot loop of strings
        if name.endswith("\r") and not null and not os.path.lexists(name):
            yield Found("", [name], failure=ReadError(WINDOWS))
        elif keeps and ".." in name.split("/"):
            yield Found("", [name], failure=ReadError("'..' leads out of the output folder"))
        elif is_folder(name):
            for each in discover(name, only):
                place = os.path.normpath(each.prefix) if keeps else each.below
                yield each._replace(below=place)
        elif keeps:
            prefix, names = _apart(os.path.normpath(name))
            yield Found(prefix, names, prefix)
        else:
            yield Found(*_apart(name))


def _lines(data: bytes, end: bytes) -> Iterator[bytes]:
    """The lines that have anything in them, one at a time."""
    start = 0
    while start < len(data):
        stop = data.find(end, start)
        stop = len(data) if stop < 0 else stop
        if stop > start:
            yield data[start:stop]
        start = stop + 1


def _found(root: str, below: str, only: Filter) -> Iterator[Found]:
    folder = os.path.join(root, below) if below else root  # noqa: PTH118 - keeps the name as given
    prefix = os.path.join(folder, "")  # noqa: PTH118
    try:
        names, others = _listing(folder)
    except OSError as error:
        words = f"the folder cannot be read: {error.strerror}"
        yield Found("", [folder], failure=ReadError(words))
        return
    names.sort(reverse=True)
    taken: list[str] = []
    left_out = LeftOutCounts()
    while names:
        name = names.pop()
        relative = f"{below}/{name}" if below else name
        other = others.get(name)
        if other is not None and other.is_dir(follow_symlinks=False):
            if os.path.realpath(f"{prefix}{name}") == only.skip:
                continue
            if not only.recursive:
                left_out[LeftOutReason.SUBFOLDER] += 1
                continue
            if taken:
                yield Found(prefix, taken, below)
                taken = []
            yield from _found(root, relative, only)
            continue
        try:
            reason = _reason_against(f"{prefix}{name}", relative, other, only)
        except OSError as error:
            words = f"cannot be opened: {error.strerror}"
            yield Found(prefix, [name], below, ReadError(words))
            continue
        if reason is None:
            taken.append(name)
        else:
            left_out[reason] += 1
    if taken or left_out:
        yield Found(prefix, taken, below, left_out=left_out)


def _reason_against(
    path: str, relative: str, other: os.DirEntry[str] | None, only: Filter
) -> LeftOutReason | None:
    """Why what is no folder is left out; None where it is an input.

    Raises
    ------
    OSError
        If it is a link that leads round in a circle.
    """
    if other is not None and is_folder(path):
        return LeftOutReason.FOLDER_LINK
    if not only.takes(relative):
        return LeftOutReason.FILTERED
    if _is_poolable(path, other):
        return None
    return (
        LeftOutReason.OTHER_TYPE if other is None or other.is_file() else LeftOutReason.NOT_A_FILE
    )


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


def _is_poolable(path: str, other: os.DirEntry[str] | None) -> bool:
    """Whether a file's extension is known, or else its content begins as pictures do.

    Raises
    ------
    OSError
        If it is a link that leads round in a circle.
    """
    named = is_readable_extension(os.path.splitext(path)[1].lower())  # noqa: PTH122 - a hot loop of strings
    if other is not None and not other.is_file():
        # A link to nothing is told of when it is opened; a FIFO would be waited for.
        return named and other.is_symlink() and not os.path.exists(path)  # noqa: PTH110
    return named or _looks_poolable(path)


def _looks_poolable(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return has_poolable_signature(file.read(SIGNATURE_BYTES))
    except OSError:
        return False
