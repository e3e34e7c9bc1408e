"""Extended XMP packets of JPEG files: announcement, splitting and merging.

A JPEG segment holds 64 KB. Larger XMP is stored in an extended packet, which the main packet
announces by its GUID (XMP specification, part 3, 1.1.3.1).
"""

from __future__ import annotations

import re

from poolcli.io.metadata.remove_xmp_properties import is_well_formed, remove_foreign_format
from poolcli.io.note_type import AddNote

XMP_NOTE_NAMESPACE = "http://ns.adobe.com/xmp/note/"

ANNOUNCING_ATTRIBUTE = re.compile(rb"""\s[\w.-]{1,40}:HasExtendedXMP\s*=\s*(?:"(\w*)"|'(\w*)')""")
ANNOUNCING_ELEMENT = re.compile(rb"<([\w.-]{1,40}:HasExtendedXMP)>\s*(\w*)\s*</\1>")

ANNOUNCING_PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    f'xmlns:xmpNote="{XMP_NOTE_NAMESPACE}" xmpNote:HasExtendedXMP="{{}}"/></rdf:RDF></x:xmpmeta>'
)
"""A packet that announces an extended packet and contains nothing else."""

WRAPPER = re.compile(rb"<\?xpacket[^>]*\?>")


def announced_guid(xmp: bytes) -> str | None:
    """Return the GUID of the extended packet that a packet announces; None if there is none."""
    attribute = ANNOUNCING_ATTRIBUTE.search(xmp)
    if attribute is not None:
        return (attribute[1] or attribute[2]).decode()
    element = ANNOUNCING_ELEMENT.search(xmp)
    return element[2].decode() if element is not None else None


def remove_announcement(xmp: bytes) -> bytes:
    """Return a packet without the announcement of an extended packet.

    Examples
    --------
    >>> remove_announcement(b"<a xmpNote:HasExtendedXMP='AB' b='c'/>")
    b"<a b='c'/>"
    """
    return ANNOUNCING_ELEMENT.sub(b"", ANNOUNCING_ATTRIBUTE.sub(b"", xmp))


def split_packet(xmp: bytes) -> tuple[bytes, bytes]:
    """Return a small packet that announces an extended one, and the extended one with all XMP."""
    extended = WRAPPER.sub(b"", xmp).strip()
    return ANNOUNCING_PACKET.format(guid_of(extended)).encode(), extended


def guid_of(extended: bytes) -> str:
    """Return the GUID of an extended packet: its MD5 (XMP specification, part 3, 1.1.3.1)."""
    import hashlib  # imported late: few images have an extended packet

    return hashlib.md5(extended, usedforsecurity=False).hexdigest().upper()


def merge_packets(
    packet: bytes, extended: bytes | None, media_type: str, add_note: AddNote
) -> bytes:
    """Return one packet with the content of a packet and of its extended packet.

    Parameters
    ----------
    packet : bytes
        UTF-8.
    extended : bytes, optional
        The extended packet that it announces.
    media_type : str
        The media type of the output. The property ``dc:format`` of another type is removed.
    add_note : callable
        Called with a note if the extended packet cannot be merged.
    """
    if extended is not None:
        merged = _merge(packet, extended)
        if merged is None:
            add_note("extended XMP cannot be merged and was dropped")
        packet = remove_announcement(packet) if merged is None else merged
    return remove_foreign_format(packet, media_type)


def _merge(packet: bytes, extended: bytes) -> bytes | None:
    """Insert the descriptions of the extended packet; None if one of the two is not XMP."""
    start, stop = re.search(rb"<rdf:RDF\b[^>]*>", extended), extended.rfind(b"</rdf:RDF>")
    end = packet.rfind(b"</rdf:RDF>")
    if start is None or start.end() > stop or end < 0 or not is_well_formed(extended):
        return None
    descriptions = extended[start.end() : stop].strip()
    merged = remove_announcement(packet[:end]) + descriptions + packet[end:]
    return merged if descriptions and is_well_formed(merged) else None
