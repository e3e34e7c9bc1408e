"""Medians of 3 by 3 windows without gathering."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from poolcli.core.blocks import ReadableArray
from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.complete_windows import MAX_PIXEL_BYTES
from poolcli.core.kernels.fast_strided_copy import plan_take_every_nth
from poolcli.core.kernels.kernel_input_and_result import BlockResult, read_input
from poolcli.core.kernels.sort_keys import positive_zeros
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe
from poolcli.core.taps import index_on_axis

MAX_ARRAYS = 2
"""The number of arrays of a block's size that the size of blocks is chosen for. There are 6 at one
time, but smaller blocks would make NumPy calls so short that threads wait for each other."""


_Call: TypeAlias = tuple[np.ufunc, Array, Array, Array]
"""A ufunc, its two arguments, and the array that receives the result."""


def has_3x3_windows(recipe: Recipe) -> bool:
    """Return whether all windows have 3 by 3 elements, some maybe in the padding, none ignored."""
    reduced = [axis for dim, axis in recipe.axes.items() if recipe.is_reduced(dim)]
    is_3x3 = len(reduced) == 2 and all(
        axis.kernel_size == 3 and not axis.is_adaptive for axis in reduced
    )
    return is_3x3 and recipe.ignored is None and recipe.footprint is None


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
        # float32 is compared by vector instructions, float16 is not.
        dtype = np.dtype(np.float32) if elements.dtype == np.float16 else elements.dtype
        if elements.dtype != dtype or not elements.flags.c_contiguous:
            copy = plan.keep("copy", lambda: np.empty(elements.shape, dtype))
            np.copyto(copy, elements)
            elements = copy
        medians = plan.keep(
            "medians", lambda: plan_medians(recipe, elements.shape, dtype, plan.out_shape)
        )
        if out is None or out.dtype != dtype:
            out = plan.keep("out", lambda: np.empty(plan.out_shape, dtype))
        medians(elements, out)
        return BlockResult(positive_zeros(out) if dtype.kind == "f" else out)


def plan_medians(
    recipe: Recipe, shape: tuple[int, ...], dtype: DType, out_shape: tuple[int, ...]
) -> Callable[[Array, Array], None]:
    """Plan the medians of blocks of one shape.

    Once the columns of windows are sorted, all rows are one stretch of memory, which NumPy handles
    in one loop. Windows across the end of a row are computed, too, and not written.

    Parameters
    ----------
    recipe : Recipe
        With windows of 3 by 3 elements.
    shape, out_shape : tuple of int
        The shapes of the blocks of the input and of the output.
    dtype : dtype
        The dtype of both.

    Returns
    -------
    callable
        Takes a C-contiguous block of the input and an array that receives the medians.
    """
    rows, columns = (dim for dim in sorted(recipe.axes) if recipe.is_reduced(dim))
    n_rows, row_shape = out_shape[rows], shape[rows + 1 :]
    in_shape = (math.prod(shape[:rows]), shape[rows], math.prod(row_shape))
    gap, stride = recipe.axes[rows].dilation, recipe.axes[rows].stride
    row_taps = [
        (slice(None), slice(at, at + (n_rows - 1) * stride + 1, stride)) for at in (0, gap, 2 * gap)
    ]
    arrays = np.empty((5, in_shape[0], n_rows, in_shape[2]), dtype)
    lowest, low, high, middle, _ = arrays
    channels = math.prod(shape[columns + 1 :])
    calls = _calls_on_sorted_columns(arrays, recipe.axes[columns].dilation * channels)
    one, other = (array.reshape(*shape[:rows], n_rows, *row_shape) for array in (low, middle))
    write = _plan_maxima(one, other, columns, recipe.axes[columns].stride, channels, out_shape)

    def medians(block: Array, out: Array) -> None:
        first, second, third = (block.reshape(in_shape)[tap] for tap in row_taps)
        np.minimum(first, second, out=low)
        np.maximum(first, second, out=high)
        np.minimum(high, third, out=middle)
        np.maximum(high, third, out=high)
        np.minimum(low, middle, out=lowest)
        np.maximum(low, middle, out=low)
        for ufunc, one, two, result in calls:
            ufunc(one, two, out=result)
        write(out)

    return medians


def _calls_on_sorted_columns(arrays: Array, step: int) -> list[_Call]:
    """Return the calls after which each median is the maximum of an element of two arrays.

    Parameters
    ----------
    arrays : ndarray
        The minima, medians and maxima of columns, and two spare arrays, in which any values may be.
        The calls overwrite all of them; the medians are the maxima of the second and the fourth.
    step : int
        The distance of two neighbouring columns of a window in flat arrays.
    """
    flat = arrays.reshape(5, -1)
    size = flat.shape[1] - 2 * step
    (l0, l1, l2), (m0, m1, m2), (h0, h1, h2) = (
        [array[at : at + size] for at in (0, step, 2 * step)] for array in flat[:3]
    )
    a, b, c = (flat[number, :size] for number in (3, 4, 0))
    return [
        (np.maximum, l0, l1, a),
        (np.maximum, a, l2, a),  # the maximum of the minima
        (np.minimum, h0, h1, c),
        (np.minimum, c, h2, c),  # the minimum of the maxima
        (np.minimum, m0, m1, h0),
        (np.maximum, m0, m1, b),
        (np.minimum, b, m2, b),
        (np.maximum, h0, b, b),  # the median of the medians
        (np.minimum, a, b, m0),
        (np.maximum, a, b, a),
        (np.minimum, a, c, a),  # the median of the three is the maximum of `m0` and `a`
    ]


def _plan_maxima(
    one: Array,
    other: Array,
    columns: int,
    stride: int,
    channels: int,
    out_shape: tuple[int, ...],
) -> Callable[[Array], None]:
    """Plan the maxima of two arrays at every `stride`-th column, which are written to an array."""
    n_columns = out_shape[columns]
    if stride > 1 and channels * one.itemsize <= MAX_PIXEL_BYTES:
        out_rows = math.prod(out_shape[:columns]), n_columns * channels
        like_out = np.empty(out_rows, one.dtype)
        take = plan_take_every_nth(one.reshape(len(like_out), -1), channels, 0, stride, like_out)

        def write_taken(out: Array) -> None:
            np.maximum(one, other, out=one)
            take(out.reshape(out_rows))

        return write_taken
    taken = index_on_axis(columns, slice(0, (n_columns - 1) * stride + 1, stride))
    one_of_two, other_of_two = one[taken], other[taken]

    def write(out: Array) -> None:
        np.maximum(one_of_two, other_of_two, out=out)

    return write
