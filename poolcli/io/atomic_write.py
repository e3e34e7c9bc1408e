"""Output files that appear under their names only when they are complete.

Guarantees, for a file that `atomic_write` opens:

- The output name refers to the old content, or to nothing, until the new content is complete. The
  content is written to a temporary file in the same folder, which is then renamed or linked.
- If the block raises an exception, no temporary file remains. The temporary file of a killed
  process remains; `remove_leftovers` of the next run deletes it.
- Temporary files are private (mode 0600) and are created with ``O_EXCL`` and ``O_NOFOLLOW``, so
  that no other process can put a file or a link in their place.
- Each temporary file is locked (`flock`) as long as its process lives.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import BinaryIO

from poolcli.io.output_paths import is_special_file
from poolcli.io.publish_file import (
    OutputAppearedError,
    check_output_path,
    publish,
    wrap_write_errors,
)

TEMPORARY_PREFIX = ".poolcli-"
"""The first characters of the names of temporary files. Hidden files are never inputs."""

RUN_ID: ContextVar[str] = ContextVar("RUN_ID", default="")
"""The run in the names of temporary files, by which the parent of a dead worker finds them."""

CREATE_FLAGS = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
"""Flags of `os.open` for a new file that is not reached through a link."""


@contextmanager
def atomic_write(
    path: str, *, replace: bool, allow_special: bool, is_retry: bool = False
) -> Iterator[BinaryIO]:
    """Open a file for writing that gets its name when the block ends without an exception.

    Missing folders are created. If `path` is a link, the file that it refers to is written.

    Parameters
    ----------
    path : str
        The output.
    replace : bool
        Whether an existing file may be replaced.
    allow_special : bool
        Whether a device or a FIFO may be written directly, because the user named this path.
    is_retry : bool
        Whether an earlier attempt at the same task may have published the same bytes.

    Yields
    ------
    binary file
        Readable and seekable, except for devices and FIFOs.

    Raises
    ------
    OutputAppearedError
        If a file appeared under the name meanwhile and may not be replaced.
    OutputError
        If the file cannot be written.
    """
    check_output_path(path, allow_special=allow_special)
    if is_special_file(path):
        # `path` itself is opened: the real path of a pipe in /dev/fd is not a file.
        with (
            wrap_write_errors(path),
            open_unseekable(os.open(path, os.O_WRONLY)) as file,
        ):
            yield file
        return
    target = os.path.realpath(path)
    folder = os.path.dirname(target)  # noqa: PTH120
    with wrap_write_errors(path):
        Path(folder).mkdir(parents=True, exist_ok=True)
        with _temporary_file(folder) as (temporary, descriptor):
            with _buffered(io.FileIO(os.dup(descriptor), "r+b")) as buffered:
                yield buffered
            try:
                publish(temporary, target, descriptor, replace=replace, is_retry=is_retry)
            except FileExistsError as error:
                raise OutputAppearedError(path) from error


@contextmanager
def _temporary_file(folder: str) -> Iterator[tuple[str, int]]:
    """Create a locked temporary file; remove its temporary name when the block ends.

    The lock tells other runs that the process is alive: see `remove_leftovers`.
    """
    run = RUN_ID.get() or os.urandom(4).hex()
    name = f"{TEMPORARY_PREFIX}{run}-{host_hash()}-{os.urandom(8).hex()}"
    path = os.path.join(folder, name)  # noqa: PTH118
    descriptor = -1
    try:
        while True:
            descriptor = os.open(path, CREATE_FLAGS, 0o600)
            with contextlib.suppress(OSError):  # some network file systems have no locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.exists(path):  # noqa: PTH110 - not removed by another run before the lock
                break
            os.close(descriptor)
        yield path, descriptor
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        if descriptor >= 0:
            os.close(descriptor)


@contextmanager
def _buffered(raw: io.FileIO) -> Iterator[BinaryIO]:
    """Give a buffered file; close it without flushing if the block raises an exception."""
    file = io.BufferedRandom(raw)
    try:
        yield file
    except BaseException:
        raw.close()  # flushing unwanted data could raise a second error
        raise
    file.close()


@cache
def host_hash() -> str:
    """Return the CRC-32 of the host name in hexadecimal, as names of temporary files have it."""
    return f"{zlib.crc32(os.uname().nodename.encode()):08x}"


def open_unseekable(descriptor: int) -> BinaryIO:
    """Return a buffered file for a descriptor of a device or a FIFO; closing it closes both."""
    return _UnseekableWriter(io.FileIO(descriptor, "wb"))


class _UnseekableWriter(io.BufferedWriter):
    """A writer for a device or a FIFO; some of these claim to be seekable and are not."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise io.UnsupportedOperation("not a regular file")
