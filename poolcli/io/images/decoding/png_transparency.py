"""Transparent colours of PNGs that Pillow scales or compares wrongly."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position
from poolcli.io.images.decoding.png_header import GREY, RGB, read_png_header
from poolcli.io.metadata.png_chunks import iter_chunks
from poolcli.io.note_type import AddNote
from poolcli.io.pillow_private import set_tiles, tiles_of

BLEND_OVER = 1
"""The blend operation of a frame that is drawn over the previous one (APNG, fcTL)."""

LOW_BYTES_RAW_MODE = "RGB;16L"
"""Pillow's raw mode of little-endian 16-bit colour; of a PNG, it decodes the low bytes."""


def correct_transparency(image: Any, file: BinaryIO, add_note: AddNote) -> None:
    """Set the transparent colour of a decoded PNG to that of the file, scaled as the pixels are.

    Pillow scales 2-bit and 4-bit grey to 8 bits, but not its transparent grey. It compares 16-bit
    colours by their high 8 bits only.

    Parameters
    ----------
    image : Image
        The decoded image; changed in place.
    file : binary file
        The file of the image; its position is kept.
    add_note : callable
        Called with a note for the report.

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
    is_16_bit_colour = header.colour_type == RGB and header.depth == 16
    if is_animated and (header.colour_type == GREY or is_16_bit_colour):
        _check_blending(file)
    if is_16_bit_colour:
        del image.info["transparency"]
        if is_animated:
            add_note("the transparent colour was pooled like any other: it has 16 bits")
        else:
            image.putalpha(_alpha_of_16_bit_colour(image, file, colour))
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


def _alpha_of_16_bit_colour(
    image: Image.Image, file: BinaryIO, colour: tuple[int, ...]
) -> Image.Image:
    """Return an alpha channel that is 0 where all 16 bits are those of the transparent colour."""
    high_bytes = np.asarray(image)
    with keep_position(file):
        file.seek(0)
        again = Image.open(file, formats=["PNG"])
        set_tiles(again, [tiles_of(again)[0]._replace(args=LOW_BYTES_RAW_MODE)])
        low_bytes = np.asarray(again)
    transparent = np.array(colour)
    matches = (high_bytes == transparent >> 8) & (low_bytes == (transparent & 255))
    return Image.fromarray(np.where(matches.all(axis=2), np.uint8(0), np.uint8(255)))
