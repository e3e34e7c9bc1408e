"""Writing of PNG chunks, for PNG files whose pixels Pillow does not write."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, BinaryIO

from PIL import Image

SIGNATURE_BYTES, IHDR_BYTES = 8, 13
"""The sizes of a PNG's signature and of the data of the chunk IHDR."""


def chunks_around_pixels(
    image: Image.Image, save_options: dict[str, Any], depth: int | None = None
) -> tuple[bytes, bytes]:
    """Return the bytes of a PNG before and after its pixels.

    Pillow writes them around a single pixel; the size of the image is put in afterwards.

    Parameters
    ----------
    image : Image
        The image.
    save_options : dict
        Options of Pillow's encoder.
    depth : int, optional
        The bits per channel, if they are not those that Pillow would write.

    Examples
    --------
    >>> before, after = chunks_around_pixels(Image.new("L", (300, 200)), {})
    >>> before[12:24], after[4:8]
    (b'IHDR\\x00\\x00\\x01,\\x00\\x00\\x00\\xc8', b'IEND')
    """
    file = io.BytesIO()
    image.crop((0, 0, 1, 1)).save(file, "PNG", **save_options)
    data = file.getvalue()
    parts = [bytearray(data[:SIGNATURE_BYTES]), bytearray()]
    at, after_pixels = SIGNATURE_BYTES, False
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        chunk = data[at : at + size + 12]
        at += len(chunk)
        if name == b"IHDR":
            depth = chunk[16] if depth is None else depth
            ihdr = struct.pack(">IIB", *image.size, depth) + chunk[17 : 8 + IHDR_BYTES]
            chunk = chunk[:8] + ihdr + _checksum(name, ihdr)
        if name == b"IDAT":
            after_pixels = True
        else:
            parts[after_pixels] += chunk
    return bytes(parts[0]), bytes(parts[1])


def write_chunk(file: BinaryIO, name: bytes, data: bytes) -> None:
    """Write a chunk of a PNG (PNG 3rd edition, 5.3).

    Parameters
    ----------
    file : binary file
        Written sequentially.
    name : bytes
        The type of the chunk.
    data : bytes
        Its data.

    Examples
    --------
    >>> file = io.BytesIO()
    >>> write_chunk(file, b"IEND", b"")
    >>> file.getvalue()
    b'\\x00\\x00\\x00\\x00IEND\\xaeB`\\x82'
    """
    for part in (struct.pack(">I4s", len(data), name), data, _checksum(name, data)):
        file.write(part)


def _checksum(name: bytes, data: bytes) -> bytes:
    """Return CRC-32 of type and data of a chunk, 4 bytes."""
    return struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
