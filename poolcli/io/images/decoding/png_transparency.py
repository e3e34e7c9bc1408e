"""The transparent colour of a PNG, which Pillow scales or compares wrongly, and its header."""

from __future__ import annotations

from typing import Any, BinaryIO, NamedTuple

import numpy as np

from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position
from poolcli.io.metadata.png_chunks import iter_chunks

GREY, RGB = 0, 2
"""Colour types whose transparency is one colour (PNG 3rd edition, 11.3.1.1)."""

BLEND_OVER = 1
"""The blend operation of a frame that is drawn over the previous one (APNG, fcTL)."""


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


def correct_transparency(image: Any, file: BinaryIO) -> None:
    """Set the transparent colour of a decoded PNG to that of the file, scaled as the pixels are.

    Pillow scales 2-bit and 4-bit grey to 8 bits, but not its transparent grey.

    Parameters
    ----------
    image : Image
        The decoded image; changed in place.
    file : binary file
        The file of the image; its position is kept.

    Raises
    ------
    ReadError
        If it is an animation whose frames Pillow composes wrongly.
    """
    header = read_png_header(file)
    colour = header.transparent_colour
    if colour is None:
        return
    is_animated = getattr(image, "n_frames", 1) > 1
    if is_animated and header.colour_type == GREY:
        _check_blending(file)
    if header.colour_type == RGB and header.depth == 16:
        del image.info["transparency"]  # `png_sixteen_bit_colour` compares all 16 bits
    elif header.colour_type == RGB:
        image.info["transparency"] = colour
    else:
        largest = 255 if header.depth < 16 else 65535
        image.info["transparency"] = colour[0] * largest // ((1 << header.depth) - 1)


def _check_blending(file: BinaryIO) -> None:
    """Raise `ReadError` if a frame is drawn over the previous one."""
    with keep_position(file):
        for kind, at, _ in iter_chunks(file):
            file.seek(at)
            if kind == b"fcTL" and file.read(26)[25:] == bytes([BLEND_OVER]):
                raise ReadError(
                    "Pillow cannot compose an animated PNG with a transparent colour of this "
                    "depth; convert it to RGBA"
                )
