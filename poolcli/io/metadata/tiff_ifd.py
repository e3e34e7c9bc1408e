"""Directories that TIFF pages point to: Pillow writes none into compressed files."""

from __future__ import annotations

import io
import operator
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from PIL import Image, TiffTags
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

ASCII, LONG = 2, 4

HEAD_BYTES = 8

STRIP_OFFSETS, STRIP_BYTE_COUNTS = 273, 279


def copied(directory: Directory, head: bytes = b"II*\0\0\0\0\0") -> Directory:
    """A copy of a directory, types included, for a file that begins so."""
    made = Directory(head)
    made.tagtype.update(directory.tagtype)
    for tag, value in directory.items():
        made[tag] = value
    return made


def point_to(main: Directory, below: Mapping[int, Directory]) -> None:
    """Enter tags that `append_directories` will let point somewhere."""
    for tag in below:
        main.tagtype[tag] = LONG
        main[tag] = 0


def writable(page: Directory) -> Directory:
    """The tags that libtiff takes, too: it has opinions of its own on their types."""
    fitting = copied(page)
    for tag, value in page.items():
        if TiffTags.lookup(tag).type == ASCII and not isinstance(value, str):
            del fitting[tag]  # libtiff would use the number as the address of a text, and crash
    if _is_taken(fitting):
        return fitting
    for tag, value in list(fitting.items()):
        alone = Directory()
        alone.tagtype[tag] = page.tagtype[tag]
        alone[tag] = value
        if not _is_taken(alone):
            del fitting[tag]
    return fitting


def _is_taken(page: Directory) -> bool:
    try:
        Image.new("L", (1, 1)).save(io.BytesIO(), "TIFF", compression="packbits", tiffinfo=page)
    except Exception:  # whatever libtiff does not like
        return False
    return True


def append_directories(file: BinaryIO, pages: Sequence[Mapping[int, Directory]]) -> None:
    """Append directories to a TIFF file that was written, and let its pages point to them.

    Parameters
    ----------
    file : binary file
        Can be read and sought in; a classic TIFF.
    pages : sequence of mapping
        For each page, the directories by the tags that point to them.
    """
    if not any(pages):
        return
    file.seek(0)
    order = "<" if file.read(2) == b"II" else ">"
    for below, entries in zip(pages, list(_entries(file, order)), strict=False):
        for tag, values in below.items():
            if tag not in entries:
                continue
            end = file.seek(0, os.SEEK_END)
            file.write(b"\0" * (end % 2))
            offset = end + end % 2
            head = b"II*\0\0\0\0\0" if order == "<" else b"MM\0*\0\0\0\0"
            file.write(copied(values, head).tobytes(offset))
            file.seek(entries[tag])
            file.write(struct.pack(f"{order}HII", LONG, 1, offset))
    file.seek(0, os.SEEK_END)


def check_size(file: BinaryIO) -> None:
    """Check that a TIFF file of one page has all bytes of pixels that its directory names.

    Raises
    ------
    ValueError
        If it is shorter.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    page = Directory(file.read(HEAD_BYTES))
    file.seek(page.next)
    page.load(file)
    if max(map(operator.add, page[STRIP_OFFSETS], page[STRIP_BYTE_COUNTS])) > size:
        raise ValueError("the file came out incomplete")
    file.seek(0, os.SEEK_END)


def _entries(file: BinaryIO, order: str) -> Iterator[dict[int, int]]:
    """Where the types of each page's tags stand in the file."""
    file.seek(4)
    (at,) = struct.unpack(f"{order}I", file.read(4))
    while at:
        file.seek(at)
        (count,) = struct.unpack(f"{order}H", file.read(2))
        body = file.read(12 * count)
        (following,) = struct.unpack(f"{order}I", file.read(4))
        tags = (struct.unpack_from(f"{order}H", body, 12 * number)[0] for number in range(count))
        yield {tag: at + 2 + 12 * number + 2 for number, tag in enumerate(tags)}
        at = following
