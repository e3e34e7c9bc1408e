"""EXIF and the tags of TIFF pages, without what described the stored pixels."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

from poolcli.io.metadata.jpeg_segments import MARKER_BYTES
from poolcli.io.metadata.maker_note import (
    INLINE_BYTES,
    MAKER_NOTE,
    find_maker_note,
    point_to_maker_note,
)
from poolcli.io.metadata.tiff_ifd import append_directories, copied, point_to

EXIF, GPS, INTEROP = ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop
XMP, NODATA, DESCRIPTION, IPTC, ICC, PREDICTOR = 700, 42113, 270, 33723, 34675, 317

STORED = frozenset(
    # NewSubfileType to PhotometricInterpretation, Threshholding to FillOrder
    {*range(254, 260), *range(262, 267)}
    # StripOffsets, Orientation, SamplesPerPixel to MaxSampleValue, PlanarConfiguration
    | {273, 274, *range(277, 282), 284}
    # FreeOffsets to T6Options, PageNumber, TransferFunction, Predictor
    | {*range(288, 294), 297, 301, 317}
    # ColorMap to TileByteCounts, SubIFDs, InkSet to NumberOfInks, DotRange
    | {*range(320, 326), 330, 332, 333, 334, 336}
    # ExtraSamples to TransferRange, JPEGTables, JPEGProc to JPEGACTables, YCbCrCoefficients to
    # ReferenceBlackWhite
    | {*range(338, 343), 347, *range(512, 522), *range(529, 533)}
    # SGI's Matteing to TileDepth, CFARepeatPatternDim and CFAPattern, the raw data of DNG
    | {*range(32995, 32999), 33421, 33422, *range(50706, 52600)}
    # Photoshop's resources (a thumbnail is among them) and layers
    | {34377, 37724}
)
"""Tags that describe the stored pixels (TIFF 6.0 and its supplements)."""

ELSEWHERE = frozenset({IPTC, ICC, XMP, EXIF, GPS})
"""Tags that are carried by other ways."""

STORED_EXIF = frozenset({0x9102, 0xA002, 0xA003, 0x9214, 0xA214, INTEROP})
"""Of the Exif directory: compression, size, and places in pixels."""

PLACE = frozenset({33550, 33922, 34264, 50844})
"""Where GeoTIFF says that pixels lie: scale, tie points, transformation, and GDAL's RPC."""

BYTE, UNDEFINED, SIGNED_RATIONAL = 1, 7, 10

SIGNED = (0x9201, 0x9203, 0x9204)
"""Shutter speed, brightness and exposure bias, which Pillow writes unsigned where they are not
negative (Exif 2.32, 4.6.5)."""

GPS_UNDEFINED = (27, 28)
"""Of the GPS directory: the processing method and the area; other bytes there are BYTE."""

HARMLESS = "Metadata Warning"
"""Beginning of Pillow's warning of values that are too many; all others are of lost values."""

RESOLUTION = frozenset({282, 283, 296})

HEADS = {b"II": b"II*\0\x08\0\0\0", b"MM": b"MM\0*\0\0\0\x08"}
"""How EXIF begins, by its byte order."""


@dataclass(slots=True)
class Tags:
    """EXIF, or the tags of a TIFF page, without what described the stored pixels.

    Attributes
    ----------
    main : Directory
        The first directory.
    below : dict
        The Exif and GPS directories by the tags that point to them.
    order : bytes
        The byte order that EXIF had, which makers' notes count on.
    note_at : int, optional
        Where the maker's note begins, which it counts on, too.
    """

    main: Directory = field(default_factory=Directory)
    below: dict[int, Directory] = field(default_factory=dict)
    order: bytes = b"II"
    note_at: int | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is more than the resolution, which is carried by itself, too."""
        return bool(self.below) or not set(self.main) <= RESOLUTION

    def exif(self) -> bytes:
        """As EXIF, the way that JPEG, PNG, WebP and AVIF have it; empty where there is nothing."""
        if not self.main and not self.below:
            return b""
        note = self.below[EXIF].get(MAKER_NOTE) if EXIF in self.below else None
        if self.note_at is not None and isinstance(note, bytes):
            placed = b"Exif\0\0" + self._around_note(self.note_at, note)
            if len(placed) <= MARKER_BYTES:  # else JPEG could not hold it
                return placed
        return b"Exif\0\0" + self._directories(HEADS[self.order], self.below)

    def _directories(self, begin: bytes, below: dict[int, Directory]) -> bytes:
        """All directories, behind what EXIF begins with."""
        whole = copied(self.main, HEADS[self.order])
        point_to(whole, below)
        file = io.BytesIO(begin + whole.tobytes(len(begin)))
        append_directories(file, [below])
        return file.getvalue()

    def _around_note(self, place: int, note: bytes) -> bytes:
        """EXIF that has the maker's note at its place, and all directories behind it."""
        directory = copied(self.below[EXIF])
        directory[MAKER_NOTE] = bytes(INLINE_BYTES)
        start = place + len(note) + len(note) % 2
        first = start.to_bytes(4, "little" if self.order == b"II" else "big")
        begin = (HEADS[self.order][:4] + first).ljust(place, b"\0") + note
        made = bytearray(
            self._directories(begin.ljust(start, b"\0"), {**self.below, EXIF: directory})
        )
        point_to_maker_note(made, place, len(note))
        return bytes(made)


