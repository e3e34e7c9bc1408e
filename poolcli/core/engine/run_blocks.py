"""Execution of a recipe: the output is split into blocks, which threads compute and write."""

from __future__ import annotations

import threading
from typing import NamedTuple, TypeAlias

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import Ranges, ReadableArray, WritableArray
from poolcli.core.casting import cast
from poolcli.core.dtypes import Array
from poolcli.core.engine.choose_kernel import choose_kernel
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.core.engine.helper_threads import call_on_threads
from poolcli.core.engine.kernel_memory_layout import in_memory_layout, kept_axes, squeeze
from poolcli.core.engine.numpy_buffer import buffer_elements, numpy_buffer
from poolcli.core.engine.split_output import split_output, working_set_bytes
from poolcli.core.float32_pooling import float32_source, pooled_in_float32, rounded_output
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.compute_block import compute_block
from poolcli.core.kernels.kernel_protocol import Kernel, kernel_for
from poolcli.core.output_blocks import OutputBlock, one_block
from poolcli.core.padded_source import with_padded_source
from poolcli.core.recipe import Recipe

MAX_PARALLEL_WINDOW_BYTES = 1 << 25
"""If one window takes more bytes than this, one thread at a time gathers windows."""

MAX_THREADS = 256

MAX_SINGLE_THREAD_WORKING_SETS = 1.75
"""Outputs of at most so many working sets are computed by one thread: starting another thread would
take longer."""

MAX_SMALL_BYTES = 1 << 16
"""Arrays with working sets of at most so many bytes are pooled as one block."""

MAX_SMALL_PLANS, MAX_LARGE_PLANS = 64, 4
"""A thread keeps so many plans of small arrays, and so many of the last large one. Blocks of
adaptive windows may all be unlike, so that their plans would take as much memory as the input."""


def keep_freed_memory_in_process() -> None:
    """Make glibc reuse the memory of freed arrays of less than 32 MB.

    By default glibc returns such arrays to the system, so that every block's memory is mapped and
    cleared anew. glibc raises its limit (the dynamic ``M_MMAP_THRESHOLD``, at most 32 MB) to the
    size of the largest array freed. Measured: a mean over 64 MB of float32 takes 16 ms instead of
    60 ms. The array is never touched, so that it costs no memory; other allocators ignore it.
    """
    np.empty((1 << 25) - (1 << 13), np.uint8)


keep_freed_memory_in_process()


def run_recipe(
    recipe: Recipe,
    source: ReadableArray,
    out: WritableArray,
    indices: WritableArray | None = None,
    threads: int | None = None,
) -> None:
    """Pool a source into an output, block by block.

    Parameters
    ----------
    recipe : Recipe
        The pooling, prepared for the source's shape and dtype.
    source : ReadableArray
        An array or a file of shape `recipe.shape` and dtype `recipe.in_dtype` (in any byte order).
    out : WritableArray
        Receives the values: shape `recipe.out_shape`, dtype `recipe.out_dtype`. Every element is
        written once.
    indices : WritableArray, optional
        Receives the argmax or argmin indices: shape `recipe.out_shape`, int64.
    threads : int, optional
        By default one thread per CPU that this process may use. Results do not depend on it.
    """
    if 0 in recipe.out_shape:  # the other axes may have any size
        return
    source, out = float32_source(source, recipe), rounded_output(out, recipe)
    recipe = pooled_in_float32(recipe)
    recipe, (source, out, indices) = squeeze(recipe, source, out, indices)
    recipe, source, out, axis_order = in_memory_layout(recipe, source, out)
    recipe, source = with_padded_source(recipe, source)
    key = recipe, tuple(axis_order)
    small = _kept_plans.small.pop(key, None)
    if small is not None:
        _run_small(key, small, source, out, indices)
        return
    kernel = choose_kernel(recipe, source)
    total_bytes = working_set_bytes(recipe, kernel, axis_order)
    if total_bytes <= MAX_SMALL_BYTES:
        block = one_block(recipe, tuple((0, size) for size in recipe.out_shape))
        small = SmallPlan(kernel, block, BlockPlan(recipe, block, axis_order))
        _run_small(key, small, source, out, indices)
        return
    is_out_of_core = kernel.gathers_windows != kernel_for(recipe).gathers_windows
    workers = min(threads or usable_cpus(), MAX_THREADS)
    is_small = total_bytes <= MAX_SINGLE_THREAD_WORKING_SETS * blocks.MAX_WORKING_SET_BYTES
    if is_small or is_out_of_core or has_huge_windows(recipe, kernel):
        workers = 1
    chunk_shape = getattr(source, "chunk_shape", None)
    queue = split_output(recipe, kernel, axis_order, total_bytes, chunk_shape)
    buffer_size = buffer_elements(recipe, axis_order)

    def pool_blocks() -> None:
        plans: dict[object, BlockPlan] = _kept_plans.large.pop(key, {})
        try:
            with np.errstate(all="ignore"), numpy_buffer(buffer_size):
                for block in queue:
                    plan = plans.pop(block.shape_key, None)
                    if plan is None:
                        plan = BlockPlan(recipe, block, axis_order)
                        if len(plans) >= MAX_LARGE_PLANS:
                            del plans[next(iter(plans))]  # the least recently used
                    plans[block.shape_key] = plan
                    _pool_and_write(recipe, kernel, source, block, plan, out, indices)
        except BaseException:
            queue.stop()
            raise
        _kept_plans.large = {key: plans}

    call_on_threads(pool_blocks, workers)


