"""Fast reduction of complete windows of equal size along one axis with a ufunc."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array
from poolcli.core.kernels import pairwise_order
from poolcli.core.kernels.fast_strided_copy import UNSIGNED_DTYPES, take_every_nth
from poolcli.core.kernels.pairwise_order import LONG_ROW_BYTES, Addition
from poolcli.core.kernels.reduce_windows_pairwise import reduce_complete
from poolcli.core.taps import AxisBlock, index_on_axis

MAX_PIXEL_BYTES = 32
"""Up to this size, the elements at one position of the axis are handled as one pixel, such as the
colours of an image with channels last."""

IDEMPOTENT = frozenset([np.maximum, np.minimum, np.logical_or])
"""Ufuncs with ``f(x, x) == x``: they may see an element twice."""


def reduce_strided(
    ufunc: np.ufunc, block: Array, dim: int, axis: Axis, first: int, out: Array
) -> None:
    """Reduce windows that lie one stride apart and have all their elements in the block.

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
        The elements.
    dim : int
        The axis to reduce.
    axis : Axis
        The windows.
    first : int
        The position in the block at which the first window begins.
    out : ndarray
        Receives the results, one per window along `dim`: a new array, or a range of one along
        the axis. Its dtype is that of the accumulation.

    Examples
    --------
    >>> axis, out = Axis(size=7, out_size=3, kernel_size=3, stride=2), np.zeros(3, np.int64)
    >>> reduce_strided(np.maximum, np.array([1, 5, 2, 4, 9, 3, 0]), 0, axis, 0, out)
    >>> out
    array([5, 9, 9])
    """
    channels = math.prod(block.shape[dim + 1 :])
    if not out.size:
        return
    if axis.kernel_size == 1:
        stop = first + (out.shape[dim] - 1) * axis.stride + 1
        out[...] = block[index_on_axis(dim, slice(first, stop, axis.stride))]
    elif channels * block.itemsize > MAX_PIXEL_BYTES:
        _reduce_across_rows(ufunc, block, dim, axis, first, out)
    else:
        rows = math.prod(block.shape[:dim])
        in_rows = block.reshape(rows, block.shape[dim] * channels)
        out_rows = out.reshape(rows, out.shape[dim] * channels)
        _reduce_within_rows(ufunc, in_rows, channels, axis, first, out_rows)


def is_tiled(axis: Axis) -> bool:
    """Return whether windows lie side by side."""
    return axis.kernel_size == axis.stride and axis.dilation == 1


def reduce_tiles(ufunc: np.ufunc, block: Array, dim: int, kernel: int, out: Array) -> None:
    """Reduce windows that lie side by side, in one call.

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
    ufunc.reduce(tiles, axis=dim + 1, dtype=out.dtype, out=out)


def _is_rounded_sum(ufunc: np.ufunc, out: Array) -> bool:
    """Return whether the order of elements affects the result."""
    return ufunc is np.add and out.dtype.kind in "fc"


def _reduce_across_rows(
    ufunc: np.ufunc, block: Array, dim: int, axis: Axis, first: int, out: Array
) -> None:
    """Reduce elements that are rows, or single elements at a distance."""
    n_windows = out.shape[dim]
    stride, kernel, dilation = axis.stride, axis.kernel_size, axis.dilation
    size = (n_windows - 1) * stride + 1
    extent = (kernel - 1) * dilation
    elements = block[index_on_axis(dim, slice(first, first + size + extent))]
    if stride == 1:
        reduce_every_position(ufunc, elements, dim, kernel, dilation, out)
        return
    is_rounded = _is_rounded_sum(ufunc, out)
    if stride * (kernel.bit_length() + 1) < kernel and not is_rounded:
        # Windows overlap so much that reducing every position takes fewer operations.
        every = np.empty((*out.shape[:dim], size, *out.shape[dim + 1 :]), out.dtype)
        reduce_every_position(ufunc, elements, dim, kernel, dilation, every)
        out[...] = every[index_on_axis(dim, slice(None, None, stride))]
        return
    if is_rounded and kernel > pairwise_order.GROUP_ELEMENTS:
        _add_complete(elements, dim, axis, n_windows, out)
        return
    row_bytes = math.prod(block.shape[dim + 1 :]) * block.itemsize
    if kernel > 2 and is_tiled(axis) and row_bytes >= LONG_ROW_BYTES:
        reduce_tiles(ufunc, elements, dim, kernel, out)
        return
    taps = range(0, extent + 1, dilation)
    views = [elements[index_on_axis(dim, slice(tap, tap + size, stride))] for tap in taps]
    ufunc(views[0], views[1], out=out, dtype=out.dtype)
    for view in views[2:]:
        ufunc(out, view, out=out, dtype=out.dtype)


