"""XMP packets: removal of properties that pooling makes false, and extended packets.

A JPEG segment holds 64 KB. Larger XMP is stored in an extended packet, which the main packet
announces by its GUID (XMP specification, part 3, 1.1.3.1).

The parser is imported and the patterns are compiled for the first packet, which takes 2 ms: most
images have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolcli.io.note_callback_type import AddNote

if TYPE_CHECKING:
    from poolcli.io.metadata.xmp_removal import PropertyNames

DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"

GOOGLE_CONTAINER = "http://ns.google.com/photos/1.0/container/"

# fmt: off
STORED_PIXEL_PROPERTIES: dict[str, PropertyNames] = {
    "http://ns.adobe.com/tiff/1.0/": (
        "ImageWidth", "ImageLength", "BitsPerSample", "Compression", "PhotometricInterpretation",
        "SamplesPerPixel", "PlanarConfiguration", "YCbCrSubSampling", "YCbCrPositioning",
        "NativeDigest",
    ),
    "http://ns.adobe.com/exif/1.0/": (
        "PixelXDimension", "PixelYDimension", "CompressedBitsPerPixel", "SubjectArea",
        "SubjectLocation", "NativeDigest",
    ),
    "http://ns.adobe.com/xap/1.0/": ("Thumbnails",),
    "http://www.metadataworkinggroup.com/schemas/regions/": ("AppliedToDimensions",),
    "http://ns.google.com/photos/1.0/panorama/": (
        "CroppedAreaImageHeightPixels", "CroppedAreaImageWidthPixels", "CroppedAreaLeftPixels",
        "CroppedAreaTopPixels", "FullPanoHeightPixels", "FullPanoWidthPixels",
        "LargestValidInteriorRectHeight", "LargestValidInteriorRectLeft",
        "LargestValidInteriorRectTop", "LargestValidInteriorRectWidth",
    ),
}
"""Properties that describe the stored pixels (XMP specification, part 2; regions of the Metadata
Working Group; Google's panoramas)."""

GAIN_MAP, VIDEO, DEPTH_MAP = "the gain map", "the video of the motion photo", "the depth map"
CREDENTIALS = "Content Credentials (C2PA)"

MOTION_PHOTO_PROPERTIES = (
    "MotionPhoto", "MotionPhotoVersion", "MotionPhotoPresentationTimestampUs", "MicroVideo",
    "MicroVideoVersion", "MicroVideoOffset", "MicroVideoPresentationTimestampUs",
)
# fmt: on

DROPPED_PART_PROPERTIES: dict[str, tuple[PropertyNames, str | None]] = {
    "http://ns.adobe.com/hdr-gain-map/1.0/": (None, GAIN_MAP),
    "http://ns.apple.com/HDRGainMap/1.0/": (None, GAIN_MAP),
    "http://ns.google.com/photos/1.0/camera/": (MOTION_PHOTO_PROPERTIES, VIDEO),
    "http://ns.google.com/photos/dd/1.0/device/": (None, DEPTH_MAP),
    GOOGLE_CONTAINER: (None, None),
    GOOGLE_CONTAINER + "item/": (None, None),
}
"""Properties that announce parts of the file that are dropped, and how notes name these parts.
Google's container has no name here, because it names its parts itself."""

CONTAINER_PARTS = {
    b"GainMap": GAIN_MAP,
    b"MotionPhoto": VIDEO,
    b"Depth": DEPTH_MAP,
    b"DepthMap": DEPTH_MAP,
}
"""The names in notes of the parts of Google's container, by their semantic."""

PROVENANCE_PROPERTIES: dict[str, PropertyNames] = {"http://purl.org/dc/terms/": ("provenance",)}

MANIFEST_PATTERN = rb"""provenance(?:=["']|>)[^"'<]*(?:jumbf|c2pa|cai-manifest)"""
"""A provenance property that refers to Content Credentials (C2PA specification, 11.4)."""

SEMANTIC_PATTERN = rb"""Semantic(?:=["']|>)(\w+)"""
MOTION_PHOTO_PATTERN = rb"""(?:MotionPhoto|MicroVideo)(?:=["']|>)1"""
ORIENTATION_PATTERN = rb"""(tiff:Orientation(?:=["']|>))[2-8]"""

QUICK_TESTS = [
    *(uri.encode() for uri in DROPPED_PART_PROPERTIES),
    *(name.encode() for names in STORED_PIXEL_PROPERTIES.values() for name in names or ()),
]
"""A packet that contains none of these texts has no property to remove and is not parsed."""

XMP_NOTE_NAMESPACE = "http://ns.adobe.com/xmp/note/"

ANNOUNCING_ATTRIBUTE = rb"""\s[\w.-]{1,40}:HasExtendedXMP\s*=\s*(?:"(\w*)"|'(\w*)')"""
ANNOUNCING_ELEMENT = rb"<([\w.-]{1,40}:HasExtendedXMP)>\s*(\w*)\s*</\1>"

ANNOUNCING_PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    f'xmlns:xmpNote="{XMP_NOTE_NAMESPACE}" xmpNote:HasExtendedXMP="{{}}"/></rdf:RDF></x:xmpmeta>'
)
"""A packet that announces an extended packet and contains nothing else."""

