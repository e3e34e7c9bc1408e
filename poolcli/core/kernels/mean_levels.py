"""The means of all levels of a pyramid, for integers: the sums of a level are those of the next.

Sums of integers are exact, so the sums of a level follow from the sums of the level before. Each is
divided and rounded once. It is fast because a coarse level reads the few sums of the level before,
not all elements.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.kernels.byte_pair_mean import MAX_WINDOW_ELEMENTS, PAIR, PairSums
from poolcli.core.kernels.exact_division import MAX_SUM_TO_INTEGER, divide
from poolcli.core.kernels.sum_mean import sum_dtype
from poolcli.core.kernels.tiles import TileReducer
from poolcli.core.recipe import Recipe

MAX_BYTE = 255
"""The bounds of wider elements are computed for each block."""

MAX_BLOCK_SHAPES = 2
"""The memory for blocks of so many shapes is kept."""


def mean_levels(recipes: Sequence[Recipe]) -> MeanLevels | None:
    """Return the computation of all levels of `avg` at once; None for other recipes.

    Parameters
    ----------
    recipes : sequence of Recipe
        The recipes of the levels, the finest first, each for the input.
    """
    first = recipes[0]
    if first.in_dtype.kind not in "iu" or first.out_dtype.kind not in "iuf":
        return None
    if first.ignored is not None or first.weights_by_alpha or first.divisor is not None:
        return None
    largest = max(map(abs, integer_bounds(first.in_dtype)))
    computed = [r for r in recipes if largest * r.max_window_elements <= MAX_SUM_TO_INTEGER]
    if first.max_window_elements == 1 or any(
        recipe.footprint is not None
        or not all(axis.has_equal_counts(padded=False) for axis in recipe.axes.values())
        for recipe in computed
    ):
        return None
    return MeanLevels(computed) if len(computed) > 1 else None


class MeanLevels:
    """The computation of all levels of `avg` of blocks of integers, by one thread.

    Parameters
    ----------
    recipes : sequence of Recipe
        Those of the levels, the finest first. The windows of each level have equal numbers of
        elements.

    Examples
    --------
    >>> from poolcli.core.levels import level_recipes
    >>> from poolcli.core.recipe import Options
    >>> from poolcli.core.window import Window
    >>> options = Options(dtype="u1")
    >>> recipes = level_recipes((4,), "u1", "avg", Window.fixed(2), None, options, 2)
    >>> mean_levels(recipes).pool(np.array([1, 2, 3, 3], np.uint8))
    [array([2, 3], dtype=uint8), array([2], dtype=uint8)]
    """

    has_large_scratch = False

    def __init__(self, recipes: Sequence[Recipe]) -> None:
        self._recipes = recipes
        axes, rank = recipes[0].axes, len(recipes[0].shape)
        self._tile_shape = [axes[dim].kernel_size if dim in axes else 1 for dim in range(rank)]
        self._bounds = integer_bounds(recipes[0].in_dtype)
        self._reducers: dict[tuple[int, ...], list[TileReducer]] = {}
        self._pair_sums: dict[tuple[int, ...], PairSums] = {}

    def pool(self, block: Array) -> list[Array]:
        """Return all levels of a block.

        Parameters
        ----------
        block : ndarray
            The elements of the windows of all levels, which begin with its first element.

        Returns
        -------
        list of ndarray
            The values of the complete windows of each level.
        """
        bounds = self._bounds
        if bounds[1] > MAX_BYTE:
            bounds = min(int(block.min()), 0) if bounds[0] else 0, int(block.max())
        sums: list[Array] = []
        for number, reducer in enumerate(self._reducers_of(block.shape)):
            dtype = self._sum_dtype(number, bounds)
            if number == 0:
                sums.append(self._sums_of_elements(block, reducer, dtype))
            else:
                sums.append(reducer.reduce(np.add, sums[-1], 0, dtype, dtype.itemsize))
        return [self._divide(number, each, bounds) for number, each in enumerate(sums)]

    def _window_elements(self, number: int) -> int:
        """Return the number of elements of a window."""
        return self._recipes[number].max_window_elements

    def _sum_dtype(self, number: int, bounds: tuple[int, int]) -> DType:
        """Return the narrowest dtype for the sums of elements within bounds.

        It has room for half of the divisor, which is added before the division. Narrow sums are
        fast: a microscope's image of 256³ uint16, below 8191, takes 7 ms instead of 11 ms.
        """
        largest = max(-bounds[0], bounds[1]) + 1
        return sum_dtype(self._recipes[0].in_dtype, self._window_elements(number), largest)

    def _divide(self, number: int, sums: Array, bounds: tuple[int, int]) -> Array:
        size, (low, high) = self._window_elements(number), bounds
        limits = low * size, high * size
        dtype = self._recipes[number].out_dtype
        return divide((sums,), size, dtype, limits, can_overwrite=True)

    def _reducers_of(self, shape: tuple[int, ...]) -> list[TileReducer]:
        """Return the reducers of the levels that have a window in blocks of a shape."""
        reducers = self._reducers.get(shape)
        if reducers is None:
            if len(self._reducers) >= MAX_BLOCK_SHAPES:
                self._reducers.clear()
                self._pair_sums.clear()
            reducers, sizes = [], shape
            for _ in self._recipes:
                if any(size < k for size, k in zip(sizes, self._tile_shape, strict=True)):
                    break
                reducers.append(TileReducer(sizes, self._tile_shape))
                sizes = reducers[-1].out_shape
            self._reducers[shape] = reducers
        return reducers

    def _sums_of_elements(self, block: Array, reducer: TileReducer, dtype: DType) -> Array:
        """Return the sums of the windows of level 1."""
        source = self._recipes[0].in_dtype
        is_byte = source == np.uint8 and self._window_elements(0) <= MAX_WINDOW_ELEMENTS
        if not is_byte or self._tile_shape[-1] % 2:
            elements = block.astype(source, copy=False)
            return reducer.reduce(np.add, elements, 0, dtype, dtype.itemsize)
        pairs = np.ascontiguousarray(block[reducer.inside]).view(PAIR)
        if block.shape not in self._pair_sums:
            self._pair_sums[block.shape] = PairSums(reducer.windows, pairs.shape)
        return self._pair_sums[block.shape].add(pairs)
