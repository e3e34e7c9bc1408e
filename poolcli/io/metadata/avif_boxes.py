"""AVIF boxes that Pillow does not report: CICP, clean aperture, items, and what is dropped."""

from __future__ import annotations

import io
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO

from poolcli.io.file_position import read_at
from poolcli.io.metadata import iso_boxes
from poolcli.io.metadata.image_metadata import ContainerMetadata, Rectangle
from poolcli.io.metadata.iso_boxes import Boxes, BoxRange, boxes_inside, iter_boxes
from poolcli.io.metadata.stale_and_extended_xmp import CREDENTIALS, DEPTH_MAP, GAIN_MAP
from poolcli.io.note_callback_type import AddNote

PROPERTIES_PATH = (b"meta", b"iprp", b"ipco")

IMAGE_ITEM_TYPES = (b"av01", b"grid", b"iovl", b"iden", b"hvc1", b"jpeg")

SAMPLE_ENTRY_PATH = (b"mdia", b"minf", b"stbl", b"stsd", b"av01")

AUXILIARY_IMAGES = ((b"hdrgainmap", GAIN_MAP), (b"depth", DEPTH_MAP), (b"auxid:2", DEPTH_MAP))
"""Kinds of auxiliary images, by a part of the name of their type."""

DROPPED_PROPERTY_NOTES = {
    b"clli": "the content light level (clli) was dropped",
    b"mdcv": "the mastering display's colour volume (mdcv) was dropped",
}
"""Notes on properties that are not copied, by the type of their box."""


@dataclass(slots=True)
class _Items:
    """The items of a file (ISO 14496-12, 8.11).

    Attributes
    ----------
    primary : int
        The ID of the image to show.
    types : dict
        The type of each item, by its ID.
    references : list of (bytes, int, int)
        Type, source and destination of each reference.
    properties : dict
        The property boxes of each item, by its ID.
    """

    primary: int = 0
    types: dict[int, bytes] = field(default_factory=dict)
    references: list[tuple[bytes, int, int]] = field(default_factory=list)
    properties: dict[int, list[BoxRange]] = field(default_factory=lambda: defaultdict(list))

    def primary_properties(self) -> list[BoxRange]:
        """Return the properties of the primary image; a grid takes the colours of its tiles."""
        primary = self.primary
        tiles = [to for kind, item, to in self.references if (kind, item) == (b"dimg", primary)]
        own = self.properties[primary]
        if any(kind == b"colr" for kind, _, _ in own):
            return own
        of_tile = self.properties.get(tiles[0], []) if tiles else []
        return own + [each for each in of_tile if each[0] == b"colr"]

    def count_further_images(self) -> int:
        """Return the number of images besides the primary one and the parts of images."""
        parts = {item for kind, item, _ in self.references if kind in (b"auxl", b"thmb")}
        parts |= {to for kind, _, to in self.references if kind == b"dimg"}
        images = {item for item, kind in self.types.items() if kind in IMAGE_ITEM_TYPES}
        return len(images - parts - {self.primary})


def read_boxes(
    file: BinaryIO, size: tuple[int, int], add_note: AddNote, *, is_heif: bool = False
) -> ContainerMetadata:
    """Return the CICP and the clean aperture of an AVIF, or the CICP of a HEIF image.

    Parameters
    ----------
    file : binary file
        Seekable; its position is kept.
    size : tuple of int
        Width and height of the image that Pillow decodes.
    add_note : callable
        Called with a note for each part of the file that is not copied to the output.
    is_heif : bool
        Whether the file is a HEIF image, whose plugin applies the clean aperture and reads all
        images.
    """
    top_level = iso_boxes.top_level_boxes(file)
    items = _read_items(file, top_level)
    container = ContainerMetadata()
    for kind, start, stop in _shown_properties(file, top_level, items):
        content = read_at(file, start, min(stop - start, 64))
        if kind == b"colr" and content[:4] == b"nclx" and len(content) >= 11:
            codes = struct.unpack(">3HB", content[4:11])
            is_storable = max(codes[:3]) < 256
            container.cicp = bytes([*codes[:3], codes[3] >> 7]) if is_storable else None
        elif kind == b"clap" and not is_heif:
            container.clean_aperture = clean_aperture(content, size)
            if container.clean_aperture is None:
                add_note("the clean aperture has fractions of pixels: the whole image was pooled")
        elif kind in DROPPED_PROPERTY_NOTES:
            add_note(DROPPED_PROPERTY_NOTES[kind])
    _note_dropped(file, top_level, items, add_note)
    if not is_heif and (count := items.count_further_images()):
        add_note(f"further images in the file were not pooled: {count}")
    return container


