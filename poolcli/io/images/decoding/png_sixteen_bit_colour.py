"""Colours of 16 bits in PNGs, of which Pillow decodes either the high or the low bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position
from poolcli.io.images.decoding.png_transparency import read_png_header
from poolcli.io.images.image_block_reader import ReadableImage, transposition_of
from poolcli.io.pillow_private import set_raw_mode, tiles_of

LOW_BYTES_RAW_MODES = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}
"""Pillow's raw modes of little-endian colours, which give the low bytes of a PNG, by those of
big-endian ones, which give the high bytes."""

FOUR_BYTES = "RGBA"
"""A raw mode that gives all four bytes of a pixel as they are."""

OPAQUE = 65535


@dataclass(frozen=True, slots=True)
class SixteenBitColour:
    """The colours of a decoded PNG as an array, H W C of uint16; blocks are joined when read.

    Attributes
    ----------
    mode : str
        ``LA;uint16``, ``RGB;uint16`` or ``RGBA;uint16``.
    high_bytes : ReadableImage
        The high bytes; of grey and alpha, all four bytes of each pixel.
    low_bytes : ReadableImage, optional
        The low bytes; None for grey and alpha.
    transparent_colour : tuple of int, optional
        Red, green and blue of transparent pixels; for the mode ``RGBA;uint16``.
    """

    mode: str
    high_bytes: ReadableImage
    low_bytes: ReadableImage | None = None
    transparent_colour: tuple[int, ...] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """H W C."""
        return (*self.high_bytes.shape[:2], len(self.mode.partition(";")[0]))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of a channel."""
        return np.dtype(np.uint16)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        high = self.high_bytes[index[:2]]
        if self.low_bytes is None:
            values = np.ascontiguousarray(high).view(">u2").astype(np.uint16)
        else:
            values = high.astype(np.uint16)
            values <<= 8
            values |= self.low_bytes[index[:2]]
        if self.transparent_colour is not None:
            differs = (values != np.array(self.transparent_colour, np.uint16)).any(axis=2)
            alpha = differs.astype(np.uint16) * np.uint16(OPAQUE)
            values = np.concatenate([values, alpha[..., None]], axis=2)
        return values[(slice(None), slice(None), *index[2:])]


class SixteenBitColourDecoder:
    """Decodes the high and the low bytes of a PNG that `is_sixteen_bit_colour`.

    Parameters
    ----------
    image : Image
        Opened; changed in place, so that loading it gives the high bytes, or, of grey and alpha,
        all bytes.
    count : int
        The number of its frames.

    Raises
    ------
    ReadError
        If it is an animation, whose frames Pillow composes in 8 bits.
    """

    def __init__(self, image: Image.Image, count: int) -> None:
        if count > 1:
            raise ReadError(
                "an animated PNG with 16 bits per colour cannot be read; convert it to 8 bits, or "
                "its frames to single PNGs"
            )
        raw_mode = str(tiles_of(image)[0].args)
        self._low_bytes_raw_mode = LOW_BYTES_RAW_MODES.get(raw_mode)
        if self._low_bytes_raw_mode is None:
            set_raw_mode(image, FOUR_BYTES)

    def read(self, image: Image.Image, file: BinaryIO) -> SixteenBitColour:
        """Return the colours of the image.

        Parameters
        ----------
        image : Image
            Loaded.
        file : binary file
            The file of the image; its position is kept.
        """
        transposition = transposition_of(image)
        high_bytes = ReadableImage(image, image.mode, transposition)
        if self._low_bytes_raw_mode is None:
            return SixteenBitColour("LA;uint16", high_bytes)
        with keep_position(file):
            file.seek(0)
            again = Image.open(file, formats=["PNG"])
            set_raw_mode(again, self._low_bytes_raw_mode)
            again.load()
        low_bytes = ReadableImage(again, again.mode, transposition)
        colour = read_png_header(file).transparent_colour
        has_alpha = image.mode == "RGBA" or colour is not None
        mode = "RGBA;uint16" if has_alpha else "RGB;uint16"
        return SixteenBitColour(mode, high_bytes, low_bytes, colour)
