"""Execution of a recipe: the output is split into blocks, which threads compute and write."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import AxisOrder, Ranges, ReadableArray, WritableArray
from poolcli.core.dtypes import Array
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.core.engine.helper_threads import call_on_threads
from poolcli.core.engine.kernel_memory_layout import in_memory_layout, kept_axes, squeeze
from poolcli.core.engine.repeated_windows import RepeatedWindowsKernel, without_repeats
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.complete_windows import MAX_PIXEL_BYTES
from poolcli.core.kernels.compute_block import compute_block
from poolcli.core.kernels.kernel_protocol import Kernel, kernel_for
from poolcli.core.output_blocks import OutputBlock, OutputBlocks, one_block
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
"""A thread keeps so many plans of small arrays, and so many of the last large one."""

NUMPY_BUFFER_ELEMENTS = 8192
"""The size of NumPy's buffer."""

MIN_BUFFER_ELEMENTS = 256
"""The smallest size of the buffer. Shorter rows are combined faster if they are copied."""

MIN_BLOCKS = 4
"""An output of more than one working set is split into at least so many blocks, so that threads get
equal amounts of work."""


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
    recipe, (source, out, indices) = squeeze(recipe, source, out, indices)
    recipe, source, out, axis_order = in_memory_layout(recipe, source, out)
    key = recipe, tuple(axis_order)
    small = _kept_plans.small.pop(key, None)
    if small is not None:
        _run_small(key, small, source, out, indices)
        return
    kernel = _choose_kernel(recipe, source)
    total_bytes = working_set_bytes(recipe, kernel, axis_order)
    if total_bytes <= MAX_SMALL_BYTES:
        block = one_block(recipe, tuple((0, size) for size in recipe.out_shape))
        small = SmallPlan(kernel, block, BlockPlan(recipe, block, axis_order))
        _run_small(key, small, source, out, indices)
        return
    is_out_of_core = kernel.gathers_windows != kernel_for(recipe).gathers_windows
    workers = min(threads or usable_cpus(), MAX_THREADS)
    is_small = total_bytes <= MAX_SINGLE_THREAD_WORKING_SETS * blocks.MAX_WORKING_SET_BYTES
    if is_small or is_out_of_core or _has_huge_windows(recipe, kernel):
        workers = 1
    queue = output_blocks(recipe, kernel, axis_order, total_bytes)
    buffer_elements = _buffer_elements(recipe, axis_order)

    def pool_blocks() -> None:
        plans: dict[object, BlockPlan] = _kept_plans.large.pop(key, {})
        try:
            with np.errstate(all="ignore"), _numpy_buffer(buffer_elements):
                for block in queue:
                    plan = plans.get(block.shape_key)
                    if plan is None:
                        plan = plans[block.shape_key] = BlockPlan(recipe, block, axis_order)
                    _pool_and_write(recipe, kernel, source, block, plan, out, indices)
        except BaseException:
            queue.stop()
            raise
        while len(plans) > MAX_LARGE_PLANS:
            plans.popitem()
        _kept_plans.large = {key: plans}

    call_on_threads(pool_blocks, workers)


def _buffer_elements(recipe: Recipe, axis_order: AxisOrder) -> int:
    """Return the length of the shortest rows that are combined, as a size of NumPy's buffer.

    NumPy copies rows that are shorter than half of its buffer before it combines them, which takes
    as long as combining them.
    """
    row_elements, shortest = 1, NUMPY_BUFFER_ELEMENTS
    for dim in reversed(axis_order):
        is_row = row_elements * recipe.in_dtype.itemsize > MAX_PIXEL_BYTES
        if recipe.is_reduced(dim) and is_row:
            shortest = min(shortest, row_elements)
        row_elements *= recipe.out_shape[dim]
        if recipe.is_reduced(dim) and not is_row:
            shortest = min(shortest, row_elements)
    return shortest // 16 * 16 if shortest >= MIN_BUFFER_ELEMENTS else NUMPY_BUFFER_ELEMENTS


@contextmanager
def _numpy_buffer(n_elements: int) -> Iterator[None]:
    """Set the size of NumPy's buffer on this thread."""
    previous = np.setbufsize(n_elements)
    try:
        yield
    finally:
        np.setbufsize(previous)


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


