"""Marker segments of a JPEG: comments, XMP, Photoshop's resources, dropped segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from poolcli.io.metadata import stale_and_extended_xmp
from poolcli.io.metadata.stale_and_extended_xmp import (
    CREDENTIALS,
    GAIN_MAP,
    remove_stale_properties,
)
from poolcli.io.note_callback_type import AddNote

Segments = Sequence[tuple[str, bytes]]
"""Names (``COM``, ``APP1``) and contents of the segments before the pixels, in file order, as
`jpeg_application_segments` returns them."""

MAX_SEGMENT_BYTES = 65_533
"""The largest content of a segment, without its length (ITU-T T.81, B.1.1.4)."""

MAX_EXTENDED_XMP_BYTES = 65_400
"""The largest part of an extended XMP packet in a segment (XMP specification, part 3, 1.1.3.1)."""

COMMENT_MARKER, APP0_MARKER = 0xFE, 0xE0

XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_XMP_PREFIX = b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP_PREFIX = b"Photoshop 3.0\0"
GAIN_MAP_PREFIX = b"urn:iso:std:iso:ts:21496:-1\0"
"""First bytes of a segment that marks a gain map or its image (ISO 21496-1)."""

GUID_BYTES = 32

KNOWN_PREFIXES = {
    "COM": (b"",),
    "APP0": (b"JFIF", b"JFXX"),
    "APP1": (b"Exif\0", XMP_PREFIX, EXTENDED_XMP_PREFIX),
    "APP2": (b"ICC_PROFILE\0", b"MPF\0", GAIN_MAP_PREFIX),
    "APP11": (b"JP",),
    "APP12": (b"Ducky",),
    "APP13": (PHOTOSHOP_PREFIX,),
    "APP14": (b"Adobe",),
}
"""First bytes of segments that are copied, describe stored pixels, or have a note of their own."""


def comments(segments: Segments) -> list[bytes]:
    """Return all comments that are not empty.

    Examples
    --------
    >>> comments([("COM", b"first"), ("APP0", b"JFIF"), ("COM", b"second")])
    [b'first', b'second']
    """
    return [data for name, data in segments if name == "COM" and data]


def photoshop_resources(segments: Segments) -> bytes:
    """Return Photoshop's image resources, which may be split over several segments."""
    return b"".join(_contents(segments, "APP13", PHOTOSHOP_PREFIX))


def has_gain_map(segments: Segments) -> bool:
    """Return whether ISO 21496-1 metadata announce a gain map, or say that this image is one."""
    return any(_contents(segments, "APP2", GAIN_MAP_PREFIX))


def read_xmp(segments: Segments, add_note: AddNote) -> tuple[bytes | None, bytes | None]:
    """Return the XMP packet and its extended packet, without properties that pooling makes false.

    Parameters
    ----------
    segments : sequence of (str, bytes)
        All segments of the JPEG.
    add_note : callable
        Called with each note on what was dropped.

    Returns
    -------
    packet, extended : bytes, optional
        UTF-8; None if missing.
    """
    packet = next(reversed([*_contents(segments, "APP1", XMP_PREFIX)]), b"")
    parts = [*_contents(segments, "APP1", EXTENDED_XMP_PREFIX)]
    guid = stale_and_extended_xmp.announced_guid(packet)
    extended = _join_extended(parts, guid.encode()) if guid else None
    if guid is not None and extended is not None:
        cleaned = remove_stale_properties(extended, add_note)
        if cleaned:
            if cleaned != extended:
                packet = packet.replace(
                    guid.encode(), stale_and_extended_xmp.guid_of(cleaned).encode()
                )
            return remove_stale_properties(packet, add_note) or None, cleaned
    elif parts or guid is not None:
        add_note("extended XMP is incomplete and was dropped")
    packet = stale_and_extended_xmp.remove_announcement(packet)
    return (remove_stale_properties(packet, add_note) if packet else None), None


