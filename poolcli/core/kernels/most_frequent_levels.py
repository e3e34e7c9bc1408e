"""The most frequent values of all levels of a pyramid, for label maps.

Of each window of a level the smallest and the largest label are known, and how often each occurs.
In windows of three and more labels, the second smallest label is known too. All follow from the
windows of the level before (`label_counts`). They decide nearly all windows of label maps; the
elements of the others are gathered from the input (`label_selection`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.label_counts import LabelCounts, LevelCounter
from poolcli.core.kernels.label_selection import OtherLabels, choose_among_others, choose_label
from poolcli.core.kernels.most_frequent import where
from poolcli.core.recipe import Recipe

MAX_MIXED_SHARE = 1 / 4
"""The largest share of windows of level 1 that hold several values in a label map."""

MAX_GATHERED_SHARE = 1 / 2
"""The largest share of the windows of a level whose elements are gathered."""

MAX_GATHERED_ELEMENTS = 1 << 19
"""The number of elements that are gathered at a time."""

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
        results: list[tuple[Array, Array, Array]] = []
        used = []
        try:
            for level in range(1, self._count + 1):
                if any(size < k for size, k in zip(low.shape, self._kernel, strict=True)):
                    break
                step = self._step(low.shape, level)
                next_low, next_high = step.extremes(low, high)
                at = np.flatnonzero(next_low != next_high)
                if level == 1 and at.size > MAX_MIXED_SHARE * next_low.size:
                    return None
                extremes = next_low.take(at), next_high.take(at)
                mixed, many = step.count(low, high, counts, at, *extremes)
                chosen = where(mixed.n_high > mixed.n_low, mixed.high, mixed.low)
                of_many, others = choose_label(mixed, many, step.size)
                if others.at.size > MAX_GATHERED_SHARE * next_low.size:
                    return None
                rows = max(MAX_GATHERED_ELEMENTS // step.size, 1)
                for start in range(0, others.at.size, rows):
                    part = OtherLabels._make(each[start : start + rows] for each in others)
                    windows = at.take(many.at.take(part.at))
                    elements = self._gather(block, windows, next_low.shape, level)
                    of_many[part.at] = choose_among_others(elements, part)
                chosen[many.at] = of_many
                results.append((next_low, at, chosen))
                if level < self._count:
                    used.append((step, mixed, many))
                    step.set_counts(mixed, many)
                low, high, counts = next_low, next_high, step.counts
        finally:
            for step, mixed, many in used:
                step.reset_counts(mixed, many)
        for labels, at, chosen in results:  # the next level has read the smallest labels
            labels.put(at, chosen)
        return [labels for labels, _, _ in results]

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
