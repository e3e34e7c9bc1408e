"""AVIF boxes that Pillow does not report: CICP, clean aperture, and what is dropped."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

from poolcli.io.file_position import read_at
from poolcli.io.metadata.avif_item_properties import PROPERTIES_PATH, AvifItems, read_items
from poolcli.io.metadata.image_metadata import ContainerMetadata, Rectangle
from poolcli.io.metadata.iso_boxes import C2PA_UUID, Boxes, boxes_inside, top_level_boxes
from poolcli.io.metadata.xmp_packets import CREDENTIALS, DEPTH_MAP, GAIN_MAP
from poolcli.io.note_type import AddNote

SAMPLE_ENTRY_PATH = (b"mdia", b"minf", b"stbl", b"stsd", b"av01")

AUXILIARY_IMAGES = ((b"hdrgainmap", GAIN_MAP), (b"depth", DEPTH_MAP), (b"auxid:2", DEPTH_MAP))
"""Kinds of auxiliary images, by a part of the name of their type."""

DROPPED_PROPERTY_NOTES = {
    b"clli": "the content light level (clli) was dropped",
    b"mdcv": "the mastering display's colour volume (mdcv) was dropped",
}
"""Notes on properties that are not copied, by the type of their box."""


def read_boxes(file: BinaryIO, size: tuple[int, int], add_note: AddNote) -> ContainerMetadata:
    """Return the CICP and the clean aperture of an AVIF.

    Parameters
    ----------
    file : binary file
        Seekable; its position is kept.
    size : tuple of int
        Width and height of the image that Pillow decodes.
    add_note : callable
        Called with a note for each part of the file that is not copied to the output.
    """
    top_level = top_level_boxes(file)
    items = read_items(file, top_level)
    container = ContainerMetadata()
    for kind, start, stop in _shown_properties(file, top_level, items):
        content = read_at(file, start, min(stop - start, 64))
        if kind == b"colr" and content[:4] == b"nclx" and len(content) >= 11:
            codes = struct.unpack(">3HB", content[4:11])
            is_storable = max(codes[:3]) < 256
            container.cicp = bytes([*codes[:3], codes[3] >> 7]) if is_storable else None
        elif kind == b"clap":
            container.clean_aperture = clean_aperture(content, size)
            if container.clean_aperture is None:
                add_note("the clean aperture has fractions of pixels: the whole image was pooled")
        elif kind in DROPPED_PROPERTY_NOTES:
            add_note(DROPPED_PROPERTY_NOTES[kind])
    _note_dropped(file, top_level, items, add_note)
    return container


def _shown_properties(file: BinaryIO, top_level: Boxes, items: AvifItems) -> Boxes:
    """Return the properties of what Pillow decodes: the primary image, or the first track."""
    types = [read_at(file, start, 4) for kind, start, _ in top_level if kind == b"ftyp"]
    of_primary = items.primary_properties()
    if of_primary and types[:1] != [b"avis"]:
        return of_primary
    return next(_sample_entries(file, top_level), []) or of_primary


def clean_aperture(content: bytes, size: tuple[int, int]) -> Rectangle | None:
    """Return the part of an image to show (ISO 14496-12, 12.1.4).

    Parameters
    ----------
    content : bytes
        The content of a ``clap`` box.
    size : tuple of int
        Width and height of the image.

    Returns
    -------
    tuple of int, optional
        Left, top, right, bottom; None if it is empty, outside the image, or has fractions of
        pixels.

    Examples
    --------
    >>> content = struct.pack(">IIIIiIiI", 180, 1, 100, 1, -30, 1, -10, 1)
    >>> clean_aperture(content, (320, 280))
    (40, 80, 220, 180)
    """
    if len(content) < 32:
        return None
    numbers = struct.unpack(">IIIIiIiI", content[:32])
    if 0 in numbers[1::2]:
        return None
    width, height, offset_x, offset_y = map(Fraction, numbers[::2], numbers[1::2])
    left, top = offset_x + (size[0] - width) / 2, offset_y + (size[1] - height) / 2
    edges = (left, top, left + width, top + height)
    is_inside = 0 <= left < edges[2] <= size[0] and 0 <= top < edges[3] <= size[1]
    if not is_inside or any(each.denominator != 1 for each in edges):
        return None
    return int(edges[0]), int(edges[1]), int(edges[2]), int(edges[3])


def write_cicp(file: BinaryIO, cicp: bytes) -> None:
    """Replace the code points in a complete AVIF; the full-range flag does not change.

    Parameters
    ----------
    file : binary file
        Readable, writable and seekable.
    cicp : bytes
        Colour primaries, transfer function and matrix coefficients, one byte each.
    """
    top_level = top_level_boxes(file)
    properties = [*boxes_inside(file, top_level, PROPERTIES_PATH)]
    for entry in _sample_entries(file, top_level):
        properties += entry
    for kind, start, _ in properties:
        if kind == b"colr" and read_at(file, start, 4) == b"nclx":
            file.seek(start + 4)
            file.write(struct.pack(">3H", *cicp[:3]))


def _note_dropped(file: BinaryIO, top_level: Boxes, items: AvifItems, add_note: AddNote) -> None:
    """Add a note for each part of a file, besides properties, that is not copied to the output."""
    if b"tmap" in items.types.values():
        add_note(f"{GAIN_MAP} was dropped")
    for kind, start, stop in boxes_inside(file, top_level, PROPERTIES_PATH):
        name = read_at(file, start, min(stop - start, 256)) if kind == b"auxC" else b""
        for part, auxiliary in AUXILIARY_IMAGES:
            if part in name:
                add_note(f"{auxiliary} was dropped")
    if count := items.count_further_images():
        add_note(f"further images in the file were not pooled: {count}")
    uuids = [read_at(file, start, 16) for kind, start, _ in top_level if kind == b"uuid"]
    if C2PA_UUID in uuids:
        add_note(f"{CREDENTIALS} were dropped")


def _sample_entries(file: BinaryIO, top_level: Boxes) -> Iterator[Boxes]:
    """Yield the properties of each track that contains images; tracks of alpha are skipped."""
    for each in boxes_inside(file, top_level, (b"moov",)):
        track = boxes_inside(file, [each], (b"trak",))
        for kind, start, _ in boxes_inside(file, track, (b"mdia",)):
            if kind == b"hdlr" and read_at(file, start + 8, 4) == b"pict":
                yield boxes_inside(file, track, SAMPLE_ENTRY_PATH)
