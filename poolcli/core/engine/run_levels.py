"""Pooling of a source at all levels of a pyramid: each block of the source is read once.

The source is split into blocks that consist of whole windows of the coarsest level. A thread reads
a block and computes all levels of it, from the level before where that gives the same values, else
from the block.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import AxisOrder, ReadableArray, WritableArray, memory_order
from poolcli.core.dtypes import Array
from poolcli.core.engine.choose_kernel import choose_kernel
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.core.engine.helper_threads import call_on_threads
from poolcli.core.engine.kernel_memory_layout import depends_on_axis_order, squeeze
from poolcli.core.engine.levels_of_block import BlockLevels, Level, levels_kernel
from poolcli.core.engine.numpy_buffer import buffer_elements, numpy_buffer
from poolcli.core.engine.run_blocks import (
    MAX_SINGLE_THREAD_WORKING_SETS,
    MAX_THREADS,
    has_huge_windows,
    run_recipe,
)
from poolcli.core.engine.split_output import (
    MIN_BLOCKS,
    min_block_shape,
    split_output,
    working_set_bytes,
)
from poolcli.core.float32_pooling import float32_source, pooled_in_float32, rounded_output
from poolcli.core.kernels.kernel_protocol import Kernel, kernel_for
from poolcli.core.levels import recipe_from_level_before
from poolcli.core.recipe import Recipe
from poolcli.core.reordered_view import AxisView, view_recipe

MAX_BLOCKS_BYTES = 1 << 26
"""The size of the blocks of the source that all threads together have in memory. Levels whose
windows are larger are pooled one by one."""

SAMPLE_SIZE = 64
"""The size along each pooled axis of the part of an array that decides whether a mode computes all
levels at once."""

MAX_WORKING_SETS = 4
"""The size of a block of the source in working sets, if there are enough blocks for all threads.
Coarse levels of smaller blocks are so small that calls take longer than the work: a volume of 256³
uint32 labels takes 36 ms on one thread, with two working sets 47 ms."""

WORKING_SETS_OF_SUMS = 2
"""The same for modes whose levels share sums, which are wider than elements."""


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
    outs = [rounded_output(out, recipe) for out, recipe in zip(outs, recipes, strict=True)]
    source, recipes = float32_source(source, recipes[0]), list(map(pooled_in_float32, recipes))
    count = _run_together(recipes, source, outs, threads)
    for recipe, out in zip(recipes[count:], outs[count:], strict=True):
        run_recipe(recipe, source, out, None, threads)


def _run_together(
    recipes: list[Recipe], source: ReadableArray, outs: list[Any], threads: int | None
) -> int:
    """Compute as many of the finest levels as gain by it from blocks; return their number."""
    squeezed = [squeeze(recipe, source, out) for recipe, out in zip(recipes, outs, strict=True)]
    recipes, outs = [recipe for recipe, _ in squeezed], [arrays[1] for _, arrays in squeezed]
    source = squeezed[0][1][0]
    steps = [None, *map(recipe_from_level_before, recipes[1:], recipes[:-1])]
    if (
        isinstance(source, np.ndarray)
        and steps[-1] is None
        and not _is_pooled_at_once(recipes, source)
    ):
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
        levels.append(Level(recipe, step, choose_kernel(step, source) if step else kernel, out))
    if len(levels) > 1:
        _run_blocks(levels, source, axis_order, threads)
    return len(levels) if len(levels) > 1 else 0


def _is_pooled_at_once(recipes: list[Recipe], source: Array) -> bool:
    """Return whether the mode computes all levels of the middle of a source at once."""
    kernel = levels_kernel(recipes)
    if kernel is None:
        return False
    index = []
    for dim, size in enumerate(source.shape):
        step = recipes[-1].axes[dim].kernel_size if dim in recipes[-1].axes else 0
        start = size // 2 // step * step if step else size // 2
        index.append(slice(start, min(start + (SAMPLE_SIZE if step else 1), size)))
    return kernel.pool(source[tuple(index)]) is not None


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
    levels: list[Level],
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
        if level.from_before is None
    )
    workers = min(threads or usable_cpus(), MAX_THREADS)
    if total_bytes <= MAX_SINGLE_THREAD_WORKING_SETS * blocks.MAX_WORKING_SET_BYTES:
        workers = 1
    chunk_shape = getattr(source, "chunk_shape", None)
    at_once = levels_kernel([level.recipe for level in levels])
    shares_sums = at_once is not None and not at_once.has_large_scratch
    working_sets = WORKING_SETS_OF_SUMS if shares_sums else MAX_WORKING_SETS
    wanted_bytes: float = blocks.MAX_WORKING_SET_BYTES * working_sets
    max_bytes = MAX_BLOCKS_BYTES / workers
    if workers > 1:
        max_bytes = min(max_bytes, total_bytes / MIN_BLOCKS / workers)
    wanted_bytes = max(min(wanted_bytes, max_bytes), blocks.MAX_WORKING_SET_BYTES)
    rows_bytes = total_bytes / _rows_of_windows(cover, axis_order)
    max_rows_bytes = MAX_BLOCKS_BYTES / workers
    if at_once is not None and at_once.has_large_scratch:
        max_rows_bytes = 2 * wanted_bytes
    if rows_bytes <= max_rows_bytes and not isinstance(source, np.ndarray):
        wanted_bytes = max(wanted_bytes, rows_bytes)  # a contiguous part of a file
    split_bytes = total_bytes * blocks.MAX_WORKING_SET_BYTES / wanted_bytes
    queue = split_output(cover, coarsest, axis_order, split_bytes, chunk_shape)
    block_bytes = _smallest_block_bytes(cover, coarsest, axis_order)
    workers = min(workers, max(MAX_BLOCKS_BYTES // block_bytes, 1))
    buffer_size = min(buffer_elements(level.recipe, axis_order) for level in levels)

    def pool_blocks() -> None:
        compute = BlockLevels(levels, axis_order)
        try:
            with np.errstate(all="ignore"), numpy_buffer(buffer_size):
                for block in queue:
                    compute(np.asarray(source[block.in_index]), block.in_ranges)
        except BaseException:
            queue.stop()
            raise

    call_on_threads(pool_blocks, workers)


def _rows_of_windows(recipe: Recipe, axis_order: AxisOrder) -> int:
    """Return the number of contiguous parts of whole windows that a source can be split into."""
    parts = 1
    for dim in axis_order:
        parts *= recipe.out_shape[dim]
        if recipe.is_reduced(dim):
            break
    return parts


def _covering_recipe(recipe: Recipe) -> Recipe:
    """Return a recipe whose windows cover the whole source, the last ones in part."""
    axes = {
        dim: axis._replace(out_size=-(-axis.size // axis.kernel_size))
        for dim, axis in recipe.axes.items()
    }
    out_shape = (axes[dim].out_size if dim in axes else n for dim, n in enumerate(recipe.shape))
    return replace(recipe, axes=axes, out_shape=tuple(out_shape))
