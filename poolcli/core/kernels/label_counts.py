"""Numbers of labels in the windows of a level, computed from those of the level before.

Most windows of label maps hold one or two labels, the smallest and the largest. Their numbers
decide. Only in windows of three and more labels the second smallest one is counted too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array, DType, identity_element
from poolcli.core.kernels.tiles import TileReducer


class LabelCounts(NamedTuple):
    """Numbers of three labels of each window: the smallest, the second smallest and the largest.

    Attributes
    ----------
    n_low, n_high : ndarray of int
        How often the smallest and the largest label occur.
    gap : ndarray of unsigned int
        In windows of three and more labels, the second smallest label, less the smallest and 1.
        In other windows the largest integer, which is -1: then the sum is the smallest label.
    n_second : ndarray of int
        How often the second smallest label occurs in windows of three and more; 0 in others.
    """

    n_low: Array
    n_high: Array
    gap: Array
    n_second: Array


class MixedWindows(NamedTuple):
    """The windows of a level that hold several labels.

    Attributes
    ----------
    at : ndarray of int
        Their flat indices.
    low, high : ndarray
        Their smallest and largest labels.
    n_low, n_high : ndarray of int
        How often these occur.
    """

    at: Array
    low: Array
    high: Array
    n_low: Array
    n_high: Array


class ManyLabels(NamedTuple):
    """The windows of three and more labels.

    Attributes
    ----------
    at : ndarray of int
        Their indices in `MixedWindows`.
    gap, n_second : ndarray of int
        As in `LabelCounts`.
    """

    at: Array
    gap: Array
    n_second: Array


class LevelCounter:
    """The step from the windows of a level to those of the next, for blocks of one shape.

    Parameters
    ----------
    shape : tuple of int
        The numbers of windows of a level along the axes of a block.
    kernel : sequence of int
        The size of windows of the next level, in windows of the level.
    size : int
        The number of elements of a window of the next level.
    dtype : dtype
        The unsigned dtype as wide as a label.

    Attributes
    ----------
    size : int
    counts : LabelCounts
        Of the next level's windows. Between blocks they are those of windows of a single label, so
        that only those of other windows are written.
    """

    def __init__(
        self, shape: tuple[int, ...], kernel: Sequence[int], size: int, dtype: DType
    ) -> None:
        self.size = size
        self._tiles = TileReducer(shape, kernel)
        strides = [math.prod(shape[dim + 1 :]) for dim in range(len(shape))]
        self._first = np.zeros(1, np.intp)
        for n, k, stride in zip(self._tiles.out_shape, kernel, strides, strict=True):
            self._first = np.add.outer(self._first, np.arange(n) * (k * stride)).reshape(-1)
        self._offsets = [
            sum(n * stride for n, stride in zip(tap, strides, strict=True))
            for tap in product(*map(range, kernel))
        ]
        self._count_dtype = np.min_scalar_type(size)
        n_windows = self._first.size
        self.counts = LabelCounts(
            np.full(n_windows, size, self._count_dtype),
            np.full(n_windows, size, self._count_dtype),
            np.full(n_windows, np.iinfo(dtype).max, dtype),
            np.zeros(n_windows, self._count_dtype),
        )

    def extremes(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Return the smallest and the largest labels of the windows of the next level.

        Parameters
        ----------
        low, high : ndarray
            Those of the windows of the level, or its elements.

        Returns
        -------
        (ndarray, ndarray)
            The next call overwrites them.
        """
        lowest, highest = (identity_element(f, low.dtype) for f in (np.maximum, np.minimum))
        next_low = self._tiles.reduce(np.minimum, low, highest, low.dtype, 0)
        next_high = self._tiles.reduce(np.maximum, high, lowest, low.dtype, 1)
        return next_low, next_high

    def count(
        self,
        low: Array,
        high: Array,
        before: LabelCounts | None,
        at: Array,
        mixed_low: Array,
        mixed_high: Array,
    ) -> tuple[MixedWindows, ManyLabels]:
        """Return what is known of the windows of the next level that hold several labels.

        Parameters
        ----------
        low, high : ndarray
            The smallest and the largest labels of the windows of the level, or its elements.
        before : LabelCounts, optional
            Of these windows; None if they are elements.
        at : ndarray of int
            The flat indices of the windows of the next level that hold several labels.
        mixed_low, mixed_high : ndarray
            The smallest and the largest labels of these.
        """
        first = self._first.take(at)
        lows = self._take_taps(low, first)
        if before is None:
            highs = lows
            n_low, n_high = (
                self._sum((each == extreme).view(np.uint8) for each in lows)
                for extreme in (mixed_low, mixed_high)
            )
        else:
            highs = self._take_taps(high, first)
            n_low, n_high = (
                self._sum(
                    (each == extreme).view(np.uint8) * n
                    for each, n in zip(labels, self._take_taps(numbers, first), strict=True)
                )
                for labels, extreme, numbers in (
                    (lows, mixed_low, before.n_low),
                    (highs, mixed_high, before.n_high),
                )
            )
        mixed = MixedWindows(at, mixed_low, mixed_high, n_low, n_high)
        many = np.flatnonzero(n_low + n_high != self.size)
        lows = [each.take(many) for each in lows]
        unsigned = self.counts.gap.dtype
        above = mixed_low.take(many).view(unsigned) + unsigned.type(1)
        if before is None:
            gap, n_second = self._second_of_elements(lows, above)
        else:
            highs = [each.take(many) for each in highs]
            parts = zip(*(self._take_taps(each, first.take(many)) for each in before), strict=True)
            gap, n_second = self._second(lows, highs, list(map(LabelCounts._make, parts)), above)
        return mixed, ManyLabels(many, gap, n_second)

    def set_counts(self, mixed: MixedWindows, many: ManyLabels) -> None:
        """Write the counts of the windows that hold several labels."""
        self.counts.n_low[mixed.at] = mixed.n_low
        self.counts.n_high[mixed.at] = mixed.n_high
        at = mixed.at.take(many.at)
        self.counts.gap[at] = many.gap
        self.counts.n_second[at] = many.n_second

    def reset_counts(self, mixed: MixedWindows, many: ManyLabels) -> None:
        """Undo `set_counts`."""
        self.counts.n_low.fill(self.size)
        self.counts.n_high.fill(self.size)
        at = mixed.at.take(many.at)
        self.counts.gap[at] = np.iinfo(self.counts.gap.dtype).max
        self.counts.n_second[at] = 0

    def _take_taps(self, values: Array, first: Array) -> list[Array]:
        """Return one array for each element of windows, given the indices of their first ones."""
        flat = values.reshape(-1)
        return [flat[offset:].take(first) for offset in self._offsets]

    def _second_of_elements(self, taps: list[Array], above: Array) -> tuple[Array, Array]:
        """Return `gap` and `n_second` of windows of elements."""
        # Subtraction makes labels equal to the smallest one the largest integers.
        gaps = [each.view(above.dtype) - above for each in taps]
        gap = _smallest(gaps)
        return gap, self._sum((each == gap).view(np.uint8) for each in gaps)

    def _second(
        self, lows: list[Array], highs: list[Array], parts: list[LabelCounts], above: Array
    ) -> tuple[Array, Array]:
        """Return `gap` and `n_second` of windows of the next level."""
        unsigned = above.dtype
        of_low = [each.view(unsigned) - above for each in lows]
        of_second = [
            own + part.gap + unsigned.type(1) for own, part in zip(of_low, parts, strict=True)
        ]
        of_high = [each.view(unsigned) - above for each in highs]
        gap = _smallest([*of_low, *of_second, *of_high])
        n_second = self._sum(
            np.where(
                low == gap,
                part.n_low,
                np.where(high == gap, part.n_high, (second == gap) * part.n_second),
            )
            for low, second, high, part in zip(of_low, of_second, of_high, parts, strict=True)
        )
        return gap, n_second

    def _sum(self, counts: Iterable[Array]) -> Array:
        """Return the sums of several arrays of counts, which are at most `size`."""
        first, *others = counts
        total = first.astype(self._count_dtype)
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
