"""Reduction of complete windows whose elements are rows, with a ufunc.

Each position of the axis holds the axes inside of it in memory: a row, or a single element at a
distance. NumPy's inner loop runs along the rows.
"""

from __future__ import annotations

import math

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array
from poolcli.core.kernels.combine_groups import LONG_ROW_BYTES
from poolcli.core.kernels.pairwise_order import GROUP_ELEMENTS, Addition
from poolcli.core.kernels.reduce_windows_pairwise import reduce_complete
from poolcli.core.kernels.sliding_windows import (
    Reduce,
    in_dtype,
    is_rounded_sum,
    plan_sliding_windows,
    plan_taps,
)
from poolcli.core.taps import AxisBlock, index_on_axis


def plan_windows_of_rows(
    ufunc: np.ufunc, block: Array, dim: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction of elements that are rows, or single elements at a distance."""
    n_windows = out.shape[dim]
    stride, kernel, dilation = axis.stride, axis.kernel_size, axis.dilation
    size = (n_windows - 1) * stride + 1
    extent = (kernel - 1) * dilation
    span = index_on_axis(dim, slice(first, first + size + extent))
    elements = block[span]
    if stride == 1:
        reduce_every = plan_sliding_windows(ufunc, elements, dim, kernel, dilation, out)
        return lambda block, out: reduce_every(block[span], out)
    is_rounded = is_rounded_sum(ufunc, out.dtype)
    if stride * (kernel.bit_length() + 1) < kernel and not is_rounded:
        # Windows overlap so much that reducing every position takes fewer operations.
        every = np.empty((*out.shape[:dim], size, *out.shape[dim + 1 :]), out.dtype)
        reduce_every = plan_sliding_windows(ufunc, elements, dim, kernel, dilation, every)
        taken = every[index_on_axis(dim, slice(None, None, stride))]

        def reduce_and_copy(block: Array, out: Array) -> None:
            reduce_every(block[span], every)
            np.copyto(out, taken)

        return reduce_and_copy
    if is_rounded and kernel > GROUP_ELEMENTS:
        return lambda block, out: _add_complete(block[span], dim, axis, n_windows, out)
    row_elements = math.prod(block.shape[dim + 1 :])
    row_bytes = row_elements * block.itemsize
    is_pair = row_elements == 1 and kernel == 2  # one strided addition is faster than a copy
    is_short_row = row_bytes < LONG_ROW_BYTES and not is_pair
    if stride == 2 and is_short_row and block.flags.c_contiguous:
        return _plan_flat_rows(ufunc, block, dim, axis, first, out)
    if kernel > 2 and is_tiled(axis) and row_bytes >= LONG_ROW_BYTES:
        return lambda block, out: reduce_tiles(ufunc, block[span], dim, kernel, out)
    starts = range(first, first + extent + 1, dilation)
    return plan_taps(
        in_dtype(ufunc, block, out.dtype),
        [index_on_axis(dim, slice(start, start + size, stride)) for start in starts],
    )


def _plan_flat_rows(
    ufunc: np.ufunc, block: Array, dim: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction of short rows, all of them as one row.

    Windows are reduced at every row, although every second one is dropped. It is fast because NumPy
    takes 20 to 35 ns for each row that it visits, longer than for the elements of a short row.
    """
    n_positions, row_elements = block.shape[dim], math.prod(block.shape[dim + 1 :])
    step = axis.dilation * row_elements
    every = np.empty(block.shape, out.dtype)
    positions = every.reshape(-1)[: block.size - (axis.kernel_size - 1) * step]
    reduce_every = plan_sliding_windows(
        ufunc, block.reshape(-1), 0, axis.kernel_size, step, positions
    )
    span = slice(first, min(first + out.shape[dim] * axis.stride, n_positions), axis.stride)
    taken = every[index_on_axis(dim, span)]

    def reduce_and_take(block: Array, out: Array) -> None:
        reduce_every(block.reshape(-1), positions)
        np.copyto(out, taken)

    return reduce_and_take


def _add_complete(elements: Array, dim: int, axis: Axis, n_windows: int, out: Array) -> None:
    """Add floats in pairwise order."""
    axis_block = AxisBlock(axis._replace(pad_before=0), (0, n_windows), (0, elements.shape[dim]))
    combine = Addition(out.dtype, out_elements=axis.kernel_size, out=out)
    (total,) = reduce_complete((elements,), dim, axis_block, 0, n_windows, combine)
    if total is not out:
        out[...] = total


def is_tiled(axis: Axis) -> bool:
    """Return whether windows lie side by side."""
    return axis.kernel_size == axis.stride and axis.dilation == 1


def reduce_tiles(ufunc: np.ufunc, block: Array, dim: int, kernel: int, out: Array) -> None:
    """Reduce windows that lie side by side, in one call.

    The sum of negative zeros is a negative zero, as that of two numbers.

    Parameters
    ----------
    ufunc : ufunc
    block : ndarray
        Its length along `dim` is the number of windows times `kernel`.
    dim : int
        The axis to reduce.
    kernel : int
        The number of elements of a window.
    out : ndarray
        Receives the results, one per window along `dim`; its dtype is that of the accumulation.
    """
    tiles = block.reshape(*out.shape[: dim + 1], kernel, *out.shape[dim + 1 :])
    options = {"initial": -out.dtype.type(0)} if is_rounded_sum(ufunc, out.dtype) else {}
    ufunc.reduce(tiles, axis=dim + 1, dtype=out.dtype, out=out, **options)
