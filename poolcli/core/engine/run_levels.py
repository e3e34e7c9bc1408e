"""Pooling of a source at all levels of a pyramid: each block of the source is read once.

The source is split into blocks that consist of whole windows of the coarsest level. A thread reads
a block and computes all levels of it, from the level before where that gives the same values, else
from the block.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import (
    AxisOrder,
    Ranges,
    ReadableArray,
    WritableArray,
    memory_order,
    split_by_bytes,
)
from poolcli.core.dtypes import Array
from poolcli.core.engine.choose_kernel import choose_kernel
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.core.engine.helper_threads import call_on_threads
from poolcli.core.engine.kernel_memory_layout import depends_on_axis_order, squeeze
from poolcli.core.engine.numpy_buffer import buffer_elements, numpy_buffer
from poolcli.core.engine.run_blocks import (
    MAX_SINGLE_THREAD_WORKING_SETS,
    MAX_THREADS,
    has_huge_windows,
    run_recipe,
)
from poolcli.core.engine.split_output import min_block_shape, split_output, working_set_bytes
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.compute_block import compute_block
from poolcli.core.kernels.kernel_protocol import Kernel, kernel_for
from poolcli.core.levels import recipe_from_level_before
from poolcli.core.output_blocks import one_block
from poolcli.core.recipe import Recipe
from poolcli.core.reordered_view import AxisView, view_recipe

MAX_BLOCKS_BYTES = 1 << 26
"""The size of the blocks of the source that all threads together have in memory. Levels whose
windows are larger are pooled one by one."""

MAX_PLANS = 4
"""A thread keeps the plans of so many shapes of blocks of each level."""


def run_levels(
    recipes: Sequence[Recipe],
    source: ReadableArray,
    outs: Sequence[WritableArray],
    threads: int | None = None,
) -> None:
    """Pool a source at all levels of a pyramid, block by block.

    Each level has the values that `run_recipe` computes.

    Parameters
    ----------
    recipes : sequence of Recipe
        The recipes of the levels, the finest first, each for the source; from
        `poolcli.core.levels.level_recipes`.
    source : ReadableArray
        An array or a file of the recipes' shape and dtype (in any byte order).
    outs : sequence of WritableArray
        Receive the values, one for each recipe. Every element is written once.
    threads : int, optional
        By default one thread per CPU that this process may use. Results do not depend on it.

    Examples
    --------
    >>> from poolcli.core.levels import level_recipes
    >>> from poolcli.core.recipe import Options
    >>> from poolcli.core.window import Window
    >>> recipes = level_recipes((8,), "u1", "avg", Window.fixed(2), None, Options(), 2)
    >>> outs = [np.empty(recipe.out_shape, recipe.out_dtype) for recipe in recipes]
    >>> run_levels(recipes, np.arange(8, dtype=np.uint8), outs)
    >>> outs[1]
    array([1.5, 5.5], dtype=float32)
    """
    if 0 in recipes[0].out_shape:
        return
    count = _run_together(list(recipes), source, list(outs), threads)
    for recipe, out in zip(recipes[count:], outs[count:], strict=True):
        run_recipe(recipe, source, out, None, threads)


class _Level(NamedTuple):
    """One level that is computed from blocks.

    Attributes
    ----------
    recipe : Recipe
        From the source.
    step : Recipe or None
        From the level before, if it is computed from that.
    kernel : Kernel
        Computes `step`, or else `recipe`.
    out : WritableArray
        Receives the values.
    """

    recipe: Recipe
    step: Recipe | None
    kernel: Kernel
    out: WritableArray

    def ranges_of(self, in_ranges: Ranges) -> Ranges:
        """Return the ranges of the level whose windows begin in a block of the source."""
        ranges = list(in_ranges)
        for dim, axis in self.recipe.axes.items():
            start, stop = (-(-end // axis.kernel_size) for end in in_ranges[dim])
            ranges[dim] = start, min(stop, axis.out_size)
        return tuple(ranges)


@dataclass(frozen=True, slots=True)
class _BlockInMemory:
    """A block of an array, which is read by the indices of the array."""

    values: Array
    ranges: Ranges

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        return self.values[
            tuple(
                slice(part.start - start, part.stop - start)
                for part, (start, _) in zip(index, self.ranges, strict=True)
            )
        ]


def _run_together(
    recipes: list[Recipe], source: ReadableArray, outs: list[Any], threads: int | None
) -> int:
    """Compute as many of the finest levels as gain by it from blocks; return their number."""
    squeezed = [squeeze(recipe, source, out) for recipe, out in zip(recipes, outs, strict=True)]
    recipes, outs = [recipe for recipe, _ in squeezed], [arrays[1] for _, arrays in squeezed]
    source = squeezed[0][1][0]
    steps = [None, *map(recipe_from_level_before, recipes[1:], recipes[:-1])]
    if isinstance(source, np.ndarray) and steps[-1] is None:
        return 0  # reading costs nothing, and one level after the other has less scratch memory
    axis_order = memory_order(source, len(recipes[0].shape))
    if axis_order != sorted(axis_order) and not depends_on_axis_order(recipes[0]):
        rank, dims = len(axis_order), tuple(axis_order)
        recipes = [view_recipe(recipe, dims) for recipe in recipes]
        steps = [step and view_recipe(step, dims) for step in steps]
        source, *outs = (AxisView(array, rank, dims) for array in (source, *outs))
        axis_order = sorted(axis_order)
    levels = []
    for recipe, step, out in zip(recipes, steps, outs, strict=True):
        kernel = choose_kernel(recipe, source)
        if not _fits(recipe, kernel, axis_order):
            break
        levels.append(_Level(recipe, step, choose_kernel(step, source) if step else kernel, out))
    if len(levels) > 1:
        _run_blocks(levels, source, axis_order, threads)
    return len(levels) if len(levels) > 1 else 0


def _fits(recipe: Recipe, kernel: Kernel, axis_order: AxisOrder) -> bool:
    """Return whether the smallest block of whole windows of a level can be in memory."""
    is_out_of_core = kernel.gathers_windows != kernel_for(recipe).gathers_windows
    if is_out_of_core or has_huge_windows(recipe, kernel):
        return False
    return _smallest_block_bytes(recipe, kernel, axis_order) <= MAX_BLOCKS_BYTES


def _smallest_block_bytes(recipe: Recipe, kernel: Kernel, axis_order: AxisOrder) -> int:
    """Return the size of the smallest block of the source that consists of whole windows."""
    rank = len(axis_order)
    sizes = [1] * rank if kernel.gathers_windows else min_block_shape(recipe, kernel, axis_order)
    for dim, axis in recipe.axes.items():
        sizes[dim] *= axis.kernel_size
    return recipe.in_dtype.itemsize * math.prod(map(min, sizes, recipe.shape))


def _run_blocks(
    levels: list[_Level],
    source: ReadableArray,
    axis_order: AxisOrder,
    threads: int | None,
) -> None:
    """Compute levels from blocks of the source, on several threads."""
    cover = _covering_recipe(levels[-1].recipe)
    coarsest = choose_kernel(cover, source)
    total_bytes = max(
        working_set_bytes(level.recipe, level.kernel, axis_order)
        for level in levels
        if level.step is None
    )
    chunk_shape = getattr(source, "chunk_shape", None)
    queue = split_output(cover, coarsest, axis_order, total_bytes, chunk_shape)
    block_bytes = _smallest_block_bytes(cover, coarsest, axis_order)
    workers = min(threads or usable_cpus(), MAX_THREADS, max(MAX_BLOCKS_BYTES // block_bytes, 1))
    if total_bytes <= MAX_SINGLE_THREAD_WORKING_SETS * blocks.MAX_WORKING_SET_BYTES:
        workers = 1
    buffer_size = min(buffer_elements(level.recipe, axis_order) for level in levels)

    def pool_blocks() -> None:
        compute = _BlockLevels(levels, axis_order)
        try:
            with np.errstate(all="ignore"), numpy_buffer(buffer_size):
                for block in queue:
                    compute(np.asarray(source[block.in_index]), block.in_ranges)
        except BaseException:
            queue.stop()
            raise

    call_on_threads(pool_blocks, workers)


def _covering_recipe(recipe: Recipe) -> Recipe:
    """Return a recipe whose windows cover the whole source, the last ones in part."""
    axes = {
        dim: axis._replace(out_size=-(-axis.size // axis.kernel_size))
        for dim, axis in recipe.axes.items()
    }
    out_shape = (axes[dim].out_size if dim in axes else n for dim, n in enumerate(recipe.shape))
    return replace(recipe, axes=axes, out_shape=tuple(out_shape))


class _BlockLevels:
    """The computation of all levels of a block of the source, by one thread."""

    def __init__(self, levels: list[_Level], axis_order: AxisOrder) -> None:
        self.levels = levels
        self.axis_order = axis_order
        self.plans: list[dict[object, BlockPlan]] = [{} for _ in levels]

    def __call__(self, values: Array, in_ranges: Ranges) -> None:
        """Compute and write all levels of a block.

        Parameters
        ----------
        values : ndarray
            The block; it is not written to.
        in_ranges : tuple of (int, int)
            Its ranges in the source, one per axis.
        """
        source = before = _BlockInMemory(values, in_ranges)
        for level, plans in zip(self.levels, self.plans, strict=True):
            ranges = level.ranges_of(in_ranges)
            if any(start >= stop for start, stop in ranges):
                return  # coarser levels have no window here either
            index = tuple(slice(*span) for span in ranges)
            if isinstance(level.out, np.ndarray):
                result = level.out[index]
            else:
                result = np.empty([stop - start for start, stop in ranges], level.recipe.out_dtype)
            finer, before = before, _BlockInMemory(result, ranges)
            self._compute(level, plans, source if level.step is None else finer, before)
            if not isinstance(level.out, np.ndarray):
                level.out[index] = result

    def _compute(
        self,
        level: _Level,
        plans: dict[object, BlockPlan],
        source: _BlockInMemory,
        result: _BlockInMemory,
    ) -> None:
        """Compute one level of a block, in parts of the working set's size."""
        recipe = level.recipe if level.step is None else level.step
        total_bytes = working_set_bytes(recipe, level.kernel, self.axis_order)
        element_bytes = math.ceil(total_bytes / math.prod(recipe.out_shape))
        max_bytes = 1.5 * blocks.MAX_WORKING_SET_BYTES
        for ranges in split_by_bytes(result.ranges, element_bytes, self.axis_order, max_bytes):
            block = one_block(recipe, ranges)
            plan = plans.get(block.shape_key)
            if plan is None:
                if len(plans) >= MAX_PLANS:
                    plans.clear()
                plan = plans[block.shape_key] = BlockPlan(recipe, block, self.axis_order)
            target = result[block.out_index]
            out = target if target.flags.c_contiguous else None
            values, _ = compute_block(recipe, level.kernel, source, block, plan, out)
            if values is not out:
                target[...] = values
