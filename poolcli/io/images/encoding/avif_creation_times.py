"""Creation times in AVIF sequences: cleared, so that equal inputs give equal files."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

CONTAINER_BOXES = (b"moov", b"trak", b"mdia")
"""Boxes that contain boxes with times (ISO 14496-12, section 8)."""

TIMED_BOXES = (b"mvhd", b"tkhd", b"mdhd")
"""Boxes that begin with a version, flags, and the times of creation and modification."""


def clear_creation_times(file: BinaryIO) -> None:
    """Set the times of a written AVIF file to zero, which means unknown.

    Parameters
    ----------
    file : binary file
        The file; it can be read, written and sought in.
    """
    _clear_boxes(file, 0, file.seek(0, os.SEEK_END))
    file.seek(0, os.SEEK_END)


def _clear_boxes(file: BinaryIO, at: int, end: int) -> None:
    while at + 8 <= end:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        if size < 8:  # a 64-bit size, or up to the end of the file: the pixels, which come last
            return
        if kind in CONTAINER_BOXES:
            _clear_boxes(file, at + 8, at + size)
        elif kind in TIMED_BOXES:
            nbytes = 16 if file.read(1) == b"\1" else 8
            file.seek(at + 12)
            file.write(bytes(nbytes))
        at += size
