"""Files that appear under their names only when they are complete."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import BinaryIO

from poolcli.errors import OutputError
from poolcli.io.paths import is_special
from poolcli.io.publish_file import OutputAppearedError, cannot_write, check_output, publish

TEMPORARY = ".poolcli-"
"""Temporary files begin so: hidden, and never taken for inputs."""

RUN: ContextVar[str] = ContextVar("RUN", default="")
"""What the temporary files of a run are called after, so that its parent can find them."""

CREATE = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
"""Flags for a file that only this process has, and that no link leads elsewhere."""

DATA: ContextVar[int] = ContextVar("DATA", default=1)
"""The descriptor that data for standard output go to."""


@contextmanager
def writing(path: str, *, replace: bool, direct: bool, retried: bool = False) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its place when the block ends well.

    The content goes into a private temporary file beside it. That file is published once it was
    closed without an error, so every byte was taken. A link is followed. If the block fails,
    nothing is left behind.

    Parameters
    ----------
    replace : bool
        Whether a file that is there may be replaced.
    direct : bool
        Whether the person named this very path: a device or a FIFO is then written directly.
    retried : bool
        Whether an earlier try of the same task may have published the same bytes already.

    Raises
    ------
    OutputAppearedError
        If a file has appeared under the name and may not be replaced.
    OutputError
        If it cannot be written.
    """
    check_output(path, direct=direct)
    if is_special(path):
        # Not by its real path: that of a pipe in /dev/fd is no file.
        with told(path), _Straight(io.FileIO(os.open(path, os.O_WRONLY), "wb")) as straight:
            yield straight
        return
    target = os.path.realpath(path)
    folder = os.path.dirname(target)  # noqa: PTH120
    with told(path):
        Path(folder).mkdir(parents=True, exist_ok=True)
        with _temporary(folder) as (temporary, descriptor):
            with _closing(io.FileIO(os.dup(descriptor), "r+b")) as file:
                yield file
            try:
                publish(temporary, target, descriptor, replace=replace, retried=retried)
            except FileExistsError as error:
                raise OutputAppearedError(path) from error


@contextmanager
def _temporary(folder: str) -> Iterator[tuple[str, int]]:
    """Create a temporary file, locked until the block ends; its name is then removed.

    The lock tells other runs that its process is alive: see `remove_leftovers`.
    """
    name = f"{TEMPORARY}{RUN.get() or os.urandom(4).hex()}-{host()}-{os.urandom(8).hex()}"
    path = os.path.join(folder, name)  # noqa: PTH118
    descriptor = -1
    try:
        while True:
            descriptor = os.open(path, CREATE, 0o600)
            with contextlib.suppress(OSError):  # some network file systems have no locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.exists(path):  # noqa: PTH110 - no other run removed it before the lock
                break
            os.close(descriptor)
        yield path, descriptor
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        if descriptor >= 0:
            os.close(descriptor)


@contextmanager
def _closing(raw: io.FileIO) -> Iterator[BinaryIO]:
    """A buffered file, which is flushed and closed if the block ends well, else only closed."""
    file = io.BufferedRandom(raw)
    try:
        yield file
    except BaseException:
        raw.close()  # to flush what is not wanted any more could raise an error of its own
        raise
    file.close()


@cache
def host() -> str:
    """The host in the names of temporary files."""
    return f"{zlib.crc32(os.uname().nodename.encode()):08x}"


class _Straight(io.BufferedWriter):
    """A device or a FIFO: some say that they can seek, and then cannot."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise io.UnsupportedOperation("not a regular file")


@contextmanager
def guarded_stdout() -> Iterator[None]:
    """Keep standard output for data: whatever else is printed there lands on standard error.

    Descriptors are swapped, not Python's objects, so that C libraries are kept away too.

    Raises
    ------
    OutputError
        If there is no standard output.
    """
    if sys.__stdout__ is None:  # closed before the start
        raise OutputError("standard output is closed; name a file with -o")
    private = os.dup(1)
    token = DATA.set(private)
    _flush_stdout()
    os.dup2(2, 1)
    try:
        yield
    finally:
        _flush_stdout()  # what was printed meanwhile may still be in Python's buffer
        os.dup2(private, 1)
        DATA.reset(token)
        os.close(private)


def _flush_stdout() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


@contextmanager
def writing_stdout() -> Iterator[BinaryIO]:
    """Open standard output for data, where `guarded_stdout` keeps it."""
    descriptor = os.dup(DATA.get())
    with told("standard output"), _Straight(io.FileIO(descriptor, "wb")) as file:
        yield file


@contextmanager
def told(path: Path | str) -> Iterator[None]:
    """Say which output it was that could not be written."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from error
