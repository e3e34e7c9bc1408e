"""Creation times in AVIF sequences, cleared so that outputs are reproducible."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

CONTAINERS = (b"moov", b"trak", b"mdia")
"""Boxes that hold others with times in them (ISO 14496-12, section 8)."""

HEADERS = (b"mvhd", b"tkhd", b"mdhd")
"""Boxes that begin with a version, flags, and the times of creation and modification."""


def clear_times(file: BinaryIO) -> None:
    """Set the times of an AVIF file that was written to zero, which stands for unknown.

    Parameters
    ----------
    file : binary file
        Can be read and sought in.
    """
    _clear(file, 0, file.seek(0, os.SEEK_END))
    file.seek(0, os.SEEK_END)


def _clear(file: BinaryIO, at: int, end: int) -> None:
    while at + 8 <= end:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        if size < 8:  # a 64-bit size, or to the end: pixels, which come last
            return
        if kind in CONTAINERS:
            _clear(file, at + 8, at + size)
        elif kind in HEADERS:
            times = 16 if file.read(1) == b"\1" else 8
            file.seek(at + 12)
            file.write(bytes(times))
        at += size
