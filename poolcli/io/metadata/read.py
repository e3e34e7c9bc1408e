"""What a picture carries besides its pixels, and what of it goes along to the result."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from poolcli.io.metadata import jpeg_segments, png_chunks
from poolcli.io.metadata.container_metadata import Container
from poolcli.io.metadata.exif import IPTC, PREDICTOR, Tags, read_tags
from poolcli.io.metadata.photoshop_resources import read_resources, resource
from poolcli.io.metadata.png_chunks import Text
from poolcli.io.metadata.stale_xmp import upright, without_stale

COLOUR = ("gamma", "srgb", "chromaticity")
"""Entries of Pillow's `info` that describe the colours of a PNG, beside ICC profile and CICP."""

SRGB_PRIMARIES, SRGB_TRANSFER, UNSPECIFIED = 1, 13, 2
"""Colour primaries and transfer characteristics of sRGB, and of either (ITU-T H.273)."""

PHOTOSHOP_TAG = 34377
"""The TIFF tag of Photoshop's resources."""

SUBSAMPLINGS = {(1, 1): 0, (2, 1): 1, (2, 2): 2}
"""What Pillow's encoder has for how much coarser chroma is, across and down."""


@dataclass(slots=True)
class Metadata:
    """What one picture or frame carries.

    Attributes
    ----------
    dpi : pair of float, optional
        Pixels an inch.
    extended_xmp : bytes, optional
        The extended packet that XMP announces.
    photoshop : dict
        Photoshop's resources besides IPTC by their IDs, as they are stored.
    comments : list of bytes
        In UTF-8, or of an encoding that nobody wrote down.
    texts : list of (bytes, bytes)
        The types and contents of a PNG's chunks of text.
    colour : dict
        PNG's chunks that say what colours mean.
    cicp : bytes, optional
        Colour primaries, transfer characteristics, matrix coefficients and whether the range is
        full, one byte each (ITU-T H.273).
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
    extended_xmp: bytes | None = None
    iptc: bytes | None = None
    photoshop: dict[int, bytes] = field(default_factory=dict)
    comments: list[bytes] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    colour: dict[str, Any] = field(default_factory=dict)
    cicp: bytes | None = None
    duration: float = 0
    disposal: int = 0
    as_before: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def special_cicp(self) -> bytes | None:
        """CICP, unless it only states sRGB."""
        primaries, transfer = (self.cicp or bytes(2))[:2]
        usual = primaries in (SRGB_PRIMARIES, UNSPECIFIED, 0)
        return None if usual and transfer in (SRGB_TRANSFER, UNSPECIFIED, 0) else self.cicp


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


def read_metadata(image: Image.Image, container: Container, say: Callable[[str], None]) -> Metadata:
    """Read what a loaded picture, or the frame that it stands at, carries.

    Parameters
    ----------
    image : Image
        Loaded, its file still open.
    container : Container
        What the file says beside what Pillow reads.
    say : callable
        Takes what the person should know.
    """
    info = image.info
    found = Metadata(
        tags=read_tags(image, say),
        icc_profile=info.get("icc_profile") or None,
        dpi=_dpi(image),
        texts=container.texts,
        cicp=container.cicp,
        duration=float(info.get("duration") or 0),
        disposal=_disposal(image),
    )
    found.iptc, found.photoshop = read_resources(_photoshop(image), say)
    if image.format in ("JPEG", "MPO"):
        segments = jpeg_segments.segments_of(image)
        found.xmp, found.extended_xmp = jpeg_segments.read_xmp(segments, say)
        found.comments = jpeg_segments.comments(segments)
        jpeg_segments.note_lost(segments, say)
        found.as_before["JPEG"] = _jpeg_settings(image, say)
    else:
        xmp = _xmp(info.get("xmp"))
        found.xmp = None if xmp is None else without_stale(xmp, say)
        found.comments = _comments(info.get("comment")) or png_chunks.comments(container.texts)
    if found.xmp is not None:
        found.xmp = upright(found.xmp)
    if image.format == "PNG":
        found.colour = {key: info[key] for key in COLOUR if info.get(key) is not None}
    elif image.format == "TIFF":
        found.iptc = _tiff_bytes(image, IPTC) or found.iptc
        if found.iptc is None and IPTC in getattr(
            image, "tag_v2", {}
        ):  # of 32-bit integers, Pillow gives one
            say("IPTC could not be read and was left behind")
        found.as_before["TIFF"] = {
            "compression": info.get("compression", "raw"),
            "predictor": getattr(image, "tag_v2", {}).get(PREDICTOR, 1),
        }
    elif image.format == "TGA" and info.get("compression"):
        found.as_before["TGA"] = {"compression": info["compression"]}
    return found


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


def _dpi(image: Any) -> tuple[float, float] | None:
    if image.format == "TIFF" and not {282, 283} <= set(image.tag_v2):
        return None  # Pillow says 1 where there is none
    try:
        across, down = (float(each) for each in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    usable = all(math.isfinite(each) and 0 < each < 1e7 for each in (across, down))
    return (across, down) if usable else None


def _xmp(xmp: Any) -> bytes | None:
    if isinstance(xmp, tuple):  # a TIFF tag of a wrong type
        xmp = bytes(xmp) if all(isinstance(each, int) and 0 <= each < 256 for each in xmp) else b""
    if isinstance(xmp, str):
        xmp = xmp.encode("utf-8", "surrogateescape")
    return xmp if isinstance(xmp, bytes) and xmp else None


def _photoshop(image: Any) -> bytes:
    """Photoshop's resources."""
    if image.format == "TIFF":
        return _tiff_bytes(image, PHOTOSHOP_TAG) or b""
    if image.format == "PSD":
        # Photoshop writes most of them always, of zeros where they say nothing.
        return b"".join(resource(code, data) for code, _, data in image.resources if any(data))
    return jpeg_segments.photoshop(jpeg_segments.segments_of(image))


def _tiff_bytes(image: Any, tag: int) -> bytes | None:
    """A tag that holds bytes."""
    found = image.tag_v2.get(tag)
    if isinstance(found, tuple) and len(found) == 1:
        found = found[0]
    return found if isinstance(found, bytes) and found else None


def _comments(comment: Any) -> list[bytes]:
    if isinstance(comment, str):
        comment = comment.encode("utf-8", "surrogateescape")
    return [comment] if isinstance(comment, bytes) and comment else []


def _jpeg_settings(image: Any, say: Callable[[str], None]) -> dict[str, Any]:
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
        settings["subsampling"] = SUBSAMPLINGS.get(coarser, 0)
        if coarser not in SUBSAMPLINGS:
            say("chroma was kept whole, for Pillow cannot write the subsampling that it had")
        settings["keep_rgb"] = image.info.get("adobe_transform") == 0
    if image.info.get("progressive"):
        settings["progressive"] = True
    return settings
