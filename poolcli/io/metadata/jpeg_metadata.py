"""Metadata of JPEG and MPO files, as segments and as settings of Pillow's encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poolcli.io.metadata import jpeg_segments, xmp
from poolcli.io.metadata.jpeg_segments import MARKER_BYTES, XMP_NAME
from poolcli.io.metadata.photoshop_resources import block
from poolcli.io.metadata.read import Metadata

XMP_MARKER_BYTES = MARKER_BYTES - len(XMP_NAME)

MOST_DPI = 65_535
"""The highest resolution that JFIF holds."""

TOO_LARGE = "{} is larger than JPEG can hold and was left behind"


def jpeg_settings(kept: Metadata, say: Callable[[str], None]) -> dict[str, Any]:
    """The settings that carry a picture's metadata into a JPEG.

    Parameters
    ----------
    kept : Metadata
        Of the picture.
    say : callable
        Takes what the person should know: what is left behind.
    """
    extra = _xmp_segments(kept, say)
    if resources := block(kept.iptc, kept.photoshop):
        extra += jpeg_segments.photoshop_segments(resources)
    extra += jpeg_segments.comment_segments(_fitting_comments(kept, say))
    return _of_both(kept, say) | given(extra=extra or None)


def _of_both(kept: Metadata, say: Callable[[str], None]) -> dict[str, Any]:
    """Segments that Pillow itself writes into JPEG and MPO."""
    exif = kept.tags.exif() or None
    if exif is not None and len(exif) > MARKER_BYTES:
        say(TOO_LARGE.format("EXIF"))
        exif = None
    dpi = kept.dpi
    if dpi is not None and not all(1 <= round(each) <= MOST_DPI for each in dpi):
        dpi = None
    return given(icc_profile=kept.icc_profile, dpi=dpi, exif=exif)


def _xmp_segments(kept: Metadata, say: Callable[[str], None]) -> bytes:
    """XMP for a JPEG: what is too large for a segment goes into an extended packet."""
    packet, extended = kept.xmp, kept.extended_xmp
    if packet is not None and len(packet) > XMP_MARKER_BYTES:
        packet, extended = xmp.split(xmp.whole(packet, extended, "image/jpeg", say))
    if packet is None:
        return b""
    return jpeg_segments.xmp_segments(xmp.of_type(packet, "image/jpeg"), extended)


def _fitting_comments(kept: Metadata, say: Callable[[str], None]) -> list[bytes]:
    fitting = [each for each in kept.comments if len(each) <= MARKER_BYTES]
    if len(fitting) < len(kept.comments):
        say(TOO_LARGE.format("the comment"))
    return fitting


def mpo_settings(kept: Metadata, say: Callable[[str], None]) -> dict[str, Any]:
    """The settings that carry metadata into a frame of an MPO; as `jpeg_settings`."""
    # Pillow puts the index of frames where further segments would be.
    comments = _fitting_comments(kept, say)
    packet = kept.xmp and xmp.whole(kept.xmp, kept.extended_xmp, "image/jpeg", say)
    if packet is not None and len(packet) > XMP_MARKER_BYTES:
        say(TOO_LARGE.format("XMP"))
        packet = None
    if len(comments) > 1:
        say("an MPO's frame holds one comment: the others were left behind")
    return _of_both(kept, say) | given(xmp=packet, comment=next(iter(comments), None))


def given(**settings: Any) -> dict[str, Any]:
    """Those settings that are not None."""
    return {key: value for key, value in settings.items() if value is not None}
