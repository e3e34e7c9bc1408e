"""The engine: cutting the work into slabs, running them on threads, putting results in place."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Protocol

import numpy as np

from poolcli.core.dtypes import Array, cast
from poolcli.core.kernel import Kernel, State, kernel_for
from poolcli.core.recipe import Recipe
from poolcli.core.taps import Part, Range

SLAB_BYTES = 1 << 19
"""Input bytes of a slab: with what is made of it, about the size of an L2 cache."""

PIECE_BYTES = 1 << 23
"""Input bytes that a single window is read in at a time."""

Ranges = tuple[Range, ...]


class Readable(Protocol):
    """What pooling reads from: an array, or a file that gives arrays."""

    def __getitem__(self, index: tuple[slice, ...], /) -> Array: ...


class Writable(Protocol):
    """What pooling writes to: an array, or a file that takes arrays."""

    def __setitem__(self, index: tuple[slice, ...], value: Array, /) -> None: ...


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
    kernel = kernel_for(recipe)
    order = memory_order(source, len(recipe.shape))
    slabs = blocks(recipe, order)
    workers = threads or processors()
    if workers == 1 or math.prod(recipe.shape) * recipe.source.itemsize <= 2 * SLAB_BYTES:
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
    values, places, empty = kernel.finish(reduce_slab(recipe, kernel, source, outs, order), outs)
    bad = kernel.doubtful(values)
    if bad is not None:
        again = kernel.careful()
        better = again.finish(reduce_slab(recipe, again, source, outs, order), outs)
        values = np.where(bad, better.values, values)
    values = cast(values, recipe.result)
    if empty is not None and recipe.ignore is not None:
        values = np.where(empty, recipe.ignore.result, values)
    where = tuple(slice(*span) for span in outs)
    out[where] = values
    if indices is not None and places is not None:
        indices[where] = places


def reduce_slab(
    recipe: Recipe, kernel: Kernel, source: Readable, outs: Ranges, order: Sequence[int]
) -> State:
    """Reduce all elements that a block of windows looks at, in pieces where they are many."""
    ins = tuple(
        recipe.axes[dim].reach(*span) if dim in recipe.axes else span
        for dim, span in enumerate(outs)
    )
    state: State | None = None
    for piece in pieces(recipe, ins, order):
        block = np.asarray(source[tuple(slice(*span) for span in piece)])
        part = kernel.lift(block.astype(recipe.source, copy=False), piece)
        for dim in order:
            if is_reduced(recipe, dim):
                part = kernel.fold(part, dim, Part(recipe.axes[dim], outs[dim], piece[dim]))
        state = part if state is None else kernel.merge(state, part)
    assert state is not None
    return state


def blocks(recipe: Recipe, order: Sequence[int]) -> Generator[Ranges]:
    """Cut the result into blocks whose input makes a slab."""
    sizes = [max(a, b) for a, b in zip(recipe.shape, recipe.out_shape, strict=True)]
    full = [(0, size) for size in recipe.out_shape]
    return grid(
        full, steps(sizes, recipe.out_shape, order, SLAB_BYTES, recipe.source.itemsize), order
    )


def pieces(recipe: Recipe, ins: Ranges, order: Sequence[int]) -> Generator[Ranges]:
    """Cut the input of a block where a single window is larger than a piece.

    Only axes that are reduced can be cut: on the others each element has an output of its own.
    """
    sizes = [stop - start for start, stop in ins]
    reduced = [dim for dim in order if is_reduced(recipe, dim)]
    return grid(ins, steps(sizes, sizes, reduced, PIECE_BYTES, recipe.source.itemsize), order)


def is_reduced(recipe: Recipe, dim: int) -> bool:
    """Whether windows reach over more than one element of an axis."""
    return dim in recipe.axes and not recipe.axes[dim].trivial


def steps(
    sizes: Sequence[int],
    counts: Sequence[int],
    order: Sequence[int],
    budget: int,
    itemsize: int,
) -> list[int]:
    """How far to go along each axis at a time, so that a step's bytes stay below the budget.

    Outer axes are gone along one by one, one axis is cut, and the inner ones stay whole.
    """
    step = list(counts)
    left = float(math.prod(sizes) * itemsize)
    for dim in order:
        if left <= budget:
            break
        each = left / max(counts[dim], 1)
        step[dim] = max(1, int(budget / each))
        left = each * step[dim]
    return step


def grid(full: Sequence[Range], step: Sequence[int], order: Sequence[int]) -> Generator[Ranges]:
    """All boxes of a grid, in memory order; one, with an empty side, where an axis is empty."""
    cuts = [
        [(low, min(low + step[dim], full[dim][1])) for low in range(*full[dim], max(step[dim], 1))]
        or [full[dim]]
        for dim in order
    ]
    back = [list(order).index(dim) for dim in range(len(full))]
    for box in product(*cuts):
        yield tuple(box[at] for at in back)


def memory_order(source: object, rank: int) -> list[int]:
    """The axes from the outermost in memory to the innermost."""
    strides = getattr(source, "strides", None) or range(rank, 0, -1)
    return sorted(range(rank), key=lambda dim: -abs(strides[dim]))


def processors() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
