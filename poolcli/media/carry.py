"""What goes along with a picture: its metadata as settings of Pillow's encoders, by format."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

from poolcli.media import tiff
from poolcli.media.exif import XMP
from poolcli.media.metadata import Animation, Metadata

Settings = dict[str, Any]

MARKER_BYTES = 65_533
"""The most that a JPEG marker segment holds, beside its length (ITU-T T.81, B.1.1.4)."""

XMP_MARKER_BYTES = MARKER_BYTES - 29
"""The same less the name that stands before XMP."""

GIF_SHORT, PNG_SHORT = 655_350, 65_535

BYTE_TYPE = 1


def settings_of(name: str, kept: Metadata, say: Callable[[str], None]) -> Settings:
    """The settings that carry a picture's metadata into a format; nothing that it cannot hold.

    Examples
    --------
    >>> settings_of("BMP", Metadata(dpi=(72, 72), comment=b"a"), print)
    {'dpi': (72, 72)}
    """
    return CARRIED[name](kept, say) if name in CARRIED else {}


def _png(kept: Metadata, say: Callable[[str], None]) -> Settings:
    chunks = PngInfo()
    colour = kept.colour
    if "gamma" in colour:
        chunks.add(b"gAMA", struct.pack(">I", round(colour["gamma"] * 100_000)))
    if "chromaticity" in colour:
        points = [round(each * 100_000) for each in colour["chromaticity"]]
        chunks.add(b"cHRM", struct.pack(">8I", *points))
    if "srgb" in colour:
        chunks.add(b"sRGB", bytes([colour["srgb"]]))
    texts = dict(kept.text)
    if kept.comment is not None and "Comment" not in texts:
        texts["Comment"] = kept.comment.decode("utf-8", "replace")
    for key, value in texts.items():
        chunks.add_text(key, value)
    if kept.xmp is not None:
        chunks.add_itxt("XML:com.adobe.xmp", kept.xmp)
    return _given(
        pnginfo=chunks, icc_profile=kept.icc_profile, dpi=kept.dpi, exif=kept.tags.exif() or None
    )


def _jpeg(kept: Metadata, say: Callable[[str], None]) -> Settings:
    exif = kept.tags.exif()
    fitting: dict[str, bytes | None] = {}
    for key, what, data, most in (
        ("exif", "EXIF", exif, MARKER_BYTES),
        ("xmp", "XMP", kept.xmp, XMP_MARKER_BYTES),
        ("comment", "the comment", kept.comment, MARKER_BYTES),
    ):
        if data and len(data) > most:
            say(f"{what} is larger than JPEG can hold and was left behind")
        fitting[key] = data if data and len(data) <= most else None
    dpi = kept.dpi
    if dpi is not None and not all(1 <= round(each) <= PNG_SHORT for each in dpi):
        dpi = None
    return _given(icc_profile=kept.icc_profile, dpi=dpi, **fitting)


def _webp(kept: Metadata, say: Callable[[str], None]) -> Settings:
    exif = kept.tags.exif() or None
    return _given(icc_profile=kept.icc_profile, exif=exif, xmp=kept.xmp)


def _tiff(kept: Metadata, say: Callable[[str], None]) -> Settings:
    page = Directory()
    page.tagtype.update(kept.tags.main.tagtype)
    for tag, value in kept.tags.main.items():
        page[tag] = value
    if kept.xmp is not None:
        page.tagtype[XMP] = BYTE_TYPE
        page[XMP] = kept.xmp
    tiff.point_to(page, kept.tags.below)
    if len(fitting := tiff.writable(page)) < len(page):
        say("some tags cannot be written and were left behind")
    return _given(tiffinfo=fitting, icc_profile=kept.icc_profile, dpi=kept.dpi)


def _gif(kept: Metadata, say: Callable[[str], None]) -> Settings:
    return _given(comment=kept.comment)


def _jpeg2000(kept: Metadata, say: Callable[[str], None]) -> Settings:
    fits = kept.comment is not None and len(kept.comment) <= MARKER_BYTES - 2
    return _given(comment=kept.comment if fits else None)


def _resolution(kept: Metadata, say: Callable[[str], None]) -> Settings:
    return _given(dpi=kept.dpi)


def _given(**settings: Any) -> Settings:
    return {key: value for key, value in settings.items() if value is not None}


CARRIED: dict[str, Callable[[Metadata, Callable[[str], None]], Settings]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "MPO": _jpeg,
    "WEBP": _webp,
    "AVIF": _webp,
    "TIFF": _tiff,
    "GIF": _gif,
    "JPEG2000": _jpeg2000,
    "BMP": _resolution,
    "DIB": _resolution,
    "PDF": _resolution,
}
"""Formats that hold metadata, as far as Pillow writes it."""


def animated(name: str, kept: list[Metadata], animation: Animation) -> Settings:
    """The settings that carry the timing of several frames into a format."""
    durations = [each.duration for each in kept]
    plays = animation.plays
    if name == "GIF":
        settings: Settings = {"duration": [_tenths(each) for each in durations]}
        if plays != 1:  # it says how often the animation is repeated
            settings["loop"] = min(max(plays - 1, 0), PNG_SHORT)
        if animation.background is not None:
            settings["background"] = animation.background[:3]
        return settings
    if name == "WEBP":
        background = animation.background or (0, 0, 0, 0)
        whole = [round(each) for each in durations]
        return {"duration": whole, "loop": min(plays, PNG_SHORT), "background": background}
    if name == "AVIF":
        return {"duration": [round(each) for each in durations]}
    if name == "PNG":
        first = 1 if animation.still_first else 0
        return {
            "duration": [_fraction(each) for each in durations[first:]],
            "loop": plays,
            "default_image": animation.still_first,
        }
    return {}


def _tenths(duration: float) -> int:
    """Milliseconds as a GIF has them: tens of them, in 16 bits."""
    return min(int(duration / 10 + 0.5) * 10, GIF_SHORT)


def _fraction(duration: float) -> float:
    """Milliseconds that fit the fraction of seconds that a PNG has, 16 bits each."""
    if Fraction(duration / 1000).limit_denominator(PNG_SHORT).numerator <= PNG_SHORT:
        return duration
    return float(min(round(duration / 1000), PNG_SHORT) * 1000)
