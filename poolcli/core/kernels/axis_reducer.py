"""Reduction of all windows along one axis with a ufunc, which kernels repeat axis by axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.adaptive_windows import plan_adaptive_windows
from poolcli.core.kernels.complete_windows import plan_complete_windows
from poolcli.core.kernels.kernel_input_and_result import State
from poolcli.core.kernels.pairwise_order import GROUP_ELEMENTS, Addition, Combine
from poolcli.core.kernels.reduce_windows_pairwise import (
    reduce_incomplete,
    reduce_pairwise,
    tiled_if_single,
)
from poolcli.core.kernels.sliding_windows import Reduce, is_rounded_sum
from poolcli.core.kernels.windows_of_rows import is_tiled, reduce_tiles
from poolcli.core.kernels.windows_tap_by_tap import plan_tap_by_tap
from poolcli.core.taps import (
    AxisBlock,
    AxisIndex,
    element_counts,
    index_on_axis,
    window_slices,
)

MAX_BORDER_TAPS = 32
"""Windows at the border with more taps are combined together, whatever the ufunc: they share their
groups, which takes fewer calls."""


class _Plan(NamedTuple):
    """The plan of a reduction for blocks of one memory layout."""

    strides: tuple[int, ...]
    reduce: Reduce
    out: Array


class AxisReducer:
    """The reduction of the windows of one axis, in blocks of one shape.

    What is decided for the first block is kept for all further blocks: NumPy calls, scratch memory
    and the views of it. A thread has reducers of its own.

    Parameters
    ----------
    dim : int
        The axis to reduce.
    axis_block : AxisBlock
        The windows along `dim`, and the range of elements that blocks hold. Windows may have no
        element in it.

    Attributes
    ----------
    out : ndarray, optional
        C-contiguous: receives the result of the array number 0 if it has its dtype.

    Examples
    --------
    >>> from poolcli.core.axis import Axis
    >>> axis_block = AxisBlock(Axis(size=5, out_size=2, kernel_size=3, stride=2), (0, 2), (0, 5))
    >>> AxisReducer(0, axis_block).reduce(np.add, np.array([1, 2, 3, 4, 5]), 0, np.dtype(np.int64))
    array([ 6, 12])
    """

    def __init__(self, dim: int, axis_block: AxisBlock) -> None:
        self.dim = dim
        self.axis_block = axis_block
        self.out: Array | None = None
        self._plans: dict[int, _Plan] = {}

    def reduce(
        self, ufunc: np.ufunc, block: Array, identity: object, dtype: DType, number: int = 0
    ) -> Array:
        """Reduce the elements of each window with a ufunc.

        Floats are added in pairwise order (see `poolcli.core.kernels.pairwise_order`). For other
        ufuncs and dtypes the order of elements has no effect on the result.

        Parameters
        ----------
        ufunc : ufunc
            `maximum`, `minimum`, `add`, `logical_or`; associative and commutative except for
            rounding.
        block : ndarray
            A block of the input, or of the result of reducing another axis.
        identity : scalar
            The result of a window without elements.
        dtype : dtype
            The dtype to accumulate in, and the result's.
        number : int
            The number of the array in its state. All other arguments except for `block` are the
            same whenever the number is.

        Returns
        -------
        ndarray
            Of the block's shape, but with one element per window along the axis. The next call with
            the same number overwrites it.
        """
        plan = self._plans.get(number)
        if plan is None or plan.strides != block.strides:
            plan = self._plans[number] = self._plan(ufunc, block, identity, dtype)
        out = plan.out
        if self.out is not None and number == 0 and self.out.dtype == out.dtype:
            out = self.out
        plan.reduce(block, out)
        return out

    def reduce_state(
        self, state: State, identities: Sequence[object], merge: Callable[[State, State], State]
    ) -> State:
        """Reduce several arrays together by an operation on states, in pairwise order.

        Parameters
        ----------
        state : tuple of ndarray
            Arrays of one shape.
        identities : sequence of scalar
            The state of a window without elements, one scalar for each array.
        merge : callable
            Merges two states, as `Reduction.merge`.

        Returns
        -------
        tuple of ndarray
            New arrays of the dtypes of `state`, with one element per window along the axis.
        """
        return reduce_pairwise(
            state, self.dim, self.axis_block, identities, lambda a, b, _: merge(a, b)
        )

    def _plan(self, ufunc: np.ufunc, block: Array, identity: object, dtype: DType) -> _Plan:
        shape = list(block.shape)
        shape[self.dim] = self.axis_block.out_range[1] - self.axis_block.out_range[0]
        out = np.empty(shape, dtype)
        windows = self.axis_block
        is_rounded = is_rounded_sum(ufunc, dtype)
        if (
            windows.axis.is_adaptive
            and windows.has_all_elements
            and not _is_combined_together(windows, is_rounded)
        ):
            reduce = plan_adaptive_windows(ufunc, block, self.dim, windows, out)
        else:
            reduce = _plan_axis(ufunc, block, self.dim, windows, identity, out)
        return _Plan(block.strides, reduce, out)


def _plan_axis(
    ufunc: np.ufunc, block: Array, dim: int, axis_block: AxisBlock, identity: object, out: Array
) -> Reduce:
    """Plan the reduction of complete and of other windows."""
    axis, out_range, (low, high) = (
        axis_block.axis,
        axis_block.out_range,
        axis_block.complete_windows,
    )
    is_rounded = is_rounded_sum(ufunc, out.dtype)
    if axis_block.reduces_window_slices and not is_rounded:
        if (
            is_tiled(axis)
            and (low, high) == out_range
            and block.shape[dim] == axis.kernel_size * (high - low)
        ):
            return lambda block, out: reduce_tiles(ufunc, block, dim, axis.kernel_size, out)
        return _plan_window_slices(ufunc, dim, axis_block, identity)
    steps: list[Reduce] = []
    if low < high:
        complete = _window_range(dim, axis_block, low, high)
        first = axis.first_position(low) - axis_block.in_range[0]
        complete_axis = tiled_if_single(axis, high - low) if is_rounded else axis
        reduce = plan_complete_windows(ufunc, block, dim, complete_axis, first, out[complete])
        if (low, high) == out_range:
            return reduce
        steps.append(lambda block, out: reduce(block, out[complete]))
    if _is_combined_together(axis_block, is_rounded):
        combine = _combine(ufunc, out.dtype)
        steps.append(
            lambda block, out: reduce_incomplete(
                (out,), (block,), dim, axis_block, (identity,), combine
            )
        )
    else:
        # Negative zero changes no float, not even itself.
        identity = -out.dtype.type(0) if is_rounded else identity
        borders = [(out_range[0], low), (high, out_range[1])] if low < high else [out_range]
        for start, stop in borders:
            if start < stop:
                at = _window_range(dim, axis_block, start, stop)
                border = AxisBlock(axis, (start, stop), axis_block.in_range)
                steps.append(plan_tap_by_tap(ufunc, block, dim, border, identity, at, out.dtype))

    def reduce_all(block: Array, out: Array) -> None:
        for step in steps:
            step(block, out)

    return reduce_all


def _is_combined_together(axis_block: AxisBlock, is_rounded: bool) -> bool:
    """Return whether incomplete windows are reduced by `reduce_incomplete`, not tap by tap."""
    axis = axis_block.axis
    if is_rounded:
        return not _can_add_taps(axis_block)
    return axis.kernel_size > MAX_BORDER_TAPS and not axis.is_adaptive


def _combine(ufunc: np.ufunc, dtype: DType) -> Combine:
    """Return a ufunc as an operation on states of one array."""
    if ufunc is np.add:
        return Addition(dtype)
    return lambda state, other, _: (ufunc(state[0], other[0], dtype=dtype),)


def _can_add_taps(axis_block: AxisBlock) -> bool:
    """Return whether adding tap after tap is the pairwise order, and no window is empty."""
    axis = axis_block.axis
    if axis.kernel_size > GROUP_ELEMENTS or not axis_block.has_all_elements:
        return False
    has_elements = element_counts(axis, axis_block.out_range, padded=False) > 0
    return axis.is_adaptive or bool(has_elements.all())


def _window_range(
    dim: int, axis_block: AxisBlock, start: int, stop: int
) -> tuple[AxisIndex | int, ...]:
    """Return the index of the results of the windows from `start` to `stop`."""
    first = axis_block.out_range[0]
    return index_on_axis(dim, slice(start - first, stop - first))


def _plan_window_slices(
    ufunc: np.ufunc, dim: int, axis_block: AxisBlock, identity: object
) -> Reduce:
    """Plan the reduction of the windows one by one."""
    windows = [
        (index_on_axis(dim, slice(at, at + 1)), index_on_axis(dim, span), span.start < span.stop)
        for at, span in window_slices(axis_block)
    ]

    def reduce_windows(block: Array, out: Array) -> None:
        for target, elements, has_elements in windows:
            if has_elements:
                window, result = block[elements], out[target]
                ufunc.reduce(window, axis=dim, dtype=out.dtype, out=result, keepdims=True)
            else:
                out[target] = identity

    return reduce_windows
