"""Slices that select the elements of windows: taps and window slices.

A *tap* is one element of every window at once: tap ``j`` of fixed windows is a strided view of the
input. A *window slice* is all elements of one window. Neither includes positions in the padding or
outside of the block of the input that is in memory, so that no padded copy is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array

AxisIndex = slice | Array
"""An index of one axis."""

Range = tuple[int, int]
"""A range of one axis: its start and its stop, exclusive."""

MAX_TAP_BY_TAP_ELEMENTS = 8
"""Windows of at most so many elements are reduced tap by tap: one NumPy call per window would cost
more."""


def index_on_axis(dim: int, index: AxisIndex | int) -> tuple[AxisIndex | int, ...]:
    """Return an index of an array that selects along one axis.

    Parameters
    ----------
    dim : int
        The axis.
    index : slice, ndarray of intp or int
        The index of this axis; all other axes are selected whole.

    Examples
    --------
    >>> np.arange(6).reshape(2, 3)[index_on_axis(1, slice(0, 2))]
    array([[0, 1],
           [3, 4]])
    """
    return (*(slice(None),) * dim, index)


class AxisBlock(NamedTuple):
    """A range of the windows of an axis, and the range of the input that is in memory.

    Attributes
    ----------
    axis : Axis
        The windows of the whole axis.
    out_range : (int, int)
        The range of windows.
    in_range : (int, int)
        The range of the input's elements that is in memory; windows may need more.
    """

    axis: Axis
    out_range: Range
    in_range: Range

    @property
    def prefers_window_slices(self) -> bool:
        """Whether copying window by window takes fewer NumPy calls than tap by tap."""
        axis = self.axis
        has_large_windows = axis.is_adaptive or axis.kernel_size > MAX_TAP_BY_TAP_ELEMENTS
        return has_large_windows and axis.out_size <= min(axis.kernel_size, axis.size)

    @property
    def reduces_window_slices(self) -> bool:
        """Whether to reduce window by window: few windows, which overlap little.

        Windows that overlap much share their results at every position, which is less work.
        """
        axis = self.axis
        overlaps_much = 4 * axis.stride * axis.kernel_size.bit_length() < axis.kernel_size
        return self.prefers_window_slices and (axis.is_adaptive or not overlaps_much)

    @property
    def has_all_elements(self) -> bool:
        """Whether all elements that the windows have on the axis are in memory."""
        low, high = self.axis.input_range(*self.out_range)
        return self.in_range[0] <= low and high <= self.in_range[1]

    @property
    def complete_windows(self) -> Range:
        """The range of windows whose elements are all in memory; empty for adaptive windows."""
        axis, (first, stop), (low, high) = self.axis, self.out_range, self.in_range
        if axis.is_adaptive:
            return first, first
        begin = max(first, -(-(low + axis.pad_before) // axis.stride))
        span = (axis.kernel_size - 1) * axis.dilation
        end = min(stop, (high - 1 - span + axis.pad_before) // axis.stride + 1)
        return begin, max(begin, end)

    def relative(self) -> AxisBlock:
        """Return the same windows counted from the first one, and positions from `in_range`.

        Blocks that differ only in their position become equal. Adaptive windows stay as they are.

        Examples
        --------
        >>> axis = Axis(9, out_size=4, kernel_size=3, stride=2)
        >>> AxisBlock(axis, (2, 4), (4, 9)).relative() == AxisBlock(axis, (1, 3), (2, 7)).relative()
        True
        """
        axis, (start, stop), (low, high) = self
        if axis.is_adaptive:
            return self
        end = min(axis.size + axis.pad_after, axis.last_position(stop - 1) + 1)
        relative_axis = axis._replace(
            size=high - low,
            out_size=stop - start,
            pad_before=low - axis.first_position(start),
            pad_after=end - high,
            whole_size=0,
        )
        return AxisBlock(relative_axis, (0, stop - start), (0, high - low))


Windows = Sequence[AxisBlock | None]
"""The windows of a block along each axis; None for an axis that is not reduced."""


def taps(block: AxisBlock, *, skip_empty: bool = True) -> Iterator[tuple[AxisIndex, AxisIndex]]:
    """Yield for each tap the windows that have it and the elements that it is.

    Parameters
    ----------
    block : AxisBlock
        The windows and the elements in memory.
    skip_empty : bool
        Whether to skip taps that no window has. The first tap is always yielded.

    Yields
    ------
    (slice or ndarray of intp, slice or ndarray of intp)
        Indices of the windows and of the elements, relative to the starts of `block.out_range` and
        `block.in_range`. Both select the same number.

    Examples
    --------
    >>> list(taps(AxisBlock(Axis(5, out_size=2, kernel_size=2, stride=2), (0, 2), (0, 5))))
    [(slice(0, 2, None), slice(0, 3, 2)), (slice(0, 2, None), slice(1, 4, 2))]
    """
    axis, (first, stop), (low, high) = block.axis, block.out_range, block.in_range
    if axis.is_adaptive:
        yield from _adaptive_taps(block)
        return
    for tap in _possible_taps(block) if skip_empty else range(axis.kernel_size):
        offset = tap * axis.dilation - axis.pad_before
        start = max(first, -(-(low - offset) // axis.stride))
        end = max(start, min(stop, (high - 1 - offset) // axis.stride + 1))
        if start < end:
            begin = start * axis.stride + offset - low
            last = begin + (end - start - 1) * axis.stride
            yield slice(start - first, end - first), slice(begin, last + 1, axis.stride)
        elif tap == 0 or not skip_empty:
            yield slice(0, 0), slice(0, 0)


def _possible_taps(block: AxisBlock) -> Iterator[int]:
    """Yield the first tap and all others that some window may have, in ascending order."""
    axis, (first, stop), (low, high) = block.axis, block.out_range, block.in_range
    yield 0
    next_tap = 1
    # With a large stride, windows have few taps in common, and many taps are of no window.
    n_windows = max(1, (high - low) // axis.stride)
    for begin in reversed(range(first, stop, n_windows)):
        last = min(begin + n_windows, stop) - 1
        start_tap = -((axis.first_position(last) - low) // axis.dilation)
        stop_tap = (high - 1 - axis.first_position(begin)) // axis.dilation + 1
        yield from range(max(next_tap, start_tap), min(stop_tap, axis.kernel_size))
        next_tap = max(next_tap, stop_tap)


def _adaptive_taps(block: AxisBlock) -> Iterator[tuple[AxisIndex, AxisIndex]]:
    """Yield the taps of adaptive windows; later taps exist only in the larger windows."""
    axis, (first, stop), (low, high) = block.axis, block.out_range, block.in_range
    windows = np.arange(first, stop)
    starts, lasts = axis.first_position(windows), axis.last_position(windows)
    for tap in range(axis.kernel_size):
        positions = starts + tap
        exists = (positions <= lasts) & (positions >= low) & (positions < high)
        has_tap = np.flatnonzero(exists)
        if has_tap.size or tap == 0:
            yield has_tap, positions[has_tap] - low


def window_slices(block: AxisBlock) -> Iterator[tuple[int, slice]]:
    """Yield for each window its number and the slice of its elements that are in memory.

    Both are relative to the starts of `block.out_range` and `block.in_range`.

    Examples
    --------
    >>> list(window_slices(AxisBlock(Axis(5, out_size=2, kernel_size=2, stride=2), (0, 2), (0, 5))))
    [(0, slice(0, 2, 1)), (1, slice(2, 4, 1))]
    """
    axis, (first, stop), (low, high) = block.axis, block.out_range, block.in_range
    for window in range(first, stop):
        begin, last = axis.first_position(window), axis.last_position(window)
        if begin < low:
            begin += -(-(low - begin) // axis.dilation) * axis.dilation
        end = min(last + 1, high)
        yield window - first, slice(begin - low, max(begin, end) - low, axis.dilation)


def element_counts(axis: Axis, out_range: Range, padded: bool) -> Array:
    """Return the number of elements of each window.

    Parameters
    ----------
    axis : Axis
        The windows.
    out_range : (int, int)
        The range of windows.
    padded : bool
        Whether elements in the padding count too. The overhang of ``ceil_mode`` past the padding
        never counts.

    Returns
    -------
    ndarray of int64
        Of shape ``(out_range[1] - out_range[0],)``.

    Examples
    --------
    >>> axis = Axis(5, out_size=3, kernel_size=3, stride=2, pad_before=1, pad_after=1)
    >>> element_counts(axis, (0, 3), padded=False), element_counts(axis, (0, 3), padded=True)
    (array([2, 3, 2]), array([3, 3, 3]))
    """
    windows = np.arange(*out_range, dtype=np.int64)
    first, last = axis.first_position(windows), axis.last_position(windows)
    end = axis.size + (axis.pad_after if padded else 0)
    stop_tap = (np.minimum(last, end - 1) - first) // axis.dilation + 1
    start_tap = 0 if padded else np.maximum(0, -(first // axis.dilation))
    counts: Array = np.maximum(stop_tap - start_tap, 0)
    return counts + axis.extra_padding if padded else counts
