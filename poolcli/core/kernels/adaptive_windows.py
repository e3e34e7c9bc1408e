"""Reduction of adaptive windows, of which some have one element more, along one axis."""

from __future__ import annotations

import math

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.combine_groups import LONG_ROW_BYTES
from poolcli.core.kernels.sliding_windows import Reduce, in_dtype, plan_sliding_windows
from poolcli.core.taps import AxisBlock, index_on_axis

CHUNK_ELEMENTS = 1 << 17
"""About so many elements are reduced at every position at a time: enough for long calls."""

MIN_SLICED_ELEMENTS = 64
"""Windows of single elements are reduced one by one if they have at least so many."""

CALL_BYTES = 1 << 14
"""The number of bytes that are reduced in the time that one call takes in addition."""


def plan_adaptive_windows(
    ufunc: np.ufunc, block: Array, dim: int, axis_block: AxisBlock, out: Array
) -> Reduce:
    """Plan the reduction of adaptive windows that have all their elements in memory.

    Windows are reduced one by one if that takes less time than reducing every position.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add` or `logical_or`.
    block : ndarray
        The elements; only shape, flags and dtype are used.
    dim : int
        The axis to reduce.
    axis_block : AxisBlock
        The windows; if floats are added, of at most `pairwise_order.GROUP_ELEMENTS` elements.
    out : ndarray
        C-contiguous, like the arrays that receive the results: one per window along `dim`. Its
        dtype is that of the accumulation.

    Returns
    -------
    callable
        Takes a block and an array for its results.

    Examples
    --------
    >>> from poolcli.core.axis import adaptive_axis
    >>> block, out = np.array([1, 2, 3, 4, 5]), np.zeros(3, np.int64)
    >>> axis_block = AxisBlock(adaptive_axis(5, 3), (0, 3), (0, 5))
    >>> plan_adaptive_windows(np.add, block, 0, axis_block, out)(block, out)
    >>> out
    array([3, 9, 9])
    """
    axis, windows = axis_block.axis, np.arange(*axis_block.out_range)
    starts = axis.first_position(windows)
    sizes = axis.last_position(windows) + 1 - starts
    starts -= axis_block.in_range[0]
    longest, n_passes = int(sizes.max()), int(sizes.max()).bit_length()
    row_bytes = math.prod(block.shape[dim + 1 :]) * block.itemsize
    if row_bytes < LONG_ROW_BYTES or not block.flags.c_contiguous:
        is_sliced = longest >= MIN_SLICED_ELEMENTS and len(starts) <= longest
    else:
        saved_bytes = block.nbytes // len(starts) * n_passes - longest * row_bytes
        is_sliced = saved_bytes > CALL_BYTES
    if is_sliced:
        return _plan_window_slices(ufunc, dim, starts, sizes)
    return _plan_two_lengths(ufunc, block, dim, starts, sizes, out)


def _plan_window_slices(ufunc: np.ufunc, dim: int, starts: Array, sizes: Array) -> Reduce:
    """Plan the reduction of the windows one by one."""
    spans = list(zip(starts.tolist(), (starts + sizes).tolist(), strict=True))

    def reduce_windows(block: Array, out: Array) -> None:
        for at, (start, stop) in enumerate(spans):
            window = block[index_on_axis(dim, slice(start, stop))]
            result = out[index_on_axis(dim, slice(at, at + 1))]  # an array, also of one axis
            ufunc.reduce(window, axis=dim, dtype=out.dtype, out=result, keepdims=True)

    return reduce_windows


def _plan_two_lengths(
    ufunc: np.ufunc, block: Array, dim: int, starts: Array, sizes: Array, out: Array
) -> Reduce:
    """Plan the reduction of every position for two lengths, and the choice of windows from both.

    It is fast because the rows of a chunk, that is, the axis and those inside of it, are reduced as
    one row, and because every result is copied once.
    """
    n_rows, n_positions = math.prod(block.shape[:dim]), block.shape[dim]
    channels, shortest = math.prod(block.shape[dim + 1 :]), int(sizes.min())
    row_starts, step = _equal_parts(n_rows, CHUNK_ELEMENTS // (n_positions * channels))
    first_windows, n_windows = _equal_parts(
        len(starts), len(starts) * CHUNK_ELEMENTS // (n_positions * channels)
    )
    if len(first_windows) > 1:
        last_windows = np.array(first_windows) + n_windows - 1
        stops = starts[last_windows] + sizes[last_windows]
        n_positions = int((stops - starts[first_windows]).max())
    n_elements = step * n_positions * channels
    by_length = np.empty((2, step * n_positions, channels), out.dtype)
    short = by_length.reshape(-1)[: n_elements - (shortest - 1) * channels]
    long = by_length[1].reshape(-1)[: n_elements - shortest * channels]
    choices = by_length.reshape(-1, channels)
    add_last = in_dtype(ufunc, block, out.dtype)
    elements = np.empty(n_elements, block.dtype)
    reduce_short: Reduce = _copy
    if shortest > 1:
        reduce_short = plan_sliding_windows(ufunc, elements, 0, shortest, channels, short)
    chunks = []
    rows = np.arange(step)[:, None] * n_positions
    for first in first_windows:
        windows = slice(first, first + n_windows)
        begin = min(int(starts[first]), block.shape[dim] - n_positions)
        places = starts[windows] - begin + (sizes[windows] > shortest) * (step * n_positions)
        chunks.append((begin * channels, (rows + places).reshape(-1), first))
    row, out_row = block.shape[dim] * channels, len(starts)

    def reduce_chunks(block: Array, out: Array) -> None:
        elements, results = block.reshape(-1), out.reshape(-1, channels)
        for row_start in row_starts:
            for begin, chosen, first in chunks:
                at = row_start * row + begin
                chunk = elements[at : at + n_elements]
                reduce_short(chunk, short)
                add_last(short[: long.size], chunk[shortest * channels :], out=long)
                at = row_start * out_row + first
                result = results[at : at + len(chosen)]
                choices.take(chosen, axis=0, out=result, mode="clip")  # other modes copy `out`

    return reduce_chunks


def _copy(elements: Array, out: Array) -> None:
    """Reduce windows of one element."""
    np.copyto(out, elements)


def _equal_parts(size: int, max_step: int) -> tuple[list[int], int]:
    """Return the starts and the size of equal parts of a range; the last one may overlap another.

    Examples
    --------
    >>> _equal_parts(10, 4)
    ([0, 4, 6], 4)
    """
    n_parts = -(-size // max(max_step, 1))
    step = -(-size // n_parts)
    return [min(at, size - step) for at in range(0, size, step)], step
