"""Metadata of an image file that Pillow does not read: PNG chunks, boxes, comments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from poolcli.io.add_note import AddNote
from poolcli.io.file_position import keep_position
from poolcli.io.metadata import jpeg2000_boxes, png_chunks
from poolcli.io.metadata.iso_boxes import read_range
from poolcli.io.metadata.png_chunks import TextChunk
from poolcli.io.pillow_private import tiles_of

if TYPE_CHECKING:
    from poolcli.io.metadata.avif_boxes import Rectangle

DROPPED_GIF_EXTENSIONS = {b"XMP Data": "XMP", b"ICCRGBG1": "the ICC profile"}
"""Application extensions of a GIF that are not copied."""

PNM_COMMENT = re.compile(rb"#[ \t]*([^\r\n]*)")
"""The pattern of a comment in the header of a PNM file."""

MAX_PNM_HEADER_BYTES = 1 << 16
"""The part of a PNM header in which comments are searched."""


@dataclass(frozen=True, slots=True)
class ContainerMetadata:
    """Metadata that apply to all frames of a file.

    Attributes
    ----------
    cicp : bytes, optional
        Colour primaries, transfer function, matrix coefficients and full-range flag, one byte each
        (ITU-T H.273).
    texts : list of (bytes, bytes)
        Types and contents of the text chunks of a PNG.
    clean_aperture : tuple of int, optional
        The part of the image to show: left, top, right, bottom, in pixels.
    """

    cicp: bytes | None = None
    texts: list[TextChunk] = field(default_factory=list)
    clean_aperture: Rectangle | None = None


def read_container(image: Image.Image, file: BinaryIO, add_note: AddNote) -> ContainerMetadata:
    """Return the metadata of an opened image file that Pillow does not read.

    The position of the file does not change.

    Parameters
    ----------
    image : Image
        Opened. What Pillow has a key for is added to `image.info`: ICC profile, XMP, comment.
    file : binary file
        The file of the image.
    add_note : callable
        Called with each note for the report.
    """
    if image.format == "PNG":
        with keep_position(file):
            chunks = png_chunks.read_chunks(file, add_note)
        if chunks.raw_xmp is not None:
            image.info.setdefault("xmp", chunks.raw_xmp)
        return ContainerMetadata(cicp=chunks.cicp, texts=chunks.texts)
    if image.format == "AVIF":
        from poolcli.io.metadata import avif_boxes  # imported late: few images are AVIF

        with keep_position(file):
            cicp, aperture = avif_boxes.read_avif_metadata(file, image.size, add_note)
        return ContainerMetadata(cicp=cicp, clean_aperture=aperture)
    if image.format == "JPEG2000":
        info = image.info
        info["icc_profile"], info["xmp"] = jpeg2000_boxes.read_profile_and_xmp(file)
        jpeg2000_boxes.note_dropped_boxes(file, add_note)
    if image.format == "PPM" and (tiles := tiles_of(image)):
        with keep_position(file):
            header = read_range(file, 0, min(tiles[0].offset, MAX_PNM_HEADER_BYTES))
        image.info["comment"] = b"\n".join(PNM_COMMENT.findall(header))
    if image.format == "GIF":
        extension, _ = image.info.get("extension", (b"", 0))
        if dropped := DROPPED_GIF_EXTENSIONS.get(extension[:8]):
            add_note(f"{dropped} of a GIF was dropped")
    return ContainerMetadata()
