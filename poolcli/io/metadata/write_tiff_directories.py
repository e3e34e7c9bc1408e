"""TIFF directories (IFD): subdirectories, tags that libtiff accepts, and completeness of strips.

Pillow writes no subdirectories into compressed TIFF files, so they are appended afterwards.
"""

from __future__ import annotations

import io
import math
import operator
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from PIL import Image, TiffTags
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

from poolcli.errors import is_shortage
from poolcli.io.metadata.tiff_tags import (
    ASCII,
    EXIF,
    GPS,
    LONG,
    PHOTOMETRIC,
    SHORT,
    STRIP_BYTE_COUNTS,
    STRIP_OFFSETS,
)

HEADER_BYTES = 8

TAG_NUMBER_BYTES = 2

FLOAT32_TOLERANCE = 1e-6
"""libtiff stores rationals as the nearest fraction of a float32."""

HEADERS = {b"II": b"II*\0\x08\0\0\0", b"MM": b"MM\0*\0\0\0\x08"}
"""Headers by byte order, for files whose first directory follows the header."""


WHITE_IS_ZERO = 0
"""The value of PhotometricInterpretation for grey of which 0 is white."""


def copy_directory(directory: Directory, byte_order: bytes = b"II") -> Directory:
    """Return a copy of a directory with its types.

    Parameters
    ----------
    directory : Directory
        The directory to copy.
    byte_order : bytes
        The byte order in which the copy will be written, ``b"II"`` or ``b"MM"``.
    """
    copy = Directory(HEADERS[byte_order])
    copy.tagtype.update(directory.tagtype)
    for tag, value in directory.items():
        copy[tag] = value
    return copy


def add_pointer_tags(main: Directory, subdirectories: Mapping[int, Directory]) -> None:
    """Add tags to a directory, which `append_subdirectories` will point to subdirectories.

    Parameters
    ----------
    main : Directory
        Changed in place.
    subdirectories : mapping
        The subdirectories by the tags that will point to them.
    """
    for tag in subdirectories:
        main.tagtype[tag] = LONG
        main[tag] = 0


def accepted_tags(page: Directory) -> Directory:
    """Return a copy of a page's tags without those that libtiff rejects or writes otherwise."""
    accepted = copy_directory(page)
    for tag, value in page.items():
        if TiffTags.lookup(tag).type == ASCII and not isinstance(value, str):
            del accepted[tag]  # libtiff would use the number as the address of a text, and crash
    if _is_accepted(accepted):
        return accepted
    for tag, value in list(accepted.items()):
        single = Directory()
        single.tagtype[tag] = page.tagtype[tag]
        single[tag] = value
        if not _is_accepted(single):
            del accepted[tag]
    return accepted


def _is_accepted(page: Directory) -> bool:
    """Return whether libtiff writes an image with these tags, and their values come out as given.

    Pillow hands values to libtiff with the type that they have in the input. Where libtiff expects
    another type, it may write an address, which differs at each run, as if it were the value.
    """
    file = io.BytesIO()
    try:
        Image.new("L", (1, 1)).save(file, "TIFF", compression="packbits", tiffinfo=page)
        file.seek(0)
        written = Directory(file.read(HEADER_BYTES))
        file.seek(written.next)
        written.load(file)
        tags = set(page) - {EXIF, GPS}
        return all(_is_same(page[tag], written.get(tag)) for tag in tags)
    except Exception as error:  # libtiff rejects tags with one of many exceptions
        if is_shortage(error):
            raise
        return False


def _is_same(value: Any, written: Any) -> bool:
    """Return whether the value of a tag is the one that was written, but for float32's rounding."""
    if isinstance(value, str) and isinstance(written, str):
        return value.rstrip("\0") == written.rstrip("\0")
    values, others = (each if isinstance(each, tuple) else (each,) for each in (value, written))
    return len(values) == len(others) and all(map(_is_same_element, values, others))


def _is_same_element(value: Any, written: Any) -> bool:
    if isinstance(value, bytes) or isinstance(written, bytes | str | None):
        return bool(value == written)
    value, written = float(value), float(written)
    return math.isnan(value) or math.isclose(value, written, rel_tol=FLOAT32_TOLERANCE)


