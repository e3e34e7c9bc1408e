"""Pictures that are made: results are put into them box by box."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.io.images.pixels import LAB, Palette, Pixels, dtype_of, flip_signs

BAND_BYTES = 1 << 22
"""An array that is already there is put in by bands of so many bytes."""


class Canvas:
    """A picture to be written, as an array, H W or H W C.

    It holds the pixels once, as Pillow's encoders want them.

    Parameters
    ----------
    mode : str
        Pillow's; to one of 1 bit, whatever is not 0 is white.
    shape : tuple of int
        H W, or H W C.
    palette : Palette, optional
        What the pixels of mode P are indices into.

    Examples
    --------
    >>> canvas = Canvas("L", (2, 3))
    >>> canvas[0:1, 0:3] = np.array([[1, 2, 3]], np.uint8)
    >>> canvas[0:2, 1:2].tolist()
    [[2], [0]]
    """

    def __init__(self, mode: str, shape: tuple[int, ...], palette: Palette | None = None) -> None:
        self.mode = mode
        self.shape = shape
        self.palette = palette
        self.image = Image.new(mode, (shape[1], shape[0]), None)  # not filled
        self._parts = threading.Lock()

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of a channel."""
        return dtype_of(self.mode)

    @property
    def is_opaque(self) -> bool:
        """Whether it has no alpha, or none that shows."""
        if self.mode not in ("LA", "RGBA"):
            return True
        return bool(self.image.getextrema()[-1] == (255, 255))

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        pixels = Pixels(self.image, "L" if self.mode == "1" else self.mode)
        return pixels[index]

    def __setitem__(self, index: tuple[slice, ...], value: npt.NDArray[Any]) -> None:
        if not value.size:
            return
        if not index[2:] or value.shape[2] == self.shape[2]:
            self._put(index, value)
            return
        with self._parts:  # some channels: the others are read, and written again
            whole = self[(*index[:2], slice(None))].copy()
            whole[..., index[2]] = value
            self._put(index, whole)

    def _put(self, index: tuple[slice, ...], value: npt.NDArray[Any]) -> None:
        if self.mode == LAB:
            value = flip_signs(value)
        top, bottom, _ = index[0].indices(self.shape[0])
        left, right, _ = index[1].indices(self.shape[1])
        raw = {"1": "1;8", "I;16": "I;16N"}.get(self.mode, self.mode)
        decoder = Image._getdecoder(self.mode, "raw", (raw, 0, 1), ())
        decoder.setimage(self.image.im, (left, top, right, bottom))
        dtype = value.dtype if self.mode == "1" else self.dtype
        decoder.decode(np.ascontiguousarray(value, dtype).view(np.uint8).data)

    def hand_over(self, mode: str) -> Image.Image:
        """Give the picture away, to be written, in a mode that it can be shown in.

        The canvas keeps nothing: who writes it decides how long it is held.
        """
        image, palette = self.image, self.palette
        del self.image
        if palette is not None:
            # Indices past the palette are black; encoders count on its covering all of them.
            used = 1 + max(at for at, count in enumerate(image.histogram()) if count)
            image.putpalette(palette.colours.ljust(3 * used, b"\0"))
            if palette.transparency is not None:
                image.info["transparency"] = palette.transparency
        return image if image.mode == mode else image.convert(mode)


def canvas_of(array: npt.NDArray[Any], mode: str) -> Canvas:
    """Make a picture of an array whose dtype and shape are those of the mode.

    Examples
    --------
    >>> canvas_of(np.zeros((2, 3), np.uint16), "I;16").image.size
    (3, 2)
    """
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    canvas = Canvas(mode, array.shape)
    step = max(1, BAND_BYTES * len(array) // max(array.nbytes, 1))
    for top in range(0, len(array), step):
        band = array[top : top + step]
        canvas[(slice(top, top + len(band)), *(slice(0, size) for size in array.shape[1:]))] = band
    return canvas
