"""Reduction of windows that lack elements, tap by tap with a ufunc."""

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


def _shape_of_windows(block: Array, dim: int, border: AxisBlock) -> tuple[int, ...]:
    n_windows = border.out_range[1] - border.out_range[0]
    return (*block.shape[:dim], n_windows, *block.shape[dim + 1 :])
