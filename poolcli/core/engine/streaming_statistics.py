"""Measuring what is read and what is written on its way, so that it is not read once more."""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import numpy as np

from poolcli.core.blocks import (
    MAX_INPUT_BLOCK_BYTES,
    Ranges,
    WritableArray,
    memory_order,
    read_block,
)
from poolcli.core.dtypes import Array, DType
from poolcli.core.engine.statistics import ShapedArray, Statistics, block_statistics
from poolcli.core.ignored_values import as_ignored_elements


class StatisticsReader:
    """A source whose elements are measured when they are first read.

    Parameters
    ----------
    source : array_like
        With a shape and a dtype; read by tuples of slices, from several threads at once.
    ignore : number or sequence of number, optional
        Values to leave out.

    Notes
    -----
    Boxes that are one stretch of memory are measured as they pass; what overlaps is measured
    once. What never passes, as rows that no window covers, is read at the end. Sums of floats may
    differ in their last bits from one run to the next, as threads take turns.

    Examples
    --------
    >>> meter = StatisticsReader(np.arange(12.0).reshape(3, 4))
    >>> _ = meter[0:2, 0:4], meter[1:2, 0:4]
    >>> meter.statistics().sum
    66.0
    """

    def __init__(self, source: ShapedArray, ignore: object = None) -> None:
        self.source = source
        self.shape: tuple[int, ...] = tuple(source.shape)
        self.dtype: DType = source.dtype
        self.strides = getattr(source, "strides", None)
        self._ignored = as_ignored_elements(ignore, _native(source.dtype))
        self._order = memory_order(source, len(self.shape))
        self._sizes = [self.shape[axis] for axis in self._order]
        self._steps = [math.prod(self._sizes[at + 1 :]) for at in range(len(self._sizes))]
        self._lock = threading.Lock()
        self._stats = Statistics()
        # The stretches not measured yet, by their ends.
        self._starts, self._stops = [0], [math.prod(self.shape)]

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        block = self.source[index]
        stretch = self._stretch(index)
        if stretch is not None:
            with self._lock:
                fresh = self._take(*stretch)
            if fresh:
                flat = np.asarray(block).transpose(self._order).reshape(-1)
                for start, stop in fresh:
                    self._measure(flat[start - stretch[0] : stop - stretch[0]])
        return block

    def statistics(self) -> Statistics:
        """What there is to say of all elements."""
        size = max(1, MAX_INPUT_BLOCK_BYTES // 4 // max(self.dtype.itemsize, 1))
        for start, stop in zip(self._starts, self._stops, strict=True):
            for low in range(start, stop, size):
                for part in self._boxes(low, min(low + size, stop), 0):
                    back = [self._order.index(axis) for axis in range(len(self._order))]
                    self._measure(
                        read_block(self.source, tuple(part[at] for at in back)).reshape(-1)
                    )
        self._starts, self._stops = [], []
        return self._stats

    def _measure(self, values: Array) -> None:
        found = block_statistics(values, self._ignored)
        with self._lock:
            self._stats += found

    def _stretch(self, index: tuple[slice, ...]) -> tuple[int, int] | None:
        """Where a box begins and ends in memory, counted in elements; None where it has gaps."""
        start, count, partial = 0, 1, False
        for axis, step in zip(reversed(self._order), reversed(self._steps), strict=True):
            low, high, pace = index[axis].indices(self.shape[axis])
            if pace != 1 or high <= low or (partial and high - low > 1):
                return None
            partial = partial or high - low < self.shape[axis]
            start += low * step
            count *= high - low
        return start, start + count

    def _take(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Take a stretch out of what is left; gives the parts that were."""
        first = max(bisect_right(self._starts, start) - 1, 0)
        taken, kept, last = [], [], first
        while last < len(self._starts) and self._starts[last] < stop:
            low, high = self._starts[last], self._stops[last]
            inside = max(low, start), min(high, stop)
            if inside[0] < inside[1]:
                taken.append(inside)
                kept += [
                    span for span in ((low, inside[0]), (inside[1], high)) if span[0] < span[1]
                ]
            else:
                kept.append((low, high))
            last += 1
        self._starts[first:last] = [low for low, _ in kept]
        self._stops[first:last] = [high for _, high in kept]
        return taken

    def _boxes(self, start: int, stop: int, at: int) -> Iterator[Ranges]:
        """The boxes that make up a stretch, their axes in the order of memory."""
        if at == len(self._sizes):
            if start < stop:
                yield ()
            return
        step = self._steps[at]
        low, high = -(-start // step), stop // step
        if low < high:  # whole rows of this axis, and what stands before and behind them
            yield from self._within(start, low * step, at)
            yield ((low, high), *((0, size) for size in self._sizes[at + 1 :]))
            yield from self._within(high * step, stop, at)
        elif start < stop and start // step == (stop - 1) // step:
            yield from self._within(start, stop, at)
        else:
            yield from self._within(start, low * step, at)
            yield from self._within(low * step, stop, at)

    def _within(self, start: int, stop: int, at: int) -> Iterator[Ranges]:
        """The boxes of a stretch inside one row of an axis."""
        if start < stop:
            step = self._steps[at]
            row = start // step
            for rest in self._boxes(start - row * step, stop - row * step, at + 1):
                yield ((row, row + 1), *rest)


class StatisticsWriter:
    """A result whose elements are measured when they are written, each of them once.

    Examples
    --------
    >>> meter = StatisticsWriter(np.empty(4))
    >>> meter[0:4,] = np.arange(4.0)
    >>> meter.stats.max
    3.0
    """

    def __init__(
        self, out: WritableArray, ignore: object = None, dtype: DType | None = None
    ) -> None:
        self.out = out
        self.stats = Statistics()
        self._ignored = () if dtype is None else as_ignored_elements(ignore, dtype)
        self._lock = threading.Lock()

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        self.out[index] = value
        found = block_statistics(np.asarray(value), self._ignored)
        with self._lock:
            self.stats += found


def _native(dtype: DType) -> Any:
    return dtype.newbyteorder("=")
