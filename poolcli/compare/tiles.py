"""What arrays look like: results as pictures of 8 bits, in the colours of their input."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.compare.comparison import Tile
from poolcli.io.document import Item
from poolcli.io.images.output_image import OutputImage

Values = npt.NDArray[Any]


BAND = 1 << 20
"""So many elements are drawn at a time."""

FAINT = 0.25
"""What fills less of its input's scale than this is hardly seen on it."""

NAN = (204, 0, 51)
"""The colour of what is not a number."""


class Scale(NamedTuple):
    """The range of values that is drawn from black to white."""

    low: float
    high: float

    @classmethod
    def of(cls, values: Values, item: Item) -> Scale:
        """That of an input: all of 8 bits, or else of what is there.

        Examples
        --------
        >>> Scale.of(np.array([[0.5, np.inf], [2.0, np.nan]]), Item(np.zeros(1)))
        Scale(low=0.5, high=2.0)
        """
        if values.dtype == np.uint8:
            return cls(0.0, 255.0)
        return cls.around(values)

    @classmethod
    def around(cls, values: Values) -> Scale:
        """That of the finite values."""
        real = _real(values)
        with np.errstate(over="ignore"):
            low, high = float(real.min()), float(real.max())
        if not math.isfinite(high - low):
            finite = real[np.isfinite(real)]
            if not finite.size:
                return cls(0.0, 1.0)
            low, high = float(finite.min()), float(finite.max())
        return cls(low, high)

    def holds(self, other: Scale) -> bool:
        """Whether the values of another can be drawn so."""
        slack = 1e-6 * (self.high - self.low)
        return self.low - slack <= other.low and other.high <= self.high + slack

    def drawn(self, values: Values) -> npt.NDArray[np.uint8]:
        """Values from black to white; NaN is black.

        Examples
        --------
        >>> Scale(0.0, 10.0).drawn(np.array([0, 5, 10, 12]))
        array([  0, 128, 255, 255], dtype=uint8)
        """
        if values.dtype == np.uint8 and self == (0.0, 255.0):
            return values
        made = np.empty(values.shape, np.uint8)
        step = max(1, BAND * len(values) // max(values.size, 1))
        for top in range(0, len(values), step):
            made[top : top + step] = self._band(values[top : top + step])
        return made

    def _band(self, values: Values) -> npt.NDArray[np.uint8]:
        real = _real(values)
        half = self.high / 2 - self.low / 2  # whose double could overflow
        if not half:
            return np.full(real.shape, 128, np.uint8)
        with np.errstate(invalid="ignore", over="ignore"):
            part = (real.astype(np.float64) / 2 - self.low / 2) / half
        grey = np.floor(np.clip(np.nan_to_num(part, nan=0.0), 0, 1) * 255 + 0.5)
        return grey.astype(np.uint8)


def _real(values: Values) -> Values:
    """The values to draw: magnitudes of complex numbers, long doubles within float64's range."""
    with np.errstate(over="ignore"):
        real: Values = np.abs(values) if values.dtype.kind == "c" else values
    if real.dtype.kind == "f" and real.dtype.itemsize > 8:
        most = np.finfo(np.float64).max
        real = np.where(np.isfinite(real), np.clip(real, -most, most), real).astype(np.float64)
    return real


def scale_of(values: Values, given: Scale) -> tuple[Scale, str]:
    """The scale that a result is drawn on, and how to say so where it is one of its own.

    Parameters
    ----------
    values : ndarray
        All of the result, so that its planes are drawn alike.
    given : Scale
        That of the input, which is kept where the result fits in and fills some of it.

    Examples
    --------
    >>> scale_of(np.array([3.0, 200.0]), Scale(0.0, 255.0))
    (Scale(low=0.0, high=255.0), '')
    >>> scale_of(np.array([30.0, 1020.0]), Scale(0.0, 255.0))
    (Scale(low=0.0, high=1020.0), 'drawn 0 to 1020')
    """
    own = Scale.around(values)
    # From 0, which keeps the colours of a picture.
    own = Scale(min(own.low, 0.0), max(own.high, 0.0))
    if given.holds(Scale.around(values)) and own.high - own.low >= FAINT * (given.high - given.low):
        return given, ""
    return own, f"drawn {own.low:.4g} to {own.high:.4g}"


def tile_of(values: Values, item: Item, scale: Scale, words: str) -> Tile:
    """Draw a plane, or a picture; `words` say how, where that is not as the input is drawn."""
    if item.image_mode is None:
        pixels = np.repeat(scale.drawn(values)[..., None], 3, axis=2)
        if values.dtype.kind in "fc":
            pixels[np.isnan(values)] = NAN
        return Tile(pixels, words)
    return Tile(_coloured(scale.drawn(values), item), words)


def _coloured(drawn: npt.NDArray[np.uint8], item: Item) -> npt.NDArray[np.uint8]:
    """A picture's channels as red, green, blue, and maybe alpha."""
    mode = item.image_mode
    if item.palette is not None:
        return drawn  # the colours already
    if drawn.ndim == 2:
        return np.repeat(drawn[..., None], 3, axis=2)
    if mode in ("RGB", "RGBA"):
        return drawn
    assert mode is not None
    image: Image.Image = OutputImage.from_array(drawn, mode).image
    return np.array(image.convert("RGBA" if item.has_alpha else "RGB"))
