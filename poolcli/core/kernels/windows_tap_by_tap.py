"""Reduction of windows that lack elements or differ in length, tap by tap with a ufunc."""

from __future__ import annotations

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.sliding_windows import Reduce, in_dtype
from poolcli.core.taps import AxisBlock, AxisIndex, index_on_axis, taps


def plan_tap_by_tap(
    ufunc: np.ufunc,
    block: Array,
    dim: int,
    border: AxisBlock,
    identity: object,
    target: tuple[AxisIndex | int, ...],
    dtype: DType,
) -> Reduce:
    """Plan the reduction of some windows of a block.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add` or `logical_or`.
    block : ndarray
        The elements; only shape, strides and dtype are used.
    dim : int
        The axis to reduce.
    border : AxisBlock
        The windows, and the range of elements that the block holds.
    identity : scalar
        The result of a window without elements; combined with an element, it changes nothing.
    target : tuple
        The index of the windows in the array of results.
    dtype : dtype
        The dtype of the accumulation.

    Returns
    -------
    callable
        Takes a block and an array for its results.
    """
    if border.axis.is_adaptive and border.has_all_elements:
        return _plan_adaptive(ufunc, block, dim, border, target, dtype)
    call = in_dtype(ufunc, block, dtype)
    (first_outs, first_ins), *others = [
        (index_on_axis(dim, outs), index_on_axis(dim, ins)) for outs, ins in taps(border)
    ]
    lacks_first_tap = block[first_ins].shape != _shape_of_windows(block, dim, border)

    def reduce_border(block: Array, out: Array) -> None:
        windows = out[target]
        if lacks_first_tap:
            windows[...] = identity
        windows[first_outs] = block[first_ins]
        for outs, ins in others:
            if isinstance(outs[dim], slice):
                result = windows[outs]
                call(result, block[ins], out=result)
            else:
                windows[outs] = call(windows[outs], block[ins])

    return reduce_border


def _plan_adaptive(
    ufunc: np.ufunc,
    block: Array,
    dim: int,
    border: AxisBlock,
    target: tuple[AxisIndex | int, ...],
    dtype: DType,
) -> Reduce:
    """Plan the reduction of adaptive windows, tap by tap.

    It is fast because `take` copies whole rows: windows that lack a tap take their last element in
    its place, which makes no difference to an extreme, and is replaced by -0.0 in a sum.
    """
    axis, numbers, low = border.axis, np.arange(*border.out_range), border.in_range[0]
    first, last = axis.first_position(numbers) - low, axis.last_position(numbers) - low
    places = [np.minimum(first + tap, last) for tap in range(int((last - first).max()) + 1)]
    lacking = [
        index_on_axis(dim, np.flatnonzero(first + tap > last)) if ufunc is np.add else None
        for tap in range(len(places))
    ]
    call, zero = in_dtype(ufunc, block, dtype), block.dtype.type(0)
    negative_zero = -zero if block.dtype.kind in "fc" else zero

    def reduce_adaptive(block: Array, out: Array) -> None:
        windows = out[target]
        windows[...] = block.take(places[0], axis=dim)
        for at, without in zip(places[1:], lacking[1:], strict=True):
            elements = block.take(at, axis=dim)
            if without is not None:
                elements[without] = negative_zero  # x + -0.0 is x, even if x is -0.0
            call(windows, elements, out=windows)

    return reduce_adaptive


def _shape_of_windows(block: Array, dim: int, border: AxisBlock) -> tuple[int, ...]:
    n_windows = border.out_range[1] - border.out_range[0]
    return (*block.shape[:dim], n_windows, *block.shape[dim + 1 :])
