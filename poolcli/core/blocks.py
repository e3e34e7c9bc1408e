"""Cutting arrays into boxes: the slabs that threads take, and the pieces of large windows."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import product
from typing import Protocol

from poolcli.core.dtypes import Array
from poolcli.core.taps import Range

MAX_WORKING_SET_BYTES = 1 << 22
"""Bytes that are read for a slab and first made of it. Smaller ones stay in the L2 cache with all
that is made of them, but threads then wait for each other at every step."""

MAX_INPUT_BLOCK_BYTES = 5 << 20
"""Bytes that are worked on at a time where a single window is larger than a slab."""

MIN_CONTIGUOUS_BYTES = 1 << 12
"""Bytes that stay together where they lie inside of large windows, as channels last do: taking
them apart would read every cache line many times over."""

Ranges = tuple[Range, ...]


class ReadableArray(Protocol):
    """What pooling reads from: an array, or a file that gives arrays."""

    def __getitem__(self, index: tuple[slice, ...], /) -> Array: ...


class WritableArray(Protocol):
    """What pooling writes to: an array, or a file that takes arrays."""

    def __setitem__(self, index: tuple[slice, ...], value: Array, /) -> None: ...


def block_shape(
    counts: Sequence[int],
    total: float,
    order: Sequence[int],
    budget: float,
    least: Sequence[int] | None = None,
) -> list[int]:
    """How far to go along each axis at a time, so that of all bytes a step's stay below the budget.

    Outer axes are gone along one by one, one axis is cut, and the inner ones stay whole. No
    step is below `least`, whatever the budget.
    """
    step, left = list(counts), total
    for dim in order:
        if left <= budget:
            break
        each = left / max(counts[dim], 1)
        shortest = 1 if least is None else min(least[dim], counts[dim])
        step[dim] = max(shortest, int(budget / each), 1)
        left = each * step[dim]
    return step


def split_into_blocks(
    full: Sequence[Range], step: Sequence[int], order: Sequence[int]
) -> Generator[Ranges]:
    """All boxes of a grid, in memory order; one, with an empty side, where an axis is empty."""
    cuts = [
        [(low, min(low + step[dim], full[dim][1])) for low in range(*full[dim], max(step[dim], 1))]
        or [full[dim]]
        for dim in order
    ]
    back = [list(order).index(dim) for dim in range(len(full))]
    for cuts_of_block in product(*cuts):
        yield tuple(cuts_of_block[at] for at in back)


def split_along_longest_axis(array: Array) -> Generator[tuple[slice, ...]]:
    """Cut an array into parts of a quarter of `MAX_INPUT_BLOCK_BYTES`, along its longest axis."""
    axis = max(range(array.ndim), key=lambda dim: array.shape[dim])
    size = array.shape[axis]
    step = max(1, MAX_INPUT_BLOCK_BYTES // 4 * size // max(array.nbytes, 1))
    for start in range(0, size, step):
        yield (*(slice(None),) * axis, slice(start, start + step))


def read_block(source: ReadableArray, ranges: Ranges) -> Array:
    """A box of a source."""
    return source[tuple(slice(*span) for span in ranges)]


def memory_order(source: object, rank: int) -> list[int]:
    """The axes from the outermost in memory to the innermost."""
    if getattr(getattr(source, "flags", None), "c_contiguous", False):
        return list(range(rank))  # whatever the strides of axes of length 1
    strides = getattr(source, "strides", None) or range(rank, 0, -1)
    return sorted(range(rank), key=lambda dim: -abs(strides[dim]))