RecipeKey: TypeAlias = tuple[Recipe, tuple[int, ...]]
"""A recipe, and the axes of its source from the outermost in memory to the innermost."""


class SmallPlan(NamedTuple):
    """The kernel, the block and the plan of a small array, which is one block."""

    kernel: Kernel
    block: OutputBlock
    plan: BlockPlan


class _KeptPlans(threading.local):
    """The plans that a thread keeps from call to call, with their scratch memory.

    They are taken out while they are used: a signal handler may pool an array, too.

    Attributes
    ----------
    small : dict of RecipeKey to SmallPlan
    large : dict of RecipeKey to dict of object to BlockPlan
        Those of the last recipe, by the shape key of the block.
    """

    def __init__(self) -> None:
        self.small: dict[RecipeKey, SmallPlan] = {}
        self.large: dict[RecipeKey, dict[object, BlockPlan]] = {}


_kept_plans = _KeptPlans()


def _run_small(
    key: RecipeKey,
    small: SmallPlan,
    source: ReadableArray,
    out: WritableArray,
    indices: WritableArray | None,
) -> None:
    """Pool a small array, and keep its plan."""
    with np.errstate(all="ignore"):
        _pool_and_write(key[0], small.kernel, source, small.block, small.plan, out, indices)
    kept = _kept_plans.small
    if len(kept) >= MAX_SMALL_PLANS:
        kept.clear()
    kept[key] = small


def _pool_and_write(
    recipe: Recipe,
    kernel: Kernel,
    source: ReadableArray,
    block: OutputBlock,
    plan: BlockPlan,
    out: WritableArray,
    indices: WritableArray | None,
) -> None:
    """Compute a block of the output and write it."""
    target = None
    if isinstance(out, np.ndarray):
        target = out[block.out_index]
        if not target.flags.c_contiguous:
            target = None
    values, block_indices = compute_block(recipe, kernel, source, block, plan, target)
    if values is not target:
        out[block.out_index] = values
    if indices is not None and block_indices is not None:
        indices[block.out_index] = block_indices


def has_huge_windows(recipe: Recipe, kernel: Kernel) -> bool:
    """Return whether a kernel gathers windows of more than `MAX_PARALLEL_WINDOW_BYTES`."""
    window_bytes = recipe.max_window_elements * kernel.element_bytes
    return kernel.gathers_windows and window_bytes > MAX_PARALLEL_WINDOW_BYTES


def pool_block(
    recipe: Recipe, source: ReadableArray, out_ranges: Ranges
) -> tuple[Array, Array | None]:
    """Return one block of the output, with the same values as in the whole output.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    source : ReadableArray
        An array or a file of shape `recipe.shape`.
    out_ranges : tuple of (int, int)
        The block: one range per axis of `recipe.out_shape`.

    Returns
    -------
    values : ndarray
        Of the block's shape and dtype `recipe.out_dtype`.
    indices : ndarray of int64 or None
        The argmax or argmin indices where the recipe wants them.
    """
    shape = [stop - start for start, stop in out_ranges]
    out_ranges = tuple(out_ranges[dim] for dim in kept_axes(recipe))
    out_dtype = recipe.out_dtype
    source, recipe = float32_source(source, recipe), pooled_in_float32(recipe)
    recipe, (source,) = squeeze(recipe, source)
    recipe, source = with_padded_source(recipe, source)
    kernel = choose_kernel(recipe, source)
    with np.errstate(all="ignore"):
        block = one_block(recipe, out_ranges)
        plan = BlockPlan(recipe, block, blocks.memory_order(source, len(recipe.shape)))
        values, indices = compute_block(recipe, kernel, source, block, plan)
    values = cast(values, out_dtype)
    return values.reshape(shape), None if indices is None else indices.reshape(shape)
