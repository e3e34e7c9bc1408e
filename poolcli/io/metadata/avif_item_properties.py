"""The items of an AVIF file: its images, the references between them, and their properties."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass, field
from typing import BinaryIO

from poolcli.io.file_position import read_at
from poolcli.io.metadata.iso_boxes import Boxes, BoxRange, boxes_inside, iter_boxes

PROPERTIES_PATH = (b"meta", b"iprp", b"ipco")

IMAGE_ITEM_TYPES = (b"av01", b"grid", b"iovl", b"iden", b"hvc1", b"jpeg")


@dataclass(slots=True)
class AvifItems:
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


def read_items(file: BinaryIO, top_level: Boxes) -> AvifItems:
    """Return the items of a file.

    Parameters
    ----------
    file : binary file
        Seekable; its position is kept.
    top_level : list of (bytes, int, int)
        The boxes of the file that are in no other box.
    """
    items = AvifItems()
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


def _read_types(file: BinaryIO, start: int, stop: int, items: AvifItems) -> None:
    """Read the types of items (ISO 14496-12, 8.11.6)."""
    for kind, at, _ in iter_boxes(file, start, stop):
        content = read_at(file, at, 16)
        if kind == b"infe" and content[:1] in (b"\2", b"\3"):
            id_bytes = 4 if content[:1] == b"\3" else 2
            item = int.from_bytes(content[4 : 4 + id_bytes], "big")
            items.types[item] = content[6 + id_bytes : 10 + id_bytes]


def _read_references(
    file: BinaryIO, start: int, stop: int, id_bytes: int, items: AvifItems
) -> None:
    """Read the references between items (ISO 14496-12, 8.11.12)."""
    for kind, at, end in iter_boxes(file, start, stop):
        content = read_at(file, at, end - at)
        item = int.from_bytes(content[:id_bytes], "big")
        for offset in range(id_bytes + 2, len(content), id_bytes):
            to = int.from_bytes(content[offset : offset + id_bytes], "big")
            items.references.append((kind, item, to))


def _read_associations(content: bytes, properties: Boxes, items: AvifItems) -> None:
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
