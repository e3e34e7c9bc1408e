"""Input files and standard input as seekable files, and a check that files do not change."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from poolcli.errors import ReadError
from poolcli.io.paths import STDIN_OR_STDOUT
from poolcli.io.spool import spool


@contextmanager
def open_input(path: str) -> Iterator[BinaryIO]:
    """Open an input as a seekable file at its beginning; pipes are copied (see `spool`).

    Parameters
    ----------
    path : str
        The path of a file, or `STDIN_OR_STDOUT` for standard input.

    Raises
    ------
    ReadError
        If it cannot be opened or read.
    """
    if path == STDIN_OR_STDOUT:
        if sys.stdin is None:  # closed before the start
            raise ReadError("standard input is closed; name a file or pipe one in")
        with _seekable_stdin(sys.stdin.buffer) as file:
            yield file
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        raise ReadError("there is no such file; check its name and the current folder") from error
    except PermissionError as error:
        hint = "; chmod +r lets it be read" if os.path.exists(path) else ""  # noqa: PTH110
        raise ReadError(f"cannot be opened: Permission denied{hint}") from error
    except OSError as error:
        raise ReadError(f"cannot be opened: {error.strerror or error}") from error
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            yield file
        else:
            with _copy(file) as copy:
                yield copy


def _seekable_stdin(stdin: BinaryIO) -> BinaryIO:
    """Return the file that standard input was redirected from, or a copy of a pipe."""
    with contextlib.suppress(OSError):  # a stream without a descriptor
        descriptor = stdin.fileno()
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and stdin.tell() == 0:
            return os.fdopen(os.dup(descriptor), "rb")
    return _copy(stdin)


def _copy(pipe: BinaryIO) -> BinaryIO:
    try:
        return spool(pipe)
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror or error}") from error


FileState = Callable[[], tuple[int, int]]
"""A function that returns the current size and modification time of a file."""


@contextmanager
def watch_file(file: BinaryIO) -> Iterator[FileState]:
    """Give a function that returns the state of a file, even after its reader has closed it.

    The state of a file in memory never changes.
    """
    try:
        descriptor = os.dup(file.fileno())
    except OSError:  # a file in memory
        yield lambda: (0, 0)
        return

    def state() -> tuple[int, int]:
        status = os.fstat(descriptor)
        return status.st_size, status.st_mtime_ns

    try:
        yield state
    finally:
        os.close(descriptor)
