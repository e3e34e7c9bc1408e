"""Items of an AVIF: its pictures and their properties."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from poolcli.io.metadata.jpeg2000 import boxes, read_range

Range = tuple[bytes, int, int]
"""The kind of a box, and where its content begins and ends."""

BEFORE_CHILDREN = {b"meta": 4, b"stsd": 8, b"av01": 78}
"""Bytes of a box's content that precede the boxes in it."""

PROPERTIES = (b"meta", b"iprp", b"ipco")

PICTURES = (b"av01", b"grid", b"iovl", b"iden", b"hvc1", b"jpeg")
"""Types of items that are pictures."""


@dataclass(slots=True)
class Items:
    """The items of a file: pictures and their metadata (ISO 14496-12, 8.11)."""

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    references: list[tuple[bytes, int, tuple[int, ...]]] = field(default_factory=list)
    properties: dict[int, list[Range]] = field(default_factory=lambda: defaultdict(list))

    def of_primary(self) -> list[Range]:
        """The properties of the picture that is shown; of a grid without, those of a tile."""
        tiles = (
            to for kind, item, to in self.references if (kind, item) == (b"dimg", self.primary)
        )
        first = next(tiles, (0,))[:1]
        own = self.properties[self.primary]
        kinds = {kind for kind, _, _ in own}
        further = [each for item in first for each in self.properties.get(item, [])]
        return own + [each for each in further if each[0] == b"colr" and b"colr" not in kinds]

    def further(self) -> int:
        """The number of independent pictures besides the shown one."""
        parts = {item for kind, item, _ in self.references if kind in (b"auxl", b"thmb")}
        parts |= {item for kind, _, to in self.references if kind == b"dimg" for item in to}
        alone = {item for item, kind in self.kinds.items() if kind in PICTURES}
        return len(alone - parts - {self.primary})


def read_items(file: BinaryIO, whole: list[Range]) -> Items:
    """The items that the boxes of a whole file describe."""
    items = Items()
    for kind, start, stop in inside(file, whole, (b"meta",)):
        if kind in (b"pitm", b"iinf", b"iref"):
            content = read_range(file, start, stop)
            wide = content[:1] != b"\0"
            if kind == b"pitm":
                items.primary = int.from_bytes(content[4 : 8 if wide else 6], "big")
            elif kind == b"iinf":
                _read_kinds(file, start + (8 if wide else 6), stop, items)
            else:
                _read_references(file, start + 4, stop, wide, items)
    properties = list(inside(file, whole, PROPERTIES))
    for kind, start, stop in inside(file, whole, PROPERTIES[:2]):
        if kind == b"ipma":
            _read_associations(read_range(file, start, stop), properties, items)
    return items


def _read_kinds(file: BinaryIO, start: int, stop: int, items: Items) -> None:
    """The types of items (ISO 14496-12, 8.11.6)."""
    for kind, at, _ in boxes(file, start, stop):
        content = read_range(file, at, at + 16)
        if kind == b"infe" and content[:1] in (b"\2", b"\3"):
            wide = 4 if content[:1] == b"\3" else 2
            items.kinds[int.from_bytes(content[4 : 4 + wide], "big")] = content[
                6 + wide : 10 + wide
            ]


def _read_references(file: BinaryIO, start: int, stop: int, wide: bool, items: Items) -> None:
    """References between items (ISO 14496-12, 8.11.12)."""
    size = 4 if wide else 2
    for kind, at, end in boxes(file, start, stop):
        content = read_range(file, at, end)
        item = int.from_bytes(content[:size], "big")
        rest = content[size + 2 :]
        to = (int.from_bytes(rest[n : n + size], "big") for n in range(0, len(rest), size))
        items.references.append((kind, item, tuple(to)))


def _read_associations(content: bytes, properties: list[Range], items: Items) -> None:
    """The properties of items (ISO 23008-12, 9.3)."""
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


def inside(file: BinaryIO, found: list[Range], path: tuple[bytes, ...]) -> Iterator[Range]:
    """The boxes in the boxes at the end of a path."""
    for kind, start, stop in found:
        if kind == path[0]:
            inner = list(boxes(file, start + BEFORE_CHILDREN.get(kind, 0), stop))
            yield from inside(file, inner, path[1:]) if path[1:] else inner
