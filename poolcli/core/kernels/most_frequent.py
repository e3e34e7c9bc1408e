"""`mode`: the most frequent value of each window, and of several the smallest."""

from __future__ import annotations

from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.ranked import GatheredWindows, RankedKernel
from poolcli.core.kernels.sort_keys import integer_keys, pixel_keys
from poolcli.core.recipe import Recipe

MAX_PARALLEL_ELEMENTS = 1 << 10
"""Windows of more elements than this are searched one by one, not all at once."""

CHUNK_ELEMENTS = 1 << 17
"""The number of elements of a large window that are compared at a time."""


def mode_kernel(recipe: Recipe) -> RankedKernel:
    """Return the kernel of a recipe for `mode`; a pixel of an image is one value."""
    encode = pixel_keys if recipe.pools_whole_pixels else integer_keys
    return RankedKernel(recipe, encode, most_frequent, is_most_frequent=True)


def most_frequent(windows: GatheredWindows, recipe: Recipe) -> Array:
    """Return the most frequent key of each window, by the longest run of equal sorted keys.

    Parameters
    ----------
    windows : GatheredWindows
        The keys are overwritten.
    recipe : Recipe

    Returns
    -------
    ndarray
        Keys, of the windows' shape.
    """
    n_elements, counts = len(windows.keys), windows.counts
    if n_elements > MAX_PARALLEL_ELEMENTS:
        return _most_frequent_one_by_one(windows)
    if n_elements == 4 and isinstance(counts, int) and counts == 4:
        return most_frequent_of_four(*windows.sort())
    # Each plane is read several times, which is faster if its keys are contiguous.
    planes = [np.ascontiguousarray(plane) for plane in windows.sort()]
    if isinstance(counts, int):
        planes = planes[: max(counts, 1)]
    selected = np.array(planes[0])
    dtype = np.uint8 if len(planes) < 256 else np.uint16
    run, longest = np.ones(selected.shape, dtype), np.ones(selected.shape, dtype)
    for rank in range(1, len(planes)):
        # The run's length becomes run + 1 if the key equals the previous one, else 1.
        run *= np.equal(planes[rank], planes[rank - 1]).view(np.uint8)
        run += dtype(1)
        is_longer = run > longest
        if not isinstance(counts, int):
            is_longer &= counts > rank
        np.maximum(longest, run, out=longest)
        selected = where(is_longer, planes[rank], selected)
    return selected


def where(mask: Array, keys: Array, others: Array) -> Array:
    """Return `keys` where `mask` is True, else `others`; faster than `np.where` and masked copies.

    Parameters
    ----------
    mask : ndarray of bool
    keys, others : ndarray
        Integers or bools of one dtype.

    Examples
    --------
    >>> where(np.array([True, False]), np.array([1, 2]), np.array([3, 4]))
    array([1, 4])
    """
    difference = keys ^ others
    difference *= mask
    difference ^= others
    return difference


def most_frequent_of_four(a: Array, b: Array, c: Array, d: Array) -> Array:
    """Return the most frequent of four sorted keys: the first that equals the next one, or `a`.

    Parameters
    ----------
    a, b, c, d : ndarray
        The keys of rank 0 to 3, of one shape.

    Examples
    --------
    >>> keys = [[1, 1, 1], [2, 2, 1], [3, 2, 7], [3, 4, 9]]
    >>> most_frequent_of_four(*np.array(keys))
    array([3, 2, 1])
    """
    return where((a != b) & ((b == c) | (c == d)), c, a)


def _most_frequent_one_by_one(windows: GatheredWindows) -> Array:
    """Return the most frequent key of each window, one window after the other."""
    keys = np.moveaxis(np.asarray(windows.sort()), 0, -1)
    shape = keys.shape[:-1]
    counts = np.broadcast_to(windows.counts, shape)
    selected = np.empty(shape, keys.dtype)
    for index in np.ndindex(shape):
        selected[index] = _key_of_longest_run(keys[index][: max(int(counts[index]), 1)])
    return selected


def _key_of_longest_run(keys: Array) -> Any:
    """Return the key of the longest run of equal keys, the first of equally long ones."""
    longest, selected, start = 0, keys[0], 0
    for low in range(0, len(keys) - 1, CHUNK_ELEMENTS):
        chunk = keys[low : low + CHUNK_ELEMENTS + 1]
        starts = np.flatnonzero(chunk[1:] != chunk[:-1]) + (low + 1)
        if starts.size:
            lengths = np.diff(starts, prepend=start)
            at = int(lengths.argmax())
            if lengths[at] > longest:
                longest, selected = int(lengths[at]), keys[starts[at] - 1]
            start = int(starts[-1])
    return keys[start] if len(keys) - start > longest else selected
