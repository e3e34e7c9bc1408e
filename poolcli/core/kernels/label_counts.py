"""Numbers of labels in the windows of a level, computed from those of the level before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.known_labels import LabelCounts, ManyLabels, MixedWindows, WindowLabels
from poolcli.core.kernels.mixed_tiles import MixedTileFinder
from poolcli.core.kernels.tiles import TileReducer

MAX_SLAB_BYTES = 1 << 22
"""The size of the parts in which a block is read: the elements of mixed windows are then in the
cache when they are counted."""


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
        The dtype of labels.

    Attributes
    ----------
    size : int
    out_shape : tuple of int
        The numbers of windows of the next level along the axes of a block.
    counts : LabelCounts
        Of the next level's windows. Between blocks they are those of windows of a single label, so
        that only those of other windows are written.
    """

    def __init__(
        self, shape: tuple[int, ...], kernel: Sequence[int], size: int, dtype: DType
    ) -> None:
        self.size = size
        self._finder = MixedTileFinder(shape, kernel, dtype)
        self._tiles = TileReducer(shape, kernel)
        self.out_shape = self._tiles.out_shape
        strides = [math.prod(shape[dim + 1 :]) for dim in range(len(shape))]
        self._first = np.zeros(1, np.intp)
        for n, k, stride in zip(self.out_shape, kernel, strides, strict=True):
            self._first = np.add.outer(self._first, np.arange(n) * (k * stride)).reshape(-1)
        taps = np.array(list(product(*map(range, kernel))))
        self._offsets = (taps * strides).sum(axis=1, keepdims=True, dtype=np.intp)
        rows = MAX_SLAB_BYTES * shape[0] // (math.prod(shape) * dtype.itemsize)
        self._k, self._slab = kernel[0], max(rows // kernel[0], 1)
        self._count_dtype = np.min_scalar_type(size)
        self._unsigned = np.dtype(f"u{dtype.itemsize}")
        n_windows = self._first.size
        self.counts = LabelCounts(
            np.full(n_windows, size, self._count_dtype),
            np.full(n_windows, size, self._count_dtype),
            np.full(n_windows, np.iinfo(self._unsigned).max, self._unsigned),
            np.zeros(n_windows, self._count_dtype),
        )

    def count(
        self, before: WindowLabels, max_mixed: float
    ) -> tuple[Array, Array, MixedWindows, ManyLabels] | None:
        """Return what is known of the windows of the next level.

        Parameters
        ----------
        before : WindowLabels
            What is known of the windows of the level; or the elements.
        max_mixed : float
            The largest number of windows of the next level that may hold several labels.

        Returns
        -------
        (ndarray, ndarray of bool, MixedWindows, ManyLabels) or None
            A label of each window, and whether it holds several; None if too many do.
        """
        labels = np.empty(self.out_shape, before.low.dtype)
        is_mixed = np.empty(self.out_shape, np.bool_)
        if before.is_mixed is not None:
            contains_mixed = self._tiles.reduce(
                np.logical_or, before.is_mixed, False, np.dtype("?")
            )
        parts, n_mixed, row = [], 0, is_mixed[0].size
        for start in range(0, len(labels), self._slab):
            part = slice(start, min(start + self._slab, len(labels)))
            part_before = slice(part.start * self._k, part.stop * self._k)
            labels[part], is_mixed[part] = self._finder.find(before.low[part_before])
            if before.is_mixed is not None:
                is_mixed[part] |= contains_mixed[part]
            at = np.flatnonzero(is_mixed[part]) + start * row
            n_mixed += at.size
            if n_mixed > max_mixed:
                return None
            parts.append(self._count_labels(before, at))
        return labels, is_mixed, *_joined(parts)

    def counted_labels(self, before: WindowLabels, at: Array) -> tuple[Array, Array]:
        """Return the labels that were counted in the windows of the level, and their numbers.

        Parameters
        ----------
        before : WindowLabels
            What is known of the windows of the level, which are not elements.
        at : ndarray of int
            The flat indices of windows of the next level.

        Returns
        -------
        (ndarray, ndarray of int)
            One row for each window of the next level: three labels of each window in it, and how
            often each occurs there. A label may occur several times.
        """
        assert before.counts is not None
        inside = self._first.take(at) + self._offsets
        lows, highs = (each.reshape(-1).take(inside) for each in (before.low, before.high))
        parts = LabelCounts(*(each.take(inside) for each in before.counts))
        seconds = lows.view(self._unsigned) + parts.gap + self._unsigned.type(1)
        n_high = parts.n_high * (lows != highs)  # a single label was counted as the smallest one
        labels = np.concatenate([lows, seconds.view(lows.dtype), highs])
        numbers = np.concatenate([parts.n_low, parts.n_second, n_high])
        return labels.T, numbers.T

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
        self.counts.gap[at] = np.iinfo(self._unsigned).max
        self.counts.n_second[at] = 0

    def _count_labels(self, before: WindowLabels, at: Array) -> tuple[MixedWindows, ManyLabels]:
        """Return what is known of some windows of the next level, given their flat indices."""
        inside = self._first.take(at) + self._offsets
        lows = highs = before.low.reshape(-1).take(inside)
        n_low = n_high = None
        if before.counts is not None:
            highs = before.high.reshape(-1).take(inside)
            n_low, n_high = (each.take(inside) for each in before.counts[:2])
        low, high = lows.min(axis=0), highs.max(axis=0)
        n_low, n_high = self._sum(lows == low, n_low), self._sum(highs == high, n_high)
        mixed = MixedWindows(at, low, high, n_low, n_high)
        many = np.flatnonzero(n_low + n_high != self.size)
        above = low.take(many).view(self._unsigned) + self._unsigned.type(1)
        # Subtraction makes labels equal to the smallest one the largest integers.
        low_gaps = lows.take(many, axis=1).view(self._unsigned) - above
        if before.counts is None:
            gap = low_gaps.min(axis=0)
            n_second = self._sum(low_gaps == gap, None)
        else:
            high_gaps = highs.take(many, axis=1).view(self._unsigned) - above
            parts = (each.take(inside.take(many, axis=1)) for each in before.counts)
            gap, n_second = self._second(low_gaps, high_gaps, LabelCounts(*parts))
        return mixed, ManyLabels(many, gap, n_second)

    def _second(self, low: Array, high: Array, parts: LabelCounts) -> tuple[Array, Array]:
        """Return `gap` and `n_second` of windows of the next level.

        Parameters
        ----------
        low, high : ndarray of unsigned int
            The smallest and the largest labels of the windows of the level, as `gap`.
        parts : LabelCounts
            Of these windows.
        """
        second = low + parts.gap + self._unsigned.type(1)
        gap = np.minimum(np.minimum(low, second), high).min(axis=0)
        is_second = (second == gap) * parts.n_second
        numbers = np.where(low == gap, parts.n_low, np.where(high == gap, parts.n_high, is_second))
        return gap, np.add.reduce(numbers, axis=0, dtype=self._count_dtype)

    def _sum(self, is_label: Array, numbers: Array | None) -> Array:
        """Return the sums of masks, or of the numbers that masks select."""
        counted = is_label.view(np.uint8)
        if numbers is not None:
            counted = counted * numbers
        total: Array = np.add.reduce(counted, axis=0, dtype=self._count_dtype)
        return total


def _joined(parts: Sequence[tuple[MixedWindows, ManyLabels]]) -> tuple[MixedWindows, ManyLabels]:
    """Return what is known of the windows of several parts of a block."""
    if len(parts) == 1:
        return parts[0]
    mixed = MixedWindows(*map(np.concatenate, zip(*(each for each, _ in parts), strict=True)))
    starts = np.cumsum([0, *(each.at.size for each, _ in parts[:-1])])
    at, gap, n_second = zip(*(each for _, each in parts), strict=True)
    shifted = [each + start for each, start in zip(at, starts, strict=True)]
    return mixed, ManyLabels(*map(np.concatenate, (shifted, gap, n_second)))
