"""AVIF boxes that Pillow does not report: CICP, clean aperture, further pictures."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from poolcli.io.metadata.avif_items import PROPERTIES, Items, Range, inside, read_items
from poolcli.io.metadata.jpeg2000 import C2PA_UUID, boxes, read_range
from poolcli.io.metadata.stale_xmp import CREDENTIALS, DEPTH, GAIN_MAP

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""

SAMPLE_ENTRY = (b"mdia", b"minf", b"stbl", b"stsd", b"av01")

AUXILIARY = ((b"hdrgainmap", GAIN_MAP), (b"depth", DEPTH), (b"auxid:2", DEPTH))
"""Kinds of auxiliary pictures, by a part of their type's name."""

LIGHT = {
    b"clli": "the content light level (clli)",
    b"mdcv": "the mastering display's colour volume (mdcv)",
}


@dataclass(slots=True)
class AvifBoxes:
    """The contents of an AVIF's boxes.

    Attributes
    ----------
    cicp : bytes, optional
        Colour primaries, transfer characteristics, matrix coefficients and whether the range is
        full, one byte each (ITU-T H.273).
    aperture : tuple of int, optional
        The part of the picture that is to be shown: left, top, right, bottom.
    """

    cicp: bytes | None = None
    aperture: Box | None = None


def read_boxes(file: BinaryIO, size: tuple[int, int], say: Callable[[str], None]) -> AvifBoxes:
    """Read boxes of an AVIF.

    Parameters
    ----------
    file : binary file
        Can be sought in.
    size : tuple of int
        Width and height of the picture that Pillow gives.
    say : callable
        Takes what the person should know: what is left behind.
    """
    end = file.seek(0, io.SEEK_END)
    whole = list(boxes(file, 0, end))
    items = read_items(file, whole)
    brand = next((read_range(file, start, start + 4) for k, start, _ in whole if k == b"ftyp"), b"")
    shown = [] if brand == b"avis" else items.of_primary()
    shown = shown or next(_sample_entries(file, whole), []) or items.of_primary()
    found = AvifBoxes()
    for kind, start, stop in shown:
        content = read_range(file, start, min(stop, start + 64))
        if kind == b"colr" and content[:4] == b"nclx" and len(content) >= 11:
            codes = struct.unpack(">3HB", content[4:11])
            found.cicp = bytes([*codes[:3], codes[3] >> 7]) if max(codes[:3]) < 256 else None
        elif kind == b"clap":
            found.aperture = clean_aperture(content, size)
            if found.aperture is None:
                say("the clean aperture is not made of whole pixels: the whole picture was pooled")
        elif kind in LIGHT:
            say(f"{LIGHT[kind]} was left behind")
    _note_lost(file, whole, items, say)
    return found


def clean_aperture(content: bytes, size: tuple[int, int]) -> Box | None:
    """The part of a picture that is to be shown (ISO 14496-12, 12.1.4); None if it has no pixels.

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
    width, height, across, down = (
        Fraction(each, below) for each, below in zip(numbers[::2], numbers[1::2], strict=True)
    )
    left, top = across + (size[0] - width) / 2, down + (size[1] - height) / 2
    box = (left, top, left + width, top + height)
    inside = 0 <= left < box[2] <= size[0] and 0 <= top < box[3] <= size[1]
    if not inside or any(each.denominator != 1 for each in box):
        return None
    return int(box[0]), int(box[1]), int(box[2]), int(box[3])


def write_cicp(file: BinaryIO, cicp: bytes) -> None:
    """Replace the code points of a written AVIF; its range stays.

    Parameters
    ----------
    file : binary file
        Can be read and sought in.
    cicp : bytes
        As `AvifBoxes` has it.
    """
    whole = list(boxes(file, 0, file.seek(0, io.SEEK_END)))
    found = [*inside(file, whole, PROPERTIES)]
    for entry in _sample_entries(file, whole):
        found += entry
    for kind, start, _ in found:
        if kind == b"colr" and read_range(file, start, start + 4) == b"nclx":
            file.seek(start + 4)
            file.write(struct.pack(">3H", *cicp[:3]))


def _note_lost(
    file: BinaryIO, whole: list[Range], items: Items, say: Callable[[str], None]
) -> None:
    if b"tmap" in items.kinds.values():
        say(f"{GAIN_MAP} was left behind")
    for kind, start, stop in inside(file, whole, PROPERTIES):
        name = read_range(file, start, min(stop, start + 256)) if kind == b"auxC" else b""
        for part, what in AUXILIARY:
            if part in name:
                say(f"{what} was left behind")
    if further := items.further():
        say(f"further pictures in the file were left out: {further}")
    if any(
        k == b"uuid" and read_range(file, start, start + 16) == C2PA_UUID for k, start, _ in whole
    ):
        say(f"{CREDENTIALS} were left behind")


def _sample_entries(file: BinaryIO, whole: list[Range]) -> Iterator[list[Range]]:
    """The properties of each track of pictures; those of alpha are none."""
    for kind, start, stop in inside(file, whole, (b"moov",)):
        track = list(boxes(file, start, stop)) if kind == b"trak" else []
        for inner, at, _ in inside(file, track, (b"mdia",)):
            if inner == b"hdlr" and read_range(file, at + 8, at + 12) == b"pict":
                yield list(inside(file, track, SAMPLE_ENTRY))
