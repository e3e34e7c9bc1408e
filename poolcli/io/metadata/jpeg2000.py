"""ICC profiles, XMP and depth in JPEG 2000 files, of which Pillow does not tell."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from poolcli.io.file_position import keep_position

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""What the box of XMP begins with (XMP specification, part 3, 1.1.4)."""

GEOTIFF_UUID = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03")

C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""First bytes of the box of Content Credentials (C2PA specification, A.5.1)."""

LOST = {
    bytes.fromhex(
        "b14bf8bd083d4b43a5ae8cd7d5a6ce03"
    ): "GeoTIFF's scale and position were left behind",
    b"JpgTiffExif->JP2": "EXIF was left behind",
    bytes.fromhex(
        "d8fec3d61b0e483c92975828877ec481"
    ): "Content Credentials (C2PA) were left behind",
    b"jumb": "Content Credentials (C2PA) were left behind",
    b"xml ": "a description in XML was left behind",
}
"""Boxes that are left behind, by their kinds or, of those of a user's own kind, by their names."""

SIGNATURE = b"\0\0\0\x0cjP  "

RESTRICTED, ANY = b"\2", b"\3"
"""Ways by which a colour box gives an ICC profile (ISO 15444-1, I.5.3.3; 15444-2, M.11.7.3): one
for profiles that are but curves and a matrix, one for those with tables, which have a tag A2B0."""

TAG_TABLE_BYTES = 2048
"""Where a profile lists its tags."""


def read_boxes(file: BinaryIO) -> tuple[bytes | None, bytes | None]:
    """The ICC profile and the XMP of a JPEG 2000 file; None where it has none.

    Examples
    --------
    >>> read_boxes(io.BytesIO(b"a codestream"))
    (None, None)
    """
    icc = xmp = None
    with keep_position(file):
        for kind, start, stop in _top(file):
            if kind == b"uuid" and read_range(file, start, start + 16) == XMP_UUID:
                xmp = read_range(file, start + 16, stop)
            for inner, low, high in boxes(file, start, stop) if kind == b"jp2h" else ():
                if inner == b"colr" and read_range(file, low, low + 1) in (RESTRICTED, ANY):
                    icc = read_range(file, low + 3, high)
    return icc or None, xmp or None


def has_palette(file: BinaryIO) -> bool:
    """True if the components of a JPEG 2000 file are indices into a palette."""
    with keep_position(file):
        return any(
            inner == b"pclr"
            for kind, start, stop in _top(file)
            if kind == b"jp2h"
            for inner, _, _ in boxes(file, start, stop)
        )


def note_lost(file: BinaryIO, say: Callable[[str], None]) -> None:
    """Report the boxes of a JPEG 2000 file that are not kept."""
    with keep_position(file):
        for kind, start, _ in _top(file):
            name = read_range(file, start, start + 16) if kind == b"uuid" else kind
            if name in LOST:
                say(LOST[name])


def depth(file: BinaryIO) -> int:
    """The most bits that a component of a JPEG 2000 has."""
    return max([(each & 0x7F) + 1 for each in _precisions(file)], default=8)


def is_signed(file: BinaryIO) -> bool:
    """True if a component of a JPEG 2000 has signed values."""
    return any(each & 0x80 for each in _precisions(file))


def _precisions(file: BinaryIO) -> bytes:
    """Sign and bits less one of each component (ISO 15444-1, A.5.1, Ssiz)."""
    with keep_position(file):
        begins = [start for kind, start, _ in _top(file) if kind == b"jp2c"] or [0]
        head = read_range(file, begins[0], begins[0] + 42)
        number = int.from_bytes(head[40:42], "big")
        components = read_range(file, begins[0] + 42, begins[0] + 42 + 3 * number)
    return components[::3]


def write_boxes(file: BinaryIO, icc: bytes | None, xmp: bytes | None) -> None:
    """Put an ICC profile and XMP into a JPEG 2000 file that was written; codestreams stay.

    Parameters
    ----------
    file : binary file
        Can be read and sought in.
    """
    whole = list(_top(file))
    if xmp and whole:
        file.seek(0, io.SEEK_END)
        file.write(_box(b"uuid", XMP_UUID + xmp))
    for kind, start, stop in whole if icc else ():
        if kind == b"jp2h" and icc:
            inner = [
                _box(name, read_range(file, low, high))
                for name, low, high in boxes(file, start, stop)
                if name != b"colr"
            ]
            # After the header of the image, which comes first.
            method = ANY if b"A2B0" in icc[:TAG_TABLE_BYTES] else RESTRICTED
            inner.insert(1, _box(b"colr", method + b"\0\0" + icc))
            rest = read_range(file, stop, file.seek(0, io.SEEK_END))
            file.seek(start - 8)
            file.write(_box(b"jp2h", b"".join(inner)) + rest)
            return


def _top(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """The boxes of a file; none where it is a codestream."""
    file.seek(0)
    if file.read(8) == SIGNATURE:
        yield from boxes(file, 0, file.seek(0, io.SEEK_END))


def boxes(file: BinaryIO, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The kinds of boxes, and where their contents begin and end (ISO 15444-1, I.4)."""
    while at + 8 <= end:
        head = read_range(file, at, at + 16)
        size, start = int.from_bytes(head[:4], "big"), at + 8
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), at + 16
        stop = at + size if size else end
        if not start <= stop <= end:
            return
        yield head[4:8], start, stop
        at = stop


def _box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def read_range(file: BinaryIO, start: int, stop: int) -> bytes:
    file.seek(start)
    return file.read(stop - start)
