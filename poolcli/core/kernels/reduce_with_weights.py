"""Weighted sums of windows along one axis; the weight of an element depends on its place.

Sums of rounded floats are taken in pairwise order (see `poolcli.core.kernels.pairwise_order`), so
that windows may be read in parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.binomial_weight_sums import present_taps, window_sizes
from poolcli.core.kernels.combine_pairwise import combine_all, combine_taps
from poolcli.core.kernels.kernel_input_and_result import State, assign_state, slice_state
from poolcli.core.kernels.pairwise_order import (
    GROUP_ELEMENTS,
    Addition,
    Combine,
    largest_power_of_two,
    max_calls,
)
from poolcli.core.kernels.reduction_protocol import Reduction
from poolcli.core.taps import AxisBlock, index_on_axis


@runtime_checkable
class WeightedReduction(Reduction, Protocol):
    """The steps of a mode in which the weight of an element depends on its place."""

    def weigh(
        self,
        state: State,
        kernel: int,
        start: int,
        stop: int,
        shape: tuple[int, ...],
        out: Array | None = None,
    ) -> State:
        """Return elements times the weights that they have along one axis.

        Parameters
        ----------
        state : tuple of ndarray
            The elements.
        kernel : int
            The kernel size along the axis.
        start, stop : int
            The range of taps that the elements are.
        shape : tuple of int
            The shape of the weights that broadcasts against the elements; -1 stands for the length
            of the range.
        out : ndarray, optional
            Receives the products of a state of one array.

        Returns
        -------
        tuple of ndarray
            New arrays, or `out`.
        """


def reduce_with_weights(
    state: State,
    dim: int,
    axis_block: AxisBlock,
    steps: WeightedReduction,
    combine: Combine,
    out: State,
    identities: Sequence[object],
) -> None:
    """Write the weighted sums of windows along one axis.

    Parameters
    ----------
    state : tuple of ndarray
        Arrays of one shape.
    dim : int
        The axis.
    axis_block : AxisBlock
        The windows along `dim`, and the range of elements that the state holds.
    steps : WeightedReduction
        The steps of the mode.
    combine : callable
        See `pairwise_order.Combine`.
    out : tuple of ndarray
        Receives the sums: arrays with one element per window along `dim`.
    identities : sequence of scalar
        The state of a window without elements, one scalar for each array.
    """
    axis, (first, stop) = axis_block.axis, axis_block.out_range
    low, high = axis_block.complete_windows
    n_complete, kernel = high - low, axis.kernel_size
    shape = tuple(-1 if at == dim else 1 for at in range(state[0].ndim))
    if n_complete * max_calls(kernel) < kernel:
        low = high = first  # one by one
    if low < high:
        reduced = _reduce_complete(state, dim, axis_block, steps, combine)
        assign_state(out, index_on_axis(dim, slice(low - first, high - first)), reduced)
    windows = np.array([*range(first, low), *range(high, stop)])
    for kernel, start, n_elements, group in _equal_windows(axis_block, windows):
        target = index_on_axis(dim, group - first)
        if not n_elements:
            assign_state(out, target, identities)
            continue
        begins = axis.first_position(group) - axis_block.in_range[0] + start * axis.dilation
        positions = np.add.outer(begins, np.arange(n_elements) * axis.dilation)
        if len(group) == 1:
            begin, end = int(positions[0, 0]), int(positions[0, -1]) + 1
            elements = slice_state(state, dim, slice(begin, end, axis.dilation))
            terms = steps.weigh(elements, kernel, start, start + n_elements, shape)
            assign_state(out, target, combine_all(terms, dim, combine))
            continue
        elements = tuple(array.take(positions.reshape(-1), axis=dim) for array in state)
        assign_state(
            out, target, _reduce_tiles(elements, dim, kernel, start, n_elements, steps, combine)
        )


def reduce_array_with_weights(
    array: Array, dim: int, axis_block: AxisBlock, steps: WeightedReduction, dtype: DType
) -> Array:
    """Return the weighted sums of windows along one axis, of one array.

    Parameters
    ----------
    array : ndarray
        The elements.
    dim, axis_block, steps
        As in `reduce_with_weights`.
    dtype : dtype
        The dtype to add in.

    Returns
    -------
    ndarray
        A new array with one element per window along `dim`.
    """
    shape = list(array.shape)
    shape[dim] = axis_block.out_range[1] - axis_block.out_range[0]
    out: Array = np.empty(shape, dtype)
    elements = array.astype(dtype, copy=False)  # once, not for each tap
    reduce_with_weights((elements,), dim, axis_block, steps, Addition(dtype), (out,), (0,))
    return out


def _reduce_complete(
    state: State, dim: int, axis_block: AxisBlock, steps: WeightedReduction, combine: Combine
) -> State:
    """Return the weighted sums of the windows that have all their elements in the state."""
    axis, (low, high) = axis_block.axis, axis_block.complete_windows
    kernel, stride, dilation = axis.kernel_size, axis.stride, axis.dilation
    begin = axis.first_position(low) - axis_block.in_range[0]
    if stride == kernel and dilation == 1:
        elements = slice_state(state, dim, slice(begin, begin + (high - low) * kernel))
        return _reduce_tiles(elements, dim, kernel, 0, kernel, steps, combine)
    length = (high - low - 1) * stride + 1
    shape = (1,) * state[0].ndim

    def tap(i: int, out: Array | None = None) -> State:
        at = begin + i * dilation
        elements = slice_state(state, dim, slice(at, at + length, stride))
        return steps.weigh(elements, kernel, i, i + 1, shape, out)

    if isinstance(combine, Addition):
        (first,) = slice_state(state, dim, slice(begin, begin + length, stride))
        buffer = np.empty(first.shape, combine.dtype)
        return (_add_taps(lambda i, out: tap(i, out)[0], 0, kernel, buffer),)
    return combine_taps(tap, 0, kernel, combine)


def _add_taps(
    tap: Callable[[int, Array | None], Array], first: int, size: int, buffer: Array
) -> Array:
    """Add some consecutive taps as `combine_taps` does, but with one array for all products."""
    if size > GROUP_ELEMENTS:
        half = GROUP_ELEMENTS * largest_power_of_two((size - 1) // GROUP_ELEMENTS)
        total = _add_taps(tap, first, half, buffer)
        total += _add_taps(tap, first + half, size - half, buffer)
        return total
    total = tap(first, None)
    for i in range(first + 1, first + size):
        total += tap(i, buffer)
    return total


def _reduce_tiles(
    elements: State,
    dim: int,
    kernel: int,
    start: int,
    n_elements: int,
    steps: WeightedReduction,
    combine: Combine,
) -> State:
    """Return the weighted sums of windows that lie side by side, and of which taps are present."""
    shape = list(elements[0].shape)
    shape[dim : dim + 1] = [shape[dim] // n_elements, n_elements]
    tiles = tuple(array.reshape(shape) for array in elements)
    weight_shape = tuple(-1 if at == dim + 1 else 1 for at in range(len(shape)))
    terms = steps.weigh(tiles, kernel, start, start + n_elements, weight_shape)
    return tuple(array.squeeze(dim + 1) for array in combine_all(terms, dim + 1, combine))


def _equal_windows(axis_block: AxisBlock, windows: Array) -> Iterator[tuple[int, int, int, Array]]:
    """Yield groups of windows of which the same taps are in memory.

    The entries are the kernel size, the first tap, the number of taps, and the windows.
    """
    axis = axis_block.axis
    sizes = window_sizes(axis, windows)
    starts, stops = present_taps(axis, windows, *axis_block.in_range)
    groups: dict[tuple[int, int, int], list[int]] = {}
    keys = zip(sizes.tolist(), starts.tolist(), (stops - starts).tolist(), strict=True)
    for window, key in zip(windows.tolist(), keys, strict=True):
        groups.setdefault(key, []).append(window)
    for (kernel, start, n_elements), group in groups.items():
        yield kernel, start, n_elements, np.array(group)