def note_dropped_segments(segments: Segments, add_note: AddNote) -> None:
    """Add a note for each kind of segment that is not copied to the output.

    Parameters
    ----------
    segments : sequence of (str, bytes)
        All segments of the JPEG.
    add_note : callable
        Called with each note.
    """
    if has_gain_map(segments):
        add_note(f"{GAIN_MAP} was dropped")
    if any(_contents(segments, "APP11", b"JP")):
        add_note(f"{CREDENTIALS} were dropped")
    unknown = {
        name
        for name, data in segments
        if data and not data.startswith(KNOWN_PREFIXES.get(name, ()))
    }
    if unknown:
        names = ", ".join(sorted(unknown, key=lambda name: int(name[3:])))
        add_note(f"segments of unknown kinds were dropped: {names}")


def xmp_segments(packet: bytes, extended: bytes | None) -> bytes:
    """Return an XMP packet, and the extended packet that it announces, as segments.

    Parameters
    ----------
    packet : bytes
        At most 64 KB.
    extended : bytes, optional
        The extended packet, of any size.
    """
    segments = segment(APP0_MARKER + 1, XMP_PREFIX + packet)
    guid = stale_and_extended_xmp.announced_guid(packet)
    if extended is None or guid is None:
        return segments
    head = EXTENDED_XMP_PREFIX + guid.encode() + len(extended).to_bytes(4, "big")
    for offset in range(0, len(extended), MAX_EXTENDED_XMP_BYTES):
        part = extended[offset : offset + MAX_EXTENDED_XMP_BYTES]
        segments += segment(APP0_MARKER + 1, head + offset.to_bytes(4, "big") + part)
    return segments


def photoshop_segments(resources: bytes) -> bytes:
    """Return Photoshop's image resources as segments."""
    part_bytes = MAX_SEGMENT_BYTES - len(PHOTOSHOP_PREFIX)
    parts = (resources[at : at + part_bytes] for at in range(0, len(resources), part_bytes))
    return b"".join(segment(APP0_MARKER + 13, PHOTOSHOP_PREFIX + part) for part in parts)


def comment_segments(texts: Iterable[bytes]) -> bytes:
    """Return comments as segments.

    Examples
    --------
    >>> comment_segments([b"a", b"bc"])
    b'\\xff\\xfe\\x00\\x03a\\xff\\xfe\\x00\\x04bc'
    """
    return b"".join(segment(COMMENT_MARKER, text) for text in texts)


def segment(marker: int, content: bytes) -> bytes:
    """Return a marker segment (ITU-T T.81, B.1.1.4).

    Parameters
    ----------
    marker : int
        The second byte of the marker; the first one is 0xFF.
    content : bytes
        At most `MAX_SEGMENT_BYTES`.

    Examples
    --------
    >>> segment(COMMENT_MARKER, b"hello")
    b'\\xff\\xfe\\x00\\x07hello'
    """
    return bytes([0xFF, marker]) + (2 + len(content)).to_bytes(2, "big") + content


def _contents(segments: Segments, name: str, prefix: bytes) -> Iterator[bytes]:
    """Yield the contents of the segments of a name and a prefix, without the prefix."""
    for each, data in segments:
        if each == name and data.startswith(prefix):
            yield data[len(prefix) :]


def _join_extended(parts: Iterable[bytes], guid: bytes) -> bytes | None:
    """Return the extended packet with a GUID; None if parts of it are missing or duplicate."""
    by_offset: dict[int, bytes] = {}
    length = -1
    for part in parts:
        if part.startswith(guid) and len(part) >= GUID_BYTES + 8:
            length = int.from_bytes(part[GUID_BYTES : GUID_BYTES + 4], "big")
            offset = int.from_bytes(part[GUID_BYTES + 4 : GUID_BYTES + 8], "big")
            by_offset[offset] = part[GUID_BYTES + 8 :]
    joined = bytearray()
    for offset, part in sorted(by_offset.items()):
        if offset != len(joined):
            return None
        joined += part
    return bytes(joined) if len(joined) == length else None
