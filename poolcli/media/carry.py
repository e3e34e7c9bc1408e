"""What goes along with a picture: its metadata as settings of Pillow's encoders, by format."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from PIL.PngImagePlugin import PngInfo

from poolcli.media import tiff
from poolcli.media.exif import BYTE, IPTC, UNDEFINED, XMP
from poolcli.media.metadata import Animation, Metadata

Settings = dict[str, Any]

MARKER_BYTES = 65_533
"""The most that a JPEG marker segment holds, beside its length (ITU-T T.81, B.1.1.4)."""

XMP_MARKER_BYTES = MARKER_BYTES - 29
"""The same less the name that stands before XMP."""

PNG_SHORT = 65_535

WEBP_LONGEST = (1 << 24) - 1
"""The longest duration of a WebP's frame, in milliseconds (RFC 9649, 2.7.1.1)."""


NAMES = {
    "tags": "EXIF",
    "icc_profile": "the ICC profile",
    "xmp": "XMP",
    "iptc": "IPTC",
    "comment": "the comment",
    "text": "texts",
}
"""What a picture may carry, as people call it. The resolution goes without saying."""

PLACES: dict[str, tuple[str, ...]] = {
    "PNG": ("tags", "icc_profile", "xmp", "comment", "text"),
    "JPEG": ("tags", "icc_profile", "xmp", "iptc", "comment"),
    "MPO": ("tags", "icc_profile", "xmp", "comment"),
    "WEBP": ("tags", "icc_profile", "xmp"),
    "AVIF": ("tags", "icc_profile", "xmp"),
    "TIFF": ("tags", "icc_profile", "xmp", "iptc"),
    "JPEG2000": ("icc_profile", "xmp", "comment"),
    "GIF": ("comment",),
}
"""What formats have a place for."""


def settings_of(name: str, kept: Metadata, say: Callable[[str], None]) -> Settings:
    """The settings that carry a picture's metadata into a format; nothing that it cannot hold.

    Examples
    --------
    >>> settings_of("BMP", Metadata(dpi=(72, 72), comment=b"a"), print)
    BMP has no place for the comment: left behind
    {'dpi': (72, 72)}
    """
    places = PLACES.get(name, ())
    homeless = [words for key, words in NAMES.items() if key not in places and has(kept, key)]
    if homeless:
        say(f"{name} has no place for {', '.join(homeless)}: left behind")
    return CARRIED[name](kept, say) if name in CARRIED else {}


def has(kept: Metadata, what: str) -> bool:
    """Whether there is any of it."""
    return kept.tags.says_something if what == "tags" else bool(getattr(kept, what))


def _png(kept: Metadata, say: Callable[[str], None]) -> Settings:
    chunks = PngInfo()
    colour = kept.colour
    if "gamma" in colour:
        chunks.add(b"gAMA", struct.pack(">I", round(colour["gamma"] * 100_000)))
    if "chromaticity" in colour:
        points = [round(each * 100_000) for each in colour["chromaticity"]]
        chunks.add(b"cHRM", struct.pack(">8I", *points))
    if "cicp" in colour:
        chunks.add(b"cICP", colour["cicp"])
    if "srgb" in colour:
        chunks.add(b"sRGB", bytes([colour["srgb"]]))
    texts = dict(kept.text)
    if kept.comment is not None and "Comment" not in texts:
        texts["Comment"] = _letters(kept.comment)
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
    extra = _iptc_segment(kept.iptc, say)
    dpi = kept.dpi
    if dpi is not None and not all(1 <= round(each) <= PNG_SHORT for each in dpi):
        dpi = None
    return _given(icc_profile=kept.icc_profile, dpi=dpi, extra=extra, **fitting)


def _iptc_segment(iptc: bytes | None, say: Callable[[str], None]) -> bytes | None:
    """IPTC as JPEG has it: in a resource of Photoshop's, in a segment."""
    if iptc is None:
        return None
    data = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc
    data += bytes(len(iptc) % 2)
    if len(data) > MARKER_BYTES:
        say("IPTC is larger than JPEG can hold and was left behind")
        return None
    return b"\xff\xed" + struct.pack(">H", 2 + len(data)) + data


def _mpo(kept: Metadata, say: Callable[[str], None]) -> Settings:
    settings = _jpeg(kept, say)
    settings.pop("extra", None)  # where Pillow puts the index of frames
    return settings


def _webp(kept: Metadata, say: Callable[[str], None]) -> Settings:
    exif = kept.tags.exif() or None
    return _given(icc_profile=kept.icc_profile, exif=exif, xmp=kept.xmp)


def _tiff(kept: Metadata, say: Callable[[str], None]) -> Settings:
    page = tiff.copied(kept.tags.main)
    if kept.xmp is not None:
        page.tagtype[XMP] = BYTE
        page[XMP] = kept.xmp
    if kept.iptc is not None:
        page.tagtype[IPTC] = UNDEFINED
        page[IPTC] = kept.iptc
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


def _letters(comment: bytes) -> str:
    """A comment of an encoding that nobody wrote down: UTF-8 where it can be, else Latin-1."""
    try:
        return comment.decode()
    except UnicodeDecodeError:
        return comment.decode("latin-1")


def _given(**settings: Any) -> Settings:
    return {key: value for key, value in settings.items() if value is not None}


CARRIED: dict[str, Callable[[Metadata, Callable[[str], None]], Settings]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "MPO": _mpo,
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


LONGEST = {"WEBP": WEBP_LONGEST, "PNG": 1000 * PNG_SHORT}
"""How long a frame may last, in milliseconds; a GIF repeats frames that last longer."""


def animated(
    name: str, kept: list[Metadata], animation: Animation, say: Callable[[str], None]
) -> Settings:
    """The settings that carry the timing of several frames into a format."""
    longest = LONGEST.get(name)
    if longest is not None and any(each.duration > longest for each in kept):
        say(f"{name} holds no frame longer than {longest / 1000:,.0f} s: longer ones became so")
    durations = [each.duration for each in kept]
    plays = animation.plays
    if name == "GIF":
        settings: Settings = {"duration": [int(each / 10 + 0.5) * 10 for each in durations]}
        if plays != 1:  # it says how often the animation is repeated
            settings["loop"] = min(max(plays - 1, 0), PNG_SHORT)
        if animation.background is not None:
            settings["background"] = animation.background[:3]
        return settings
    if name == "WEBP":
        background = animation.background or (0, 0, 0, 0)
        whole = [min(round(each), WEBP_LONGEST) for each in durations]
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


def _fraction(duration: float) -> float:
    """Milliseconds that fit the fraction of seconds that a PNG has, 16 bits each."""
    if Fraction(duration / 1000).limit_denominator(PNG_SHORT).numerator <= PNG_SHORT:
        return duration
    return float(min(round(duration / 1000), PNG_SHORT) * 1000)
