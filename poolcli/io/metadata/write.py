"""What goes along with a picture: its metadata as settings of Pillow's encoders, by format."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from poolcli.io.metadata import png_chunks, tiff_ifd, xmp
from poolcli.io.metadata.exif import BYTE, IPTC, UNDEFINED, XMP
from poolcli.io.metadata.jpeg_metadata import given, jpeg_settings, mpo_settings
from poolcli.io.metadata.jpeg_segments import MARKER_BYTES
from poolcli.io.metadata.photoshop_resources import IPTC_DIGEST, block
from poolcli.io.metadata.read import PHOTOSHOP_TAG, Animation, Metadata

Settings = dict[str, Any]

PNG_SHORT = 65_535

WEBP_LONGEST = (1 << 24) - 1
"""The longest duration of a WebP's frame, in milliseconds (RFC 9649, 2.7.1.1)."""

NAMES = {
    "tags": "EXIF",
    "icc_profile": "the ICC profile",
    "xmp": "XMP",
    "iptc": "IPTC",
    "photoshop": "Photoshop's copyright flag, URL or caption",
    "comments": "the comment",
    "texts": "texts",
    "special_cicp": "the code points of colours (CICP)",
}
"""What a picture may carry, as people call it. The resolution goes without saying."""

PLACES: dict[str, tuple[str, ...]] = {
    "PNG": ("tags", "icc_profile", "xmp", "comments", "texts", "special_cicp"),
    "JPEG": ("tags", "icc_profile", "xmp", "iptc", "photoshop", "comments"),
    "MPO": ("tags", "icc_profile", "xmp", "comments"),
    "WEBP": ("tags", "icc_profile", "xmp"),
    "AVIF": ("tags", "icc_profile", "xmp", "special_cicp"),
    "TIFF": ("tags", "icc_profile", "xmp", "iptc", "photoshop"),
    "JPEG2000": ("icc_profile", "xmp", "comments"),
    "GIF": ("comments",),
}
"""What formats have a place for."""


def settings_of(name: str, kept: Metadata, say: Callable[[str], None]) -> Settings:
    """The settings that carry a picture's metadata into a format; nothing that it cannot hold.

    Examples
    --------
    >>> settings_of("BMP", Metadata(dpi=(72, 72), comments=[b"a"]), print)
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
    if what == "tags":
        return kept.tags.says_something
    if what == "photoshop":  # the digest goes with the IPTC that it is of
        return not set(kept.photoshop) <= {IPTC_DIGEST}
    return bool(getattr(kept, what))


def xmp_packet(name: str, kept: Metadata, say: Callable[[str], None]) -> bytes | None:
    """XMP as one packet, without another format's media type."""
    if kept.xmp is None:
        return None
    return xmp.whole(kept.xmp, kept.extended_xmp, Image.MIME.get(name, ""), say)


def _png(kept: Metadata, say: Callable[[str], None]) -> Settings:
    chunks = PngInfo()
    colour = kept.colour
    if "gamma" in colour:
        chunks.add(b"gAMA", struct.pack(">I", round(colour["gamma"] * 100_000)))
    if "chromaticity" in colour:
        points = [round(each * 100_000) for each in colour["chromaticity"]]
        chunks.add(b"cHRM", struct.pack(">8I", *points))
    if kept.cicp is not None and (of_rgb := _cicp_of_rgb(kept)) is not None:
        chunks.add(b"cICP", of_rgb)
    if "srgb" in colour:
        chunks.add(b"sRGB", bytes([colour["srgb"]]))
    for kind, data in kept.texts:
        chunks.add(kind, data)
    if not png_chunks.comments(kept.texts):
        for comment in kept.comments:
            chunks.add_text("Comment", _letters(comment))
    if (packet := xmp_packet("PNG", kept, say)) is not None:
        chunks.add_itxt("XML:com.adobe.xmp", packet)
    return given(
        pnginfo=chunks, icc_profile=kept.icc_profile, dpi=kept.dpi, exif=kept.tags.exif() or None
    )


def _cicp_of_rgb(kept: Metadata) -> bytes | None:
    """CICP of pixels that are no longer luma and chroma (PNG 3rd edition, 11.3.2.6)."""
    if kept.cicp is None or kept.cicp[2] == 0:
        return kept.cicp
    return None if kept.special_cicp is None else kept.cicp[:2] + b"\0\1"


def _webp(kept: Metadata, say: Callable[[str], None]) -> Settings:
    exif, packet = kept.tags.exif() or None, xmp_packet("WEBP", kept, say)
    return given(icc_profile=kept.icc_profile, exif=exif, xmp=packet)


def _avif(kept: Metadata, say: Callable[[str], None]) -> Settings:
    exif, packet = kept.tags.exif() or None, xmp_packet("AVIF", kept, say)
    return given(icc_profile=kept.icc_profile, exif=exif, xmp=packet)


def _tiff(kept: Metadata, say: Callable[[str], None]) -> Settings:
    page = tiff_ifd.copied(kept.tags.main)
    if (packet := xmp_packet("TIFF", kept, say)) is not None:
        page.tagtype[XMP] = BYTE
        page[XMP] = packet
    if kept.iptc is not None:
        page.tagtype[IPTC] = UNDEFINED
        page[IPTC] = kept.iptc
    if has(kept, "photoshop"):
        page.tagtype[PHOTOSHOP_TAG] = BYTE
        page[PHOTOSHOP_TAG] = block(kept.iptc, kept.photoshop)
    tiff_ifd.point_to(page, kept.tags.below)
    if len(fitting := tiff_ifd.writable(page)) < len(page):
        say("some tags cannot be written and were left behind")
    return given(tiffinfo=fitting, icc_profile=kept.icc_profile, dpi=kept.dpi)


def _gif(kept: Metadata, say: Callable[[str], None]) -> Settings:
    return given(comment=b"\n".join(kept.comments) or None)


def _jpeg2000(kept: Metadata, say: Callable[[str], None]) -> Settings:
    comment = b"\n".join(kept.comments)
    if len(comment) > MARKER_BYTES - 2:
        say("the comment is larger than JPEG 2000 can hold and was left behind")
        comment = b""
    return given(comment=comment or None)


def _resolution(kept: Metadata, say: Callable[[str], None]) -> Settings:
    return given(dpi=kept.dpi)


def _letters(comment: bytes) -> str:
    """A comment of an encoding that nobody wrote down: UTF-8 where it can be, else Latin-1."""
    try:
        return comment.decode()
    except UnicodeDecodeError:
        return comment.decode("latin-1")


CARRIED: dict[str, Callable[[Metadata, Callable[[str], None]], Settings]] = {
    "PNG": _png,
    "JPEG": jpeg_settings,
    "MPO": mpo_settings,
    "WEBP": _webp,
    "AVIF": _avif,
    "TIFF": _tiff,
    "GIF": _gif,
    "JPEG2000": _jpeg2000,
    "BMP": _resolution,
    "DIB": _resolution,
    "PDF": _resolution,
}
"""Formats that hold metadata, as far as Pillow writes it."""


LONGEST = {"WEBP": WEBP_LONGEST, "PNG": 1000 * PNG_SHORT}
"""The longest duration of a frame, in milliseconds; a GIF repeats frames that last longer."""


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
