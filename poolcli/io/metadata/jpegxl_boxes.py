"""Boxes of a JPEG XL container that pillow-jxl-plugin does not report: XMP, and what is dropped."""

from __future__ import annotations

from typing import BinaryIO

from poolcli.io.file_position import read_at
from poolcli.io.metadata import iso_boxes
from poolcli.io.metadata.image_metadata import ContainerMetadata
from poolcli.io.metadata.stale_and_extended_xmp import CREDENTIALS, GAIN_MAP
from poolcli.io.note_callback_type import AddNote

DROPPED_BOXES = {b"jhgm": f"{GAIN_MAP} was", b"jumb": f"{CREDENTIALS} were"}
"""The beginnings of notes on boxes that are not copied, by type (ISO 18181-2)."""

BROTLI_BOX = b"brob"
"""A box whose content is compressed; it begins with the type of the box."""

JPEG_BOX = b"jbrd"
"""A box with what is needed to restore a JPEG from the image."""

COMPRESSED_NAMES = {b"xml ": "XMP was", b"Exif": "EXIF was"} | DROPPED_BOXES


def read_boxes(file: BinaryIO, add_note: AddNote) -> ContainerMetadata:
    """Return the XMP of a JPEG XL image.

    Parameters
    ----------
    file : binary file
        Seekable; its position is kept.
    add_note : callable
        Called with a note for each part of the file that is not copied to the output.
    """
    container = ContainerMetadata()
    boxes = iso_boxes.top_level_boxes(file)
    if any(kind == JPEG_BOX for kind, _, _ in boxes):
        return container  # the plugin restores the JPEG with its metadata
    for kind, start, stop in boxes:
        if kind == b"xml " and container.xmp is None:
            container.xmp = read_at(file, start, stop - start)
        elif kind == BROTLI_BOX and (name := COMPRESSED_NAMES.get(read_at(file, start, 4))):
            add_note(f"{name} dropped, because it is compressed")
        elif kind in DROPPED_BOXES:
            add_note(f"{DROPPED_BOXES[kind]} dropped")
    return container
