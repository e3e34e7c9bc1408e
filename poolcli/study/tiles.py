"""What arrays look like: results as pictures of 8 bits, in the colours of their input."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.media.canvas import canvas_of
from poolcli.media.pixels import LAB
from poolcli.media.source import Item
from poolcli.report.compared import Tile

Values = npt.NDArray[Any]


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
        real = np.abs(values) if values.dtype.kind == "c" else values
        finite = real[np.isfinite(real)]
        return cls(float(finite.min()), float(finite.max())) if finite.size else cls(0.0, 1.0)

    def holds(self, values: Values) -> bool:
        """Whether values can be drawn so."""
        other = self.around(values)
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
        real = np.abs(values) if values.dtype.kind == "c" else values
        wide = real.astype(np.float64)
        span = self.high - self.low
        with np.errstate(invalid="ignore", over="ignore"):
            part = (wide - self.low) / span if span > 0 else np.full(wide.shape, 0.5)
        grey = np.floor(np.clip(np.nan_to_num(part, nan=0.0), 0, 1) * 255 + 0.5)
        return grey.astype(np.uint8)


def tile_of(values: Values, item: Item, scale: Scale) -> Tile:
    """Draw a result, on the scale of its input where that holds it, else on one of its own."""
    words = ""
    if not scale.holds(values):
        scale = Scale.around(values)
        words = f"drawn {scale.low:.3g} to {scale.high:.3g}"
    if item.image_mode is None:
        return Tile(np.repeat(scale.drawn(values)[..., None], 3, axis=2), words)
    return Tile(_coloured(scale.drawn(values), item), words)


def _coloured(drawn: npt.NDArray[np.uint8], item: Item) -> npt.NDArray[np.uint8]:
    """A picture's channels as red, green, blue, and maybe alpha."""
    mode = item.image_mode
    if item.palette is not None:
        return drawn  # the colours already
    if drawn.ndim == 2 or mode == LAB:
        grey = drawn if drawn.ndim == 2 else drawn[..., 0]  # Pillow has LAB only with a profile
        return np.repeat(grey[..., None], 3, axis=2)
    if mode in ("RGB", "RGBA"):
        return drawn
    assert mode is not None
    image: Image.Image = canvas_of(drawn, mode).image
    return np.array(image.convert("RGBA" if item.has_alpha else "RGB"))
