"""The median of 3 by 3 windows, by far the most frequent median, without gathering."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolcli.core.blocks import ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.fast_strided_copy import every_nth
from poolcli.core.kernels.kernel_base import BlockResult, read_input
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe
from poolcli.core.taps import index_on_axis

MAX_ARRAYS = 6
"""The number of arrays of a block's size that exist at one time."""


def has_complete_3x3_windows(recipe: Recipe) -> bool:
    """Return whether all windows have 3 by 3 elements, none of them ignored or in the padding."""
    reduced = [axis for dim, axis in recipe.axes.items() if recipe.is_reduced(dim)]
    is_3x3 = len(reduced) == 2 and all(axis.kernel_size == 3 for axis in reduced)
    is_complete = all(axis.has_equal_counts(padded=False) for axis in reduced)
    return is_3x3 and is_complete and recipe.ignored is None


class Median3x3Kernel(NamedTuple):
    """A kernel that sorts columns of three elements, which neighbouring windows share.

    The median of three sorted columns is the median of three values: the maximum of the columns'
    minima, the median of their medians, and the minimum of their maxima. That takes 18 minima and
    maxima of whole arrays, where a sorting network of nine elements takes 48. NaN passes through
    all of them.

    Source: J. Smith, "Implementing median filters in XC4000E FPGAs", 1996.
    """

    recipe: Recipe
    element_bytes: int
    gathers_windows: bool = False
    order_dependent: bool = False

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        recipe = self.recipe
        elements = read_input(recipe, source, block.in_index)
        if elements.dtype == np.float16:
            elements = elements.astype(np.float32)  # compared by vector instructions
        rows, columns = (dim for dim in plan.axis_order if recipe.is_reduced(dim))
        row_stride, column_stride = recipe.axes[rows].stride, recipe.axes[columns].stride
        low, middle, high = sort_three(*self._taps(elements, rows, row_stride))
        max_low = _reduce_three(np.maximum, *self._taps(low, columns))
        min_high = _reduce_three(np.minimum, *self._taps(high, columns))
        median_middle = median_of_three(*self._taps(middle, columns))
        values = median_of_three(max_low, median_middle, min_high)
        if column_stride > 1:
            values = every_nth(values, columns, column_stride)
        return BlockResult(values)

    def _taps(self, block: Array, dim: int, stride: int = 1) -> list[Array]:
        """Return the first, second and third elements of the windows along an axis."""
        gap = self.recipe.axes[dim].dilation
        size = block.shape[dim] - 2 * gap
        starts = (0, gap, 2 * gap)
        return [block[index_on_axis(dim, slice(at, at + size, stride))] for at in starts]


def _reduce_three(ufunc: np.ufunc, a: Array, b: Array, c: Array) -> Array:
    out: Array = ufunc(a, b)
    return ufunc(out, c, out=out)  # type: ignore[no-any-return]


def sort_three(a: Array, b: Array, c: Array) -> tuple[Array, Array, Array]:
    """Return the minima, medians and maxima of three arrays, element by element.

    Parameters
    ----------
    a, b, c : ndarray
        Of one shape and dtype.

    Returns
    -------
    (ndarray, ndarray, ndarray)
        New arrays; NaN where any of the three is NaN.

    Examples
    --------
    >>> sort_three(np.array([3]), np.array([1]), np.array([2]))
    (array([1]), array([2]), array([3]))
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    middle = np.minimum(high, c)
    np.maximum(high, c, out=high)
    lowest = np.minimum(low, middle)
    return lowest, np.maximum(low, middle, out=low), high


def median_of_three(a: Array, b: Array, c: Array) -> Array:
    """Return the medians of three arrays, element by element.

    Parameters
    ----------
    a, b, c : ndarray
        Of one shape and dtype.

    Returns
    -------
    ndarray
        A new array; NaN where any of the three is NaN.

    Examples
    --------
    >>> median_of_three(np.array([3]), np.array([1]), np.array([2]))
    array([2])
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    np.minimum(high, c, out=high)
    median: Array = np.maximum(low, high, out=low)
    return median
