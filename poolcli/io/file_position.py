"""The position of an open file, kept while a part of the file is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO


@contextmanager
def keep_position(file: BinaryIO) -> Iterator[None]:
    """Seek back to the current position when the block ends: Pillow's decoders rely on it.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO(b"abc")
    >>> with keep_position(file):
    ...     file.read()
    b'abc'
    >>> file.tell()
    0
    """
    position = file.tell()
    try:
        yield
    finally:
        file.seek(position)


def read_at(file: BinaryIO, start: int, size: int) -> bytes:
    """Return bytes of a file; its position is kept.

    Parameters
    ----------
    file : binary file
        The file; it can be sought in.
    start : int
        The offset of the first byte.
    size : int
        The number of bytes; fewer are returned at the end of the file.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO(b"abcd")
    >>> read_at(file, 1, 2), file.tell()
    (b'bc', 0)
    """
    with keep_position(file):
        file.seek(start)
        return file.read(size)
