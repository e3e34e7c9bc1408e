"""The chunks of a PNG before and after its pixels, as Pillow writes them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

from poolcli.io.images.pixel_array import PixelArray
from poolcli.io.metadata.png_chunks import iter_chunks

IHDR_AT, DEPTH_AT, IHDR_END = 8, 24, 29
"""Offsets of the first chunk, of its field for the bits per channel, and of its checksum."""


def chunks_around_pixels(
    image: Image.Image | PixelArray, save_options: dict[str, Any], depth: int | None = None
) -> tuple[bytes, bytes]:
    """Return the bytes of a PNG before and after its pixels.

    Pillow writes them around a single pixel; the size of the image is put in afterwards.

    Parameters
    ----------
    image : Image or PixelArray
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
    if isinstance(image, PixelArray):
        pixel = Image.new(image.mode.partition(";")[0], (1, 1))
        depth = 8 * image.dtype.itemsize
    else:
        pixel = image.crop((0, 0, 1, 1))
    pixel.save(file, "PNG", **save_options)
    data = file.getvalue()
    pixels = [(at - 8, at + size + 4) for kind, at, size in iter_chunks(file) if kind == b"IDAT"]
    ihdr = struct.pack(">IIB", *image.size, depth or data[DEPTH_AT]) + data[DEPTH_AT + 1 : IHDR_END]
    before = data[:IHDR_AT] + png_chunk(b"IHDR", ihdr) + data[IHDR_END + 4 : pixels[0][0]]
    return before, data[pixels[-1][1] :]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG (PNG 3rd edition, 5.3).

    Parameters
    ----------
    kind : bytes
        The type of the chunk.
    data : bytes
        Its data.

    Examples
    --------
    >>> png_chunk(b"IEND", b"")
    b'\\x00\\x00\\x00\\x00IEND\\xaeB`\\x82'
    """
    checksum = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", checksum)
