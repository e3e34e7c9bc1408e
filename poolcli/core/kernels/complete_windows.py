"""Reduction of windows of equal size that have all their elements, along one axis with a ufunc.

As in `sliding_windows`, functions plan the NumPy calls for all blocks of one memory layout.
"""

from __future__ import annotations

import math

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array
from poolcli.core.kernels.fast_strided_copy import UNSIGNED_DTYPES, plan_take_every_nth
from poolcli.core.kernels.sliding_windows import Reduce, is_rounded_sum, plan_sliding_windows
from poolcli.core.kernels.windows_of_rows import is_tiled, plan_windows_of_rows
from poolcli.core.taps import index_on_axis

MAX_PIXEL_BYTES = 32
"""Up to this size, the elements at one position of the axis are handled as one pixel, such as the
colours of an image with channels last."""


def plan_complete_windows(
    ufunc: np.ufunc, block: Array, dim: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction of windows that lie one stride apart and have all their elements.

    If each position of the axis holds a row (the axes inside of it), each tap is one strided view
    of rows, and NumPy's inner loop runs along the rows. Long rows of windows side by side are
    reduced in one call.

    If each position holds one element or one pixel, NumPy's strided loops are slow. Every position
    is reduced then, whether a window begins there or not, and every n-th position is taken, which
    is several times as fast. Elements of 8 bytes and float sums keep strided loops.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add` or `logical_or`.
    block : ndarray
        The elements; only shape, strides and dtype are used.
    dim : int
        The axis to reduce.
    axis : Axis
        The windows.
    first : int
        The position in the block at which the first window begins.
    out : ndarray
        An array like those that receive the results, one per window along `dim`: C-contiguous, or
        a range of such an array along the axis. Its dtype is that of the accumulation.

    Returns
    -------
    callable
        Takes a block and an array for its results; both have the layout of those given here.

    Examples
    --------
    >>> block, out = np.array([1, 5, 2, 4, 9, 3, 0]), np.zeros(3, np.int64)
    >>> axis = Axis(size=7, out_size=3, kernel_size=3, stride=2)
    >>> plan_complete_windows(np.maximum, block, 0, axis, 0, out)(block, out)
    >>> out
    array([5, 9, 9])
    """
    channels = math.prod(block.shape[dim + 1 :])
    if not out.size:
        return lambda block, out: None
    if axis.kernel_size == 1:
        stop = first + (out.shape[dim] - 1) * axis.stride + 1
        return _plan_copy(index_on_axis(dim, slice(first, stop, axis.stride)))
    is_single = out.shape[dim] == 1
    if channels * block.itemsize > MAX_PIXEL_BYTES or is_single:
        return plan_windows_of_rows(ufunc, block, dim, axis, first, out)
    rows = math.prod(block.shape[:dim])
    in_shape, out_shape = (rows, block.shape[dim] * channels), (rows, out.shape[dim] * channels)
    in_rows, out_rows = block.reshape(in_shape), out.reshape(out_shape)
    reduce_rows = _plan_within_rows(ufunc, in_rows, channels, axis, first, out_rows)
    if block.shape == in_shape:
        return reduce_rows
    return lambda block, out: reduce_rows(block.reshape(in_shape), out.reshape(out_shape))


def _plan_copy(index: tuple[object, ...]) -> Reduce:
    def copy(block: Array, out: Array) -> None:
        out[...] = block[index]  # type: ignore[index]

    return copy


def _plan_within_rows(
    ufunc: np.ufunc, block: Array, channels: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction along rows of elements, or of pixels; arrays are 2-D."""
    kernel, stride = axis.kernel_size, axis.stride
    pixel_bytes = channels * out.itemsize
    is_rounded = is_rounded_sum(ufunc, out.dtype)
    if stride == 1:
        return _plan_positions_within_rows(ufunc, block, channels, axis, first, out)
    if (
        is_tiled(axis)
        and kernel % 2 == 0
        and kernel > 2
        and stride * pixel_bytes > 8
        and pixel_bytes in UNSIGNED_DTYPES
        and not is_rounded
    ):
        # No integer is as wide as a stride, so `take_every_nth` would be slow. Reducing pairs
        # first halves the stride and does half of the work.
        half = kernel // 2
        pairs = np.empty((len(out), out.shape[1] * half), out.dtype)
        pair_axis = axis._replace(kernel_size=2, stride=2)
        reduce_to_pairs = _plan_within_rows(ufunc, block, channels, pair_axis, first, pairs)
        half_axis = axis._replace(kernel_size=half, stride=half)
        reduce_pairs = _plan_within_rows(ufunc, pairs, channels, half_axis, 0, out)

        def reduce_twice(block: Array, out: Array) -> None:
            reduce_to_pairs(block, pairs)
            reduce_pairs(pairs, out)

        return reduce_twice
    if channels == 1 and (pixel_bytes >= 8 or is_rounded):
        # Strided loops are fast enough.
        return plan_windows_of_rows(ufunc, block, 1, axis, first, out)
    return _plan_reduce_and_take(ufunc, block, channels, axis, first, out)


def _plan_positions_within_rows(
    ufunc: np.ufunc, block: Array, channels: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction of windows that begin at every position of rows."""
    start, extent = first * channels, (axis.kernel_size - 1) * axis.dilation * channels
    span = (slice(None), slice(start, start + out.shape[1] + extent))
    step = axis.dilation * channels
    reduce_every = plan_sliding_windows(ufunc, block[span], 1, axis.kernel_size, step, out)
    return lambda block, out: reduce_every(block[span], out)


def _plan_reduce_and_take(
    ufunc: np.ufunc, block: Array, channels: int, axis: Axis, first: int, out: Array
) -> Reduce:
    """Plan the reduction of every position of rows, of which every n-th is taken."""
    stride, (rows, width) = axis.stride, block.shape
    step = axis.dilation * channels
    # The first window begins at a multiple of the stride, where integers of that width begin.
    lead = -first % stride * channels
    begin = lead + first * channels
    if width // channels % stride == 0:
        # All rows as one, in long calls; windows across the end of a row are never taken.
        length, shape = rows * width, (1, rows * width)
        buffer = np.empty((1, begin + length), out.dtype)
        taken, start = buffer[0, begin:].reshape(rows, width), 0
    else:
        length, shape = width, (rows, width)
        padded = -(-(begin + width) // (stride * channels)) * stride * channels
        buffer = np.empty((rows, padded), out.dtype)
        taken, start = buffer, begin // channels
    every = buffer[:, lead : lead + length - (axis.kernel_size - 1) * step]
    layout = block.reshape(shape)
    reduce_every = plan_sliding_windows(ufunc, layout, 1, axis.kernel_size, step, every)
    take = plan_take_every_nth(taken, channels, start, stride, out)

    def reduce_and_take(block: Array, out: Array) -> None:
        reduce_every(block.reshape(shape), every)
        take(out)

    return reduce_and_take
