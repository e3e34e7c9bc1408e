"""Writing pictures of low depth: portable maps with a maxval, PNG of 1, 2 and 4 bits."""

from __future__ import annotations

import struct
import zlib
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poolcli.io.images.encoding.png_writer import around, checksum
from poolcli.io.images.image_array import read_block

DEPTHS = {3: 2, 15: 4}
"""Bits of grey in a PNG, by the largest number."""

MAGICS = {"L": b"P5", "I;16": b"P5", "RGB": b"P6"}
"""First bytes of portable maps, by mode."""

DEPTH_AT = 24
"""Offset of the depth in a PNG, behind the signature, the head of IHDR, width and height."""


def has_place(image: Image.Image, name: str, maxval: int) -> bool:
    """True if a format can store a picture with this `maxval`.

    Examples
    --------
    >>> has_place(Image.new("L", (1, 1), 20), "PPM", 20)
    True
    >>> has_place(Image.new("L", (1, 1), 21), "PPM", 20)
    False
    """
    if name == "PNG":
        able = image.mode == "L" and maxval in DEPTHS
    else:
        able = name == "PPM" and image.mode in MAGICS and (image.mode == "I;16") == (maxval > 255)
    return able and int(_pixels(image).max()) <= maxval


def write_low_depth(
    file: BinaryIO, image: Image.Image, name: str, maxval: int, settings: dict[str, Any]
) -> None:
    """Write a picture for which `has_place` holds.

    Parameters
    ----------
    file : binary file
        Written from its beginning to its end.
    image : Image
        Its numbers are those to be stored.
    name : str
        Pillow's name of the format: PNG or PPM.
    maxval : int
        The largest number that can be stored.
    settings : dict
        For Pillow's PNG encoder, which makes everything around the pixels.
    """
    pixels = _pixels(image)
    if name == "PPM":
        file.write(b"%s\n%d %d\n%d\n" % (MAGICS[image.mode], *image.size, maxval))
        file.write(pixels.astype(">u2" if pixels.itemsize == 2 else np.uint8).tobytes())
        return
    before, after = around(image, settings)
    depth = DEPTHS[maxval]
    header = before[12:DEPTH_AT] + bytes([depth]) + before[DEPTH_AT + 1 : 29]
    file.write(before[:12] + header + struct.pack(">I", zlib.crc32(header)) + before[33:])
    data = zlib.compress(_packed_rows(pixels, depth).tobytes(), settings.get("compress_level", 6))
    file.write(struct.pack(">I4s", len(data), b"IDAT") + data + checksum(b"IDAT", data))
    file.write(after)


def _pixels(image: Image.Image) -> NDArray[Any]:
    return read_block(image, (0, 0, *image.size))


def _packed_rows(pixels: NDArray[Any], depth: int) -> NDArray[np.uint8]:
    """Rows of numbers of few bits, the first in the high bits, each after the filter 0."""
    count = 8 // depth
    height, width = pixels.shape
    padded = np.pad(pixels, ((0, 0), (0, -width % count))).reshape(height, -1, count)
    rows = np.zeros((height, 1 + padded.shape[1]), np.uint8)
    for place in range(count):
        rows[:, 1:] |= padded[..., place] << np.uint8(8 - depth * (place + 1))
    return rows
