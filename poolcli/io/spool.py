"""Seekable copies of streams, in memory or in an unnamed temporary file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

MAX_MEMORY_BYTES = 1 << 26
"""The size from which a copy is kept in a temporary file instead of memory."""

READ_BYTES = 1 << 20
"""The number of bytes that one call reads."""


def spool(stream: BinaryIO, read_bytes: int = READ_BYTES) -> BinaryIO:
    """Return a seekable copy of a stream, positioned at its beginning.

    Parameters
    ----------
    stream : binary file
        Read to its end.
    read_bytes : int
        The number of bytes that one call reads.

    Returns
    -------
    binary file
        In memory below `MAX_MEMORY_BYTES`, else an unnamed file in the folder for temporary
        files. The caller closes it.

    Raises
    ------
    OSError
        If the stream cannot be read, or the disk is full.

    Examples
    --------
    >>> spool(io.BytesIO(b"some data")).read()
    b'some data'
    """
    copy: BinaryIO = io.BytesIO()
    size = 0
    while data := stream.read(read_bytes):
        size += len(data)
        with folder_in_errors():
            if size >= MAX_MEMORY_BYTES and isinstance(copy, io.BytesIO):
                copy = _move_to_disk(copy)
            copy.write(data)
    with folder_in_errors():
        copy.seek(0)
    return copy


@contextmanager
def folder_in_errors() -> Iterator[None]:
    """Add the folder for temporary files, and how to choose another one, to an OSError."""
    try:
        yield
    except OSError as error:
        import tempfile

        message = f"{error.strerror or error}: it needs space in {tempfile.gettempdir()}"
        raise OSError(error.errno, f"{message}; TMPDIR names another folder") from error


def _move_to_disk(copy: io.BytesIO) -> BinaryIO:
    """Return an unnamed file with the bytes that were copied so far."""
    import tempfile  # imported late, because it loads slowly

    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(copy.getbuffer())
    return file
