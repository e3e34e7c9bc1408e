"""Writing of images of low bit depth: portable maps with a maxval, PNGs of 2 and 4 bits."""

from __future__ import annotations

import zlib
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poolcli.io.images.encoding.png_chunks_around_pixels import chunks_around_pixels, png_chunk

PNG_DEPTHS = {3: 2, 15: 4}
"""Bits of grey in a PNG, by maxval."""

PORTABLE_MAP_MAGICS = {"L": b"P5", "I;16": b"P5", "RGB": b"P6"}
"""The first bytes of portable maps, by mode."""


def can_store(image: Image.Image, format_name: str, maxval: int) -> bool:
    """Return whether a format can store an image with a maxval.

    Parameters
    ----------
    image : Image
        The loaded image.
    format_name : str
        Pillow's name of the format.
    maxval : int
        The largest value that the file should be able to store.

    Examples
    --------
    >>> can_store(Image.new("L", (1, 1), 20), "PPM", 20)
    True
    >>> can_store(Image.new("L", (1, 1), 21), "PPM", 20)
    False
    """
    if format_name == "PPM":
        has_variant = image.mode in PORTABLE_MAP_MAGICS and (image.mode == "I;16") == (maxval > 255)
    else:
        has_variant = format_name == "PNG" and image.mode == "L" and maxval in PNG_DEPTHS
    return has_variant and int(np.asarray(image).max()) <= maxval


def write_low_bit_depth(
    file: BinaryIO, image: Image.Image, format_name: str, maxval: int, save_options: dict[str, Any]
) -> None:
    """Write an image that `can_store` accepts.

    Parameters
    ----------
    file : binary file
        Written sequentially.
    image : Image
        The loaded image, with the values to store.
    format_name : str
        Pillow's name of the format: PNG or PPM.
    maxval : int
        The largest value that the file can store.
    save_options : dict
        Options of Pillow's PNG encoder, which writes the chunks around the pixels.
    """
    values = np.asarray(image)
    if format_name == "PPM":
        magic = PORTABLE_MAP_MAGICS[image.mode]
        file.write(b"%s\n%d %d\n%d\n" % (magic, *image.size, maxval))
        file.write(values.astype(">u2" if values.itemsize == 2 else np.uint8).tobytes())
        return
    depth = PNG_DEPTHS[maxval]
    before, after = chunks_around_pixels(image, save_options, depth)
    level = save_options.get("compress_level", 6)
    pixels = zlib.compress(_pack_rows(values, depth).tobytes(), level)
    file.write(before + png_chunk(b"IDAT", pixels) + after)


def _pack_rows(values: NDArray[Any], depth: int) -> NDArray[np.uint8]:
    """Return rows of values of few bits, packed from the high bits on, each after the filter 0."""
    count = 8 // depth
    height, width = values.shape
    padded = np.pad(values, ((0, 0), (0, -width % count))).reshape(height, -1, count)
    rows = np.zeros((height, 1 + padded.shape[1]), np.uint8)
    for index in range(count):
        rows[:, 1:] |= padded[..., index] << np.uint8(8 - depth * (index + 1))
    return rows
