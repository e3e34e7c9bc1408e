"""What a picture carries besides its pixels, and what of it goes along to the result."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
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

RAW_EXIF = ("Raw profile type exif", "Raw profile type APP1", "Raw profile type xmp")
"""Texts in which ImageMagick keeps what other PNG files have in chunks of their own."""

ORIENTATION = re.compile(rb"""(tiff:Orientation(?:=["']|>))[2-8]""")


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


@dataclass(slots=True)
class Metadata:
    """What one picture or frame carries.

    Attributes
    ----------
    dpi : pair of float, optional
        Pixels an inch.
    text : dict
        PNG's texts by their keywords.
    colour : dict
        PNG's chunks that say what colours mean.
    duration : float
        In milliseconds.
    disposal : int
        What becomes of a frame before the next: 0 it stays, 1 it is cleared, 2 it is undone.
    as_before : dict
        How the file was written, by format: settings of Pillow's encoder to keep.
    """

    tags: Tags = field(default_factory=Tags)
    icc_profile: bytes | None = None
    dpi: tuple[float, float] | None = None
    xmp: bytes | None = None
    comment: bytes | None = None
    text: dict[str, str] = field(default_factory=dict)
    colour: dict[str, Any] = field(default_factory=dict)
    duration: float = 0
    disposal: int = 0
    as_before: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Animation:
    """What all frames share.

    Attributes
    ----------
    plays : int
        How often it is played; 0 for ever.
    background : tuple of int, optional
        Red, green, blue and alpha.
    still_first : bool
        Whether the first frame is a picture for those who show no animation (PNG).
    from_palette : bool
        Whether a frame had a palette.
    """

    plays: int = 0
    background: tuple[int, int, int, int] | None = None
    still_first: bool = False
    from_palette: bool = False


def read_metadata(image: Image.Image, say: Callable[[str], None]) -> Metadata:
    """Read what a loaded picture, or the frame that it stands at, carries.

    Parameters
    ----------
    image : Image
        Loaded, its file still open.
    say : callable
        Takes what the person should know.
    """
    info = image.info
    found = Metadata(
        tags=_tags(image, say),
        icc_profile=info.get("icc_profile") or None,
        dpi=_dpi(info.get("dpi")),
        xmp=_xmp(info.get("xmp")),
        comment=_comment(info.get("comment")),
        duration=float(info.get("duration") or 0),
        disposal=_disposal(image),
    )
    if image.format == "PNG":
        found.text = png_texts(image)
        found.colour = {key: info[key] for key in ("gamma", "srgb", "chromaticity") if key in info}
        found.comment = found.comment or _comment(found.text.get("Comment"))
    elif image.format in ("JPEG", "MPO"):
        found.as_before["JPEG"] = _jpeg_settings(image)
    elif image.format == "TIFF":
        found.as_before["TIFF"] = {"compression": info.get("compression", "raw")}
    elif image.format == "TGA" and info.get("compression"):
        found.as_before["TGA"] = {"compression": info["compression"]}
    return found


def png_texts(image: Image.Image) -> dict[str, str]:
    """The texts of a PNG that was read as far as the picture at hand."""
    texts: dict[str, str] = getattr(image, "_text", None) or {}
    return {
        key: value
        for key, value in texts.items()
        if key not in RAW_EXIF and key != "XML:com.adobe.xmp"
    }


def read_animation(image: Image.Image) -> Animation:
    """What the frames of an opened picture share."""
    info = image.info
    plays = info.get("loop")
    if image.format == "GIF":  # which says how often it is repeated
        plays = 1 if plays is None else plays + 1 if plays else 0
    return Animation(
        plays=int(plays or 0),
        background=_background(image),
        still_first=bool(info.get("default_image")),
    )


def _background(image: Image.Image) -> tuple[int, int, int, int] | None:
    background = image.info.get("background")
    if isinstance(background, tuple) and len(background) == 4:
        red, green, blue, alpha = background
        return red, green, blue, alpha
    palette = getattr(image, "global_palette", None)
    if isinstance(background, int) and palette is not None:
        colour = bytes(palette.palette)[3 * background : 3 * background + 3]
        if len(colour) == 3:
            return colour[0], colour[1], colour[2], 255
    return None


def _disposal(image: Image.Image) -> int:
    if image.format == "GIF":
        return max(0, getattr(image, "disposal_method", 0) - 1)
    return int(getattr(image, "dispose_op", None) or 0)


def _dpi(dpi: Any) -> tuple[float, float] | None:
    try:
        across, down = (float(each) for each in dpi)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    usable = all(math.isfinite(each) and 0 < each < 1e7 for each in (across, down))
    return (across, down) if usable else None


def _xmp(xmp: Any) -> bytes | None:
    if isinstance(xmp, tuple):  # a TIFF tag of a wrong type
        xmp = bytes(xmp) if all(isinstance(each, int) and 0 <= each < 256 for each in xmp) else b""
    if isinstance(xmp, str):
        xmp = xmp.encode("utf-8", "surrogateescape")
    return ORIENTATION.sub(rb"\g<1>1", xmp) if isinstance(xmp, bytes) and xmp else None


def _comment(comment: Any) -> bytes | None:
    if isinstance(comment, str):
        comment = comment.encode("utf-8", "surrogateescape")
    return comment if isinstance(comment, bytes) and comment else None


def _jpeg_settings(image: Any) -> dict[str, Any]:
    """Quantization tables by component, and how much coarser chroma is than luma."""
    tables = getattr(image, "quantization", {})
    layers = getattr(image, "layer", [])
    wanted = [tables.get(layer[3]) for layer in (layers[:2] if len(layers) == 3 else layers[:1])]
    if not wanted or None in wanted:
        return {}
    settings: dict[str, Any] = {"qtables": [list(table) for table in wanted if table]}
    if len(layers) == 3:
        (_, across, down, _), (_, less_across, less_down, _) = layers[:2]
        coarser = across // max(less_across, 1), down // max(less_down, 1)
        settings["subsampling"] = {(2, 1): 1, (2, 2): 2, (4, 1): 2}.get(coarser, 0)
    if image.info.get("progressive"):
        settings["progressive"] = True
    return settings


def exif_of(image: Image.Image) -> Image.Exif:
    """The EXIF of a picture, or of the frame that it stands at."""
    if image.format == "MPO" and "exif" not in image.info:
        return Image.Exif()  # Pillow gives that of the frame before
    return image.getexif()


def _tags(image: Image.Image, say: Callable[[str], None]) -> Tags:
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
    return {key: value for key, value in values.items() if _encodes(key, value)}


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
    made = Directory()
    for tag, value in values.items():
        kind = (types or {}).get(tag)
        if value is not None and _encodes(tag, value, kind):
            if kind is not None:
                made.tagtype[tag] = kind
            made[tag] = value
    return made


def _encodes(tag: int, value: Any, kind: int | None = None) -> bool:
    alone = Directory()
    if kind is not None:
        alone.tagtype[tag] = kind
    try:
        alone[tag] = value
        return len(alone.tobytes(8)) > 2
    except Exception:  # whatever the encoder does not like
        return False


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


def first(found: Iterable[Metadata]) -> Metadata:
    """The metadata of the first frame; empty where there is none, as for arrays."""
    return next(iter(found), Metadata())
