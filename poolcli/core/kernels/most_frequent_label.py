"""The most frequent keys of label maps, in which most windows hold a single key.

The minimum and the maximum of a window take no gathering. Only windows in which they differ are
gathered.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from poolcli.core import blocks
from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array, DType, identity_element
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.complete_windows import plan_complete_windows
from poolcli.core.kernels.fast_strided_copy import plan_take_every_nth
from poolcli.core.kernels.gather import gather_windows
from poolcli.core.taps import AxisBlock, Windows

Select: TypeAlias = Callable[[Array, "int | Array"], Array]
"""Takes gathered keys, elements along the first axis, and the numbers of elements of the windows.
Returns the most frequent key of each window."""


def most_frequent_labels(
    keys: Array,
    highest: Any,
    windows: Windows,
    counts: int | Array,
    plan: BlockPlan,
    select: Select,
    out: Array | None,
) -> Array | None:
    """Return the most frequent key of each window if most windows hold a single key.

    Parameters
    ----------
    keys : ndarray
        The keys of a block of the input.
    highest : scalar
        A key that no key is higher than.
    windows : sequence of AxisBlock or None
        The windows along each axis; None for an axis that is not reduced.
    counts : int or ndarray of int64
        The numbers of elements of the windows.
    plan : BlockPlan
        What this thread keeps for blocks of this shape.
    select : callable
        See `Select`.
    out : ndarray, optional
        May receive the result: C-contiguous, of the windows' shape and the dtype of keys.

    Returns
    -------
    ndarray or None
        Of the windows' shape; None if more than a quarter of the windows hold several keys.
    """
    select_2x2 = plan.keep("mode 2x2", lambda: plan_2x2(keys.shape, keys.dtype, windows, select))
    if select_2x2 is not None:
        return select_2x2(keys, out)
    low = high = keys
    lowest = identity_element(np.maximum, keys.dtype)
    for reducer in plan.keep("mode", lambda: _reducers(windows)):
        low = reducer.reduce(np.minimum, low, highest, keys.dtype, 0)
        high = reducer.reduce(np.maximum, high, lowest, keys.dtype, 1)
    mixed = np.flatnonzero(low != high)
    n_elements = math.prod(each.axis.kernel_size for each in windows if each is not None)
    if 4 * mixed.size > low.size or 8 * n_elements * mixed.size > blocks.MAX_INPUT_BLOCK_BYTES:
        return None
    if mixed.size:
        if not isinstance(counts, int):
            counts = np.broadcast_to(counts, low.shape).reshape(-1)[mixed]
        low.put(mixed, select(gather_windows(keys, windows, mixed, low.shape, highest), counts))
    return low


def _reducers(windows: Windows) -> list[AxisReducer]:
    return [AxisReducer(dim, each) for dim, each in enumerate(windows) if each is not None]


def _is_2x2(axis_block: AxisBlock, size: int) -> bool:
    """Return whether windows of two elements lie side by side and fill the block along an axis."""
    axis, n_windows = axis_block.axis, axis_block.out_range[1] - axis_block.out_range[0]
    is_pair = axis.kernel_size == axis.stride == 2 and axis.dilation == 1 and not axis.is_adaptive
    return is_pair and axis_block.complete_windows == axis_block.out_range and size == 2 * n_windows


def plan_2x2(
    shape: tuple[int, ...], dtype: DType, windows: Windows, select: Select
) -> Callable[[Array, Array | None], Array | None] | None:
    """Plan the selection from windows of 2 by 2 elements that lie side by side.

    A window whose rows are equal has two elements twice, or one four times. The smaller of the two
    is the most frequent one, the smallest if there are several. Other windows are gathered.

    Parameters
    ----------
    shape, dtype : tuple of int, dtype
        Of the keys of a block of the input.
    windows : sequence of AxisBlock or None
        As in `most_frequent_labels`.
    select : callable
        See `Select`.

    Returns
    -------
    callable or None
        Takes keys and `out`, and returns the result of `most_frequent_labels`. None for other
        windows.

    Examples
    --------
    >>> from poolcli.core.axis import Axis
    >>> windows = [AxisBlock(Axis(2 * n, n, 2, 2), (0, n), (0, 2 * n)) for n in (1, 2)]
    >>> keys = np.array([[3, 2, 1, 7], [3, 2, 1, 7]])
    >>> plan_2x2((2, 4), keys.dtype, windows, lambda keys, counts: keys[0])(keys, None)
    array([[2, 1]])
    """
    pairs = [(dim, each) for dim, each in enumerate(windows) if each is not None]
    if len(pairs) != 2 or not all(_is_2x2(each, shape[dim]) for dim, each in pairs):
        return None
    (rows, _), (columns, columns_block) = pairs
    out_shape = tuple(
        size if each is None else size // 2 for size, each in zip(shape, windows, strict=True)
    )
    channels = math.prod(shape[columns + 1 :])
    n_rows, n_pairs = math.prod(out_shape[: rows + 1]), math.prod(out_shape[rows + 1 : columns + 1])
    length = 2 * n_pairs * channels
    corner_offsets = np.array([[0], [channels], [length], [length + channels]])
    out_pixels = n_rows, n_pairs, channels
    find_mixed = _plan_mixed(out_pixels, columns_block.axis)
    take_smaller = _plan_smaller(out_pixels, columns_block.axis, dtype)

    def select_2x2(keys: Array, out: Array | None) -> Array | None:
        keys = np.ascontiguousarray(keys).reshape(n_rows, 2, length)
        if out is None:
            out = np.empty(out_shape, dtype)
        is_mixed = find_mixed(keys[:, 0], keys[:, 1])
        n_mixed = np.count_nonzero(is_mixed)
        if 4 * n_mixed > is_mixed.size:
            return None
        take_smaller(keys[:, 0], out)
        if n_mixed:
            mixed = np.flatnonzero(is_mixed)
            pair, channel = (mixed, 0) if channels == 1 else np.divmod(mixed, channels)
            first = (pair + pair // n_pairs * n_pairs) * (2 * channels) + channel
            out.put(mixed, select(keys.reshape(-1).take(corner_offsets + first), 4))
        return out

    return select_2x2


def _plan_mixed(out_pixels: tuple[int, int, int], axis: Axis) -> Callable[[Array, Array], Array]:
    """Plan the search for windows whose rows differ.

    Parameters
    ----------
    out_pixels : (int, int, int)
        The numbers of rows of windows, of windows of a row, and of channels.
    axis : Axis
        The windows along a row.

    Returns
    -------
    callable
        Takes the upper and the lower rows of the windows, and returns a mask of windows.
    """
    n_rows, n_pairs, channels = out_pixels
    row_differs = np.empty((n_rows, 2 * n_pairs, channels), np.bool_)
    is_mixed = np.empty(out_pixels, np.bool_)
    flat_rows = row_differs.reshape(n_rows, -1)
    flat_pairs, flat_mixed = flat_rows.view(np.uint16), is_mixed.reshape(n_rows, -1)
    reduce_pairs = plan_complete_windows(np.logical_or, row_differs, 1, axis, 0, is_mixed)

    def find_mixed(upper: Array, lower: Array) -> Array:
        np.not_equal(upper, lower, out=flat_rows)
        if channels == 1:  # the masks of a pair are one integer
            np.not_equal(flat_pairs, 0, out=flat_mixed)
        else:
            reduce_pairs(row_differs, is_mixed)
        return is_mixed

    return find_mixed


def _plan_smaller(
    out_pixels: tuple[int, int, int], axis: Axis, dtype: DType
) -> Callable[[Array, Array], None]:
    """Plan the minima of pairs of pixels.

    Parameters
    ----------
    out_pixels, axis
        As in `_plan_mixed`.
    dtype : dtype
        The dtype of keys.

    Returns
    -------
    callable
        Takes the upper rows of the windows, and an array for the minima.
    """
    n_rows, n_pairs, channels = out_pixels
    in_pixels, out_rows = (n_rows, 2 * n_pairs, channels), (n_rows, n_pairs * channels)
    if channels * dtype.itemsize < 8:  # an integer is as wide as two pixels
        smaller = np.empty((n_rows, 2 * n_pairs * channels), dtype)
        take = plan_take_every_nth(smaller, channels, 0, 2, np.empty(out_rows, dtype))

        def take_smaller(rows: Array, out: Array) -> None:
            np.minimum(rows[:, :-channels], rows[:, channels:], out=smaller[:, :-channels])
            take(out.reshape(out_rows))

        return take_smaller
    # Every second row of an array, as the upper rows of windows are.
    like_rows = np.empty((n_rows, 2, 2 * n_pairs * channels), dtype)[:, 0].reshape(in_pixels)
    like_out = np.empty(out_pixels, dtype)
    reduce_pairs = plan_complete_windows(np.minimum, like_rows, 1, axis, 0, like_out)
    return lambda rows, out: reduce_pairs(rows.reshape(in_pixels), out.reshape(out_pixels))
