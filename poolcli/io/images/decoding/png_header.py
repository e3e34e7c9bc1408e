"""The header of a PNG: bit depth, colour type and transparent colour."""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

import numpy as np

from poolcli.io.file_position import keep_position
from poolcli.io.metadata.png_chunks import iter_chunks

GREY, RGB = 0, 2
"""Colour types whose transparency is one colour (PNG 3rd edition, 11.3.1.1)."""


class PngHeader(NamedTuple):
    """The properties of a PNG that precede its pixels.

    Attributes
    ----------
    depth : int
        Bits per channel: 1, 2, 4, 8 or 16.
    colour_type : int
        0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA.
    transparency : bytes
        The data of the tRNS chunk; empty if there is none.
    """

    depth: int
    colour_type: int
    transparency: bytes = b""

    @property
    def transparent_colour(self) -> tuple[int, ...] | None:
        """The transparent grey, or red, green and blue, as stored.

        Only as many bits as a channel has are significant (PNG 3rd edition, 11.3.1.1).

        Examples
        --------
        >>> PngHeader(4, GREY, b"\\x00\\x0f").transparent_colour
        (15,)
        """
        count = {GREY: 1, RGB: 3}.get(self.colour_type)
        if count is None or len(self.transparency) < 2 * count:
            return None
        values = np.frombuffer(self.transparency[: 2 * count], ">u2")
        return tuple(int(value) & (1 << self.depth) - 1 for value in values)


def read_png_header(file: BinaryIO) -> PngHeader:
    """Read the header of a PNG; the position of the file is kept.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("L", (1, 1)).save(file, "PNG", transparency=7)
    >>> read_png_header(file)
    PngHeader(depth=8, colour_type=0, transparency=b'\\x00\\x07')
    """
    depth, colour_type, transparency = 8, RGB, b""
    with keep_position(file):
        for kind, at, size in iter_chunks(file):
            if kind == b"IDAT":
                break
            file.seek(at)
            if kind == b"IHDR":
                depth, colour_type = file.read(13)[8:10]
            elif kind == b"tRNS":
                transparency = file.read(min(size, 256))
    return PngHeader(depth, colour_type, transparency)
