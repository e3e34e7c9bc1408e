"""Statistics of arrays computed while pooling reads or writes them, which saves another read."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

import numpy as np

from poolcli.core.blocks import Ranges, WritableArray, memory_order, read_block
from poolcli.core.dtypes import Array, DType
from poolcli.core.engine import statistics
from poolcli.core.engine.statistics import ShapedArray, Statistics
from poolcli.core.engine.unmeasured_boxes import UnmeasuredBoxes
from poolcli.core.ignored_values import as_ignored_elements


class StatisticsReader:
    """A readable array that computes the statistics of its elements when they are first read.

    Parameters
    ----------
    source : ShapedArray
        The array to read from; several threads may read at the same time.
    ignore : number or sequence of number, optional
        Values to ignore.

    Notes
    -----
    Blocks that are contiguous in memory, and all blocks of a source that is stored in chunks, are
    measured when they are read; elements that several blocks share count once. All other elements,
    such as rows that no window covers, are read at the end. Threads add their sums in any order, so
    that the sum of floats can differ in its last bits from run to run.

    Examples
    --------
    >>> reader = StatisticsReader(np.arange(12.0).reshape(3, 4))
    >>> _ = reader[0:2, 0:4], reader[1:2, 0:4]
    >>> reader.statistics().sum
    66.0
    """

    def __init__(self, source: ShapedArray, ignore: object = None) -> None:
        self.source = source
        self.shape: tuple[int, ...] = tuple(source.shape)
        self.dtype: DType = source.dtype
        self.strides = getattr(source, "strides", None)
        self._ignored = as_ignored_elements(ignore, source.dtype.newbyteorder("="))
        self._order = memory_order(source, len(self.shape))
        self._sizes = [self.shape[dim] for dim in self._order]
        self._steps = [math.prod(self._sizes[at + 1 :]) for at in range(len(self._sizes))]
        self._lock = threading.Lock()
        self._statistics = Statistics()
        self.chunk_shape: tuple[int, ...] | None = getattr(source, "chunk_shape", None)
        self._boxes = None if self.chunk_shape is None else UnmeasuredBoxes(self.shape)
        # The ranges of memory, in elements, that are not measured yet: sorted starts and stops.
        self._starts, self._stops = [0], [math.prod(self.shape)]

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        values = self.source[index]
        if self._boxes is not None:
            ranges = tuple(
                part.indices(size)[:2] for part, size in zip(index, self.shape, strict=True)
            )
            for box in self._boxes.take(ranges):
                self._measure(values[_index_in_block(box, ranges)])
            return values
        block_range = self._memory_range(index)
        if block_range is not None:
            with self._lock:
                new_ranges = self._take_unmeasured(*block_range)
            if new_ranges:
                flat = np.asarray(values).transpose(self._order).reshape(-1)
                for start, stop in new_ranges:
                    self._measure(flat[start - block_range[0] : stop - block_range[0]])
        return values

    def statistics(self) -> Statistics:
        """Return the statistics of all elements; read those that have not been measured yet."""
        if self._boxes is not None:
            for box in self._boxes.take_all():
                for block in statistics.statistics_blocks(self, box):
                    self._measure(read_block(self.source, block))
            return self._statistics
        size = max(1, statistics.MAX_STATISTICS_BLOCK_BYTES // max(self.dtype.itemsize, 1))
        place_in_order = [self._order.index(dim) for dim in range(len(self._order))]
        for start, stop in zip(self._starts, self._stops, strict=True):
            for low in range(start, stop, size):
                for block in self._blocks_of_range(low, min(low + size, stop)):
                    ranges = tuple(block[place] for place in place_in_order)
                    self._measure(read_block(self.source, ranges).reshape(-1))
        self._starts, self._stops = [], []
        return self._statistics

    def _measure(self, values: Array) -> None:
        measured = statistics.block_statistics(values, self._ignored)
        with self._lock:
            self._statistics += measured

    def _memory_range(self, index: tuple[slice, ...]) -> tuple[int, int] | None:
        """Return start and stop of a block in memory, in elements; None if it has gaps."""
        start, count, has_part_of_axis = 0, 1, False
        for dim, step in zip(reversed(self._order), reversed(self._steps), strict=True):
            low, high, slice_step = index[dim].indices(self.shape[dim])
            if slice_step != 1 or high <= low or (has_part_of_axis and high - low > 1):
                return None
            has_part_of_axis = has_part_of_axis or high - low < self.shape[dim]
            start += low * step
            count *= high - low
        return start, start + count

    def _take_unmeasured(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Return the unmeasured ranges between `start` and `stop`, which count as measured now."""
        first, last = bisect_right(self._stops, start), bisect_left(self._starts, stop)
        taken, kept = [], []
        for low, high in zip(self._starts[first:last], self._stops[first:last], strict=True):
            taken.append((max(low, start), min(high, stop)))
            kept += [span for span in ((low, start), (stop, high)) if span[0] < span[1]]
        self._starts[first:last] = [low for low, _ in kept]
        self._stops[first:last] = [high for _, high in kept]
        return taken

    def _blocks_of_range(self, start: int, stop: int) -> Iterator[Ranges]:
        """Yield the blocks that a range of memory consists of; their ranges are in memory order."""
        if not self._sizes:
            yield ()
            return
        while start < stop:
            lows = [int(low) for low in np.unravel_index(start, self._sizes)]
            whole_rows = [start % step == 0 and step <= stop - start for step in self._steps]
            at = whole_rows.index(True)  # the outermost axis of which a whole row begins here
            n_rows = min((stop - start) // self._steps[at], self._sizes[at] - lows[at])
            row = [(low, low + 1) for low in lows[:at]]
            inner = [(0, size) for size in self._sizes[at + 1 :]]
            yield (*row, (lows[at], lows[at] + n_rows), *inner)
            start += n_rows * self._steps[at]


def _index_in_block(box: Ranges, block: Ranges) -> tuple[slice, ...]:
    """Return the index of a box in a block that contains it."""
    return tuple(
        slice(low - start, high - start) for (low, high), (start, _) in zip(box, block, strict=True)
    )


class StatisticsWriter:
    """A writable array that computes the statistics of its elements when they are written.

    Parameters
    ----------
    out : WritableArray
        The array to write to. Every element is written once.
    ignore : number or sequence of number, optional
        Values to ignore.
    dtype : dtype, optional
        The array's dtype; without it no value is ignored.

    Attributes
    ----------
    statistics : Statistics
        The statistics of the elements written so far.

    Examples
    --------
    >>> writer = StatisticsWriter(np.empty(4))
    >>> writer[0:4,] = np.arange(4.0)
    >>> writer.statistics.max
    3.0
    """

    def __init__(
        self, out: WritableArray, ignore: object = None, dtype: DType | None = None
    ) -> None:
        self.out = out
        self.statistics = Statistics()
        self._ignored = () if dtype is None else as_ignored_elements(ignore, dtype)
        self._lock = threading.Lock()

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        self.out[index] = value
        measured = statistics.block_statistics(np.asarray(value), self._ignored)
        with self._lock:
            self.statistics += measured
