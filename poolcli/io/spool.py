"""Seekable copies of streams, in memory or, if large, in an unnamed file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

HELD_BYTES = 1 << 26
"""Up to so many bytes of a stream are held in memory."""

PIECE_BYTES = 1 << 20


def spool(stream: BinaryIO, piece_bytes: int = PIECE_BYTES) -> BinaryIO:
    """A seekable copy of a stream, positioned at its beginning.

    Parameters
    ----------
    stream : binary file
        Read to its end.
    piece_bytes : int
        So much is read at a time.

    Returns
    -------
    binary file
        In memory below `HELD_BYTES`, else in the folder for temporary files, under no name.
        Whoever asked closes it.

    Raises
    ------
    OSError
        If the stream cannot be read, or the disk is full.

    Examples
    --------
    >>> spool(io.BytesIO(b"some data")).read()
    b'some data'
    """
    held: BinaryIO = io.BytesIO()
    size = 0
    while piece := stream.read(piece_bytes):
        size += len(piece)
        with _naming_folder():
            if size >= HELD_BYTES and isinstance(held, io.BytesIO):
                held = _on_disk(held)
            held.write(piece)
    with _naming_folder():
        held.seek(0)
    return held


@contextmanager
def _naming_folder() -> Iterator[None]:
    """Say which folder is full, and how to name another one."""
    try:
        yield
    except OSError as error:
        import tempfile

        words = f"{error.strerror or error}: it needs room in {tempfile.gettempdir()}"
        raise OSError(error.errno, f"{words}; TMPDIR names another folder") from error


def _on_disk(held: io.BytesIO) -> BinaryIO:
    """A file without a name that begins with what is held so far."""
    import tempfile  # takes its time to load

    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    file.write(held.getbuffer())
    return file
