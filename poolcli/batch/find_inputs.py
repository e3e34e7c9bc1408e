"""The inputs that arguments, folders and lists of paths stand for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from poolcli.errors import EmptyFolderError, PoolcliError, ReadError, UsageError
from poolcli.io.formats import SIGNATURE_BYTES, has_poolable_signature, is_readable_extension
from poolcli.io.member_names import split_member
from poolcli.io.output_paths import STDIN_OR_STDOUT, is_folder, is_same_file
from poolcli.io.zarr.location import is_url, is_zarr_folder, is_zarr_input
from poolcli.report.left_out_files import LeftOutCounts, LeftOutReason, left_out_phrases

WINDOWS_LINE_ENDS = (
    "there is no such file; the list has Windows line endings: write it with Unix line endings"
)


class Found(NamedTuple):
    """Inputs that were found in one folder.

    Attributes
    ----------
    prefix : str
        The folder with its slash, as the user named it; empty for the current folder.
    names : list of str
        The names of the inputs in the folder.
    below : str, optional
        The folder relative to the folder that was named, or that a list is relative to.
    failure : PoolcliError, optional
        The reason why the inputs cannot be pooled.
    left_out : Counter
        The files that are no inputs, counted by reason.
    is_store : bool
        Whether the inputs are Zarr stores.
    member : str, optional
        The only array of the input that is pooled, if it is named as in ``file.npz:conv1``.
    """

    prefix: str
    names: list[str]
    below: str | None = None
    failure: PoolcliError | None = None
    left_out: LeftOutCounts = LeftOutCounts()
    is_store: bool = False
    member: str | None = None


class Filter(NamedTuple):
    """The conditions for a file of a folder to be an input."""

    recursive: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    """The folders of outputs and of indices, which contain no inputs."""

    def takes(self, relative: str) -> bool:
        """Return whether the globs accept a file, by its name or its path below the folder.

        Examples
        --------
        >>> only = Filter(include=("*.png",), exclude=("old/*",))
        >>> only.takes("new/a.png"), only.takes("old/a.png"), only.takes("new/a.jpg")
        (True, False, False)
        """
        names = (relative, os.path.basename(relative))  # noqa: PTH119 - pathlib is slow here
        if self.include and not any(fnmatch(n, glob) for n in names for glob in self.include):
            return False
        return not any(fnmatch(name, glob) for name in names for glob in self.exclude)


def inputs_of_argument(path: str, only: Filter) -> Iterator[Found]:
    """Yield the inputs that an argument stands for: a file or store itself, or those in a folder.

    The images and arrays of a folder come in the order of their names. A file that cannot be
    examined, and a folder without inputs, are yielded with a failure.

    Parameters
    ----------
    path : str
        The path of a file or a folder, as the user gave it, or the URL of a Zarr store. A file need
        not exist. A member may follow, as in ``file.npz:conv1``.
    only : Filter
        Which files of a folder are inputs. It does not apply to a file that is named itself.

    Yields
    ------
    Found
        The inputs of one folder, or one store. The last one for a folder may have only counts of
        other files.

    Examples
    --------
    >>> [(found.prefix, found.names) for found in inputs_of_argument("in/missing.png", Filter())]
    [('in/', ['missing.png'])]
    """
    path, member = split_member(path)
    if is_zarr_input(path):
        yield Found(*_prefix_and_names(path.rstrip("/")), is_store=True, member=member)
        return
    if member is not None or not is_folder(path):
        yield Found(*_prefix_and_names(path), member=member)
        return
    left_out = LeftOutCounts()
    is_empty = True
    for found in _inputs_in_folder(path, "", only):
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


def _prefix_and_names(path: str) -> tuple[str, list[str]]:
    """Return the prefix and the name of a path. A file named ``-`` gets a prefix."""
    if path == STDIN_OR_STDOUT:
        return "./", [path]
    name = path.rpartition("/")[2]
    return (path[: -len(name)], [name]) if name else ("", [path])


def inputs_of_list(path: str, *, null: bool, below: bool, only: Filter) -> Iterator[Found]:
    """Yield the inputs of a list of paths.

    Parameters
    ----------
    path : str
        The file with the list; `STDIN_OR_STDOUT` for standard input.
    null : bool
        Whether NUL separates the paths, instead of the end of a line.
    below : bool
        Whether there is an output folder, below which relative paths keep their folders.
    only : Filter
        Which files of a listed folder are inputs.

    Yields
    ------
    Found
        One listed file, or the inputs of one folder.

    Raises
    ------
    UsageError
        If the list cannot be read.
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
        keeps = below and not (os.path.isabs(name) or is_url(name))  # noqa: PTH117 - pathlib is slow here
        if name.endswith("\r") and not null and not os.path.lexists(name):
            yield Found("", [name], failure=ReadError(WINDOWS_LINE_ENDS))
        elif keeps and ".." in name.split("/"):
            yield Found("", [name], failure=ReadError("'..' leads out of the output folder"))
        elif is_folder(name):
            for each in inputs_of_argument(name, only):
                place = os.path.normpath(each.prefix) if keeps else each.below
                yield each._replace(below=place)
        elif keeps:
            path, member = split_member(name)
            prefix, names = _prefix_and_names(os.path.normpath(path))
            yield Found(prefix, names, prefix, member=member)
        else:
            yield from inputs_of_argument(name, only)


