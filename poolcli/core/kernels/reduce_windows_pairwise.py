"""Reduction of windows along one axis in pairwise order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array
from poolcli.core.kernels.combine_overlapping_windows import (
    combine_overlapping_windows,
    sharing_saves_work,
)
from poolcli.core.kernels.combine_pairwise import combine_all, combine_taps, combine_tiles
from poolcli.core.kernels.combine_sliding_windows import combine_sliding_windows
from poolcli.core.kernels.kernel_input_and_result import State, assign_state, slice_state
from poolcli.core.kernels.pairwise_order import (
    GROUP_ELEMENTS,
    Addition,
    Combine,
    group_elements,
    max_calls,
)
from poolcli.core.taps import AxisBlock, AxisIndex, index_on_axis


def reduce_pairwise(
    state: State, dim: int, axis_block: AxisBlock, identities: Sequence[object], combine: Combine
) -> State:
    """Reduce several arrays together along one axis, in pairwise order.

    Parameters
    ----------
    state : tuple of ndarray
        Arrays of one shape.
    dim : int
        The axis to reduce.
    axis_block : AxisBlock
        The windows along `dim`, and the range of elements that the state holds.
    identities : sequence of scalar
        The state of a window without elements, one scalar for each array.
    combine : callable
        Takes two states of one shape and the number of elements that they stand for together.
        Returns the combined state.

    Returns
    -------
    tuple of ndarray
        Of the dtypes of `state` or of the `Addition`, with one element per window along `dim`.
    """
    shape = list(state[0].shape)
    shape[dim] = axis_block.out_range[1] - axis_block.out_range[0]
    dtypes = [combine.dtype if isinstance(combine, Addition) else array.dtype for array in state]
    out = tuple(np.empty(shape, dtype) for dtype in dtypes)
    low, high = axis_block.complete_windows
    if low < high:
        complete = index_on_axis(
            dim, slice(low - axis_block.out_range[0], high - axis_block.out_range[0])
        )
        reduced = reduce_complete(state, dim, axis_block, low, high - low, combine)
        assign_state(out, complete, reduced)
    reduce_incomplete(out, state, dim, axis_block, identities, combine)
    return out


def reduce_complete(
    state: State, dim: int, axis_block: AxisBlock, low: int, n_windows: int, combine: Combine
) -> State:
    """Reduce windows that have all their elements in the state.

    Of several ways with the same order of operations it takes the one with the least work: tiles,
    every position, window by window, or tap by tap.

    Parameters
    ----------
    state, dim, axis_block, combine
        As in `reduce_pairwise`.
    low : int
        The first window.
    n_windows : int
        The number of windows.

    Returns
    -------
    tuple of ndarray
        Of length `n_windows` along `dim`.
    """
    axis = tiled_if_single(axis_block.axis, n_windows)
    kernel, stride, dilation = axis.kernel_size, axis.stride, axis.dilation
    first = axis_block.axis.first_position(low) - axis_block.in_range[0]
    length = (n_windows - 1) * stride + 1
    if stride == kernel and dilation == 1:
        tiles = slice_state(state, dim, slice(first, first + n_windows * kernel))
        return combine_tiles(tiles, dim, kernel, combine)
    group = GROUP_ELEMENTS
    if stride * (min(kernel, group) + kernel.bit_length()) < kernel + group < kernel * group:
        elements = slice_state(state, dim, slice(first, first + length + (kernel - 1) * dilation))
        every = combine_sliding_windows(elements, dim, kernel, dilation, combine)
        return slice_state(every, dim, slice(0, length, stride))
    if n_windows * max_calls(kernel) < kernel:
        starts = range(first, first + length, stride)
        spans = [slice(begin, begin + (kernel - 1) * dilation + 1, dilation) for begin in starts]
        parts = [slice_state(state, dim, span) for span in spans]
        windows = [combine_all(each, dim, combine) for each in parts]
        return tuple(np.concatenate(arrays, axis=dim) for arrays in zip(*windows, strict=True))

    def tap(i: int) -> State:
        begin = first + i * dilation
        return slice_state(state, dim, slice(begin, begin + length, stride))

    return combine_taps(tap, 0, kernel, combine)


def reduce_incomplete(
    out: State,
    state: State,
    dim: int,
    axis_block: AxisBlock,
    identities: Sequence[object],
    combine: Combine,
) -> None:
    """Reduce the windows that lack elements or differ in length.

    Parameters
    ----------
    out : tuple of ndarray
        Receives the results: arrays with one element per window of the block along `dim`. Complete
        windows are not written.
    state, dim, axis_block, identities, combine
        As in `reduce_pairwise`.
    """
    can_share = group_elements(combine) == GROUP_ELEMENTS
    dilation, row_elements = axis_block.axis.dilation, state[0].size // max(state[0].shape[dim], 1)
    for outs, begins, sizes in _incomplete_windows(axis_block):
        empty = sizes == 0
        if empty.any():
            assign_state(out, index_on_axis(dim, outs[empty]), identities)
            outs, begins, sizes = outs[~empty], begins[~empty], sizes[~empty]
        if not sizes.size:
            continue
        if can_share and sharing_saves_work(begins, sizes, dilation, row_elements):
            combine_overlapping_windows(state, dim, begins, sizes, dilation, combine, out, outs)
            continue
        for size in np.unique(sizes).tolist():
            is_size = sizes == size
            _reduce_equal(out, state, dim, outs[is_size], begins[is_size], size, dilation, combine)


def _reduce_equal(
    out: State,
    state: State,
    dim: int,
    outs: Array,
    begins: Array,
    size: int,
    dilation: int,
    combine: Combine,
) -> None:
    """Reduce windows of one size, one by one or all of them tap by tap."""
    if len(outs) * max_calls(size) < size:
        for at, begin in zip(outs.tolist(), begins.tolist(), strict=True):
            span = slice(begin, begin + (size - 1) * dilation + 1, dilation)
            window = combine_all(slice_state(state, dim, span), dim, combine)
            assign_state(out, index_on_axis(dim, slice(at, at + 1)), window)
        return
    first = _regular_slice(begins)
    if isinstance(first, slice) and size <= GROUP_ELEMENTS:
        start, stop, step = first.start, first.stop, first.step

        def tap(i: int) -> State:
            shift = i * dilation
            return slice_state(state, dim, slice(start + shift, stop + shift, step))

        reduced = combine_taps(tap, 0, size, combine)
    else:  # copied side by side: one call combines many rows then
        places = np.add.outer(begins, np.arange(size) * dilation).reshape(-1)
        tiles = tuple(array.take(places, axis=dim) for array in state)
        reduced = combine_tiles(tiles, dim, size, combine)
    assign_state(out, index_on_axis(dim, _regular_slice(outs)), reduced)


def _regular_slice(numbers: Array) -> AxisIndex:
    """Return numbers as a slice, which indexes faster, if they ascend in equal steps."""
    step = max(int(numbers[-1] - numbers[0]) // max(len(numbers) - 1, 1), 1)
    if (np.diff(numbers) == step).all():
        return slice(int(numbers[0]), int(numbers[-1]) + 1, step)
    return numbers


def tiled_if_single(axis: Axis, n_windows: int) -> Axis:
    """Return the axis, with the kernel size as stride for a single window without dilation.

    The stride of a single window has no meaning. If it equals the kernel size, the fast way for
    tiles is taken.

    Parameters
    ----------
    axis : Axis
    n_windows : int
        The number of windows to reduce.
    """
    is_tile = n_windows == 1 and axis.dilation == 1
    return axis._replace(stride=axis.kernel_size) if is_tile else axis


def _incomplete_windows(axis_block: AxisBlock) -> Iterator[tuple[Array, Array, Array]]:
    """Yield the incomplete windows before the complete ones, and those after them.

    The arrays are: the outputs, counted from the first of the block; the windows' first elements,
    counted from the first element of the block; the numbers of elements in the block.
    """
    axis, (start, stop), (low, high) = axis_block.axis, axis_block.out_range, axis_block.in_range
    first, end = axis_block.complete_windows
    ranges = [(start, first), (end, stop)] if first < end else [(start, stop)]
    for outs in (np.arange(*each) for each in ranges if each[0] < each[1]):
        begins = axis.first_position(outs)
        begins = begins + np.maximum(0, -((begins - low) // axis.dilation)) * axis.dilation
        lasts = np.minimum(axis.last_position(outs), high - 1)
        sizes = np.maximum(0, (lasts - begins) // axis.dilation + 1)
        yield outs - start, begins - low, sizes
