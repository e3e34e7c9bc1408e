"""Metadata of JPEG and MPO files as options of Pillow's `save`."""

from __future__ import annotations

from typing import Any

from poolcli.io.metadata import jpeg_segments
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.jpeg_segments import MAX_SEGMENT_BYTES, XMP_PREFIX
from poolcli.io.metadata.photoshop_resources import join_resources
from poolcli.io.metadata.stale_and_extended_xmp import (
    merge_packets,
    remove_foreign_format,
    split_packet,
)
from poolcli.io.note_callback_type import AddNote

MAX_XMP_BYTES = MAX_SEGMENT_BYTES - len(XMP_PREFIX)
"""The largest XMP packet in a segment."""

MAX_DPI = 65_535
"""The highest resolution that JFIF stores."""

MEDIA_TYPE = "image/jpeg"


def jpeg_save_options(metadata: ImageMetadata, add_note: AddNote) -> dict[str, Any]:
    """Return the options of Pillow's `save` that write metadata.

    Parameters
    ----------
    metadata : ImageMetadata
        The metadata of the image.
    add_note : callable
        Called with a note for what a JPEG cannot store.
    """
    segments = _xmp_segments(metadata, add_note)
    if resources := join_resources(metadata.iptc, metadata.photoshop):
        segments += jpeg_segments.photoshop_segments(resources)
    segments += jpeg_segments.comment_segments(_storable_comments(metadata, add_note))
    return _shared_options(metadata, add_note) | without_none(extra=segments or None)


def mpo_save_options(metadata: ImageMetadata, add_note: AddNote) -> dict[str, Any]:
    """Return the options of Pillow's `save` that write the metadata of one frame.

    Unlike in a JPEG, no segments can be added: Pillow puts the index of the frames there.

    Parameters
    ----------
    metadata : ImageMetadata
        The metadata of the frame.
    add_note : callable
        Called with a note for what an MPO cannot store.
    """
    comments = _storable_comments(metadata, add_note)
    if len(comments) > 1:
        add_note("a frame of an MPO stores one comment: the others were dropped")
    packet = metadata.xmp
    if packet is not None:
        packet = merge_packets(packet, metadata.extended_xmp, MEDIA_TYPE, add_note)
        if len(packet) > MAX_XMP_BYTES:
            _note_too_large("XMP", add_note)
            packet = None
    shared = _shared_options(metadata, add_note)
    return shared | without_none(xmp=packet, comment=next(iter(comments), None))


def _shared_options(metadata: ImageMetadata, add_note: AddNote) -> dict[str, Any]:
    """Return the options that are the same for JPEG and MPO."""
    exif = metadata.tags.exif() or None
    if exif is not None and len(exif) > MAX_SEGMENT_BYTES:
        _note_too_large("EXIF", add_note)
        exif = None
    dpi = metadata.dpi
    if dpi is not None and not all(1 <= round(each) <= MAX_DPI for each in dpi):
        dpi = None
    return without_none(icc_profile=metadata.icc_profile, dpi=dpi, exif=exif)


def _xmp_segments(metadata: ImageMetadata, add_note: AddNote) -> bytes:
    """Return XMP as segments; a packet that is too large becomes an extended packet."""
    packet, extended = metadata.xmp, metadata.extended_xmp
    if packet is None:
        return b""
    if len(packet) > MAX_XMP_BYTES:
        packet, extended = split_packet(merge_packets(packet, extended, MEDIA_TYPE, add_note))
    return jpeg_segments.xmp_segments(remove_foreign_format(packet, MEDIA_TYPE), extended)


def _storable_comments(metadata: ImageMetadata, add_note: AddNote) -> list[bytes]:
    storable = [each for each in metadata.comments if len(each) <= MAX_SEGMENT_BYTES]
    if len(storable) < len(metadata.comments):
        _note_too_large("the comment", add_note)
    return storable


def _note_too_large(subject: str, add_note: AddNote) -> None:
    add_note(f"{subject} is larger than JPEG can store and was dropped")


def without_none(**options: Any) -> dict[str, Any]:
    """Return the options that are not None."""
    return {key: value for key, value in options.items() if value is not None}
