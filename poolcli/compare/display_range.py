"""The range of values that a tile shows from black to white."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.dtypes import Array

BAND_ELEMENTS = 1 << 20
"""The number of elements that are converted to grey values at a time."""

MIN_RANGE_SHARE = 0.25
"""A result that fills less than this share of the input's range gets a range of its own."""


class DisplayRange(NamedTuple):
    """The range of values that is drawn from black to white."""

    low: float
    high: float

    @classmethod
    def of_input(cls, values: Array, *, is_image: bool) -> DisplayRange:
        """Return the range for an input: 0 to 255 for an image of 8 bits, else that of its values.

        An image that fills little of that range, such as a label map, gets a range of its own.

        Examples
        --------
        >>> DisplayRange.of_input(np.array([[3, 99]], np.uint8), is_image=True)
        DisplayRange(low=0.0, high=255.0)
        >>> DisplayRange.of_input(np.array([[3, 9]], np.uint8), is_image=True)
        DisplayRange(low=0.0, high=9.0)
        """
        if not is_image or values.dtype != np.uint8:
            return cls.of_values(values)
        whole = cls(0.0, 255.0)
        return result_range(values, whole) if values.any() else whole

    @classmethod
    def of_values(cls, values: Array) -> DisplayRange:
        """Return the range of the finite values; 0 to 1 without any.

        Examples
        --------
        >>> DisplayRange.of_values(np.array([[0.5, np.inf], [2.0, np.nan]]))
        DisplayRange(low=0.5, high=2.0)
        """
        real = _real_values(values)
        if real.dtype.kind == "f" and not np.isfinite(real).all():
            real = real[np.isfinite(real)]
        return cls(float(real.min()), float(real.max())) if real.size else cls(0.0, 1.0)

    def contains(self, other: DisplayRange) -> bool:
        """Return whether another range lies in this one, up to a rounding error."""
        tolerance = 1e-6 * (self.high - self.low)
        return self.low - tolerance <= other.low and other.high <= self.high + tolerance

    def to_grey(self, values: Array) -> npt.NDArray[np.uint8]:
        """Return values as grey values from 0 (black) to 255 (white).

        The only value of an empty range is grey.

        Examples
        --------
        >>> DisplayRange(0.0, 10.0).to_grey(np.array([0, 5, 10, 12]))
        array([  0, 128, 255, 255], dtype=uint8)
        """
        if values.dtype == np.uint8 and self == (0.0, 255.0):
            return values
        grey = np.empty(values.shape, np.uint8)
        step = max(1, BAND_ELEMENTS * len(values) // max(values.size, 1))
        for top in range(0, len(values), step):
            grey[top : top + step] = self._band_to_grey(values[top : top + step])
        return grey

    def _band_to_grey(self, values: Array) -> npt.NDArray[np.uint8]:
        real = _real_values(values)
        half_range = self.high / 2 - self.low / 2  # the full range could overflow
        if not half_range:
            grey = np.full(real.shape, 128, np.uint8)
            grey[real > self.high] = 255
            grey[real < self.low] = 0
            return grey
        with np.errstate(invalid="ignore", over="ignore"):
            share = (real.astype(np.float64) / 2 - self.low / 2) / half_range
        grey = np.floor(np.clip(np.nan_to_num(share, nan=0.0), 0, 1) * 255 + 0.5)
        return grey.astype(np.uint8)


def _real_values(values: Array) -> Array:
    """Return magnitudes of complex numbers, and long doubles clipped to float64's range."""
    with np.errstate(over="ignore"):
        real: Array = np.abs(values) if values.dtype.kind == "c" else values
    if real.dtype.kind == "f" and real.dtype.itemsize > 8:
        largest = np.finfo(np.float64).max
        real = np.where(np.isfinite(real), np.clip(real, -largest, largest), real)
        real = real.astype(np.float64)
    return real


def result_range(values: Array, input_range: DisplayRange) -> DisplayRange:
    """Return the range on which a result is drawn.

    Parameters
    ----------
    values : ndarray
        The whole result, so that all its planes are drawn alike.
    input_range : DisplayRange
        The range of the input. It is kept if the result lies in it and fills enough of it.

    Examples
    --------
    >>> result_range(np.array([3.0, 200.0]), DisplayRange(0.0, 255.0))
    DisplayRange(low=0.0, high=255.0)
    >>> result_range(np.array([30.0, 1020.0]), DisplayRange(0.0, 255.0))
    DisplayRange(low=0.0, high=1020.0)
    """
    value_range = DisplayRange.of_values(values)
    # Ranges that include 0 keep the hues of an image.
    own_range = DisplayRange(min(value_range.low, 0.0), max(value_range.high, 0.0))
    smallest_extent = MIN_RANGE_SHARE * (input_range.high - input_range.low)
    if input_range.contains(value_range) and own_range.high - own_range.low >= smallest_extent:
        return input_range
    return own_range
