"""The most frequent values of all levels of a pyramid, for label maps.

Of each window of a level the smallest and the largest label are known, and how often each occurs.
In windows of three and more labels, the second smallest label is known too. All follow from the
windows of the level before (`label_counts`). They decide nearly all windows of label maps; for the
others, labels that were counted in the windows of the level before are added up, and only where
these do not decide, the elements are gathered from the input (`label_selection`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.known_labels import ManyLabels, MixedWindows, WindowLabels
from poolcli.core.kernels.label_counts import LevelCounter
from poolcli.core.kernels.label_selection import (
    OtherLabels,
    choose_among_counted,
    choose_among_others,
    choose_label,
)
from poolcli.core.kernels.most_frequent import where
from poolcli.core.recipe import Recipe

MAX_MIXED_SHARE = 1 / 2
"""The largest share of windows of level 1 that hold several values in a label map."""

SMALL_WINDOW_ELEMENTS, MAX_MIXED_SHARE_OF_SMALL = 4, 1 / 4
"""The same for windows of so many elements, which another kernel computes fast, too."""

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
        self._count, self._dtype = count, recipe.in_dtype
        axes, rank = recipe.axes, len(recipe.shape)
        self._kernel = [axes[dim].kernel_size if dim in axes else 1 for dim in range(rank)]
        self._n_taps = math.prod(self._kernel)
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
            The values of the complete windows of the levels of which most windows need no
            gathering; None if the block is no label map.
        """
        if block.size > MAX_BLOCK_ELEMENTS:
            return None
        block = np.ascontiguousarray(block, block.dtype.newbyteorder("="))
        before = WindowLabels(block, block, None, None)
        results: list[tuple[Array, Array, Array]] = []
        used = []
        try:
            for level in range(1, self._count + 1):
                shape = before.low.shape
                if any(size < k for size, k in zip(shape, self._kernel, strict=True)):
                    break
                step = self._step(shape, level)
                share = self._max_mixed_share() if level == 1 else 1
                known = step.count(before, share * before.low.size / self._n_taps)
                if known is None:
                    return None
                labels, is_mixed, mixed, many = known
                chosen = self._choose(block, before, step, level, mixed, many)
                if chosen is None:
                    break
                results.append((labels, mixed.at, chosen))
                if level < self._count:
                    used.append((step, mixed, many))
                    step.set_counts(mixed, many)
                    before = WindowLabels(labels, labels.copy(), step.counts, is_mixed)
                    before.low.reshape(-1)[mixed.at] = mixed.low
                    before.high.reshape(-1)[mixed.at] = mixed.high
        finally:
            for step, mixed, many in used:
                step.reset_counts(mixed, many)
        for labels, at, chosen in results:  # the next level has read the smallest labels
            labels.reshape(-1)[at] = chosen
        return [labels for labels, _, _ in results] or None

    def _max_mixed_share(self) -> float:
        is_small = self._n_taps <= SMALL_WINDOW_ELEMENTS
        return MAX_MIXED_SHARE_OF_SMALL if is_small else MAX_MIXED_SHARE

    def _choose(
        self,
        block: Array,
        before: WindowLabels,
        step: LevelCounter,
        level: int,
        mixed: MixedWindows,
        many: ManyLabels,
    ) -> Array | None:
        """Return the most frequent labels of mixed windows; None if most are to be gathered."""
        chosen = where(mixed.n_high > mixed.n_low, mixed.high, mixed.low)
        of_many, others = choose_label(mixed, many, step.size)
        windows = mixed.at.take(many.at.take(others.at))
        if before.counts is not None and windows.size:
            counted = step.counted_labels(before, windows)
            of_many[others.at], is_certain = choose_among_counted(*counted, step.size)
            others = OtherLabels._make(each[~is_certain] for each in others)
            windows = windows[~is_certain]
        if windows.size > MAX_GATHERED_SHARE * math.prod(step.out_shape):
            return None
        rows = max(MAX_GATHERED_ELEMENTS // step.size, 1)
        for start in range(0, windows.size, rows):
            part = OtherLabels._make(each[start : start + rows] for each in others)
            elements = self._gather(block, windows[start : start + rows], step.out_shape, level)
            of_many[part.at] = choose_among_others(elements, part)
        chosen[many.at] = of_many
        return chosen

    def _step(self, shape: tuple[int, ...], level: int) -> LevelCounter:
        step = self._steps.get((level, *shape))
        if step is None:
            if len(self._steps) >= MAX_BLOCK_SHAPES * self._count:
                self._steps.clear()
            step = LevelCounter(shape, self._kernel, self._n_taps**level, self._dtype)
            self._steps[level, *shape] = step
        return step

    def _gather(self, block: Array, at: Array, shape: tuple[int, ...], level: int) -> Array:
        """Return the elements of some windows of a level, one row for each."""
        sizes = [kernel**level for kernel in self._kernel]
        strides = block.strides
        steps = (stride * size for stride, size in zip(strides, sizes, strict=True))
        windows = np.lib.stride_tricks.as_strided(block, (*shape, *sizes), (*steps, *strides))
        return windows[np.unravel_index(at, shape)].reshape(len(at), -1)
