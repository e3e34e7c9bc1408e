"""The work on one box of a store, by a worker: read it, pool it, write whole chunks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from poolcli.batch.zarr_stores.box_messages import BoxTask
from poolcli.batch.zarr_stores.box_statistics import BoxStatistics
from poolcli.batch.zarr_stores.boxes import max_box_bytes
from poolcli.batch.zarr_stores.store_arrays import open_source, open_target
from poolcli.batch.zarr_stores.store_plan import (
    BoxOutput,
    CopyStep,
    PoolStep,
    StorePlan,
    output_ranges,
)
from poolcli.core.blocks import Ranges, read_block
from poolcli.core.dtypes import Array, DType
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.engine.run_levels import run_levels
from poolcli.core.engine.statistics import Statistics, compute_statistics
from poolcli.core.padded_source import with_padded_source
from poolcli.core.recipe import Recipe
from poolcli.core.recipe_part import recipe_part

MAX_READ_SHARE = 1.25
"""The input of a box is read into memory at once up to this multiple of `max_box_bytes`. Larger
inputs are read block by block."""


def compute_box(task: BoxTask, threads: int | None) -> BoxStatistics:
    """Compute a box of a step, and write what it gives.

    Doing it twice gives the same chunks. No other box writes any of these chunks.

    Parameters
    ----------
    task : BoxTask
        The plan, the step and the box.
    threads : int, optional
        The number of threads; None for all processors that this process may use.

    Raises
    ------
    ReadError
        If a chunk of the source cannot be read, or the source has vanished or changed.
    OutputError
        If a chunk cannot be written.
    """
    plan, work = task.plan, task.plan.steps[task.step_index]
    ranges = work.grid.ranges(task.box_index)
    if isinstance(work, CopyStep):
        source, target = open_source(plan, work.source), open_target(plan, work.path)
        target.copy_from(source, ranges, ArrayPart(source.array, ranges, target.array.dtype))
        source.check()
        return BoxStatistics(Statistics(), {})
    return _PooledBox(plan, work, ranges, threads).run()


class _PooledBox:
    """A box that is pooled, and what its outputs share."""

    def __init__(
        self, plan: StorePlan, step: PoolStep, ranges: Ranges, threads: int | None
    ) -> None:
        self.plan, self.step, self.threads = plan, step, threads
        self.source = open_source(plan, step.source)
        first = step.outputs[0].recipe
        self.box = tuple(
            (min(start, size), min(stop, size))
            for (start, stop), size in zip(ranges, first.shape, strict=True)
        )
        self.outputs: list[tuple[BoxOutput, Ranges]] = []
        for output in step.outputs:
            outs = output_ranges(output.recipe, ranges)
            if all(start < stop for start, stop in outs):
                self.outputs.append((output, outs))
        chunks, itemsize = step.source.chunks, first.in_dtype.itemsize
        self.max_bytes = MAX_READ_SHARE * max_box_bytes(chunks, first.shape, itemsize)
        self.reading = self._reading(first)

    def run(self) -> BoxStatistics:
        measured = Statistics()
        if self.plan.measures and self.step.measures_source:
            measured = compute_statistics(self._part(self.box), self.plan.ignore)
        levels = self._pool_levels() if self.step.is_pyramid else self._pool_separately()
        if self.step.copy_path is not None:
            open_target(self.plan, self.step.copy_path).copy_from(
                self.source, self.box, self._part(self.box)
            )
        self.source.check()
        return BoxStatistics(measured, levels)

    def _reading(self, recipe: Recipe) -> PartInMemory | None:
        """Return the elements that the box needs, if they fit into memory at once."""
        needed = self.box
        if not self.step.is_pyramid and self.outputs and recipe.padding_mode is None:
            windows = recipe.input_ranges(self.outputs[0][1])
            needed = tuple(
                (min(a, c), max(b, d)) for (a, b), (c, d) in zip(windows, needed, strict=True)
            )
        if _nbytes(needed, recipe) > self.max_bytes:
            return None
        return PartInMemory(read_block(self.source.array, needed), needed)

    def _part(self, ranges: Ranges) -> Any:
        """Return a part of the source: an array in memory, or one that is read block by block."""
        if self.reading is not None and self.reading.contains(ranges):
            return self.reading.part(ranges)
        return ArrayPart(self.source.array, ranges, self.step.outputs[0].recipe.in_dtype)

    def _pool_levels(self) -> dict[int, Statistics]:
        parts = [recipe_part(each.recipe, outs, self.box)[0] for each, outs in self.outputs]
        results = [np.empty(part.out_shape, part.out_dtype) for part in parts]
        if parts:
            run_levels(parts, self._part(self.box), results, self.threads)
        return self._write(results)

    def _pool_separately(self) -> dict[int, Statistics]:
        results = []
        for output, outs in self.outputs:
            recipe, source = with_padded_source(output.recipe, self.source.array)
            part, ins = recipe_part(recipe, outs)
            if source is self.source.array:
                reading = self._part(ins)
            else:
                reading = ArrayPart(source, ins, recipe.in_dtype)
                if _nbytes(ins, recipe) <= self.max_bytes:
                    reading = read_block(source, ins)
            results.append(np.empty(part.out_shape, part.out_dtype))
            run_recipe(part, reading, results[-1], None, self.threads)
        return self._write(results)

    def _write(self, results: list[Array]) -> dict[int, Statistics]:
        """Write the results; return the statistics of those that are levels."""
        measured = {}
        for (output, outs), values in zip(self.outputs, results, strict=True):
            open_target(self.plan, output.path).write(outs, values)
            if output.level is not None and self.plan.measures:
                measured[output.level] = compute_statistics(values, self.plan.ignore)
        return measured


class PartInMemory:
    """A part of an array that was read, addressed by the positions of the array.

    Attributes
    ----------
    values : ndarray
        The elements.
    ranges : tuple of (int, int)
        The part, one range per axis.
    """

    def __init__(self, values: Array, ranges: Ranges) -> None:
        self.values = values
        self.ranges = ranges

    def contains(self, ranges: Ranges) -> bool:
        """Return whether all of these positions are in memory."""
        return all(
            start <= low and high <= stop
            for (low, high), (start, stop) in zip(ranges, self.ranges, strict=True)
        )

    def part(self, ranges: Ranges) -> Array:
        """Return the elements at these positions, a view."""
        return self.values[
            tuple(
                slice(low - start, high - start)
                for (low, high), (start, _) in zip(ranges, self.ranges, strict=True)
            )
        ]


class ArrayPart:
    """A part of an array that is read block by block, with positions that begin at 0.

    Examples
    --------
    >>> part = ArrayPart(np.arange(9), ((3, 7),), np.dtype(int))
    >>> part.shape, part[slice(1, 3),]
    ((4,), array([4, 5]))
    """

    def __init__(self, array: Any, ranges: Ranges, dtype: DType) -> None:
        self.array = array
        self.starts = [start for start, _ in ranges]
        self.shape = tuple(stop - start for start, stop in ranges)
        self.dtype = dtype
        self.chunk_shape = getattr(array, "chunk_shape", None)

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        block: Array = self.array[
            tuple(
                slice(each.start + first, each.stop + first)
                for each, first in zip(index, self.starts, strict=True)
            )
        ]
        return block


def _nbytes(ranges: Ranges, recipe: Recipe) -> int:
    return recipe.in_dtype.itemsize * math.prod(stop - start for start, stop in ranges)
