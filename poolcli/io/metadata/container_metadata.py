"""Metadata of a picture's file that Pillow does not read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from poolcli.io.file_position import keep_position
from poolcli.io.metadata import jpeg2000, png_chunks
from poolcli.io.metadata.png_chunks import Text

if TYPE_CHECKING:
    from poolcli.io.metadata.avif_boxes import Box

GIF_EXTENSIONS = {b"XMP Data": "XMP", b"ICCRGBG1": "the ICC profile"}
"""Application extensions that are left behind."""

PNM_COMMENT, PNM_HEADER_BYTES = re.compile(rb"#[ \t]*([^\r\n]*)"), 1 << 16
"""Pattern of a comment in a portable map, and the bytes that are searched."""


@dataclass(frozen=True, slots=True)
class Container:
    """Metadata that applies to all frames of a file.

    Attributes
    ----------
    cicp : bytes, optional
        Colour primaries, transfer characteristics, matrix coefficients and whether the range is
        full, one byte each (ITU-T H.273).
    texts : list of (bytes, bytes)
        The types and contents of a PNG's chunks of text.
    aperture : tuple of int, optional
        The part of the picture that is to be shown: left, top, right, bottom.
    """

    cicp: bytes | None = None
    texts: list[Text] = field(default_factory=list)
    aperture: Box | None = None


def read_container(image: Image.Image, file: BinaryIO, say: Callable[[str], None]) -> Container:
    """Read the boxes or chunks of an opened picture's file; the file stays where it stood.

    Parameters
    ----------
    image : Image
        Opened; of a JPEG 2000, it gets its ICC profile and XMP, of a PNG XMP that is a text.
    file : binary file
        That of the picture.
    say : callable
        Takes what the person should know.
    """
    if image.format == "PNG":
        with keep_position(file):
            chunks = png_chunks.read_chunks(file, say)
        if chunks.raw_xmp is not None:
            image.info.setdefault("xmp", chunks.raw_xmp)
        return Container(cicp=chunks.cicp, texts=chunks.texts)
    if image.format == "AVIF":
        from poolcli.io.metadata import avif_boxes  # late: few pictures are AVIF

        with keep_position(file):
            boxes = avif_boxes.read_boxes(file, image.size, say)
        return Container(cicp=boxes.cicp, aperture=boxes.aperture)
    if image.format == "JPEG2000":
        image.info["icc_profile"], image.info["xmp"] = jpeg2000.read_boxes(file)
        jpeg2000.note_lost(file, say)
    if image.format == "PPM" and (tiles := getattr(image, "tile", None)):
        with keep_position(file):
            header = jpeg2000.read_range(file, 0, min(tiles[0][2], PNM_HEADER_BYTES))
        image.info["comment"] = b"\n".join(PNM_COMMENT.findall(header))
    if image.format == "GIF":
        extension, _ = image.info.get("extension", (b"", 0))
        if what := GIF_EXTENSIONS.get(extension[:8]):
            say(f"{what} of a GIF was left behind")
    return Container()
