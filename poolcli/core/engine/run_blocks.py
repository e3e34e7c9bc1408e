"""The engine: cutting the work into slabs, running them on threads, putting results in place."""

from __future__ import annotations

import math
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import (
    Ranges,
    ReadableArray,
    WritableArray,
    block_shape,
    memory_order,
    split_into_blocks,
)
from poolcli.core.casting import cast
from poolcli.core.dtypes import Array
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.core.engine.memory_layout import as_stored
from poolcli.core.engine.squeeze import kept_axes, squeeze
from poolcli.core.kernels.base import Kernel, is_reduced, kernel_for
from poolcli.core.recipe import Recipe

MAX_PARALLEL_WINDOW_BYTES = 1 << 25
"""A window of more bytes than this is gathered by one thread at a time."""

MAX_THREADS = 256
"""More than this many threads are never started."""

SINGLE_THREAD_WORKING_SETS = 1.75
"""Up to so many slabs' bytes are left to one thread: starting another takes as long."""

MIN_BLOCKS = 4
"""What is more than a slab is cut into at least so many, so that threads have work to share."""

# A freed array of just below 32 MB teaches glibc to keep what is freed from now on. It gives
# smaller arrays back to the system by default, and every slab would fault its memory in anew: a
# mean of 64 MB took 60 ms, not 16. Nothing is touched here, and other allocators do not mind.
np.empty((1 << 25) - (1 << 13), np.uint8)


def run_recipe(
    recipe: Recipe,
    source: ReadableArray,
    out: WritableArray,
    indices: WritableArray | None = None,
    threads: int | None = None,
) -> None:
    """Pool a source into a result, slab by slab.

    Parameters
    ----------
    recipe : Recipe
        What to do.
    source : array_like
        Of the recipe's shape; read by tuples of slices, from several threads at once.
    out : array_like
        Of the recipe's `out_shape`; every element is written once.
    indices : array_like, optional
        Where the places go, int64, of the same shape.
    threads : int, optional
        How many threads, by default one for each processor that this process may use. Results
        do not depend on it.
    """
    if 0 in recipe.out_shape:  # its other axes may claim any size
        return
    recipe, (source, out, indices) = squeeze(recipe, source, out, indices)
    ordered = kernel_for(recipe).order_dependent
    recipe, source, out, order = as_stored(recipe, source, out, ordered)
    kernel = kernel_for(recipe)
    vast = _out_of_core_kernel(kernel, recipe, source) if kernel.gathers_windows else None
    kernel = vast or kernel
    total = working_set_bytes(recipe, kernel, order)
    slabs = split_output(recipe, kernel, order, total)
    workers = min(threads or usable_cpus(), MAX_THREADS)
    if vast or (
        kernel.gathers_windows
        and recipe.max_window_elements * kernel.element_bytes > MAX_PARALLEL_WINDOW_BYTES
    ):
        workers = 1
    if workers == 1 or total <= SINGLE_THREAD_WORKING_SETS * blocks.MAX_WORKING_SET_BYTES:
        with np.errstate(all="ignore"):
            for outs in slabs:
                write_block(recipe, kernel, source, out, indices, outs, order)
        return

    lock = threading.Lock()

    @np.errstate(all="ignore")
    def work() -> None:
        try:
            while True:
                with lock:
                    outs = next(slabs, None)
                if outs is None:
                    return
                write_block(recipe, kernel, source, out, indices, outs, order)
        except BaseException:
            with lock:
                slabs.close()  # the others stop, too
            raise

    with ThreadPoolExecutor(workers - 1) as pool:
        jobs = [pool.submit(work) for _ in range(workers - 1)]
        work()
        for job in jobs:
            job.result()


def _out_of_core_kernel(kernel: Kernel, recipe: Recipe, source: ReadableArray) -> Kernel | None:
    """What a kernel that gathers is replaced with where windows are too large to be gathered."""
    from poolcli.core.kernels.out_of_core import OutOfCoreKernel, needs_out_of_core
    from poolcli.core.kernels.ranked import RankedKernel

    takes = isinstance(kernel, RankedKernel) and needs_out_of_core(recipe, source)
    return OutOfCoreKernel(kernel) if takes else None  # type: ignore[arg-type]