def _lines(data: bytes, end: bytes) -> Iterator[bytes]:
    """Yield the lines that are not empty, one at a time."""
    start = 0
    while start < len(data):
        stop = data.find(end, start)
        stop = len(data) if stop < 0 else stop
        if stop > start:
            yield data[start:stop]
        start = stop + 1


def _inputs_in_folder(root: str, below: str, only: Filter) -> Iterator[Found]:
    """Yield the inputs in a folder, and in its subfolders if the filter is recursive."""
    folder = os.path.join(root, below) if below else root  # noqa: PTH118 - keeps the name as given
    prefix = os.path.join(folder, "")  # noqa: PTH118
    try:
        names, special = _list_folder(folder)
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
        entry = special.get(name)
        if entry is not None and _is_folder_of_inputs(f"{prefix}{name}", entry):
            if any(is_same_file(f"{prefix}{name}", skipped) for skipped in only.skip):
                continue
            if not only.recursive:
                left_out[LeftOutReason.SUBFOLDER] += 1
                continue
            yield Found(prefix, taken, below)
            taken = []
            yield from _inputs_in_folder(root, relative, only)
            continue
        try:
            reason = _reason_to_leave_out(f"{prefix}{name}", relative, entry, only)
        except OSError as error:
            words = f"cannot be opened: {error.strerror}"
            yield Found(prefix, [name], below, ReadError(words))
            continue
        if reason is not None:
            left_out[reason] += 1
        elif entry is not None and is_zarr_folder(f"{prefix}{name}"):
            yield Found(prefix, taken, below)
            yield Found(prefix, [name], below, is_store=True)
            taken = []
        else:
            taken.append(name)
    if taken or left_out:
        yield Found(prefix, taken, below, left_out=left_out)


def _is_folder_of_inputs(path: str, entry: os.DirEntry[str]) -> bool:
    """Return whether something in a folder is a folder, but no Zarr store, which is an input."""
    return entry.is_dir(follow_symlinks=False) and not is_zarr_folder(path)


def _reason_to_leave_out(
    path: str, relative: str, entry: os.DirEntry[str] | None, only: Filter
) -> LeftOutReason | None:
    """Return the reason why something in a folder is left out; None if it is an input.

    Raises
    ------
    OSError
        If it is a link in a circle of links.
    """
    is_store = entry is not None and is_zarr_folder(path)
    if entry is not None and is_folder(path) and not is_store:
        return LeftOutReason.FOLDER_LINK
    if not only.takes(relative):
        return LeftOutReason.FILTERED
    if is_store:
        return None
    if _is_input(path, entry):
        return None
    return (
        LeftOutReason.OTHER_TYPE if entry is None or entry.is_file() else LeftOutReason.NOT_A_FILE
    )


def _list_folder(folder: str) -> tuple[list[str], dict[str, os.DirEntry[str]]]:
    """Return the names in a folder, and the entries of those that are no regular files.

    Of regular files only the names are stored, because there may be a million.
    """
    names: list[str] = []
    special: dict[str, os.DirEntry[str]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith("."):
                names.append(entry.name)
                if not entry.is_file(follow_symlinks=False):
                    special[entry.name] = entry
    return names, special


def _is_input(path: str, entry: os.DirEntry[str] | None) -> bool:
    """Return whether a file has a known extension, or the signature of a known format.

    Raises
    ------
    OSError
        If it is a link in a circle of links.
    """
    named = is_readable_extension(os.path.splitext(path)[1].lower())  # noqa: PTH122 - a hot loop of strings
    if entry is not None and not entry.is_file():
        # A dangling link fails when it is opened. A FIFO is left out: opening it could block.
        return named and entry.is_symlink() and not os.path.exists(path)  # noqa: PTH110
    return named or _has_signature(path)


def _has_signature(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return has_poolable_signature(file.read(SIGNATURE_BYTES))
    except OSError:
        return False
