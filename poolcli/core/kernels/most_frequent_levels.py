"""The most frequent values of all levels of a pyramid, for label maps.

Of each window of a level three values are known, and how often each occurs: the smallest value, the
next larger one and the largest. They follow from the windows of the level before. They decide
nearly all windows of label maps; the elements of the others are gathered from the input.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.label_counts import LabelCounts, LevelCounter, ManyLabels, MixedWindows
from poolcli.core.kernels.most_frequent import where
from poolcli.core.recipe import Recipe

MAX_MIXED_SHARE = 1 / 4
"""The largest share of windows of level 1 that hold several values in a label map."""

MAX_GATHERED_SHARE = 1 / 2
"""The largest share of the windows of a level whose elements are gathered."""

MAX_GATHERED_ELEMENTS = 1 << 19
"""The number of elements that are gathered at a time."""

MAX_COUNTED_LABELS = 6
"""So many labels of gathered windows are counted one after the other; beyond that windows are
sorted."""

MAX_TAPS = 64
"""The largest windows of level 1, in elements."""

MAX_WINDOW_ELEMENTS = 1 << 16
"""The largest windows of any level; coarser levels are computed by another kernel."""

MAX_BLOCK_ELEMENTS = 1 << 22
"""The largest blocks; the working memory of larger ones would be too large."""

MAX_BLOCK_SHAPES = 2
"""The memory for blocks of so many shapes is kept."""


def mode_levels(recipes: Sequence[Recipe]) -> LabelMapLevels | None:
    """Return the computation of all levels of `mode` at once; None for other recipes.

    Parameters
    ----------
    recipes : sequence of Recipe
        The recipes of the levels, the finest first, each for the input.
    """
    first = recipes[0]
    if first.in_dtype.kind not in "iu" or first.out_dtype != first.in_dtype:
        return None
    if first.ignored is not None or first.pools_whole_pixels:
        return None
    if not 1 < first.max_window_elements <= MAX_TAPS:
        return None
    computed = [each for each in recipes if each.max_window_elements <= MAX_WINDOW_ELEMENTS]
    if any(
        recipe.footprint is not None
        or not all(axis.has_equal_counts(padded=False) for axis in recipe.axes.values())
        for recipe in computed
    ):
        return None
    return LabelMapLevels(first, len(computed))


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

    has_large_scratch = True

    def __init__(self, recipe: Recipe, count: int) -> None:
        self._count, self._itemsize = count, recipe.in_dtype.itemsize
        axes, rank = recipe.axes, len(recipe.shape)
        self._kernel = [axes[dim].kernel_size if dim in axes else 1 for dim in range(rank)]
        self._steps: dict[tuple[int, ...], LevelCounter] = {}

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
        if block.size > MAX_BLOCK_ELEMENTS:
            return None
        block = low = high = np.ascontiguousarray(block, block.dtype.newbyteorder("="))
        counts: LabelCounts | None = None
        results: list[Array] = []
        used = []
        try:
            for level in range(1, self._count + 1):
                if any(size < k for size, k in zip(low.shape, self._kernel, strict=True)):
                    break
                step = self._step(low.shape, level)
                next_low, next_high = step.extremes(low, high)
                if level == 1 and np.count_nonzero(next_low != next_high) > (
                    MAX_MIXED_SHARE * next_low.size
                ):
                    return None
                mixed, many = step.count(low, high, counts, next_low, next_high)
                chosen = where(mixed.n_high > mixed.n_low, mixed.high, mixed.low)
                of_many, others = _choose(mixed, many, step.size)
                if others.at.size > MAX_GATHERED_SHARE * next_low.size:
                    return None
                rows = max(MAX_GATHERED_ELEMENTS // step.size, 1)
                for start in range(0, others.at.size, rows):
                    part = OtherLabels._make(each[start : start + rows] for each in others)
                    at = mixed.at.take(many.at.take(part.at))
                    elements = self._gather(block, at, next_low.shape, level)
                    of_many[part.at] = _choose_among_others(elements, part)
                chosen[many.at] = of_many
                labels = next_low.copy()
                labels.reshape(-1)[mixed.at] = chosen
                results.append(labels)
                if level < self._count:
                    used.append((step, mixed, many))
                    step.set_counts(mixed, many)
                low, high, counts = next_low, next_high, step.counts
        finally:
            for step, mixed, many in used:
                step.reset_counts(mixed, many)
        return results

    def _step(self, shape: tuple[int, ...], level: int) -> LevelCounter:
        step = self._steps.get((level, *shape))
        if step is None:
            if len(self._steps) >= MAX_BLOCK_SHAPES * self._count:
                self._steps.clear()
            unsigned = np.dtype(f"u{self._itemsize}")
            step = LevelCounter(shape, self._kernel, math.prod(self._kernel) ** level, unsigned)
            self._steps[level, *shape] = step
        return step

    def _gather(self, block: Array, at: Array, shape: tuple[int, ...], level: int) -> Array:
        """Return the elements of some windows of a level, one row for each."""
        sizes = [kernel**level for kernel in self._kernel]
        strides = block.strides
        steps = (stride * size for stride, size in zip(strides, sizes, strict=True))
        windows = np.lib.stride_tricks.as_strided(block, (*shape, *sizes), (*steps, *strides))
        return windows[np.unravel_index(at, shape)].reshape(len(at), -1)


class OtherLabels(NamedTuple):
    """Windows in which a label between the second smallest and the largest may be most frequent.

    Attributes
    ----------
    at : ndarray of int
        Their indices in `ManyLabels`.
    second, high : ndarray
        The second smallest and the largest label.
    best : ndarray
        The more frequent one of the smallest and the second smallest label.
    n_best, n_high, n_other : ndarray of int
        How often `best`, `high` and the labels between `second` and `high` occur.
    """

    at: Array
    second: Array
    high: Array
    best: Array
    n_best: Array
    n_high: Array
    n_other: Array


def _choose(mixed: MixedWindows, many: ManyLabels, n_elements: int) -> tuple[Array, OtherLabels]:
    """Return the most frequent labels of windows of three and more labels, and the undecided ones.

    Parameters
    ----------
    mixed : MixedWindows
    many : ManyLabels
    n_elements : int
        The number of elements of a window.
    """
    low, high, n_low, n_high = (each.take(many.at) for each in mixed[1:])
    unsigned = many.gap.dtype
    second = (low.view(unsigned) + many.gap + unsigned.type(1)).view(low.dtype)
    n_other = n_elements - n_low - many.n_second - n_high
    # Of equally frequent labels the smallest counts.
    best, n_best = where(many.n_second > n_low, second, low), np.maximum(many.n_second, n_low)
    chosen = where(n_high > n_best, high, best)
    at = np.flatnonzero((n_other > n_best) & (n_other >= n_high))
    parts = (second, high, best, n_best, n_high, n_other)
    return chosen, OtherLabels(at, *(each.take(at) for each in parts))


def _choose_among_others(elements: Array, others: OtherLabels) -> Array:
    """Return the most frequent labels of windows, given their elements, one row for each.

    The labels above the second smallest one are counted one after the other, which takes few vector
    operations. Rows of many labels are sorted.
    """
    unsigned = np.dtype(f"u{elements.itemsize}")
    chosen, rows = np.empty(len(elements), elements.dtype), np.arange(len(elements))
    _, label, high, best, n_best, n_high, n_left = others
    for _ in range(MAX_COUNTED_LABELS):
        above = label.view(unsigned) + unsigned.type(1)
        gaps = elements.view(unsigned) - above[:, None]
        gap = gaps.min(axis=1)
        n = np.add.reduce((gaps == gap[:, None]).view(np.uint8), axis=1, dtype=n_best.dtype)
        label = (above + gap).view(elements.dtype)
        best, n_best = where(n > n_best, label, best), np.maximum(n, n_best)
        n_left = n_left - n
        is_open = (n_left > n_best) & (n_left >= n_high)
        chosen[rows] = where(n_high > n_best, high, best)
        if not is_open.any():
            return chosen
        rows, elements = rows[is_open], elements[is_open]
        label, high, best, n_best, n_high, n_left = (
            each[is_open] for each in (label, high, best, n_best, n_high, n_left)
        )
    chosen[rows] = _most_frequent_of_rows(elements)
    return chosen


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