def exif_of(image: Image.Image) -> Image.Exif:
    """The EXIF of a picture, or of the frame that it stands at."""
    if image.format == "MPO" and "exif" not in image.info:
        return Image.Exif()  # Pillow gives that of the frame before
    return image.getexif()


def read_tags(image: Image.Image, say: Callable[[str], None]) -> Tags:
    if image.format == "GIF":
        return Tags()
    try:
        raw = image.info.get("exif")
        exif = exif_of(image)
        if image.format == "TIFF":
            main = _page_tags(image, say)
        else:
            main = _directory(_readable(exif, STORED | ELSEWHERE | PLACE))
        with warnings.catch_warnings(action="always", record=True) as warned:
            if isinstance(raw, bytes):
                Image.Exif().load(raw)  # opening the picture may have read it, and warned
            below = {tag: _below(exif, tag) for tag in (EXIF, GPS)}
        if not all(str(each.message).startswith(HARMLESS) for each in warned):
            say("a part of EXIF could not be read and was left behind")
        order = b"MM" if exif.endian == ">" else b"II"
        place = find_maker_note(raw.removeprefix(b"Exif\0\0")) if isinstance(raw, bytes) else None
        kept = {int(tag): values for tag, values in below.items() if values}
        return Tags(main, kept, order, place)
    except Exception:
        # Damaged EXIF can make its reader raise anything; the picture itself is sound.
        say("EXIF could not be read and was left behind")
        return Tags()


class _Letters(str):
    """Text as EXIF has it, one byte a letter: Pillow writes question marks past ASCII."""

    def encode(self, encoding: str = "latin-1", errors: str = "replace") -> bytes:
        return super().encode("latin-1", "replace")


def _below(exif: Image.Exif, tag: int) -> Directory:
    """The directory that a tag points to."""
    values = _readable(exif.get_ifd(tag), STORED_EXIF if tag == EXIF else frozenset())
    types = {key: UNDEFINED for key, value in values.items() if isinstance(value, bytes)}
    if tag == EXIF:
        types |= {key: SIGNED_RATIONAL for key in SIGNED if key in values}
        if interop := _readable(exif.get_ifd(INTEROP), frozenset()):
            values[INTEROP] = interop
    else:
        types |= {key: BYTE for key in types if key not in GPS_UNDEFINED}
    return _directory(values, types)


def _readable(values: Mapping[int, Any], without: frozenset[int]) -> dict[int, Any]:
    found = {}
    for tag in [tag for tag in values if tag not in without]:
        try:
            value = values[tag]
            found[tag] = _Letters(value) if isinstance(value, str) else value
        except Exception:
            continue
    return found


def _directory(values: Mapping[int, Any], types: Mapping[int, int] | None = None) -> Directory:
    """A directory of those values that can be written."""
    kinds = types or {}
    whole = _made(values, kinds)
    if whole is not None:
        return whole
    fitting = {tag: value for tag, value in values.items() if _made({tag: value}, kinds)}
    return _made(fitting, kinds) or Directory()


def _made(values: Mapping[int, Any], types: Mapping[int, int]) -> Directory | None:
    """A directory of these values; None where the encoder does not like one."""
    made = Directory()
    try:
        for tag, value in values.items():
            if tag in types:
                made.tagtype[tag] = types[tag]
            made[tag] = value
        made.tobytes(8)
    except Exception:  # a value of the wrong type raises whatever it meets first
        return None
    return made


def _page_tags(image: Any, say: Callable[[str], None]) -> Directory:
    """The tags of a TIFF page, in the types that they had."""
    page = image.tag_v2
    values = _readable(page, STORED | ELSEWHERE | PLACE)
    description = values.get(DESCRIPTION)
    if isinstance(description, str) and "<OME" in description:
        del values[DESCRIPTION]
        say("OME-XML, which describes the stored pixels, was left behind")
    if any(tag in page for tag in PLACE):
        kept = ", GDAL's nodata was kept" if NODATA in values else ""
        say(f"GeoTIFF's scale and position were left behind{kept}")
    elif NODATA in values:
        say("GDAL's nodata was kept")
    return _directory(values, page.tagtype)
