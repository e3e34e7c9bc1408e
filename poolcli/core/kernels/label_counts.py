"""How often three values occur in the windows of a level: the smallest, the next and the largest.

They follow from the windows of the level before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array, DType, identity_element
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.taps import AxisBlock


class ValueCounts(NamedTuple):
    """What is known of windows beside their smallest and largest value.

    Attributes
    ----------
    gap : ndarray of unsigned int
        The smallest value above the smallest one, less that and 1. In a window of a single value
        the largest integer, which is -1: then the sum is the value itself.
    n_low, n_second, n_high : ndarray of int
        How often the smallest value, the next larger one and the largest value occur.
    """

    gap: Array
    n_low: Array
    n_second: Array
    n_high: Array


class NextLevel:
    """The step from the windows of a level to those of the next, for blocks of one shape.

    Attributes
    ----------
    size : int
        The number of elements of a window of the next level.
    counts : ValueCounts
        Of the next level's windows. Between blocks they are those of windows of a single value, so
        that only those of other windows are written.
    """

    def __init__(self, shape: tuple[int, ...], kernel: list[int], size: int, dtype: DType) -> None:
        self.size = size
        out_shape = [n // k for n, k in zip(shape, kernel, strict=True)]
        self._inside = tuple(slice(0, n * k) for n, k in zip(out_shape, kernel, strict=True))
        self._reducers = [
            AxisReducer(dim, AxisBlock(Axis(n * k, n, k, k), (0, n), (0, n * k)))
            for dim, (n, k) in enumerate(zip(out_shape, kernel, strict=True))
            if k > 1
        ]
        numbers = np.arange(math.prod(shape)).reshape(shape)
        self._first = numbers[self._inside][tuple(slice(None, None, k) for k in kernel)].reshape(-1)
        self._offsets = [int(numbers[tap]) for tap in product(*map(range, kernel))]
        count_dtype = np.min_scalar_type(size)
        n_windows = math.prod(out_shape)
        self.counts = ValueCounts(
            np.full(n_windows, np.iinfo(dtype).max, dtype),
            *(np.full(n_windows, size, count_dtype) for _ in range(3)),
        )

    def next_level(
        self, low: Array, high: Array, counts: ValueCounts | None
    ) -> tuple[Array, Array, Array, ValueCounts]:
        """Return what is known of the windows of the next level.

        Parameters
        ----------
        low, high : ndarray
            The smallest and the largest values of the windows of a level, or its elements.
        counts : ValueCounts, optional
            Of these windows; None if they are elements.

        Returns
        -------
        low, high : ndarray
            The smallest and the largest values of the windows of the next level.
        mixed : ndarray of int
            The flat indices of its windows that hold several values.
        of_mixed : ValueCounts
            Of these windows.
        """
        next_low, next_high = low[self._inside], high[self._inside]
        lowest, highest = (identity_element(f, low.dtype) for f in (np.maximum, np.minimum))
        for reducer in self._reducers:
            next_low = reducer.reduce(np.minimum, next_low, highest, low.dtype, 0)
            next_high = reducer.reduce(np.maximum, next_high, lowest, low.dtype, 1)
        mixed = np.flatnonzero(next_low != next_high)
        first = self._first.take(mixed)
        places = [first + offset for offset in self._offsets]
        extremes = next_low.take(mixed), next_high.take(mixed)
        lows = [low.take(at) for at in places]
        if counts is None:
            of_mixed = self._count_elements(lows, *extremes)
        else:
            highs = [high.take(at) for at in places]
            parts = [ValueCounts._make(part.take(at) for part in counts) for at in places]
            of_mixed = self._count_in_windows(lows, highs, parts, *extremes)
        return next_low, next_high, mixed, of_mixed

    def set_counts(self, mixed: Array, of_mixed: ValueCounts) -> None:
        """Write the counts of the windows that hold several values."""
        for part, values in zip(self.counts, of_mixed, strict=True):
            part[mixed] = values

    def reset_counts(self, mixed: Array) -> None:
        """Undo `set_counts`."""
        gap, *numbers = self.counts
        gap[mixed] = np.iinfo(gap.dtype).max
        for part in numbers:
            part[mixed] = self.size

    def _count_elements(self, elements: list[Array], low: Array, high: Array) -> ValueCounts:
        """Count the smallest, the second and the largest value among elements of windows."""
        unsigned = self.counts.gap.dtype
        above = low.view(unsigned) + unsigned.type(1)
        gap = _smallest(each.view(unsigned) - above for each in elements)
        second = (above + gap).view(low.dtype)
        counts = [
            self._sum((each == value).view(np.uint8) for each in elements)
            for value in (low, second, high)
        ]
        return ValueCounts(gap, *counts)

    def _count_in_windows(
        self,
        lows: list[Array],
        highs: list[Array],
        parts: list[ValueCounts],
        low: Array,
        high: Array,
    ) -> ValueCounts:
        """Count the smallest, the second and the largest value among windows of a level."""
        unsigned = self.counts.gap.dtype
        above = low.view(unsigned) + unsigned.type(1)
        # Subtraction makes values equal to `low` the largest integers.
        gaps = [each.view(unsigned) - above for each in lows]
        second_gaps = [
            own + part.gap + unsigned.type(1) for own, part in zip(gaps, parts, strict=True)
        ]
        gap = _smallest([*gaps, *second_gaps])
        pairs = list(zip(lows, highs, parts, strict=True))
        n_low = self._sum((each == low) * part.n_low for each, _, part in pairs)
        n_high = self._sum((each == high) * part.n_high for _, each, part in pairs)
        n_second = self._sum(
            np.where(own == gap, part.n_low, (other == gap) * part.n_second)
            for own, other, part in zip(gaps, second_gaps, parts, strict=True)
        )
        return ValueCounts(gap, n_low, n_second, n_high)

    def _sum(self, counts: Iterable[Array]) -> Array:
        """Return the sums of several arrays of counts, which are at most `size`."""
        first, *others = counts
        total = first.astype(self.counts.n_low.dtype)
        for each in others:
            total += each
        return total


def _smallest(arrays: Iterable[Array]) -> Array:
    """Return the smallest values of several arrays."""
    first, *others = arrays
    smallest = first.copy()
    for each in others:
        np.minimum(smallest, each, out=smallest)
    return smallest