def append_subdirectories(file: BinaryIO, pages: Sequence[Mapping[int, Directory]]) -> None:
    """Append subdirectories to a complete TIFF file, and set the tags that point to them.

    Parameters
    ----------
    file : binary file
        A classic TIFF; readable, writable and seekable.
    pages : sequence of mapping
        For each page, its subdirectories by the tags that point to them.
    """
    if not any(pages):
        return
    file.seek(0)
    byte_order = file.read(2)
    order = "<" if byte_order == b"II" else ">"
    for subdirectories, type_offsets in zip(pages, list(_type_offsets(file, order)), strict=False):
        for tag, directory in subdirectories.items():
            if tag not in type_offsets:
                continue
            end = file.seek(0, os.SEEK_END)
            file.write(b"\0" * (end % 2))
            offset = end + end % 2
            file.write(copy_directory(directory, byte_order).tobytes(offset))
            file.seek(type_offsets[tag])
            file.write(struct.pack(f"{order}HII", LONG, 1, offset))
    file.seek(0, os.SEEK_END)


def replace_tag_numbers(file: BinaryIO, numbers: Mapping[int, int]) -> None:
    """Replace the numbers of tags in all pages of a TIFF; the order of tags must not change.

    Parameters
    ----------
    file : binary file
        A classic TIFF; readable, writable and seekable.
    numbers : mapping of int to int
        The new numbers by the old ones.
    """
    file.seek(0)
    order = "<" if file.read(2) == b"II" else ">"
    for type_offsets in list(_type_offsets(file, order)):
        for tag in numbers.keys() & type_offsets.keys():
            file.seek(type_offsets[tag] - TAG_NUMBER_BYTES)
            file.write(struct.pack(f"{order}H", numbers[tag]))
    file.seek(0, os.SEEK_END)


def set_white_is_zero(file: BinaryIO, pages: Sequence[bool]) -> None:
    """Make pages of a complete TIFF say that 0 is white; their values stay.

    Pillow would invert the values, those of 1-bit pages one by one.

    Parameters
    ----------
    file : binary file
        A classic TIFF; readable, writable and seekable.
    pages : sequence of bool
        For each page, whether it is to say that.
    """
    if not any(pages):
        return
    file.seek(0)
    order = "<" if file.read(2) == b"II" else ">"
    for is_inverted, type_offsets in zip(pages, list(_type_offsets(file, order)), strict=False):
        if is_inverted:
            file.seek(type_offsets[PHOTOMETRIC])
            file.write(struct.pack(f"{order}HIHH", SHORT, 1, WHITE_IS_ZERO, 0))
    file.seek(0, os.SEEK_END)


def check_strips_complete(file: BinaryIO) -> None:
    """Raise ValueError if a TIFF file of one page is shorter than its strips require."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    page = Directory(file.read(HEADER_BYTES))
    file.seek(page.next)
    page.load(file)
    if max(map(operator.add, page[STRIP_OFFSETS], page[STRIP_BYTE_COUNTS])) > size:
        raise ValueError("the written file is incomplete")
    file.seek(0, os.SEEK_END)


def type_offsets_of_pages(file: BinaryIO) -> list[dict[int, int]]:
    """Return, for each page of a classic TIFF, the file offset of the type of each tag."""
    file.seek(0)
    order = "<" if file.read(2) == b"II" else ">"
    return list(_type_offsets(file, order))


def _type_offsets(file: BinaryIO, order: str) -> Iterator[dict[int, int]]:
    """Yield, for each page, the file offset of the type of each tag (after the tag's number)."""
    file.seek(4)
    (directory,) = struct.unpack(f"{order}I", file.read(4))
    while directory:
        file.seek(directory)
        (count,) = struct.unpack(f"{order}H", file.read(2))
        entries = file.read(12 * count)
        (next_directory,) = struct.unpack(f"{order}I", file.read(4))
        tags = (struct.unpack_from(f"{order}H", entries, 12 * number)[0] for number in range(count))
        yield {tag: directory + 2 + 12 * number + 2 for number, tag in enumerate(tags)}
        directory = next_directory
