"""JPEG 2000 boxes that Pillow does not report: ICC profile, XMP, bit depth and palette."""

from __future__ import annotations

import io
from typing import BinaryIO

from poolcli.io.file_position import read_at
from poolcli.io.metadata.image_metadata import ContainerMetadata
from poolcli.io.metadata.iso_boxes import C2PA_UUID, Boxes, box, boxes_inside, top_level_boxes
from poolcli.io.note_callback_type import AddNote

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""The first bytes of a ``uuid`` box with XMP (XMP specification, part 3, 1.1.4)."""

GEOTIFF_UUID = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03")

DROPPED_BOX_NOTES = {
    GEOTIFF_UUID: "the scale and position of a GeoTIFF were dropped",
    b"JpgTiffExif->JP2": "EXIF was dropped",
    C2PA_UUID: "Content Credentials (C2PA) were dropped",
    b"jumb": "Content Credentials (C2PA) were dropped",
    b"xml ": "a description in XML was dropped",
}
"""Notes on boxes that are not copied, by their type, or of ``uuid`` boxes by their UUID."""

SIGNATURE = b"\0\0\0\x0cjP  "

RESTRICTED_ICC, ANY_ICC = b"\2", b"\3"
"""Methods of a colour box with an ICC profile (ISO 15444-1, I.5.3.3; 15444-2, M.11.7.3). Profiles
that contain curves and a matrix only are restricted. Profiles with tables have a tag A2B0."""

TAG_TABLE_BYTES = 2048
"""The number of bytes at the beginning of a profile in which its tags are listed."""

SIGNED_FLAG = 0x80
"""The bit of the component precision that marks signed values; the others are the depth less 1."""


def read_boxes(file: BinaryIO, add_note: AddNote) -> ContainerMetadata:
    """Return the ICC profile and the XMP packet of a JPEG 2000 file.

    Parameters
    ----------
    file : binary file
        Seekable; its position does not change.
    add_note : callable
        Called with a note for each box that is not copied to the output.

    Examples
    --------
    >>> read_boxes(io.BytesIO(b"a codestream"), print) == ContainerMetadata()
    True
    """
    container = ContainerMetadata()
    for kind, start, stop in _top_level_boxes(file):
        key = read_at(file, start, 16) if kind == b"uuid" else kind
        if key == XMP_UUID:
            container.xmp = read_at(file, start + 16, stop - start - 16) or None
        elif key in DROPPED_BOX_NOTES:
            add_note(DROPPED_BOX_NOTES[key])
    for kind, start, stop in _header_boxes(file):
        if kind == b"colr" and read_at(file, start, 1) in (RESTRICTED_ICC, ANY_ICC):
            container.icc_profile = read_at(file, start + 3, stop - start - 3) or None
    return container


def has_palette(file: BinaryIO) -> bool:
    """Return whether the components of a JPEG 2000 file are palette indices."""
    return any(kind == b"pclr" for kind, _, _ in _header_boxes(file))


def bit_depth(file: BinaryIO) -> int:
    """Return the largest number of bits per value among the components of a JPEG 2000 file."""
    return max([(each & ~SIGNED_FLAG) + 1 for each in _precisions(file)], default=8)


def has_signed_values(file: BinaryIO) -> bool:
    """Return whether a component of a JPEG 2000 file has signed values."""
    return any(each & SIGNED_FLAG for each in _precisions(file))


def _precisions(file: BinaryIO) -> bytes:
    """Return the precision of each component, one byte each (ISO 15444-1, A.5.1, Ssiz)."""
    starts = [start for kind, start, _ in _top_level_boxes(file) if kind == b"jp2c"] or [0]
    count = int.from_bytes(read_at(file, starts[0] + 40, 2), "big")
    return read_at(file, starts[0] + 42, 3 * count)[::3]


def write_profile_and_xmp(file: BinaryIO, icc: bytes | None, xmp: bytes | None) -> None:
    """Insert an ICC profile and an XMP packet into a complete JPEG 2000 file.

    A codestream without boxes does not change.

    Parameters
    ----------
    file : binary file
        Readable, writable and seekable.
    icc : bytes, optional
        The ICC profile; replaces other descriptions of the colour space.
    xmp : bytes, optional
        The XMP packet.
    """
    top_level = _top_level_boxes(file)
    if xmp and top_level:
        file.seek(0, io.SEEK_END)
        file.write(box(b"uuid", XMP_UUID + xmp))
    header = next((each for each in top_level if each[0] == b"jp2h"), None)
    if header is None or not icc:
        return
    _, start, stop = header
    inner = [
        box(kind, read_at(file, inner_start, inner_stop - inner_start))
        for kind, inner_start, inner_stop in _header_boxes(file)
        if kind != b"colr"
    ]
    method = ANY_ICC if b"A2B0" in icc[:TAG_TABLE_BYTES] else RESTRICTED_ICC
    inner.insert(1, box(b"colr", method + b"\0\0" + icc))  # the image header box comes first
    rest = read_at(file, stop, file.seek(0, io.SEEK_END) - stop)
    file.seek(start - 8)
    file.write(box(b"jp2h", b"".join(inner)) + rest)


def _top_level_boxes(file: BinaryIO) -> Boxes:
    """Return the boxes of a file that are in no other box; none if it is a codestream."""
    return top_level_boxes(file) if read_at(file, 0, 8) == SIGNATURE else []


def _header_boxes(file: BinaryIO) -> Boxes:
    """Return the boxes in the JP2 header box."""
    return boxes_inside(file, _top_level_boxes(file), [b"jp2h"])
