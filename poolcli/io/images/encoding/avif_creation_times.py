"""Creation times in AVIF sequences: cleared, so that equal inputs give equal files."""

from __future__ import annotations

import os
from typing import BinaryIO

from poolcli.io.metadata.iso_boxes import iter_boxes, read_range

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


def _clear_boxes(file: BinaryIO, start: int, end: int) -> None:
    for kind, at, stop in iter_boxes(file, start, end):
        if kind in CONTAINER_BOXES:
            _clear_boxes(file, at, stop)
        elif kind in TIMED_BOXES:
            is_64_bit = read_range(file, at, at + 1) == b"\1"
            file.seek(at + 4)
            file.write(bytes(16 if is_64_bit else 8))
