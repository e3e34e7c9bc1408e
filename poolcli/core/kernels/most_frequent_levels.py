"""The most frequent values of all levels of a pyramid, for label maps.

Of each window of a level three values are known, and how often each occurs: the smallest value, the
next larger one and the largest. They follow from the windows of the level before. They decide
nearly all windows of label maps; the elements of the others are gathered from the input.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array, DType, identity_element
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock

MAX_MIXED_SHARE = 1 / 4
"""The largest share of windows of level 1 that hold several values in a label map."""

MAX_GATHERED_SHARE = 1 / 2
"""The largest share of the windows of a level whose elements are gathered."""


class _Counts(NamedTuple):
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


def mode_levels(recipes: Sequence[Recipe]) -> LabelMapLevels | None:
    """Return the computation of all levels of `mode` at once; None for other recipes.

    Parameters
    ----------
    recipes : sequence of Recipe
        The recipes of the levels, the finest first, each for the input.
    """
    first, last = recipes[0], recipes[-1]
    if first.in_dtype.kind not in "iu" or first.out_dtype != first.in_dtype:
        return None
    if first.ignored is not None or first.pools_whole_pixels or first.max_window_elements == 1:
        return None
    if not all(axis.has_equal_counts(padded=False) for axis in last.axes.values()):
        return None
    return LabelMapLevels(first, len(recipes))


class LabelMapLevels:
    """The computation of all levels of `mode` of blocks of the input, by one thread.

    Parameters
    ----------
    recipe : Recipe
        That of level 1. The windows of each level have equal numbers of elements.
    count : int
        The number of levels.

    Examples
    --------
    >>> from poolcli.core.levels import level_recipes
    >>> from poolcli.core.recipe import Options
    >>> from poolcli.core.window import Window
    >>> recipes = level_recipes((8,), "u1", "mode", Window.fixed(2), None, Options(), 2)
    >>> mode_levels(recipes).pool(np.array([3, 3, 3, 3, 5, 5, 5, 5], np.uint8))
    [array([3, 3, 5, 5], dtype=uint8), array([3, 5], dtype=uint8)]
    """

    def __init__(self, recipe: Recipe, count: int) -> None:
        self._count, self._itemsize = count, recipe.in_dtype.itemsize
        axes, rank = recipe.axes, len(recipe.shape)
        self._kernel = [axes[dim].kernel_size if dim in axes else 1 for dim in range(rank)]
        self._steps: dict[tuple[int, ...], _Step] = {}

    def pool(self, block: Array) -> list[Array] | None:
        """Return all levels of a block.

        Parameters
        ----------
        block : ndarray
            The elements of the windows of all levels, which begin with its first element.

        Returns
        -------
        list of ndarray or None
            The values of the complete windows of each level; None if the block is no label map.
        """
        block = low = high = np.ascontiguousarray(block, block.dtype.newbyteorder("="))
        counts: _Counts | None = None
        results: list[Array] = []
        used = []
        try:
            for level in range(1, self._count + 1):
                if any(size < k for size, k in zip(low.shape, self._kernel, strict=True)):
                    break
                step = self._step(low.shape, level)
                low, high, mixed, of_mixed = step.next_level(low, high, counts)
                if level == 1 and mixed.size > MAX_MIXED_SHARE * low.size:
                    return None
                chosen, unknown = _choose(low.take(mixed), high.take(mixed), of_mixed, step.size)
                if unknown.size > MAX_GATHERED_SHARE * low.size:
                    return None
                if unknown.size:
                    elements = self._gather(block, mixed[unknown], low.shape, level)
                    chosen[unknown] = _most_frequent_of_rows(elements)
                labels = low.copy()
                labels.reshape(-1)[mixed] = chosen
                results.append(labels)
                counts = step.counts
                used.append((step, mixed))
                step.set_counts(mixed, of_mixed)
        finally:
            for step, mixed in used:
                step.reset_counts(mixed)
        return results

    def _step(self, shape: tuple[int, ...], level: int) -> _Step:
        step = self._steps.get((level, *shape))
        if step is None:
            unsigned = np.dtype(f"u{self._itemsize}")
            step = _Step(shape, self._kernel, math.prod(self._kernel) ** level, unsigned)
            self._steps[level, *shape] = step
        return step

    def _gather(self, block: Array, at: Array, shape: tuple[int, ...], level: int) -> Array:
        """Return the elements of some windows of a level, one row for each."""
        sizes = [kernel**level for kernel in self._kernel]
        strides = block.strides
        steps = (stride * size for stride, size in zip(strides, sizes, strict=True))
        windows = np.lib.stride_tricks.as_strided(block, (*shape, *sizes), (*steps, *strides))
        return windows[np.unravel_index(at, shape)].reshape(len(at), -1)


class _Step:
    """The step from the windows of a level to those of the next, for blocks of one shape.

    Attributes
    ----------
    size : int
        The number of elements of a window of the next level.
    counts : _Counts
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
        self.counts = _Counts(
            np.full(n_windows, np.iinfo(dtype).max, dtype),
            *(np.full(n_windows, size, count_dtype) for _ in range(3)),
        )

    def next_level(
        self, low: Array, high: Array, counts: _Counts | None
    ) -> tuple[Array, Array, Array, _Counts]:
        """Return what is known of the windows of the next level.

        Parameters
        ----------
        low, high : ndarray
            The smallest and the largest values of the windows of a level, or its elements.
        counts : _Counts, optional
            Of these windows; None if they are elements.

        Returns
        -------
        low, high : ndarray
            The smallest and the largest values of the windows of the next level.
        mixed : ndarray of int
            The flat indices of its windows that hold several values.
        of_mixed : _Counts
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
            parts = [_Counts._make(part.take(at) for part in counts) for at in places]
            of_mixed = self._count_in_windows(lows, highs, parts, *extremes)
        return next_low, next_high, mixed, of_mixed

    def set_counts(self, mixed: Array, of_mixed: _Counts) -> None:
        """Write the counts of the windows that hold several values."""
        for part, values in zip(self.counts, of_mixed, strict=True):
            part[mixed] = values

    def reset_counts(self, mixed: Array) -> None:
        """Undo `set_counts`."""
        gap, *numbers = self.counts
        gap[mixed] = np.iinfo(gap.dtype).max
        for part in numbers:
            part[mixed] = self.size

    def _count_elements(self, elements: list[Array], low: Array, high: Array) -> _Counts:
        """Count the smallest, the second and the largest value among elements of windows."""
        unsigned = self.counts.gap.dtype
        above = low.view(unsigned) + unsigned.type(1)
        gap = _smallest(each.view(unsigned) - above for each in elements)
        second = (above + gap).view(low.dtype)
        counts = [
            self._sum((each == value).view(np.uint8) for each in elements)
            for value in (low, second, high)
        ]
        return _Counts(gap, *counts)

    def _count_in_windows(
        self, lows: list[Array], highs: list[Array], parts: list[_Counts], low: Array, high: Array
    ) -> _Counts:
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
        return _Counts(gap, n_low, n_second, n_high)

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


def _choose(low: Array, high: Array, counts: _Counts, n_elements: int) -> tuple[Array, Array]:
    """Return the most frequent values of windows, and the indices of those that are not decided.

    Parameters
    ----------
    low, high : ndarray
        The smallest and the largest value of each window, which differ.
    counts : _Counts
        Of these windows.
    n_elements : int
        The number of elements of a window.
    """
    second = (low.view(counts.gap.dtype) + counts.gap + counts.gap.dtype.type(1)).view(low.dtype)
    n_low, n_high = counts.n_low, counts.n_high
    n_second = counts.n_second * (second != high)
    n_other = n_elements - n_low - n_second - n_high  # of values between `second` and `high`
    # Of equally frequent values the smallest counts.
    is_low = n_low >= np.maximum(np.maximum(n_second, n_high), n_other)
    is_second = (n_second > n_low) & (n_second >= np.maximum(n_high, n_other))
    is_high = n_high > np.maximum(np.maximum(n_low, n_second), n_other)
    chosen = np.where(is_high, high, low)
    np.copyto(chosen, second, where=is_second)
    return chosen, np.flatnonzero(~(is_low | is_second | is_high))


def _most_frequent_of_rows(elements: Array) -> Array:
    """Return the most frequent value of each row, the smallest of equally frequent ones.

    Examples
    --------
    >>> _most_frequent_of_rows(np.array([[3, 2, 3, 2], [1, 2, 3, 3]]))
    array([2, 3])
    """
    n_rows, size = elements.shape
    elements = np.sort(elements, axis=1)
    is_start = np.ones(elements.shape, np.bool_)
    np.not_equal(elements[:, 1:], elements[:, :-1], out=is_start[:, 1:])
    starts = np.flatnonzero(is_start)
    lengths = np.diff(starts, append=elements.size)
    # The longest run of a row, of equally long ones the first, has the largest rank.
    ranks = lengths * size + (size - 1 - starts % size)
    row_starts = np.searchsorted(starts, np.arange(n_rows) * size)
    best = size - 1 - np.maximum.reduceat(ranks, row_starts) % size
    values: Array = elements[np.arange(n_rows), best]
    return values
