"""Reductions of windows along one axis: the operation that separable kernels repeat per axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.kernel_base import State
from poolcli.core.kernels.pairwise_order import Addition
from poolcli.core.kernels.reduce_unpadded_windows import is_tiled, reduce_strided, reduce_tiles
from poolcli.core.kernels.reduce_windows_pairwise import reduce_incomplete, tiled_if_single
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, AxisIndex, index_on_axis, taps, window_slices


def reduce_axis(
    ufunc: np.ufunc, block: Array, dim: int, axis_block: AxisBlock, identity: object, dtype: DType
) -> Array:
    """Reduce the elements of each window along one axis with a ufunc.

    Floats are added in pairwise order (see `poolcli.core.kernels.pairwise_order`). For other
    ufuncs and dtypes the order of elements has no effect on the result.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add`, `logical_or`; associative and commutative except for rounding.
    block : ndarray
        A block of the input, or of the result of reducing another axis.
    dim : int
        The axis to reduce.
    axis_block : AxisBlock
        The windows along `dim`, and the range of elements that the block holds.
    identity : scalar
        The result of a window without elements.
    dtype : dtype
        The dtype to accumulate in, and the result's.

    Returns
    -------
    ndarray
        Of the block's shape, but with one element per window along `dim`.

    Examples
    --------
    >>> from poolcli.core.axis import Axis
    >>> axis_block = AxisBlock(Axis(size=5, out_size=2, kernel_size=3, stride=2), (0, 2), (0, 5))
    >>> reduce_axis(np.add, np.array([1, 2, 3, 4, 5]), 0, axis_block, 0, np.dtype(np.int64))
    array([ 6, 12])
    """
    axis, out_range, (low, high) = (
        axis_block.axis,
        axis_block.out_range,
        axis_block.complete_windows,
    )
    shape = list(block.shape)
    shape[dim] = out_range[1] - out_range[0]
    out = np.empty(shape, dtype)
    is_rounded = ufunc is np.add and dtype.kind in "fc"
    if axis_block.prefers_window_slices and not is_rounded:
        if is_tiled(axis) and (low, high) == out_range:
            reduce_tiles(ufunc, block, dim, axis.kernel_size, out)
        else:
            _reduce_spans(ufunc, block, dim, axis_block, identity, out)
        return out
    if low < high:
        complete = _window_range(out, dim, axis_block, low, high)
        first = axis.first_position(low) - axis_block.in_range[0]
        complete_axis = tiled_if_single(axis, high - low) if is_rounded else axis
        reduce_strided(ufunc, block, dim, complete_axis, first, complete)
    if is_rounded:
        reduce_incomplete((out,), (block,), dim, axis_block, (identity,), Addition(dtype))
        return out
    borders = [(out_range[0], low), (high, out_range[1])] if low < high else [out_range]
    for start, stop in borders:
        if start < stop:
            border = AxisBlock(axis, (start, stop), axis_block.in_range)
            target = _window_range(out, dim, axis_block, start, stop)
            _reduce_taps(ufunc, block, dim, border, identity, target)
    return out


def _window_range(out: Array, dim: int, axis_block: AxisBlock, start: int, stop: int) -> Array:
    """Return a view of the results of the windows from `start` to `stop`."""
    first = axis_block.out_range[0]
    return out[index_on_axis(dim, slice(start - first, stop - first))]


def _reduce_spans(
    ufunc: np.ufunc, block: Array, dim: int, axis_block: AxisBlock, identity: object, out: Array
) -> None:
    """Reduce the windows one by one."""
    for at, span in window_slices(axis_block):
        target = out[index_on_axis(dim, slice(at, at + 1))]
        if span.start < span.stop:
            window = block[index_on_axis(dim, span)]
            ufunc.reduce(window, axis=dim, dtype=out.dtype, out=target, keepdims=True)
        else:
            target[...] = identity


def _reduce_taps(
    ufunc: np.ufunc, block: Array, dim: int, axis_block: AxisBlock, identity: object, out: Array
) -> None:
    """Reduce all windows at once, tap by tap; they may lack elements or differ in length."""
    is_first = True
    for outs, ins in taps(axis_block):
        target, elements = index_on_axis(dim, outs), block[index_on_axis(dim, ins)]
        if is_first:
            _fill_windows_without(outs, out, dim, identity)
            out[target] = elements
            is_first = False
        elif isinstance(outs, slice):
            ufunc(out[target], elements, out=out[target], dtype=out.dtype)
        else:
            out[target] = ufunc(out[target], elements, dtype=out.dtype)


def _fill_windows_without(outs: AxisIndex, out: Array, dim: int, identity: object) -> None:
    """Write the identity to the windows outside `outs`, which lack the first tap."""
    if isinstance(outs, slice):
        out[index_on_axis(dim, slice(0, outs.start))] = identity
        out[index_on_axis(dim, slice(outs.stop, None))] = identity
    else:
        out[...] = identity


@dataclass(frozen=True, slots=True)
class SumSteps:
    """The steps `reduce` and `merge` of modes whose states are sums (see `separable.Reduction`).

    Attributes
    ----------
    recipe : Recipe
    dtypes : tuple of dtype
        The dtypes of the state's arrays once an axis is reduced; may be longer than the state.
    """

    recipe: Recipe
    dtypes: tuple[DType, ...]

    def reduce(self, state: State, dim: int, axis_block: AxisBlock) -> State:
        return sum_axis(state, dim, axis_block, self.dtypes)

    def merge(self, state: State, other: State) -> State:
        return tuple(np.add(a, b) for a, b in zip(state, other, strict=True))


def sum_axis(state: State, dim: int, axis_block: AxisBlock, dtypes: Sequence[DType]) -> State:
    """Sum each array of a state along one axis.

    Parameters
    ----------
    state : tuple of ndarray
    dim, axis_block
        As in `reduce_axis`.
    dtypes : sequence of dtype
        The dtype to sum each array in; may be longer than the state.

    Returns
    -------
    tuple of ndarray
        With one element per window along `dim`.
    """
    return tuple(
        reduce_axis(np.add, array, dim, axis_block, 0, dtype)
        for array, dtype in zip(state, dtypes, strict=False)
    )
