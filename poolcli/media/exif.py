"""EXIF and the tags of TIFF pages, without what described the stored pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

EXIF, GPS, INTEROP = ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop
XMP, NODATA, DESCRIPTION, IPTC = 700, 42113, 270, 33723

STORED = frozenset(
    {254, 255, *range(256, 260), 262, *range(263, 267), 273, 274, *range(277, 282), 284}
    | {*range(288, 294), 301, 317, *range(320, 326), 330, *range(332, 335), 336, *range(338, 343)}
    | {347, *range(512, 522), *range(529, 533), *range(32995, 32999), 33421, 33422}
    | {IPTC, 34377, 34675, 37724, XMP, EXIF, GPS, *range(50706, 52600)}
)
"""Tags that are not copied: those that describe the stored pixels (TIFF 6.0, the raw data of DNG,
Photoshop's layers and thumbnails), and those that are carried by other ways."""

STORED_EXIF = frozenset({0x9102, 0xA002, 0xA003, 0x9214, 0xA214, INTEROP})
"""Of the Exif directory: compression, size, and places in pixels."""

PLACE = frozenset({33550, 33922, 34264, 50844})
"""Where GeoTIFF says that pixels lie: scale, tie points, transformation, and GDAL's RPC."""

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
    """

    main: Directory = field(default_factory=Directory)
    below: dict[int, dict[int, Any]] = field(default_factory=dict)
    order: bytes = b"II"

    def exif(self) -> bytes:
        """As EXIF, the way that JPEG, PNG, WebP and AVIF have it; empty where there is nothing."""
        head = HEADS[self.order]
        whole = Directory(head)
        for tag, value in self.main.items():
            whole[tag] = value
        for tag, value in self.below.items():
            whole[tag] = value
        return b"Exif\0\0" + head + whole.tobytes(8) if len(whole) else b""


def exif_of(image: Image.Image) -> Image.Exif:
    """The EXIF of a picture, or of the frame that it stands at."""
    if image.format == "MPO" and "exif" not in image.info:
        return Image.Exif()  # Pillow gives that of the frame before
    return image.getexif()


def read_tags(image: Image.Image, say: Callable[[str], None]) -> Tags:
    try:
        exif = exif_of(image)
        if image.format == "TIFF":
            main = _page_tags(image, say)
        else:
            main = _directory(_readable(exif, STORED | PLACE))
        below = {tag: _below(exif, tag) for tag in (EXIF, GPS)}
        order = b"MM" if exif.endian == ">" else b"II"
        return Tags(main, {tag: values for tag, values in below.items() if values}, order)
    except Exception:
        # Damaged EXIF can make its reader raise anything; the picture itself is sound.
        say("EXIF could not be read and was left behind")
        return Tags()


class _Letters(str):
    """Text as EXIF has it, one byte a letter: Pillow writes question marks past ASCII."""

    def encode(self, encoding: str = "latin-1", errors: str = "replace") -> bytes:
        return super().encode("latin-1", "replace")


def _below(exif: Image.Exif, tag: int) -> dict[int, Any]:
    """The directory that a tag points to."""
    values = _readable(exif.get_ifd(tag), STORED_EXIF if tag == EXIF else frozenset())
    if tag == EXIF and (interop := _readable(exif.get_ifd(INTEROP), frozenset())):
        values[INTEROP] = interop
    return dict(_directory(values).items())


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
    values = _readable(page, (STORED - {IPTC}) | PLACE)
    if page.tagtype.get(IPTC) not in (1, 7):  # bytes; other types break on writing
        values.pop(IPTC, None)
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
