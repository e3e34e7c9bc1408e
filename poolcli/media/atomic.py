"""Files that appear under their names only when they are complete."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO

from poolcli.errors import OutputError

TEMPORARY = ".poolcli-"
"""Temporary files begin so: hidden, and never taken for inputs."""

RUN: ContextVar[str] = ContextVar("RUN", default="")
"""What the temporary files of a run are called after, so that its parent can find them."""

DATA: ContextVar[int] = ContextVar("DATA", default=1)
"""The descriptor that data for standard output go to."""


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its place when the block ends well.

    A link is followed; a file that is replaced passes its permissions on; what is not a regular
    file (a device, a FIFO) is written straight. If the block fails, nothing is left behind.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        mode: int | None = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise OutputError(_cannot(path, error)) from error
    if mode is not None and stat.S_ISDIR(mode):
        raise OutputError(f"{path}: is a folder; name a file, or end the name in '/'")
    if mode is not None and not stat.S_ISREG(mode):
        # Not by its real path: that of a pipe in /dev/fd is no file.
        with told(path), _Straight(io.FileIO(path, "wb")) as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f"{TEMPORARY}{RUN.get()}{os.urandom(8).hex()}")
    with told(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "x+b") as file:  # noqa: PTH123 - the umask decides, not a mode
                if mode is not None:  # before anything stands in it
                    temporary.chmod(stat.S_IMODE(mode))
                yield file
            temporary.replace(target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
            raise


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
        raise OutputError(_cannot(path, error)) from error


def _cannot(path: Path | str, error: OSError) -> str:
    return f"cannot write {path}: {error.strerror or error}"