def _shown_properties(file: BinaryIO, top_level: Boxes, items: _Items) -> Boxes:
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
    top_level = iso_boxes.top_level_boxes(file)
    properties = [*boxes_inside(file, top_level, PROPERTIES_PATH)]
    for entry in _sample_entries(file, top_level):
        properties += entry
    for kind, start, _ in properties:
        if kind == b"colr" and read_at(file, start, 4) == b"nclx":
            file.seek(start + 4)
            file.write(struct.pack(">3H", *cicp[:3]))


def _note_dropped(file: BinaryIO, top_level: Boxes, items: _Items, add_note: AddNote) -> None:
    """Add a note for each part of a file, besides properties, that is not copied to the output."""
    if b"tmap" in items.types.values():
        add_note(f"{GAIN_MAP} was dropped")
    for kind, start, stop in boxes_inside(file, top_level, PROPERTIES_PATH):
        name = read_at(file, start, min(stop - start, 256)) if kind == b"auxC" else b""
        for part, auxiliary in AUXILIARY_IMAGES:
            if part in name:
                add_note(f"{auxiliary} was dropped")
    uuids = [read_at(file, start, 16) for kind, start, _ in top_level if kind == b"uuid"]
    if iso_boxes.C2PA_UUID in uuids:
        add_note(f"{CREDENTIALS} were dropped")


def _sample_entries(file: BinaryIO, top_level: Boxes) -> Iterator[Boxes]:
    """Yield the properties of each track that contains images; tracks of alpha are skipped."""
    for each in boxes_inside(file, top_level, (b"moov",)):
        track = boxes_inside(file, [each], (b"trak",))
        for kind, start, _ in boxes_inside(file, track, (b"mdia",)):
            if kind == b"hdlr" and read_at(file, start + 8, 4) == b"pict":
                yield boxes_inside(file, track, SAMPLE_ENTRY_PATH)


def _read_items(file: BinaryIO, top_level: Boxes) -> _Items:
    """Return the items of a file with these boxes."""
    items = _Items()
    for kind, start, stop in boxes_inside(file, top_level, (b"meta",)):
        if kind not in (b"pitm", b"iinf", b"iref"):
            continue
        content = read_at(file, start, stop - start)
        id_bytes = 4 if content[:1] != b"\0" else 2  # by the version of the box
        if kind == b"pitm":
            items.primary = int.from_bytes(content[4 : 4 + id_bytes], "big")
        elif kind == b"iinf":
            _read_types(file, start + 4 + id_bytes, stop, items)
        else:
            _read_references(file, start + 4, stop, id_bytes, items)
    properties = boxes_inside(file, top_level, PROPERTIES_PATH)
    for kind, start, stop in boxes_inside(file, top_level, PROPERTIES_PATH[:2]):
        if kind == b"ipma":
            _read_associations(read_at(file, start, stop - start), properties, items)
    return items


def _read_types(file: BinaryIO, start: int, stop: int, items: _Items) -> None:
    """Read the types of items (ISO 14496-12, 8.11.6)."""
    for kind, at, _ in iter_boxes(file, start, stop):
        content = read_at(file, at, 16)
        if kind == b"infe" and content[:1] in (b"\2", b"\3"):
            id_bytes = 4 if content[:1] == b"\3" else 2
            item = int.from_bytes(content[4 : 4 + id_bytes], "big")
            items.types[item] = content[6 + id_bytes : 10 + id_bytes]


def _read_references(file: BinaryIO, start: int, stop: int, id_bytes: int, items: _Items) -> None:
    """Read the references between items (ISO 14496-12, 8.11.12)."""
    for kind, at, end in iter_boxes(file, start, stop):
        content = read_at(file, at, end - at)
        item = int.from_bytes(content[:id_bytes], "big")
        for offset in range(id_bytes + 2, len(content), id_bytes):
            to = int.from_bytes(content[offset : offset + id_bytes], "big")
            items.references.append((kind, item, to))


def _read_associations(content: bytes, properties: Boxes, items: _Items) -> None:
    """Read which item has which properties (ISO 23008-12, 9.3)."""
    if len(content) < 8:
        return
    id_bytes = 4 if content[0] else 2
    index_bytes, mask = (2, 0x7FFF) if content[3] & 1 else (1, 0x7F)
    stream = io.BytesIO(content[8:])
    while head := stream.read(id_bytes + 1):
        item = int.from_bytes(head[:id_bytes], "big")
        for _ in range(head[-1]):
            index = int.from_bytes(stream.read(index_bytes), "big") & mask
            if 0 < index <= len(properties):
                items.properties[item].append(properties[index - 1])
