"""Pages with fewer bytes than their directories, which tifffile reads wrongly.

tifffile reads the pages of a stack as one range of the file if that range would end before the
second page's directory. Pillow and tifffile write a directory before each page's pixels. If the
pixels of all pages are fewer bytes than those in between, tifffile takes directories for pixels.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from poolcli.io.file_position import read_at
from poolcli.io.tiff.directories import Directory, read_directories
from poolcli.io.tiff.imagej import is_imagej_description
from poolcli.io.tiff.shape_description import is_shape_description
from poolcli.io.tiff.tag_values import TYPE_FORMATS

COMPRESSION, DESCRIPTION, STRIP_OFFSETS, STRIP_BYTE_COUNTS = 259, 270, 273, 279

NO_COMPRESSION = 1


def join_small_pages(file: BinaryIO) -> None:
    """Append a copy of small pages to a TIFF, one after the other, and make it their pixels.

    Parameters
    ----------
    file : binary file
        A complete TIFF of several pages; readable, writable and seekable. Its pages stay as they
        are unless tifffile would read them wrongly.
    """
    pages = read_directories(file).directories
    stack: list[Directory] = []
    for page in pages:
        if _describes_stack(page) and stack:
            _join(file, stack)
            stack = []
        if _describes_stack(page) or stack:
            stack.append(page)
    _join(file, stack)


def _describes_stack(page: Directory) -> bool:
    text = page.value(DESCRIPTION, "")
    return isinstance(text, str) and (is_imagej_description(text) or is_shape_description(text))


def _join(file: BinaryIO, stack: list[Directory]) -> None:
    """Join the pages of one stack, if it is small, uncompressed and in strips."""
    if len(stack) < 2 or any(
        page.integer(COMPRESSION) != NO_COMPRESSION or STRIP_OFFSETS not in page.tags
        for page in stack
    ):
        return
    first, second, *_ = stack
    total = sum(sum(page.integers(STRIP_BYTE_COUNTS)) for page in stack)
    start = min(first.offset, first.integer(STRIP_OFFSETS))
    if start + total > second.offset:
        return
    for page in stack:
        entry, strips = page.tags[STRIP_OFFSETS], b""
        offsets = []
        end = file.seek(0, 2)
        for offset, count in zip(
            page.integers(STRIP_OFFSETS), page.integers(STRIP_BYTE_COUNTS), strict=True
        ):
            offsets.append(end + len(strips))
            strips += read_at(file, offset, count)
        file.seek(0, 2)
        file.write(strips)
        file.seek(entry.offset)
        number = page.layout.byte_order + TYPE_FORMATS[entry.type]
        file.write(b"".join(struct.pack(number, each) for each in offsets))
    file.seek(0, 2)
