"""Gathering the elements of windows along a new axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.taps import AxisBlock, AxisIndex, Windows, taps, window_slices

MAX_KEPT_COPIES = 1 << 10
"""Plans of more copies are made anew for each block, because they would take much memory."""

_Copy: TypeAlias = tuple[Array, tuple[slice, ...], list[tuple[int, Array]]]
"""The destination of a copy, the slices of its elements in the block, and axes with positions
instead of a slice."""


class AxisCopy(NamedTuple):
    """Elements along one axis, and where they are copied to.

    Attributes
    ----------
    elements : int or slice
        Their numbers within the windows.
    outs : int or slice
        The windows.
    ins : slice or ndarray of int
        Their positions in the block.
    absent : ndarray of int, optional
        Windows, if `outs` is all of them, that lack this element.
    """

    elements: int | slice
    outs: int | slice
    ins: AxisIndex
    absent: AxisIndex | None = None


class Gatherer:
    """Gathers the elements of all windows of blocks of one shape, always into the same memory.

    Parameters
    ----------
    shape, dtype : tuple of int, dtype
        Of the blocks of the input.
    axis_blocks : sequence of AxisBlock or None
        The windows along each axis; None for an axis that is not reduced.
    fill : scalar
        The value of elements that a window lacks.
    elements_last : bool
        The memory order: True if the elements of one window are adjacent, as `np.sort` needs them;
        False if the same element of all windows is adjacent, as sorting networks need them.

    Examples
    --------
    >>> from poolcli.core.axis import Axis
    >>> axis = Axis(size=4, out_size=2, kernel_size=2, stride=2)
    >>> windows = AxisBlock(axis, (0, 2), (0, 4))
    >>> block = np.array([5, 6, 7, 8])
    >>> Gatherer(block.shape, block.dtype, [windows], 0, elements_last=False).gather(block)
    array([[5, 7],
           [6, 8]])
    """

    def __init__(
        self,
        shape: Sequence[int],
        dtype: DType,
        axis_blocks: Windows,
        fill: Any,
        *,
        elements_last: bool,
    ) -> None:
        n_elements = [1 if each is None else each.axis.max_elements for each in axis_blocks]
        n_windows = [
            size if each is None else each.out_range[1] - each.out_range[0]
            for size, each in zip(shape, axis_blocks, strict=True)
        ]
        rank = len(axis_blocks)
        if elements_last:
            buffer = np.empty((*n_windows, *n_elements), dtype)
            elements_first = np.moveaxis(buffer, range(rank), range(rank, 2 * rank))
        else:
            elements_first = buffer = np.empty((*n_elements, *n_windows), dtype)
        self._buffer, self._fill = buffer, fill
        # Views of the buffer; `pairs` has two axes for each axis of the block: elements, windows.
        self._gathered = elements_first.reshape(math.prod(n_elements), *n_windows)
        self._pairs = elements_first.transpose(
            [at for dim in range(rank) for at in (dim, rank + dim)]
        )
        self._axis_copies = [list(_axis_copies(each)) for each in axis_blocks]
        self._is_complete = all(map(_is_complete, axis_blocks))
        self._copies: Iterable[_Copy] | None = None

    def gather(self, block: Array) -> Array:
        """Return the elements of all windows of a block.

        Parameters
        ----------
        block : ndarray

        Returns
        -------
        ndarray
            The elements of a window are along the first axis. The others are the block's, with one
            position per window. The next call overwrites it.
        """
        if not self._is_complete:
            self._buffer[...] = self._fill
        for target, slices, positions in self._copies or self._plan_copies():
            elements = block[slices]
            for dim, at in positions:
                elements = elements.take(at, axis=dim)
            np.copyto(target, elements)
        for dim, copies_along_axis in enumerate(self._axis_copies):
            for copy in copies_along_axis:
                if copy.absent is not None:
                    absent = (slice(None),) * (2 * dim) + (copy.elements, copy.absent)
                    self._pairs[absent] = self._fill
        return self._gathered

    def _plan_copies(self) -> Iterable[_Copy]:
        """Return the copies, and keep them unless they are many."""
        copies = map(self._plan_copy, product(*self._axis_copies))
        if math.prod(map(len, self._axis_copies)) > MAX_KEPT_COPIES:
            return copies
        self._copies = list(copies)
        return self._copies

    def _plan_copy(self, axis_copies: tuple[AxisCopy, ...]) -> _Copy:
        target = self._pairs[tuple(at for copy in axis_copies for at in (copy.elements, copy.outs))]
        ins = [copy.ins for copy in axis_copies]
        slices = tuple(at if isinstance(at, slice) else slice(None) for at in ins)
        positions = [(dim, at) for dim, at in enumerate(ins) if not isinstance(at, slice)]
        return target, slices, positions


def gather_windows(
    block: Array,
    axis_blocks: Windows,
    windows: Array,
    shape: tuple[int, ...],
    fill: Any,
    footprint: Array | None = None,
) -> Array:
    """Gather the elements of a few windows of a block.

    Parameters
    ----------
    block : ndarray
    axis_blocks, fill
        As in `Gatherer`.
    windows : ndarray of int
        One-dimensional: the flat indices (C order) of the windows in the block of the output.
    shape : tuple of int
        The shape of the block of the output.
    footprint : ndarray of bool, optional
        The elements of the windows that count; the others get the value `fill`.

    Returns
    -------
    ndarray
        Of the shape ``(elements, len(windows))`` and the block's dtype.

    Examples
    --------
    >>> from poolcli.core.axis import Axis
    >>> axis_block = AxisBlock(Axis(size=4, out_size=2, kernel_size=2, stride=2), (0, 2), (0, 4))
    >>> gather_windows(np.array([5, 6, 7, 8]), [axis_block], np.array([1]), (2,), 0)
    array([[7],
           [8]])
    """
    flat = np.zeros((1, windows.size), np.int64)
    exists = np.ones((1, windows.size), np.bool_)
    outs_by_axis = np.unravel_index(windows, shape)
    for outs, axis_block, size in zip(outs_by_axis, axis_blocks, block.shape, strict=True):
        position: Array = outs[None].astype(np.int64)
        is_on_axis: Array = np.ones_like(position, np.bool_)
        if axis_block is not None:
            axis, outs = axis_block.axis, position + axis_block.out_range[0]
            offsets = np.arange(axis.kernel_size, dtype=np.int64)[:, None] * axis.dilation
            position = axis.first_position(outs) + offsets
            is_on_axis = (position >= 0) & (position < axis.size)
            is_on_axis &= position <= axis.last_position(outs)
            position = np.clip(position - axis_block.in_range[0], 0, size - 1)
        flat = (flat[:, None] * size + position).reshape(-1, windows.size)
        exists = (exists[:, None] & is_on_axis).reshape(-1, windows.size)
    if footprint is not None:
        exists &= footprint.reshape(-1, 1)
    elements: Array = block.reshape(-1).take(flat)
    np.copyto(elements, fill, where=~exists)
    return elements


def _is_complete(axis_block: AxisBlock | None) -> bool:
    """Return whether every window has all its elements along an axis."""
    if axis_block is None:
        return True
    axis, (first, stop) = axis_block.axis, axis_block.out_range
    if axis.is_adaptive or axis.max_elements < axis.kernel_size:
        return False
    return axis.first_position(first) >= 0 and axis.last_position(stop - 1) < axis.size


def _axis_copies(axis_block: AxisBlock | None) -> Iterator[AxisCopy]:
    """Yield the copies that gather the windows along one axis."""
    if axis_block is None:
        yield AxisCopy(0, slice(None), slice(None))
    elif axis_block.prefers_window_slices:
        for out, span in window_slices(axis_block):
            n_elements = len(range(span.start, span.stop, span.step))
            yield AxisCopy(slice(0, n_elements), out, span)
    elif axis_block.axis.is_adaptive or axis_block.axis.max_elements < axis_block.axis.kernel_size:
        yield from _copies_by_index(axis_block)
    else:
        for number, (outs, ins) in enumerate(taps(axis_block)):
            assert isinstance(outs, slice)
            yield AxisCopy(number, outs, ins)


def _copies_by_index(axis_block: AxisBlock) -> Iterator[AxisCopy]:
    """Yield the first element of each window, then the second, …; windows differ in length."""
    axis, (low, high) = axis_block.axis, axis_block.in_range
    if low >= high:
        return
    outs = np.arange(*axis_block.out_range)
    first = axis.first_position(outs)
    first += np.maximum(0, -(first // axis.dilation)) * axis.dilation
    last = np.minimum(axis.last_position(outs), axis.size - 1)
    for number in range(axis.max_elements):
        position = first + number * axis.dilation
        absent = np.flatnonzero(position > last)
        ins = np.clip(position, low, high - 1) - low
        yield AxisCopy(number, slice(None), ins, absent)
