"""Complete windows of fixed size along one axis: the fast way to fold."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array
from poolcli.core.kernels.pairwise_reduce import GROUP, Addition, fold_complete, fold_everywhere
from poolcli.core.taps import AxisBlock, index_on_axis

SMALL_BYTES = 32
"""Up to here what lies behind an axis is folded with it as one row: colours of a pixel, say."""

LONG_BYTES = 1 << 10
"""From here on a row is long enough to be gone along by itself: what NumPy does from row to row
no longer counts."""

UNSIGNED = {width: np.dtype(f"u{width}") for width in (1, 2, 4, 8)}

IDEMPOTENT = frozenset([np.maximum, np.minimum, np.logical_or])
"""Ufuncs that may be given an element twice."""


def complete(ufunc: np.ufunc, block: Array, dim: int, axis: Axis, first: int, out: Array) -> None:
    """Fold windows that lie one stride apart and have all their elements in the block.

    Where rows lie behind the axis, each element of the windows is one strided view, and NumPy's
    inner loop runs along the rows; long rows that windows share with no other are reduced in one
    call. Where nothing or little lies behind, most strided loops would crawl: there every position
    is folded, window or not, in whole rows, and then those of the windows are taken, which is
    still several times faster. Strides are kept for elements of 8 bytes and for float sums.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add`, …
    block : ndarray
        What to fold.
    dim : int
        The axis.
    axis : Axis
        Its windows.
    first : int
        Where in the block the first window begins.
    out : ndarray
        Where the results go: a new array, or a range of one along the axis.

    Examples
    --------
    >>> axis, out = Axis(size=7, out_size=3, kernel_size=3, stride=2), np.zeros(3, np.int64)
    >>> complete(np.maximum, np.array([1, 5, 2, 4, 9, 3, 0]), 0, axis, 0, out)
    >>> out
    array([5, 9, 9])
    """
    behind = math.prod(block.shape[dim + 1 :])
    if not out.size:
        return
    if axis.kernel_size == 1:
        stop = first + (out.shape[dim] - 1) * axis.stride + 1
        out[...] = block[index_on_axis(dim, slice(first, stop, axis.stride))]
    elif behind * block.itemsize > SMALL_BYTES:
        _across(ufunc, block, dim, axis, first, out)
    else:
        rows = math.prod(block.shape[:dim])
        rows_in = block.reshape(rows, block.shape[dim] * behind)
        rows_out = out.reshape(rows, out.shape[dim] * behind)
        _within(ufunc, rows_in, behind, axis, first, rows_out)


def _across(ufunc: np.ufunc, block: Array, dim: int, axis: Axis, first: int, out: Array) -> None:
    """Fold elements that are rows, or single ones that lie apart."""
    count, stride = out.shape[dim], axis.stride
    size = (count - 1) * stride + 1
    span = (axis.kernel_size - 1) * axis.dilation
    run = block[index_on_axis(dim, slice(first, first + size + span))]
    if stride == 1:
        run_along(ufunc, run, dim, axis.kernel_size, axis.dilation, out)
        return
    rounds = ufunc is np.add and out.dtype.kind in "fc"
    if stride * (axis.kernel_size.bit_length() + 1) < axis.kernel_size and not rounds:
        # Less work than each by itself.
        whole = np.empty((*out.shape[:dim], size, *out.shape[dim + 1 :]), out.dtype)
        run_along(ufunc, run, dim, axis.kernel_size, axis.dilation, whole)
        out[...] = whole[index_on_axis(dim, slice(None, None, stride))]
        return
    behind = math.prod(block.shape[dim + 1 :])
    if rounds and axis.kernel_size > GROUP:
        _add_across(run, dim, axis, count, out)
        return
    if axis.kernel_size > 2 and is_tiled(axis) and behind * block.itemsize >= LONG_BYTES:
        reduce_tiles(ufunc, run, dim, axis.kernel_size, out)
        return
    taps = range(0, span + 1, axis.dilation)
    views = [run[index_on_axis(dim, slice(tap, tap + size, stride))] for tap in taps]
    ufunc(views[0], views[1], out=out, dtype=out.dtype)
    for view in views[2:]:
        ufunc(out, view, out=out, dtype=out.dtype)


def _add_across(run: Array, dim: int, axis: Axis, count: int, out: Array) -> None:
    """Add floats in the order of `poolcli.core.kernels.pairwise_reduce`."""
    here = AxisBlock(axis._replace(pad_before=0), (0, count), (0, run.shape[dim]))
    combine = Addition(out.dtype, whole=axis.kernel_size, out=out)
    (found,) = fold_complete((run,), dim, here, 0, count, combine)
    if found is not out:
        out[...] = found


def is_tiled(axis: Axis) -> bool:
    """Whether windows lie side by side."""
    return axis.kernel_size == axis.stride and axis.dilation == 1


def reduce_tiles(ufunc: np.ufunc, run: Array, dim: int, kernel: int, out: Array) -> None:
    """Fold windows that lie side by side in one call."""
    tiles = run.reshape(*out.shape[: dim + 1], kernel, *out.shape[dim + 1 :])
    ufunc.reduce(tiles, axis=dim + 1, dtype=out.dtype, out=out)


def _within(ufunc: np.ufunc, block: Array, unit: int, axis: Axis, first: int, out: Array) -> None:
    """Fold within rows of elements, or of pixels of `unit` channels."""
    kernel, stride, item = axis.kernel_size, axis.stride, unit * out.itemsize
    rounds = ufunc is np.add and out.dtype.kind in "fc"
    if stride == 1:
        stop = first + out.shape[1] // unit + (kernel - 1) * axis.dilation
        run_along(ufunc, block[:, first * unit : stop * unit], 1, kernel, axis.dilation * unit, out)
    elif (
        is_tiled(axis)
        and kernel % 2 == 0
        and kernel > 2
        and stride * item > 8
        and item in UNSIGNED
        and not rounds
    ):
        # Pairs first: no integer is as wide as the windows, and half of the work is done.
        half = kernel // 2
        pairs = np.empty((len(out), out.shape[1] * half), out.dtype)
        _within(ufunc, block, unit, axis._replace(kernel_size=2, stride=2), first, pairs)
        _within(ufunc, pairs, unit, axis._replace(kernel_size=half, stride=half), 0, out)
    elif unit == 1 and (item >= 8 or rounds):
        _across(ufunc, block, 1, axis, first, out)  # strides cost little here
    else:
        _everywhere(ufunc, block, unit, axis, first, out)


def _everywhere(
    ufunc: np.ufunc, block: Array, unit: int, axis: Axis, first: int, out: Array
) -> None:
    """Fold at every position, and take every n-th."""
    stride, size, rows = axis.stride, block.shape[1] // unit, len(block)
    short = size * unit * block.itemsize < LONG_BYTES
    if short:
        block = block.reshape(1, -1)
    # The first window shall begin where the buffer can be read as integers of a stride's width.
    lead = -first % stride
    length = -(-(lead + first + block.shape[1] // unit) // stride) * stride
    buffer = np.empty((len(block), length * unit), out.dtype)
    stop = block.shape[1] - (axis.kernel_size - 1) * axis.dilation * unit
    there = buffer[:, lead * unit : lead * unit + stop]
    run_along(ufunc, block, 1, axis.kernel_size, axis.dilation * unit, there)
    start = lead + first
    if short:
        buffer = buffer[0, start * unit :][: rows * size * unit].reshape(rows, -1)
        start = 0
    take(buffer, unit, start, stride, out)


def take(block: Array, unit: int, start: int, stride: int, out: Array) -> None:
    """Take every n-th pixel of `unit` channels of each row, from a multiple of n on.

    Fast because narrowing integers is a vector instruction and strided copying is not: two
    elements are one integer of twice the width, whose lower half is the first.
    """
    count, item = out.shape[1] // unit, unit * out.itemsize
    pixel, wide = UNSIGNED.get(item), UNSIGNED.get(item * stride)
    if pixel is None:
        for channel in range(unit):
            from_here = block[:, start * unit + channel :: stride * unit]
            out[:, channel::unit] = from_here[:, :count]
        return
    block, out = block.view(pixel), out.view(pixel)
    even = block.shape[1] % stride == 0 and sys.byteorder == "little"
    if wide is not None and even:
        at = start // stride
        np.copyto(out, block.view(wide)[:, at : at + count], casting="unsafe")
    else:
        out[...] = block[:, start : start + (count - 1) * stride + 1 : stride]


def run_along(ufunc: np.ufunc, block: Array, dim: int, kernel: int, gap: int, out: Array) -> None:
    """Fold two elements or more, `gap` apart, from every position on that has them all.

    Fast because runs of twice the length are made of two runs: a few passes for any kernel. Floats
    are added in the order of `poolcli.core.kernels.pairwise_reduce`.
    """
    size = out.shape[dim]

    if ufunc is np.add and out.dtype.kind in "fc":
        combine = Addition(out.dtype, whole=kernel, out=out)
        (total,) = fold_everywhere((block,), dim, kernel, gap, combine)
        if total is not out:
            out[...] = total
        return
    run, length, found = block, 1, None
    for wanted, shift in _runs(ufunc, kernel):
        while length < wanted:
            left = run.shape[dim] - length * gap
            first, second = slice(0, left), slice(length * gap, length * gap + left)
            run = ufunc(
                run[index_on_axis(dim, first)], run[index_on_axis(dim, second)], dtype=out.dtype
            )
            length *= 2
        here = run[index_on_axis(dim, slice(shift * gap, shift * gap + size))]
        found = here if found is None else ufunc(here, found, out=out, dtype=out.dtype)


def _runs(ufunc: np.ufunc, kernel: int) -> Iterator[tuple[int, int]]:
    """The runs of 1, 2, 4, … elements that make up a longer one, and where each begins."""
    half = 1 << ((kernel - 1).bit_length() - 1)
    if ufunc in IDEMPOTENT or kernel == 2 * half:
        yield half, 0
        yield half, kernel - half
        return
    for digit in range(kernel.bit_length()):
        if kernel >> digit & 1:
            yield 1 << digit, kernel >> (digit + 1) << (digit + 1)


def every(block: Array, dim: int, step: int) -> Array:
    """Take every n-th element along an axis."""
    index = index_on_axis(dim, slice(None, None, step))
    if dim < block.ndim - 1:
        return np.ascontiguousarray(block[index])
    out: Array = np.empty(block[index].shape, block.dtype)
    take(block.reshape(-1, block.shape[-1]), 1, 0, step, out.reshape(-1, out.shape[-1]))
    return out
