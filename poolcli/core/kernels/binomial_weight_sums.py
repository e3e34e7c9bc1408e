"""The elements of windows that are present, and the sums of their binomial weights."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array, DType
from poolcli.core.footprint_mask import sums_over_existing_taps
from poolcli.core.kernels.binomial_weights import float_weights, integer_weights
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.taps import AxisBlock

CHUNK_ELEMENTS = 1 << 20
"""The number of weights that are computed at a time."""


def present_taps(axis: Axis, windows: Array, low: int, high: int) -> tuple[Array, Array]:
    """Return the range of elements of each window that lie in a range of positions.

    Parameters
    ----------
    axis : Axis
        The windows of the axis.
    windows : ndarray of int
        The numbers of the windows.
    low, high : int
        The range of positions.

    Returns
    -------
    start, stop : ndarray of int64
        The first element, and the one after the last; equal if there are none.

    Examples
    --------
    >>> present_taps(Axis(5, out_size=3, kernel_size=3, stride=2, pad_before=1), np.arange(3), 0, 5)
    (array([1, 0, 0]), array([3, 3, 2]))
    """
    first, last = axis.first_position(windows), axis.last_position(windows)
    start: Array = np.maximum(0, -((first - low) // axis.dilation))
    stop: Array = (np.minimum(last, high - 1) - first) // axis.dilation + 1
    return start, np.maximum(start, stop)


def window_sizes(axis: Axis, windows: Array) -> Array:
    """Return the number of elements of each window, with those in the padding."""
    sizes: Array = (axis.last_position(windows) - axis.first_position(windows)) // axis.dilation + 1
    return sizes


def weight_sums(axis_block: AxisBlock, dtype: DType) -> Array:
    """Return the sum of the weights of each window's elements on the axis.

    Parameters
    ----------
    axis_block : AxisBlock
        The windows of a block.
    dtype : dtype
        An integer dtype for sums of binomial coefficients, a float dtype for sums of
        `float_weights`.

    Returns
    -------
    ndarray
        Of the dtype `dtype`.

    Examples
    --------
    >>> axis = Axis(5, out_size=3, kernel_size=3, stride=2, pad_before=1)
    >>> weight_sums(AxisBlock(axis, (0, 3), (0, 5)), np.dtype(np.int64))
    array([3, 4, 3])
    """
    axis, windows = axis_block.axis, np.arange(*axis_block.out_range)
    starts, stops = present_taps(axis, windows, 0, axis.size)
    sizes = window_sizes(axis, windows)
    ranges = zip(sizes.tolist(), starts.tolist(), stops.tolist(), strict=True)
    return np.array([_weight_sum(*each, dtype) for each in ranges], dtype)


@lru_cache(maxsize=1 << 14)
def _weight_sum(kernel_size: int, start: int, stop: int, dtype: DType) -> Any:
    """Return the sum of a range of the weights of a window; see `weight_sums`."""
    if dtype.kind == "i":
        return sum(integer_weights(kernel_size)[start:stop])
    if stop - start == kernel_size > 1:
        return 0.5
    parts = (
        float_weights(kernel_size, begin, min(begin + CHUNK_ELEMENTS, stop), dtype).sum()
        for begin in range(start, stop, CHUNK_ELEMENTS)
    )
    return sum(parts, dtype.type(0))


def broadcast_weight_sums(plan: BlockPlan, dtype: DType) -> int | Array:
    """Return the sum of the weights of each window of a block if no element is ignored.

    Parameters
    ----------
    plan : BlockPlan
        The windows of the block.
    dtype : dtype
        See `weight_sums`.

    Returns
    -------
    int, or ndarray of the dtype
        An int if it is the same for all windows, else an array that broadcasts against the block.
    """
    if plan.recipe.footprint is not None:
        return _footprint_weight_sums(plan.recipe.footprint, plan, dtype)
    total: int | Array = 1
    for dim, windows in enumerate(plan.windows):
        if windows is None:
            continue
        sums = weight_sums(windows, dtype)
        if dtype.kind == "i" and isinstance(total, int) and (sums == sums[0]).all():
            total *= int(sums[0])
        else:
            total = total * sums.reshape(
                [-1 if at == dim else 1 for at in range(len(plan.windows))]
            )
    return total


def _footprint_weight_sums(footprint: Array, plan: BlockPlan, dtype: DType) -> Array:
    """Return the sum of the weights of each window's elements in a footprint."""
    weights = footprint.astype(dtype)
    for dim, windows in enumerate(plan.windows):
        if windows is not None:
            kernel = windows.axis.kernel_size
            along_axis = (
                np.array(integer_weights(kernel), dtype)
                if dtype.kind == "i"
                else float_weights(kernel, 0, kernel, dtype)
            )
            weights = weights * along_axis.reshape(
                [-1 if at == dim else 1 for at in range(weights.ndim)]
            )
    return sums_over_existing_taps(weights, plan.windows, padded=False)
