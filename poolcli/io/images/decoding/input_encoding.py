"""The encoding of WebP, JPEG 2000, HEIF and JPEG XL inputs, which that of the output is like."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image

from poolcli.io.file_position import keep_position
from poolcli.io.pillow_private import is_jpeg2000_codestream, is_upright_jpegxl

HEIF_OPTIONS: tuple[str, ...] = ("bit_depth", "chroma")
"""The entries of pillow-heif's `info` that its encoder takes as options."""


def read_input_encoding(image: Image.Image, file: BinaryIO) -> dict[str, dict[str, Any]]:
    """Return how the pixels were encoded, as options of Pillow's encoders, by format.

    Parameters
    ----------
    image : Image
        The opened image.
    file : binary file
        The file of the image; its position is kept.
    """
    if image.format == "WEBP" and is_lossless_webp(file):
        return {"WEBP": {"lossless": True}}
    if is_jpeg2000_codestream(image):
        return {"JPEG2000": {"no_jp2": True}}
    if image.format == "HEIF":
        return {"HEIF": {key: image.info[key] for key in HEIF_OPTIONS if key in image.info}}
    if is_upright_jpegxl(image):  # not stored as a JPEG, which is lossy
        from poolcli.io.images.plugins.jpegxl_header import read_jpegxl_header  # rarely needed

        return {"JXL": {"lossless": True}} if not read_jpegxl_header(file).is_xyb else {}
    return {}


def is_lossless_webp(file: BinaryIO) -> bool:
    """Return whether all images of a WebP are lossless (RFC 9649, sections 2.5 to 2.7).

    Examples
    --------
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (1, 1)).save(file, "WEBP", lossless=True)
    >>> is_lossless_webp(file)
    True
    """
    with keep_position(file):
        kinds = {kind for kind in _webp_chunks(file) if kind in (b"VP8 ", b"VP8L")}
    return kinds == {b"VP8L"}


def _webp_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the types of all chunks, those inside of frames included."""
    at, end = 12, file.seek(0, io.SEEK_END)
    while at + 8 <= end:
        file.seek(at)
        head = file.read(8)
        yield head[:4]
        if head[:4] == b"ANMF":
            at += 8 + 16  # the fields of the frame, before its chunks
        else:
            size = int.from_bytes(head[4:], "little")
            at += 8 + size + size % 2
