"""`mode`: the most frequent value of each window, the smallest of equals."""

from __future__ import annotations

from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.ranked import RankedKernel, Stack, in_order
from poolcli.core.kernels.sort_keys import ordered, packed
from poolcli.core.recipe import Recipe

LONG = 1 << 10
"""Windows of more elements than this are looked through one by one."""

CHUNK = 1 << 17


def mode_kernel(recipe: Recipe) -> RankedKernel:
    """The kernel of a recipe for the most frequent value; of pictures, pixel by pixel."""
    return RankedKernel(
        recipe, packed if recipe.pools_whole_pixels else ordered, most_frequent, picks=True
    )


def most_frequent(stack: Stack, recipe: Recipe) -> Array:
    """The most frequent key of each window."""
    if len(stack.keys) > LONG:
        return _one_by_one(stack)
    if len(stack.keys) == 4 and isinstance(stack.number, int) and stack.number == 4:
        return most_frequent_of_four(*in_order(stack.keys))
    # Each plane is gone over several times: it pays to have its keys side by side.
    planes = [np.ascontiguousarray(plane) for plane in in_order(stack.keys)]
    if isinstance(stack.number, int):
        planes = planes[: max(stack.number, 1)]
    found = np.array(planes[0])
    run, longest = np.ones(found.shape, np.uint16), np.ones(found.shape, np.uint16)
    for at in range(1, len(planes)):
        # A run goes on where a key equals the one before; equal keys lie side by side.
        run *= planes[at] == planes[at - 1]
        run += np.uint16(1)
        longer = run > longest
        if not isinstance(stack.number, int):
            longer &= stack.number > at
        np.copyto(longest, run, where=longer)
        np.copyto(found, planes[at], where=longer)
    return found


def most_frequent_of_four(a: Array, b: Array, c: Array, d: Array) -> Array:
    """Of four keys in order the first that stands twice, side by side; the first if none does.

    Examples
    --------
    >>> four = [[1, 1, 1], [2, 2, 1], [3, 2, 7], [3, 4, 9]]
    >>> most_frequent_of_four(*np.array(four))
    array([3, 2, 1])
    """
    found: Array = np.where(b == c, b, np.where(c == d, c, a))
    np.copyto(found, a, where=a == b)
    return found


def _one_by_one(stack: Stack) -> Array:
    lanes = np.moveaxis(stack.keys, 0, -1)
    lanes.sort(axis=-1)
    shape = lanes.shape[:-1]
    found = np.empty(shape, lanes.dtype)
    for at in np.ndindex(shape):
        number = int(np.broadcast_to(stack.number, shape)[at])
        found[at] = _longest_run(lanes[at][: max(number, 1)])
    return found


def _longest_run(lane: Array) -> Any:
    """The key that stands most often in a sorted lane, the first of equals."""
    best, value, start = 0, lane[0], 0
    for low in range(0, len(lane) - 1, CHUNK):
        part = lane[low : low + CHUNK + 1]
        starts = np.flatnonzero(part[1:] != part[:-1]) + (low + 1)
        if starts.size:
            lengths = np.diff(starts, prepend=start)
            at = int(lengths.argmax())
            if lengths[at] > best:
                best, value = int(lengths[at]), lane[starts[at] - 1]
            start = int(starts[-1])
    return lane[start] if len(lane) - start > best else value
