"""TIFF files made tag by tag, right or wrong."""

from __future__ import annotations

import struct
from collections.abc import Sequence

Tag = tuple[int, int, int, bytes]
"""Code, type, length and value; a value of more bytes than fit is stored at the end of the file."""

SHORT, LONG = 3, 4


def tag(code: int, *values: int, kind: int = SHORT, order: str = "<") -> Tag:
    """Return a tag that holds integers."""
    data = struct.pack(f"{order}{len(values)}{'H' if kind == SHORT else 'I'}", *values)
    return code, kind, len(values), data


def grey_page(width: int = 4, height: int = 3, *, offset: int = 8) -> list[Tag]:
    """Return the tags of an uncompressed page of 8-bit grey with its pixels at an offset."""
    return [
        tag(256, width),
        tag(257, height),
        tag(258, 8),
        tag(259, 1),
        tag(262, 1),
        tag(273, offset, kind=LONG),
        tag(277, 1),
        tag(278, height),
        tag(279, width * height, kind=LONG),
    ]


def make_tiff(
    pages: Sequence[Sequence[Tag]],
    pixels: bytes = bytes(range(12)),
    *,
    order: str = "<",
    big: bool = False,
    next_offset: int = 0,
) -> bytes:
    """Return a TIFF: its header, pixels at offset 8 (16 in a BigTIFF), directories, long values.

    Parameters
    ----------
    next_offset : int
        The offset that the last directory gives as that of the next one.
    """
    count_format, number = (order + "Q", order + "Q") if big else (order + "H", order + "I")
    width = struct.calcsize(number)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HH", 8, 0) if big else b""
    data = head + bytes(width) + pixels
    pointer = len(head)
    for page in pages:
        start = len(data)
        data = data[:pointer] + struct.pack(number, start) + data[pointer + width :]
        values_at = start + struct.calcsize(count_format) + len(page) * (4 + 2 * width) + width
        entries, values = struct.pack(count_format, len(page)), b""
        for code, kind, length, value in page:
            entries += struct.pack(order + "HH", code, kind) + struct.pack(number, length)
            if len(value) > width:
                entries += struct.pack(number, values_at + len(values))
                values += value
            else:
                entries += value.ljust(width, b"\0")
        pointer = start + len(entries)
        data += entries + struct.pack(number, next_offset) + values
    return data