def write_block(
    recipe: Recipe,
    kernel: Kernel,
    source: ReadableArray,
    out: WritableArray,
    indices: WritableArray | None,
    outs: Ranges,
    order: Sequence[int],
) -> None:
    """Compute one block of the result and put it in place."""
    values, places = _pooled_block(recipe, kernel, source, outs, order)
    where = tuple(slice(*span) for span in outs)
    out[where] = values
    if indices is not None and places is not None:
        indices[where] = places


def pool_block(recipe: Recipe, source: ReadableArray, outs: Ranges) -> tuple[Array, Array | None]:
    """Compute a block of the result alone, as it is in the whole result.

    Returns
    -------
    (ndarray, ndarray or None)
        The values and, where the recipe asks for them, their places.
    """
    shape = [stop - start for start, stop in outs]
    outs = tuple(outs[dim] for dim in kept_axes(recipe))
    recipe, (source,) = squeeze(recipe, source)
    kernel = kernel_for(recipe)
    if kernel.gathers_windows:
        kernel = _out_of_core_kernel(kernel, recipe, source) or kernel
    with np.errstate(all="ignore"):
        order = memory_order(source, len(recipe.shape))
        values, places = _pooled_block(recipe, kernel, source, outs, order)
    return values.reshape(shape), None if places is None else places.reshape(shape)


def _pooled_block(
    recipe: Recipe, kernel: Kernel, source: ReadableArray, outs: Ranges, order: Sequence[int]
) -> tuple[Array, Array | None]:
    outcome = kernel.pool(source, outs, order)
    values = cast(outcome.values, recipe.out_dtype)
    if outcome.error_bound is not None:
        from poolcli.core.kernels.round_half_up import correct_rounding

        correct_rounding(recipe, source, outs, outcome.values, values, outcome.error_bound)
    if outcome.empty is not None and outcome.empty.any():
        values = np.where(outcome.empty, recipe.empty_value, values)
    return values, outcome.indices


def split_output(
    recipe: Recipe, kernel: Kernel, order: Sequence[int], total: float
) -> Generator[Ranges]:
    """Cut the result, whose footprint is `total`, into blocks that each take a slab."""
    full = tuple((0, size) for size in recipe.out_shape)
    if total <= blocks.MAX_WORKING_SET_BYTES:
        yield full
        return
    budget = min(blocks.MAX_WORKING_SET_BYTES, total / MIN_BLOCKS)
    least = None if kernel.gathers_windows else min_block_shape(recipe, kernel, order)
    step = block_shape(recipe.out_shape, total, order, budget, least)
    yield from split_into_blocks(full, step, order)


def min_block_shape(recipe: Recipe, kernel: Kernel, order: Sequence[int]) -> list[int]:
    """How far to go at least along each axis that lies inside of a window's axes in memory.

    Windows too large for a slab are read piece by piece, so they need no smaller blocks.
    """
    least = [1] * len(order)
    inner = kernel.element_bytes
    for dim in reversed(order):
        if is_reduced(recipe, dim):
            break
        least[dim] = max(1, blocks.MIN_CONTIGUOUS_BYTES // max(inner, 1))
        inner *= recipe.shape[dim]
    else:
        return [1] * len(order)
    return least


def working_set_bytes(recipe: Recipe, kernel: Kernel, order: Sequence[int]) -> float:
    """Bytes of all that is read and first made of it, if all of the result were one block."""
    sizes = [max(a, b) for a, b in zip(recipe.shape, recipe.out_shape, strict=True)]
    made = 1.0  # and what folding the first axis makes
    for dim in order:
        axis = recipe.axes.get(dim)
        if axis is None or axis.is_identity:
            continue
        if kernel.gathers_windows:
            sizes[dim] = max(axis.size, axis.out_size * axis.max_elements)
        elif made == 1:
            made += axis.out_size / max(axis.size, 1)
    return math.prod(sizes) * kernel.element_bytes * made
