"""Reducing one axis with a ufunc: the step that separable kernels repeat."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.pairwise_reduce import Addition, alone, fold_incomplete
from poolcli.core.kernels.strided_reduce import complete, is_tiled, reduce_tiles
from poolcli.core.taps import AxisBlock, AxisIndex, index_on_axis, taps, window_slices


def fold(
    ufunc: np.ufunc, block: Array, dim: int, part: AxisBlock, start: object, dtype: DType
) -> Array:
    """Combine the elements of each window along one axis.

    Floats are added pairwise, in an order that the window's number of elements alone decides
    (see `poolcli.core.kernels.pairwise_reduce`). For everything else the order does not matter.

    Parameters
    ----------
    ufunc : ufunc
        `maximum`, `minimum`, `add`, …
    block : ndarray
        The piece of the input (or of the result of folding another axis).
    dim : int
        The axis to fold.
    part : Part
        Its windows, and the range of elements that the block holds.
    start : scalar
        The value of a window with no elements.
    dtype : dtype
        What to accumulate in, and the result's.

    Returns
    -------
    ndarray
        With as many elements along `dim` as the part has outputs.
    """
    shape = list(block.shape)
    shape[dim] = part.outs[1] - part.outs[0]
    out = np.empty(shape, dtype)
    low, high = part.complete_windows
    if ufunc is np.add and dtype.kind in "fc":
        _add_pairwise(block, dim, part, start, out)
    elif part.prefers_window_slices:
        if is_tiled(part.axis) and (low, high) == part.outs:
            reduce_tiles(ufunc, block, dim, part.axis.kernel_size, out)
        else:
            _span_by_span(ufunc, block, dim, part, start, out)
    elif high > low:
        there = out[index_on_axis(dim, slice(low - part.outs[0], high - part.outs[0]))]
        complete(ufunc, block, dim, part.axis, part.axis.first_position(low) - part.ins[0], there)
        for first, stop in ((part.outs[0], low), (high, part.outs[1])):
            if first < stop:
                side = AxisBlock(part.axis, (first, stop), part.ins)
                there = out[index_on_axis(dim, slice(first - part.outs[0], stop - part.outs[0]))]
                _tap_by_tap(ufunc, block, dim, side, start, there)
    else:
        _tap_by_tap(ufunc, block, dim, part, start, out)
    return out


def _add_pairwise(block: Array, dim: int, part: AxisBlock, start: object, out: Array) -> None:
    """Add floats: windows with all their elements in whole rows, the others by themselves."""
    low, high = part.complete_windows
    if low < high:
        first = part.axis.first_position(low) - part.ins[0]
        there = out[index_on_axis(dim, slice(low - part.outs[0], high - part.outs[0]))]
        complete(np.add, block, dim, alone(part.axis, high - low), first, there)
    fold_incomplete((out,), (block,), dim, part, (start,), Addition(out.dtype))


def _span_by_span(
    ufunc: np.ufunc, block: Array, dim: int, part: AxisBlock, start: object, out: Array
) -> None:
    """Fold windows one by one."""
    for at, span in window_slices(part):
        cell = out[index_on_axis(dim, slice(at, at + 1))]
        if span.start < span.stop:
            source = block[index_on_axis(dim, span)]
            ufunc.reduce(source, axis=dim, dtype=out.dtype, out=cell, keepdims=True)
        else:
            cell[...] = start


def _tap_by_tap(
    ufunc: np.ufunc, block: Array, dim: int, part: AxisBlock, start: object, out: Array
) -> None:
    """Fold windows that lack elements, or differ in length."""
    untouched = True
    for outs, ins in taps(part):
        there, source = index_on_axis(dim, outs), block[index_on_axis(dim, ins)]
        if untouched:
            _start(out, dim, outs, start)
            out[there] = source
            untouched = False
        elif isinstance(outs, slice):
            ufunc(out[there], source, out=out[there], dtype=out.dtype)
        else:
            out[there] = ufunc(out[there], source, dtype=out.dtype)


def _start(out: Array, dim: int, outs: AxisIndex, start: object) -> None:
    """Give a value to the outputs that the first tap does not reach."""
    if isinstance(outs, slice):
        out[index_on_axis(dim, slice(0, outs.start))] = start
        out[index_on_axis(dim, slice(outs.stop, None))] = start
    else:
        out[...] = start


def fold_together(
    state: tuple[Array, ...],
    dim: int,
    part: AxisBlock,
    start: Sequence[object],
    combine: Callable[[tuple[Array, ...], tuple[Array, ...]], tuple[Array, ...]],
    condense: Callable[[tuple[Array, ...], int], tuple[Array, ...]],
) -> tuple[Array, ...]:
    """Combine the elements of each window along one axis, several arrays at once.

    Parameters
    ----------
    state : tuple of ndarray
        Of one shape.
    dim, part
        As in `fold`.
    start : sequence of scalar
        The state of a window with no elements.
    combine : callable
        Makes one state of two, element by element.
    condense : callable
        Makes one state of all elements along an axis, which it keeps with length 1.
    """
    shape = list(state[0].shape)
    shape[dim] = part.outs[1] - part.outs[0]
    out = tuple(np.full(shape, value, a.dtype) for value, a in zip(start, state, strict=True))
    if part.prefers_window_slices:
        for at, span in window_slices(part):
            if span.start < span.stop:
                source = index_on_axis(dim, span)
                found = condense(tuple(a[source] for a in state), dim)
                _put(out, index_on_axis(dim, slice(at, at + 1)), found)
        return out
    for outs, ins in taps(part):
        there, source = index_on_axis(dim, outs), index_on_axis(dim, ins)
        found = combine(tuple(a[there] for a in out), tuple(a[source] for a in state))
        _put(out, there, found)
    return out


def _put(
    out: tuple[Array, ...], where: tuple[AxisIndex | int, ...], found: tuple[Array, ...]
) -> None:
    for target, values in zip(out, found, strict=True):
        target[where] = values
