"""Streams made seekable: held in memory, or where they are large in a file without a name."""

from __future__ import annotations

import io
from typing import BinaryIO

HELD_BYTES = 1 << 26
"""Up to so many bytes of a stream are held in memory."""

PIECE_BYTES = 1 << 20


def spool(stream: BinaryIO, piece_bytes: int = PIECE_BYTES) -> BinaryIO:
    """A seekable file with all that a stream gives, at its beginning.

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
        if size >= HELD_BYTES and isinstance(held, io.BytesIO):
            held = _on_disk(held)
        held.write(piece)
    held.seek(0)
    return held


def _on_disk(held: io.BytesIO) -> BinaryIO:
    """A file without a name that begins with what is held so far."""
    import tempfile  # takes its time to load

    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    file.write(held.getbuffer())
    return file
