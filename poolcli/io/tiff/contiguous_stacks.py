"""Uncompressed stacks whose pixels follow each other, as ImageJ and tifffile expect them.

Pillow and tifffile write a directory before the pixels of each page. ImageJ reads all images of its
own stacks from where the first one starts, without further directories (`TiffDecoder`, `nImages`).
tifffile does so if that range would end before the second page's directory, as with small pages.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from poolcli.io.file_position import read_at
from poolcli.io.tiff.directory_reader import SUB_IFDS, Directory, read_directories
from poolcli.io.tiff.imagej_description import is_imagej_description
from poolcli.io.tiff.shape_description import is_shape_description
from poolcli.io.tiff.tag_values import TYPE_FORMATS

COMPRESSION, DESCRIPTION, STRIP_OFFSETS, STRIP_BYTE_COUNTS = 259, 270, 273, 279

NO_COMPRESSION = 1

CHUNK_BYTES = 1 << 22

MAX_DIRECTORY_BYTES = 1 << 26
"""The size of the directories of a stack up to which they are moved."""


def make_stacks_contiguous(file: BinaryIO) -> None:
    """Move the pixels of a TIFF's stacks together where readers expect it.

    Parameters
    ----------
    file : binary file
        A complete TIFF; readable, writable and seekable. No tag but SubIFDs points to a directory.
    """
    pages = read_directories(file).directories
    starts = list(_first_pages(pages))
    for start, stop in itertools.pairwise([*starts, len(pages)]):
        stack = pages[start:stop]
        if len(stack) < 2 or not all(map(_is_movable, stack)) or _is_contiguous(stack):
            continue
        if is_imagej_description(_description(pages[start])):
            if start == 0 and stop == len(pages):
                _move_together(file, stack)
        elif _is_read_as_range(stack):
            _append_copy(file, stack)
    file.seek(0, 2)


def _first_pages(pages: Sequence[Directory]) -> Iterator[int]:
    """Yield the number of the first page of each stack."""
    before = ""
    for number, page in enumerate(pages):
        text = _description(page)
        # All pages of an ImageJ stack may have its description.
        if text and not (text == before and is_imagej_description(text)):
            yield number
            before = text


def _description(page: Directory) -> str:
    """Return the description of a page if it is one of a stack; else an empty text."""
    text = page.value(DESCRIPTION, "")
    is_of_stack = isinstance(text, str) and (
        is_imagej_description(text) or is_shape_description(text)
    )
    return text if is_of_stack else ""


def _is_movable(page: Directory) -> bool:
    is_plain = page.integer(COMPRESSION) == NO_COMPRESSION and SUB_IFDS not in page.tags
    return is_plain and STRIP_OFFSETS in page.tags


def _strips(page: Directory) -> list[tuple[int, int]]:
    """Return the offset and the size of each strip."""
    offsets, sizes = page.integers(STRIP_OFFSETS), page.integers(STRIP_BYTE_COUNTS)
    return list(zip(offsets, sizes, strict=True))


def _is_contiguous(stack: Sequence[Directory]) -> bool:
    strips = [strip for page in stack for strip in _strips(page)]
    after = [offset + size for offset, size in strips]
    return [offset for offset, _ in strips[1:]] == after[:-1]


def _is_read_as_range(stack: Sequence[Directory]) -> bool:
    """Return whether tifffile reads a stack from where its first page starts."""
    total = sum(size for page in stack for _, size in _strips(page))
    return stack[0].offset + total < stack[1].offset


def _append_copy(file: BinaryIO, stack: Sequence[Directory]) -> None:
    """Append the pixels of small pages, and make the copies their pixels."""
    for page in stack:
        offset = file.seek(0, 2)
        data = b"".join(read_at(file, *strip) for strip in _strips(page))
        file.write(data)
        file.seek(page.tags[STRIP_OFFSETS].offset)
        file.write(_packed_offsets(page, offset))


def _move_together(file: BinaryIO, stack: Sequence[Directory]) -> None:
    """Move all pixels of a file after those of the first page, and directories to its end."""
    first, *others = stack
    strips = [strip for page in stack for strip in _strips(page)]
    values_end = max(entry.offset + entry.nbytes for entry in first.tags.values())
    directories = sum(entry.nbytes for page in others for entry in page.tags.values())
    if (
        strips != sorted(strips)
        or max(first.offset, values_end) > strips[0][0]
        or directories > MAX_DIRECTORY_BYTES
    ):
        return  # neither Pillow nor tifffile writes such a file
    values = [_values(page) for page in others]
    starts, end = [], sum(_strips(first)[-1])
    for page in others:
        starts.append(end)
        for offset, size in _strips(page):
            _move(file, offset, end, size)
            end += size
    next_pointer = first.offset + struct.calcsize(first.variant.count_format) + len(first.entries)
    for page, own_values, start in zip(others, values, starts, strict=True):
        end += end % 2
        _write_at(file, next_pointer, struct.pack(page.variant.offset_format, end))
        own_values[STRIP_OFFSETS] = _packed_offsets(page, start)
        next_pointer = end + struct.calcsize(page.variant.count_format) + len(page.entries)
        data = _directory_bytes(page, own_values, end)
        _write_at(file, end, data)
        end += len(data)
    file.truncate(end)


def _move(file: BinaryIO, source: int, target: int, size: int) -> None:
    """Move bytes of a file towards its beginning."""
    for at in range(0, size, CHUNK_BYTES):
        data = read_at(file, source + at, min(CHUNK_BYTES, size - at))
        _write_at(file, target + at, data)


def _write_at(file: BinaryIO, offset: int, data: bytes) -> None:
    file.seek(offset)
    file.write(data)


def _values(page: Directory) -> dict[int, bytes]:
    """Return the values of all tags as they are stored."""
    return {
        code: read_at(page.file, entry.offset, entry.nbytes) for code, entry in page.tags.items()
    }


def _packed_offsets(page: Directory, start: int) -> bytes:
    """Return the value of the offsets of strips that follow each other."""
    number = page.variant.byte_order + TYPE_FORMATS[page.tags[STRIP_OFFSETS].type]
    packed = b""
    for _, size in _strips(page):
        packed += struct.pack(number, start)
        start += size
    return packed


def _directory_bytes(page: Directory, values: Mapping[int, bytes], offset: int) -> bytes:
    """Return a directory that is stored at an offset, without a next one, and its values."""
    variant = page.variant
    entries, long_values = b"", b""
    after = struct.calcsize(variant.count_format) + len(page.entries)
    values_at = offset + after + struct.calcsize(variant.offset_format)
    for code, kind, count, stored in struct.iter_unpack(variant.entry_format, page.entries):
        value = values[code]
        if len(value) <= len(stored):
            field = value.ljust(len(stored), b"\0")
        else:
            field = struct.pack(variant.offset_format, values_at + len(long_values))
            long_values += value + b"\0" * (len(value) % 2)
        entries += struct.pack(variant.entry_format, code, kind, count, field)
    number = len(page.entries) // struct.calcsize(variant.entry_format)
    header, last = struct.pack(variant.count_format, number), struct.pack(variant.offset_format, 0)
    return header + entries + last + long_values
