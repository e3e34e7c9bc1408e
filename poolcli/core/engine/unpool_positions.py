"""The positions in a block of the output that indices of max pooling name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array
from poolcli.core.unpool_recipe import UnpoolRecipe


def positions_in_block(indices: Array, recipe: UnpoolRecipe, ranges: Ranges) -> Array:
    """Return the positions of indices in the elements of a block, which are in C order.

    Parameters
    ----------
    indices : ndarray of int64
        Flat indices over the pooled axes, for the ranges of the block on all other axes. It is not
        changed. Positions of indices outside of the block are undefined.
    recipe : UnpoolRecipe
        The unpooling.
    ranges : tuple of (int, int)
        The block, a range of each axis of the output; on the pooled axes a range of the flat index.

    Returns
    -------
    ndarray of int64
        Of the shape of `indices`; it may be the same array.

    Examples
    --------
    >>> from poolcli.core.unpool_recipe import make_unpool_recipe
    >>> from poolcli.core.window import Window
    >>> channels_last = np.array([[[5, 8]]])
    >>> recipe = make_unpool_recipe(channels_last, channels_last, Window.adaptive(3), (0, 1), 0)
    >>> positions_in_block(channels_last, recipe, ((0, 3), (0, 3), (0, 2)))
    array([[[10, 17]]])
    """
    sizes = [stop - start for start, stop in ranges]
    strides = [math.prod(sizes[dim + 1 :]) for dim in range(len(sizes))]
    positions, remainder, start = indices, indices, 0
    groups = list(_adjacent_axes(recipe.axes))
    for number, group in enumerate(groups):
        inner = math.prod(recipe.out_shape[dim] for each in groups[number + 1 :] for dim in each)
        digits = remainder
        if number < len(groups) - 1:
            digits, remainder = np.divmod(remainder, inner)
        stride = strides[group[-1]]
        scaled = digits if stride == 1 else digits * stride
        positions = scaled if number == 0 else positions + scaled
        plane = [recipe.out_shape[dim] for dim in group]
        first = int(np.ravel_multi_index([ranges[dim][0] for dim in group], plane))
        start += first * stride
    offset = _offsets_of_kept_axes(sizes, strides, recipe) - start
    return positions + offset if offset.any() else positions


def _adjacent_axes(axes: tuple[int, ...]) -> Iterator[list[int]]:
    """Yield groups of axes that follow each other, which have a common flat index."""
    group = [axes[0]]
    for before, axis in pairwise(axes):
        if axis != before + 1:
            yield group
            group = []
        group.append(axis)
    yield group


def _offsets_of_kept_axes(sizes: list[int], strides: list[int], recipe: UnpoolRecipe) -> Array:
    """Return the positions of the first element of each plane; size 1 on the pooled axes."""
    rank = len(sizes)
    offsets = np.zeros((1,) * rank, np.int64)
    for dim in set(range(rank)) - set(recipe.axes):
        steps = np.arange(sizes[dim], dtype=np.int64) * strides[dim]
        offsets = offsets + steps.reshape([-1 if each == dim else 1 for each in range(rank)])
    return offsets
