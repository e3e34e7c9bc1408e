"""The engine: cutting the work into slabs, running them on threads, putting results in place."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from poolcli.core import cut
from poolcli.core.cut import Ranges, Readable, Writable, grid, memory_order, paces
from poolcli.core.dtypes import cast
from poolcli.core.kernel import Kernel, is_reduced, kernel_for
from poolcli.core.recipe import Recipe
from poolcli.core.turned import Turned, may_turn, turn

HUGE_BYTES = 1 << 25
"""A window of more bytes than this is gathered by one thread at a time."""


THREADS = 256
"""More than this many threads are never started."""


def run(
    recipe: Recipe,
    source: Readable,
    out: Writable,
    indices: Writable | None = None,
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
    order = memory_order(source, len(recipe.shape))
    if may_turn(recipe, order):
        recipe, source, out = (
            turn(recipe, order),
            Turned(source, tuple(order)),
            Turned(out, tuple(order)),
        )
        order = sorted(order)
    kernel = kernel_for(recipe)
    slabs = blocks(recipe, kernel, order)
    workers = min(threads or processors(), THREADS)
    if kernel.gathers and recipe.window_elements * kernel.itemsize > HUGE_BYTES:
        workers = 1
    sizes = working_sizes(recipe, kernel)
    if workers == 1 or math.prod(sizes) * kernel.itemsize <= 2 * cut.SLAB_BYTES:
        for outs in slabs:
            pool_slab(recipe, kernel, source, out, indices, outs, order)
        return

    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                outs = next(slabs, None)
            if outs is None:
                return
            pool_slab(recipe, kernel, source, out, indices, outs, order)

    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(work) for _ in range(workers)]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            with lock:
                slabs.close()
            raise


def pool_slab(
    recipe: Recipe,
    kernel: Kernel,
    source: Readable,
    out: Writable,
    indices: Writable | None,
    outs: Ranges,
    order: Sequence[int],
) -> None:
    """Compute one block of the result and put it in place."""
    outcome = kernel.pool(source, outs, order)
    values = cast(outcome.values, recipe.result)
    if outcome.empty is not None and outcome.empty.any():
        values = np.where(outcome.empty, recipe.nothing, values)
    where = tuple(slice(*span) for span in outs)
    out[where] = values
    if indices is not None and outcome.places is not None:
        indices[where] = outcome.places


def blocks(recipe: Recipe, kernel: Kernel, order: Sequence[int]) -> Generator[Ranges]:
    """Cut the result into blocks whose input makes a slab."""
    full = tuple((0, size) for size in recipe.out_shape)
    sizes = working_sizes(recipe, kernel)
    if math.prod(sizes) * kernel.itemsize <= cut.SLAB_BYTES:
        yield full
        return
    least = None if kernel.gathers else runs(recipe, kernel, order)
    step = paces(sizes, recipe.out_shape, order, cut.SLAB_BYTES, kernel.itemsize, least)
    yield from grid(full, step, order)


def runs(recipe: Recipe, kernel: Kernel, order: Sequence[int]) -> list[int]:
    """How far to go at least along each axis that lies inside of a window's axes in memory.

    Windows too large for a slab are read piece by piece, so they need no smaller blocks.
    """
    least = [1] * len(order)
    inner = kernel.itemsize
    for dim in reversed(order):
        if is_reduced(recipe, dim):
            break
        least[dim] = max(1, cut.RUN_BYTES // max(inner, 1))
        inner *= recipe.shape[dim]
    else:
        return [1] * len(order)
    return least


def working_sizes(recipe: Recipe, kernel: Kernel) -> list[int]:
    """How many elements are worked on along each axis, if all of the result were one block."""
    sizes = [max(a, b) for a, b in zip(recipe.shape, recipe.out_shape, strict=True)]
    if kernel.gathers:
        for dim, axis in recipe.axes.items():
            sizes[dim] = max(axis.size, axis.out * axis.most)
    return sizes


def processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
