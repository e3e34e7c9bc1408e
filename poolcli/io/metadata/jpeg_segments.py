"""Segments of a JPEG: all comments, extended XMP, and those that cannot be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from poolcli.io.metadata import xmp
from poolcli.io.metadata.stale_xmp import CREDENTIALS, GAIN_MAP, without_stale

Segments = Sequence[tuple[str, bytes]]
"""Names (``COM``, ``APP1``) and contents of the segments before the pixels, in their order."""

MARKER_BYTES = 65_533
"""The most that a JPEG marker segment holds, beside its length (ITU-T T.81, B.1.1.4)."""

COMMENT, APP0 = 0xFE, 0xE0

XMP_NAME = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_NAME = b"http://ns.adobe.com/xmp/extension/\0"
GUID_BYTES = 32

EXTENDED_BYTES = 65_400
"""The most of an extended packet in one segment (XMP specification, part 3, 1.1.3.1)."""

PHOTOSHOP_NAME = b"Photoshop 3.0\0"
GAIN_MAP_NAME = b"urn:iso:std:iso:ts:21496:-1\0"
"""First bytes of the segment that marks gain maps and their pictures (ISO 21496-1)."""

KNOWN = {
    "COM": (b"",),
    "APP0": (b"JFIF", b"JFXX"),
    "APP1": (b"Exif\0", XMP_NAME, EXTENDED_NAME),
    "APP2": (b"ICC_PROFILE\0", b"MPF\0", GAIN_MAP_NAME),
    "APP11": (b"JP",),
    "APP12": (b"Ducky",),
    "APP13": (PHOTOSHOP_NAME,),
    "APP14": (b"Adobe",),
}
"""First bytes of segments that are kept, that describe stored pixels, or that are noted by name."""


def segments_of(image: Any) -> Segments:
    """The segments of the frame that an opened JPEG or MPO stands at."""
    found: Segments = getattr(image, "applist", [])
    return found


def comments(segments: Segments) -> list[bytes]:
    """All comments that are not empty.

    Examples
    --------
    >>> comments([("COM", b"first"), ("APP0", b"JFIF"), ("COM", b"second")])
    [b'first', b'second']
    """
    return [data for name, data in segments if name == "COM" and data]


def photoshop(segments: Segments) -> bytes:
    """Photoshop's resources, which may go on from segment to segment."""
    return b"".join(_contents(segments, "APP13", PHOTOSHOP_NAME))


def has_gain_map(segments: Segments) -> bool:
    """True if ISO 21496-1 metadata announces a gain map or describes this picture as one."""
    return any(_contents(segments, "APP2", GAIN_MAP_NAME))


def read_xmp(segments: Segments, say: Callable[[str], None]) -> tuple[bytes | None, bytes | None]:
    """XMP and its extended packet, without properties that pooling makes false."""
    main = next(reversed([*_contents(segments, "APP1", XMP_NAME)]), b"")
    parts = [*_contents(segments, "APP1", EXTENDED_NAME)]
    name = xmp.announced(main)
    extended = _joined(parts, name.encode()) if name else None
    if name is not None and extended is not None:
        kept = without_stale(extended, say)
        if kept:
            main = (
                main.replace(name.encode(), xmp.guid(kept).encode()) if kept != extended else main
            )
            return without_stale(main, say) or None, kept
    elif parts or name is not None:
        say("extended XMP is incomplete and was left behind")
    main = xmp.without_announcement(main)
    return (without_stale(main, say) if main else None), None


def note_lost(segments: Segments, say: Callable[[str], None]) -> None:
    """Report the segments of a JPEG that are not kept."""
    if has_gain_map(segments):
        say(f"{GAIN_MAP} was left behind")
    if any(_contents(segments, "APP11", b"JP")):
        say(f"{CREDENTIALS} were left behind")
    unknown = {name for name, data in segments if not data.startswith(KNOWN.get(name, ())) and data}
    if unknown:
        names = ", ".join(sorted(unknown, key=lambda name: int(name[3:])))
        say(f"segments of a kind that is not known were left behind: {names}")


def xmp_segments(packet: bytes, extended: bytes | None) -> bytes:
    """XMP and its extended packet as segments."""
    made = segment(APP0 + 1, XMP_NAME + packet)
    name = xmp.announced(packet)
    if extended is None or name is None:
        return made
    head = EXTENDED_NAME + name.encode() + len(extended).to_bytes(4, "big")
    for at in range(0, len(extended), EXTENDED_BYTES):
        part = extended[at : at + EXTENDED_BYTES]
        made += segment(APP0 + 1, head + at.to_bytes(4, "big") + part)
    return made


def photoshop_segments(resources: bytes) -> bytes:
    """Photoshop's resources as segments."""
    most = MARKER_BYTES - len(PHOTOSHOP_NAME)
    parts = (resources[at : at + most] for at in range(0, len(resources), most))
    return b"".join(segment(APP0 + 13, PHOTOSHOP_NAME + part) for part in parts)


def comment_segments(texts: Iterable[bytes]) -> bytes:
    """Comments as segments.

    Examples
    --------
    >>> comment_segments([b"a", b"bc"])
    b'\\xff\\xfe\\x00\\x03a\\xff\\xfe\\x00\\x04bc'
    """
    return b"".join(segment(COMMENT, text) for text in texts)


def segment(marker: int, content: bytes) -> bytes:
    """A marker segment (ITU-T T.81, B.1.1.4)."""
    return bytes([0xFF, marker]) + (2 + len(content)).to_bytes(2, "big") + content


def _contents(segments: Segments, name: str, begin: bytes) -> Iterator[bytes]:
    """The contents of segments that begin with a name, without it."""
    for each, data in segments:
        if each == name and data.startswith(begin):
            yield data[len(begin) :]


def _joined(parts: Iterable[bytes], name: bytes) -> bytes | None:
    """The extended packet of a GUID; None where some of it is missing or there twice."""
    found: dict[int, bytes] = {}
    length = -1
    for part in parts:
        if part.startswith(name) and len(part) >= GUID_BYTES + 8:
            length = int.from_bytes(part[GUID_BYTES : GUID_BYTES + 4], "big")
            offset = int.from_bytes(part[GUID_BYTES + 4 : GUID_BYTES + 8], "big")
            found[offset] = part[GUID_BYTES + 8 :]
    at = 0
    for offset, part in sorted(found.items()):
        if offset != at:
            return None
        at += len(part)
    return b"".join(found[offset] for offset in sorted(found)) if at == length else None