def _has_huge_windows(recipe: Recipe, kernel: Kernel) -> bool:
    """Return whether a kernel gathers windows of more than `MAX_PARALLEL_WINDOW_BYTES`."""
    window_bytes = recipe.max_window_elements * kernel.element_bytes
    return kernel.gathers_windows and window_bytes > MAX_PARALLEL_WINDOW_BYTES


def _choose_kernel(recipe: Recipe, source: ReadableArray) -> Kernel:
    """Return the kernel of a recipe: out-of-core for huge windows, and without repeated windows."""
    distinct, repeats = without_repeats(recipe)
    if repeats:
        kernel = _choose_kernel(distinct, source)
        return RepeatedWindowsKernel(distinct, repeats, kernel)
    kernel = kernel_for(recipe)
    if kernel.gathers_windows:
        from poolcli.core.kernels.out_of_core_ranked import OutOfCoreKernel, needs_out_of_core
        from poolcli.core.kernels.ranked import RankedKernel

        if isinstance(kernel, RankedKernel) and needs_out_of_core(recipe, source):
            return OutOfCoreKernel(kernel, recipe.in_dtype.itemsize)
    return kernel


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
    recipe, (source,) = squeeze(recipe, source)
    kernel = _choose_kernel(recipe, source)
    with np.errstate(all="ignore"):
        block = one_block(recipe, out_ranges)
        plan = BlockPlan(recipe, block, blocks.memory_order(source, len(recipe.shape)))
        values, indices = compute_block(recipe, kernel, source, block, plan)
    return values.reshape(shape), None if indices is None else indices.reshape(shape)


def output_blocks(
    recipe: Recipe, kernel: Kernel, axis_order: AxisOrder, total_bytes: float
) -> OutputBlocks:
    """Return the blocks of the output.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    kernel : Kernel
        Computes the blocks.
    axis_order : sequence of int
        The axes from the outermost in memory to the innermost.
    total_bytes : float
        The working set of the whole output in bytes.
    """
    if total_bytes <= blocks.MAX_WORKING_SET_BYTES:
        return OutputBlocks(recipe, recipe.out_shape, axis_order)
    max_bytes = min(blocks.MAX_WORKING_SET_BYTES, total_bytes / MIN_BLOCKS)
    min_sizes = None if kernel.gathers_windows else min_block_shape(recipe, kernel, axis_order)
    shape = blocks.block_shape(recipe.out_shape, total_bytes, axis_order, max_bytes, min_sizes)
    return OutputBlocks(recipe, shape, axis_order)


def min_block_shape(recipe: Recipe, kernel: Kernel, axis_order: AxisOrder) -> list[int]:
    """Return the smallest size of a block along each axis.

    Axes that lie inside of the pooled axes in memory keep `MIN_CONTIGUOUS_BYTES` together. A window
    that exceeds the working set needs no smaller block: its input is read block by block.

    Parameters
    ----------
    recipe, kernel, axis_order
        As in `output_blocks`.
    """
    min_sizes = [1] * len(axis_order)
    inner_bytes = kernel.element_bytes
    for dim in reversed(axis_order):
        if recipe.is_reduced(dim):
            return min_sizes
        min_sizes[dim] = max(1, blocks.MIN_CONTIGUOUS_BYTES // max(inner_bytes, 1))
        inner_bytes *= recipe.shape[dim]
    return [1] * len(axis_order)


def working_set_bytes(recipe: Recipe, kernel: Kernel, axis_order: AxisOrder) -> float:
    """Return the working set of the whole output in bytes: the input and the first array made.

    Parameters
    ----------
    recipe, kernel, axis_order
        As in `output_blocks`.
    """
    sizes = [max(a, b) for a, b in zip(recipe.shape, recipe.out_shape, strict=True)]
    factor = 1.0  # and the array that folding the first pooled axis makes
    for dim in axis_order:
        axis = recipe.axes.get(dim)
        if axis is None or axis.is_identity:
            continue
        if kernel.gathers_windows:
            sizes[dim] = max(axis.size, axis.out_size * axis.max_elements)
        elif factor == 1:
            factor += min(axis.out_size, axis.size) / sizes[dim]
    return math.prod(sizes) * kernel.element_bytes * factor
