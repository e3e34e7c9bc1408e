"""Metadata of an image file that Pillow does not read: PNG chunks, boxes, comments."""

from __future__ import annotations

import re
from typing import BinaryIO

from PIL import Image

from poolcli.io.file_position import keep_position
from poolcli.io.metadata import jpeg2000_boxes, png_chunks
from poolcli.io.metadata.image_metadata import ContainerMetadata
from poolcli.io.metadata.iso_boxes import read_range
from poolcli.io.note_type import AddNote
from poolcli.io.pillow_private import tiles_of

DROPPED_GIF_EXTENSIONS = {b"XMP Data": "XMP", b"ICCRGBG1": "the ICC profile"}
"""Application extensions of a GIF that are not copied."""

PNM_COMMENT = re.compile(rb"#[ \t]*([^\r\n]*)")
"""The pattern of a comment in the header of a PNM file."""

MAX_PNM_HEADER_BYTES = 1 << 16
"""The part of a PNM header in which comments are searched."""


def read_container_metadata(
    image: Image.Image, file: BinaryIO, add_note: AddNote
) -> ContainerMetadata:
    """Return the metadata of an opened image file that Pillow does not read.

    Parameters
    ----------
    image : Image
        Opened; nothing needs to be decoded.
    file : binary file
        The file of the image; its position does not change.
    add_note : callable
        Called with each note for the report.
    """
    match image.format:
        case "PNG":
            with keep_position(file):
                return png_chunks.read_chunks(file, add_note)
        case "AVIF":
            from poolcli.io.metadata import avif_metadata  # imported late: few images are AVIF

            with keep_position(file):
                return avif_metadata.read_avif_metadata(file, image.size, add_note)
        case "JPEG2000":
            jpeg2000_boxes.note_dropped_boxes(file, add_note)
            icc_profile, xmp = jpeg2000_boxes.read_profile_and_xmp(file)
            return ContainerMetadata(icc_profile=icc_profile, xmp=xmp)
        case "PPM":
            return ContainerMetadata(comment=_read_pnm_comments(image, file))
        case "GIF":
            extension, _ = image.info.get("extension", (b"", 0))
            if dropped := DROPPED_GIF_EXTENSIONS.get(extension[:8]):
                add_note(f"{dropped} of a GIF was dropped")
    return ContainerMetadata()


def _read_pnm_comments(image: Image.Image, file: BinaryIO) -> bytes:
    """Return the comments before the pixels of a PNM file, one per line."""
    tiles = tiles_of(image)
    header_bytes = min(tiles[0].offset, MAX_PNM_HEADER_BYTES) if tiles else 0
    with keep_position(file):
        return b"\n".join(PNM_COMMENT.findall(read_range(file, 0, header_bytes)))
