"""The elements of windows as slices: what a kernel loops over.

A *tap* is one element of every window at once: tap ``j`` of a fixed window is a strided view of
the input. A *span* is all elements of one window. Both leave out whatever is not there, in the
padding or outside the piece of the input at hand, so that no padded copy is ever made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.axis import Axis

AxisIndex = slice | npt.NDArray[np.intp]
Range = tuple[int, int]

MAX_TAP_BY_TAP_ELEMENTS = 8
"""Windows of so few elements cost NumPy more to reduce one by one than to go along tap by tap."""


def index_on_axis(dim: int, index: AxisIndex | int) -> tuple[AxisIndex | int, ...]:
    """An index that takes `index` on axis `dim` and everything before it."""
    return (*(slice(None),) * dim, index)


class AxisBlock(NamedTuple):
    """Some windows of an axis on some of its elements: outputs `outs` from elements `ins`."""

    axis: Axis
    outs: Range
    ins: Range

    @property
    def prefers_window_slices(self) -> bool:
        """Whether there are fewer windows than elements in one, and more than a few of these.

        Not whether there are here: how work is cut must not decide how sums are rounded.
        """
        axis = self.axis
        long = axis.is_adaptive or axis.kernel_size > MAX_TAP_BY_TAP_ELEMENTS
        return long and axis.out_size <= min(axis.kernel_size, axis.size)

    @property
    def complete_windows(self) -> Range:
        """Those of the windows that have all their elements here; none of adaptive ones."""
        axis, (first, stop), (low, high) = self.axis, self.outs, self.ins
        if axis.is_adaptive:
            return first, first
        begin = max(first, -(-(low + axis.pad_before) // axis.stride))
        span = (axis.kernel_size - 1) * axis.dilation
        end = min(stop, (high - 1 - span + axis.pad_before) // axis.stride + 1)
        return begin, max(begin, end)


def taps(part: AxisBlock, *, skip: bool = True) -> Iterator[tuple[AxisIndex, AxisIndex]]:
    """Give, for each tap, the outputs that have it and the elements that it is.

    Both are counted from the start of the part. Taps that nobody has are left out, but for the
    first, or with `skip` off none.
    """
    axis, (first, stop), (low, high) = part.axis, part.outs, part.ins
    if axis.is_adaptive:
        yield from _adaptive_taps(part)
        return
    for tap in range(axis.kernel_size):
        at = tap * axis.dilation - axis.pad_before
        start = max(first, -(-(low - at) // axis.stride))
        end = max(start, min(stop, (high - 1 - at) // axis.stride + 1))
        if start < end:
            begin = start * axis.stride + at - low
            last = begin + (end - start - 1) * axis.stride
            yield slice(start - first, end - first), slice(begin, last + 1, axis.stride)
        elif tap == 0 or not skip:
            yield slice(0, 0), slice(0, 0)


def _adaptive_taps(part: AxisBlock) -> Iterator[tuple[AxisIndex, AxisIndex]]:
    axis, (first, stop), (low, high) = part.axis, part.outs, part.ins
    outs = np.arange(first, stop)
    starts = outs * axis.size // axis.out_size
    stops = -(-(outs + 1) * axis.size // axis.out_size)
    for tap in range(axis.kernel_size):
        at = starts + tap
        has = np.flatnonzero((at < stops) & (at >= low) & (at < high))
        if has.size or tap == 0:
            yield has, at[has] - low


def window_slices(part: AxisBlock) -> Iterator[tuple[int, slice]]:
    """Give, for each window, its output and its elements, counted from the start of the part."""
    axis, (first, stop), (low, high) = part.axis, part.outs, part.ins
    for out in range(first, stop):
        begin, last = axis.first_position(out), axis.last_position(out)
        if begin < low:
            begin += -(-(low - begin) // axis.dilation) * axis.dilation
        end = min(last + 1, high)
        yield out - first, slice(begin - low, max(begin, end) - low, axis.dilation)


def element_counts(axis: Axis, outs: Range, padded: bool) -> npt.NDArray[np.int64]:
    """How many elements each window has on the data, or on the data and the padding asked for.

    The overhang of ``ceil_mode`` past that padding counts in neither.

    Examples
    --------
    >>> from poolcli.core.axis import fixed_axis
    >>> axis = fixed_axis(5, kernel=3, stride=2, dilation=1, before=1, after=1, ceil_mode=False)
    >>> element_counts(axis, (0, 3), padded=False), element_counts(axis, (0, 3), padded=True)
    (array([2, 3, 2]), array([3, 3, 3]))
    """
    out = np.arange(*outs, dtype=np.int64)
    if axis.is_adaptive:
        return -(-(out + 1) * axis.size // axis.out_size) - out * axis.size // axis.out_size
    first = out * axis.stride - axis.pad_before
    after = axis.pad_after if padded else 0
    stop = np.minimum(axis.kernel_size, (axis.size + after - 1 - first) // axis.dilation + 1)
    start = 0 if padded else np.maximum(0, -(first // axis.dilation))
    return np.maximum(stop - start, 0)
