"""Binomial sums of windows along one axis, by repeated addition of pairs of neighbours.

Adding neighbours once gives the weights 1 1, twice 1 2 1, and so on, as in Pascal's triangle. The
order of the additions depends on the kernel size alone; absent elements count as zeros.
"""

from __future__ import annotations

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.binomial_weight_sums import present_taps, window_sizes
from poolcli.core.taps import AxisBlock, index_on_axis

MAX_KERNEL_SIZE = 8
"""Larger kernels take fewer operations element by element. Windows of up to this size are never
read in parts, because they are at most one group of `pairwise_order`."""

MAX_CHANNELS = 8
"""The largest number of elements at each position of the axis that are added channel by channel."""


def binomial_sums(block: Array, dim: int, axis_block: AxisBlock, dtype: DType) -> Array:
    """Return the binomial sum of each window along one axis.

    Parameters
    ----------
    block : ndarray
        The elements.
    dim : int
        The axis.
    axis_block : AxisBlock
        The windows along `dim`, and the range of elements that the block holds. If floats are added
        it holds all that the windows have, at most `MAX_KERNEL_SIZE`.
    dtype : dtype
        The dtype to add in.

    Returns
    -------
    ndarray
        Of the dtype `dtype`, with one element per window along `dim`.

    Examples
    --------
    >>> from poolcli.core.axis import Axis
    >>> axis_block = AxisBlock(Axis(5, out_size=2, kernel_size=3, stride=2), (0, 2), (0, 5))
    >>> binomial_sums(np.array([1, 2, 3, 4, 5]), 0, axis_block, np.dtype(np.int64))
    array([ 8, 16])
    """
    axis, (first, stop) = axis_block.axis, axis_block.out_range
    low, high = axis_block.complete_windows
    shape = list(block.shape)
    shape[dim] = stop - first
    out: Array = np.empty(shape, dtype)
    if low < high:
        begin = axis.first_position(low) - axis_block.in_range[0]
        length = (high - low - 1) * axis.stride + 1
        extent = (axis.kernel_size - 1) * axis.dilation
        elements = block[index_on_axis(dim, slice(begin, begin + length + extent))]
        target = out[index_on_axis(dim, slice(low - first, high - first))]
        _add_complete(elements, dim, axis.kernel_size, axis.dilation, axis.stride, target)
    else:
        low = high = first
    _add_others(block, dim, axis_block, np.array([*range(first, low), *range(high, stop)]), out)
    return out


def _add_complete(
    elements: Array, dim: int, kernel: int, distance: int, stride: int, out: Array
) -> None:
    """Write the sums of windows that begin every `stride` positions."""
    every_window = index_on_axis(dim, slice(None, None, stride))
    if kernel == 1:
        out[...] = elements[every_window]
        return
    before, after = (index_on_axis(dim, each) for each in _neighbours(distance))
    for _ in range(kernel - 2):
        elements = np.add(elements[before], elements[after], dtype=out.dtype)
    first, second = elements[before][every_window], elements[after][every_window]
    if stride > 1 and dim == out.ndim - 2 and out.shape[-1] <= MAX_CHANNELS:
        # NumPy's inner loop would run along the channels.
        for channel in range(out.shape[-1]):
            target = out[..., channel]
            np.add(first[..., channel], second[..., channel], out=target, dtype=out.dtype)
        return
    np.add(first, second, out=out, dtype=out.dtype)


def _neighbours(distance: int) -> tuple[slice, slice]:
    """Return the slices of all elements that have a neighbour, and of the neighbours."""
    return slice(None, -distance), slice(distance, None)


def _add_others(block: Array, dim: int, axis_block: AxisBlock, windows: Array, out: Array) -> None:
    """Write the sums of windows that lack elements or differ in size."""
    axis, (low, high) = axis_block.axis, axis_block.in_range
    if low == high:
        out[index_on_axis(dim, windows - axis_block.out_range[0])] = 0
        return
    sizes = window_sizes(axis, windows)
    for kernel in np.unique(sizes).tolist():
        group = windows[sizes == kernel]
        starts, stops = present_taps(axis, group, low, high)
        taps = np.arange(kernel)
        positions = np.add.outer(axis.first_position(group) - low, taps * axis.dilation)
        is_present = (taps >= starts[:, None]) & (taps < stops[:, None])
        elements = block.take(np.where(is_present, positions, 0).reshape(-1), axis=dim)
        elements = elements.astype(out.dtype, copy=False)
        absent = index_on_axis(dim, np.flatnonzero(~is_present))
        elements[absent] = -out.dtype.type(0)  # negative zero changes no float, not even itself
        shape = (*out.shape[:dim], len(group), kernel, *out.shape[dim + 1 :])
        sums: Array = np.empty((*shape[: dim + 1], 1, *shape[dim + 2 :]), out.dtype)
        _add_complete(elements.reshape(shape), dim + 1, kernel, 1, 1, sums)
        out[index_on_axis(dim, group - axis_block.out_range[0])] = sums.squeeze(dim + 1)
