"""The median of 3 by 3, the commonest of all, without gathering a thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from poolcli.core.blocks import Ranges, ReadableArray, read_block
from poolcli.core.dtypes import Array
from poolcli.core.kernels.base import BlockResult, input_ranges, is_reduced
from poolcli.core.kernels.every_nth import every_nth
from poolcli.core.recipe import Recipe
from poolcli.core.taps import index_on_axis

COPIES = 6
"""Arrays of a slab's size that are alive at once."""


def fits(recipe: Recipe) -> bool:
    """Whether all windows are 3 by 3 and complete."""
    reduced = [axis for dim, axis in recipe.axes.items() if is_reduced(recipe, dim)]
    shape = len(reduced) == 2 and all(axis.kernel_size == 3 for axis in reduced)
    return (
        shape and recipe.ignored is None and all(axis.has_equal_counts(False) for axis in reduced)
    )


class Median3x3Kernel(NamedTuple):
    """Sorts columns of three, which neighbouring windows share, and then picks the middle.

    Of three sorted columns the median is the middle one of: the greatest of the least, the
    middle of the middle ones, the least of the greatest. Fast because that takes 18 whole-array
    minima and maxima, where nine separate elements take 48 (J. Smith, "Implementing median filters
    in XC4000E FPGAs", 1996). A NaN passes through all of them.
    """

    recipe: Recipe
    gathers_windows: bool = False
    order_dependent: bool = False

    @property
    def element_bytes(self) -> int:
        """Bytes of an element in all the arrays that are made of it."""
        return COPIES * self.recipe.in_dtype.itemsize

    def pool(self, source: ReadableArray, outs: Ranges, order: Sequence[int]) -> BlockResult:
        recipe = self.recipe
        block = np.asarray(read_block(source, input_ranges(recipe, outs))).astype(
            recipe.in_dtype, copy=False
        )
        if block.dtype == np.float16:
            block = block.astype(np.float32)  # for which there are fast comparisons
        rows, columns = (dim for dim in order if is_reduced(recipe, dim))
        strides = recipe.axes[rows].stride, recipe.axes[columns].stride
        least, middle, greatest = sorted_three(*self._three(block, rows, strides[0]))
        low = _fold(np.maximum, *self._three(least, columns))
        high = _fold(np.minimum, *self._three(greatest, columns))
        between = middle_of(*self._three(middle, columns))
        found = middle_of(low, between, high)
        stride = strides[1]
        return BlockResult(found if stride == 1 else every_nth(found, columns, stride))

    def _three(self, block: Array, dim: int, step: int = 1) -> list[Array]:
        """The first, second and third elements of windows along an axis."""
        gap = self.recipe.axes[dim].dilation
        size = block.shape[dim] - 2 * gap
        return [
            block[index_on_axis(dim, slice(tap * gap, tap * gap + size, step))] for tap in range(3)
        ]


def _fold(ufunc: np.ufunc, a: Array, b: Array, c: Array) -> Array:
    found: Array = ufunc(a, b)
    return ufunc(found, c, out=found)  # type: ignore[no-any-return]


def sorted_three(a: Array, b: Array, c: Array) -> tuple[Array, Array, Array]:
    """Sort three arrays, element by element.

    Examples
    --------
    >>> sorted_three(np.array([3]), np.array([1]), np.array([2]))
    (array([1]), array([2]), array([3]))
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    middle = np.minimum(high, c)
    np.maximum(high, c, out=high)
    least = np.minimum(low, middle)
    return least, np.maximum(low, middle, out=low), high


def middle_of(a: Array, b: Array, c: Array) -> Array:
    """The middle one of three arrays, element by element.

    Examples
    --------
    >>> middle_of(np.array([3]), np.array([1]), np.array([2]))
    array([2])
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    np.minimum(high, c, out=high)
    middle: Array = np.maximum(low, high, out=low)
    return middle
