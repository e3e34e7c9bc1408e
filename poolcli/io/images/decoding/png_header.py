"""The header of a PNG: depth, colour type and transparent colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from PIL import Image

from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position

SIGNATURE_BYTES = 8

GREY, RGB = 0, 2
"""Colour types whose transparency is one colour (PNG 3rd edition, 11.3.1.1)."""

BLEND_OVER = 1
"""A frame that is laid over the one before, where it is not transparent (APNG, fcTL)."""

LOW_BYTES = "RGB;16L"
"""Pillow's raw mode of little-endian 16-bit colour: of a PNG, it gives the low bytes."""


class PngHeader(NamedTuple):
    """The properties of a PNG that stand before its pixels.

    Attributes
    ----------
    depth : int
        Bits a channel: 1, 2, 4, 8, 16.
    colour_type : int
        0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA.
    transparent : bytes
        The data of the tRNS chunk; empty where there is none.
    """

    depth: int
    colour_type: int
    transparent: bytes = b""

    @property
    def transparent_colour(self) -> tuple[int, ...] | None:
        """The transparent grey, or red, green and blue, as stored.

        Only as many bits as a channel has are significant (PNG 3rd edition, 11.3.1.1).
        """
        size = {GREY: 1, RGB: 3}.get(self.colour_type)
        if size is None or len(self.transparent) < 2 * size:
            return None
        numbers = np.frombuffer(self.transparent[: 2 * size], ">u2")
        return tuple(int(number) & (1 << self.depth) - 1 for number in numbers)


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """The name, offset and size of the data of each chunk of a PNG."""
    at = SIGNATURE_BYTES
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4], "big")
        yield head[4:], at + 8, size
        if head[4:] == b"IEND":
            return
        at += 12 + size


def read_png_header(file: BinaryIO) -> PngHeader:
    """Read the header of a PNG; the position in the file stays."""
    depth, colour_type, transparent = 8, RGB, b""
    with keep_position(file):
        for name, at, size in chunks(file):
            if name == b"IDAT":
                break
            file.seek(at)
            if name == b"IHDR":
                depth, colour_type = file.read(13)[8:10]
            elif name == b"tRNS":
                transparent = file.read(min(size, 256))
    return PngHeader(depth, colour_type, transparent)


def correct_transparency(image: Any, file: BinaryIO, say: Callable[[str], None]) -> None:
    """Set the transparent colour of a decoded PNG to that of the file, scaled as the pixels are.

    Pillow scales grey of 2 and 4 bits to 8 bits but not its transparent grey, and compares 16-bit
    colour by 8 bits.

    Parameters
    ----------
    image : Image
        Decoded from the file; changed in place.
    say : callable
        Takes what the person should know.

    Raises
    ------
    ReadError
        If it is an animation whose frames Pillow composes wrongly.
    """
    header = read_png_header(file)
    colour = header.transparent_colour
    if colour is None:
        return
    deep_colour = header.colour_type == RGB and header.depth == 16
    if getattr(image, "n_frames", 1) > 1 and (header.colour_type == GREY or deep_colour):
        _refuse_blending(file)
    if deep_colour:
        del image.info["transparency"]
        if getattr(image, "n_frames", 1) > 1:
            say("the transparent colour was pooled like any other: it has 16 bits")
        else:
            image.putalpha(_opaque(image, file, colour))
    elif header.colour_type == RGB:
        image.info["transparency"] = colour
    else:
        full = 255 if header.depth < 16 else 65535
        image.info["transparency"] = colour[0] * full // ((1 << header.depth) - 1)


def _refuse_blending(file: BinaryIO) -> None:
    with keep_position(file):
        for name, at, _ in chunks(file):
            file.seek(at)
            if name == b"fcTL" and file.read(26)[25:] == bytes([BLEND_OVER]):
                raise ReadError(
                    "Pillow cannot compose an animated PNG with a transparent colour of this "
                    "depth; convert it to RGBA"
                )


def _opaque(image: Any, file: BinaryIO, colour: tuple[int, ...]) -> Image.Image:
    """The alpha of 16-bit colour: 0 where all bits are those of the transparent colour."""
    high = np.asarray(image)
    with keep_position(file):
        file.seek(0)
        second = Image.open(file, formats=["PNG"])
        second.tile = [second.tile[0]._replace(args=LOW_BYTES)]
        low = np.asarray(second)
    wanted = np.array(colour)
    alike = ((high == wanted >> 8) & (low == (wanted & 255))).all(axis=2)
    return Image.fromarray(np.where(alike, np.uint8(0), np.uint8(255)))