def _add_complete(elements: Array, dim: int, axis: Axis, n_windows: int, out: Array) -> None:
    """Add floats in pairwise order."""
    axis_block = AxisBlock(axis._replace(pad_before=0), (0, n_windows), (0, elements.shape[dim]))
    combine = Addition(out.dtype, out_elements=axis.kernel_size, out=out)
    (total,) = reduce_complete((elements,), dim, axis_block, 0, n_windows, combine)
    if total is not out:
        out[...] = total


def _reduce_within_rows(
    ufunc: np.ufunc, block: Array, channels: int, axis: Axis, first: int, out: Array
) -> None:
    """Reduce along rows of elements, or of pixels of several channels; arrays are 2-D."""
    kernel, stride, dilation = axis.kernel_size, axis.stride, axis.dilation
    pixel_bytes = channels * out.itemsize
    is_rounded = _is_rounded_sum(ufunc, out)
    if stride == 1:
        stop = first + out.shape[1] // channels + (kernel - 1) * dilation
        elements = block[:, first * channels : stop * channels]
        reduce_every_position(ufunc, elements, 1, kernel, dilation * channels, out)
    elif (
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
        _reduce_within_rows(ufunc, block, channels, pair_axis, first, pairs)
        half_axis = axis._replace(kernel_size=half, stride=half)
        _reduce_within_rows(ufunc, pairs, channels, half_axis, 0, out)
    elif channels == 1 and (pixel_bytes >= 8 or is_rounded):
        _reduce_across_rows(ufunc, block, 1, axis, first, out)  # strided loops are fast enough
    else:
        _reduce_and_take(ufunc, block, channels, axis, first, out)


def _reduce_and_take(
    ufunc: np.ufunc, block: Array, channels: int, axis: Axis, first: int, out: Array
) -> None:
    """Reduce every position of rows, and take every n-th."""
    stride, size, rows = axis.stride, block.shape[1] // channels, len(block)
    is_short = size * channels * block.itemsize < LONG_ROW_BYTES
    if is_short:  # all rows as one; positions that straddle two rows are never taken
        block = block.reshape(1, -1)
    # The first window begins at a multiple of the stride, where integers of that width begin.
    lead = -first % stride
    length = -(-(lead + first + block.shape[1] // channels) // stride) * stride
    buffer = np.empty((len(block), length * channels), out.dtype)
    stop = block.shape[1] - (axis.kernel_size - 1) * axis.dilation * channels
    every = buffer[:, lead * channels : lead * channels + stop]
    reduce_every_position(ufunc, block, 1, axis.kernel_size, axis.dilation * channels, every)
    start = lead + first
    if is_short:
        buffer = buffer[0, start * channels :][: rows * size * channels].reshape(rows, -1)
        start = 0
    take_every_nth(buffer, channels, start, stride, out)


def reduce_every_position(
    ufunc: np.ufunc, block: Array, dim: int, kernel: int, dilation: int, out: Array
) -> None:
    """Reduce windows of two or more elements that begin at every position (stride 1).

    Runs of 2, 4, 8, … elements are made of two runs of half the length, so that the number of calls
    grows with the logarithm of the kernel size. Floats are added in pairwise order.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add` or `logical_or`.
    block : ndarray
        The elements.
    dim : int
        The axis to reduce.
    kernel, dilation : int
        The number of elements of a window, and the distance between them.
    out : ndarray
        Receives the results, of length ``n - (kernel - 1) * dilation`` along `dim`; its dtype is
        that of the accumulation.
    """
    size = out.shape[dim]
    if _is_rounded_sum(ufunc, out):
        combine = Addition(out.dtype, out_elements=kernel, out=out)
        (total,) = pairwise_order.combine_every_position((block,), dim, kernel, dilation, combine)
        if total is not out:
            out[...] = total
        return
    runs, length, result = block, 1, None
    for run_length, offset in _runs(ufunc, kernel):
        while length < run_length:
            left = runs.shape[dim] - length * dilation
            first, second = slice(0, left), slice(length * dilation, length * dilation + left)
            halves = runs[index_on_axis(dim, first)], runs[index_on_axis(dim, second)]
            runs = ufunc(*halves, dtype=out.dtype)
            length *= 2
        run = runs[index_on_axis(dim, slice(offset * dilation, offset * dilation + size))]
        result = run if result is None else ufunc(run, result, out=out, dtype=out.dtype)


def _runs(ufunc: np.ufunc, kernel: int) -> Iterator[tuple[int, int]]:
    """Yield the lengths (powers of two) and offsets of the runs that make up a window.

    Runs may overlap if the ufunc is idempotent: two are enough then.
    """
    half = 1 << ((kernel - 1).bit_length() - 1)
    if ufunc in IDEMPOTENT or kernel == 2 * half:
        yield half, 0
        yield half, kernel - half
        return
    for digit in range(kernel.bit_length()):
        if kernel >> digit & 1:
            yield 1 << digit, kernel >> (digit + 1) << (digit + 1)