PACKET_WRAPPER = rb"<\?xpacket[^>]*\?>"


def set_upright(xmp: bytes) -> bytes:
    """Return a packet with the orientation set to upright.

    Examples
    --------
    >>> set_upright(b'<a tiff:Orientation="6"/>')
    b'<a tiff:Orientation="1"/>'
    """
    return re.sub(ORIENTATION_PATTERN, rb"\g<1>1", xmp)


def remove_stale_properties(xmp: bytes, add_note: AddNote) -> bytes | None:
    """Return a packet without properties that pooling makes false; None if it is not readable.

    Parameters
    ----------
    xmp : bytes
        UTF-8.
    add_note : callable
        Called with a note for each part of the file that the packet announces and that is dropped.

    Examples
    --------
    >>> packet = b'<a xmlns:e="http://ns.adobe.com/exif/1.0/" e:PixelXDimension="9" e:Flash="1"/>'
    >>> remove_stale_properties(packet, print)
    b'<a xmlns:e="http://ns.adobe.com/exif/1.0/" e:Flash="1"/>'
    """
    has_manifest = re.search(MANIFEST_PATTERN, xmp) is not None
    if not has_manifest and not any(text in xmp for text in QUICK_TESTS):
        return xmp
    from xml.parsers.expat import ExpatError

    from poolcli.io.metadata.xmp_removal import remove_properties

    stale = {uri: names for uri, (names, _) in DROPPED_PART_PROPERTIES.items()}
    stale |= STORED_PIXEL_PROPERTIES
    stale |= PROVENANCE_PROPERTIES if has_manifest else {}
    try:
        cleaned, namespaces = remove_properties(xmp, stale)
    except ExpatError:
        if not has_manifest and not any(uri.encode() in xmp for uri in DROPPED_PART_PROPERTIES):
            return xmp  # not XML: its false properties harm no one
        add_note("XMP could not be read and was dropped")
        return None
    for part in dict.fromkeys(_announced_parts(xmp, namespaces)):
        add_note(f"{part} was dropped")
    if has_manifest:
        add_note(f"{CREDENTIALS} were dropped")
    return cleaned


def _announced_parts(xmp: bytes, namespaces: set[str]) -> Iterator[str]:
    """Yield the names of the parts of the file that the removed properties announced."""
    for uri, (_, part) in DROPPED_PART_PROPERTIES.items():
        is_empty = part == VIDEO and not re.search(MOTION_PHOTO_PATTERN, xmp)
        if uri in namespaces and part is not None and not is_empty:
            yield part
    for semantic in re.findall(SEMANTIC_PATTERN, xmp) if GOOGLE_CONTAINER in namespaces else ():
        if semantic != b"Primary":
            yield CONTAINER_PARTS.get(semantic, f"the part {semantic.decode()} of the file")


def remove_foreign_format(xmp: bytes, media_type: str) -> bytes:
    """Return a packet without the property ``dc:format`` if it names another media type.

    Parameters
    ----------
    xmp : bytes
        UTF-8.
    media_type : str
        The media type of the output, such as ``image/png``.
    """
    if b":format" not in xmp or media_type.encode() in xmp:
        return xmp
    from xml.parsers.expat import ExpatError

    from poolcli.io.metadata.xmp_removal import remove_properties

    try:
        return remove_properties(xmp, {DUBLIN_CORE: ("format",)})[0]
    except ExpatError:
        return xmp


def announced_guid(xmp: bytes) -> str | None:
    """Return the GUID of the extended packet that a packet announces; None if there is none."""
    attribute = re.search(ANNOUNCING_ATTRIBUTE, xmp)
    if attribute is not None:
        return (attribute[1] or attribute[2]).decode()
    element = re.search(ANNOUNCING_ELEMENT, xmp)
    return element[2].decode() if element is not None else None


def remove_announcement(xmp: bytes) -> bytes:
    """Return a packet without the announcement of an extended packet.

    Examples
    --------
    >>> remove_announcement(b"<a xmpNote:HasExtendedXMP='AB' b='c'/>")
    b"<a b='c'/>"
    """
    return re.sub(ANNOUNCING_ELEMENT, b"", re.sub(ANNOUNCING_ATTRIBUTE, b"", xmp))


def split_packet(xmp: bytes) -> tuple[bytes, bytes]:
    """Return a small packet that announces an extended one, and the extended one with all XMP."""
    extended = re.sub(PACKET_WRAPPER, b"", xmp).strip()
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
    from poolcli.io.metadata.xmp_removal import is_well_formed

    start, stop = re.search(rb"<rdf:RDF\b[^>]*>", extended), extended.rfind(b"</rdf:RDF>")
    end = packet.rfind(b"</rdf:RDF>")
    if start is None or start.end() > stop or end < 0 or not is_well_formed(extended):
        return None
    descriptions = extended[start.end() : stop].strip()
    merged = remove_announcement(packet[:end]) + descriptions + packet[end:]
    return merged if descriptions and is_well_formed(merged) else None
