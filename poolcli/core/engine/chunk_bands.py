"""Bands of the output for which few chunks of the input, such as tiles, are needed at a time.

A source whose elements are stored in chunks has to decode a whole chunk to read a part of it, and
can keep some chunks. Blocks of whole rows need all chunks that lie side by side; where these are
too many to be kept, the output is computed in bands of fewer columns, one band after the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from poolcli.core.blocks import AxisOrder
from poolcli.core.recipe import Recipe

MAX_CHUNKS_BYTES = 1 << 26
"""The size of a row of chunks up to which the output is computed at once. Sources keep twice as
much, for windows that lie on two rows."""

BAND_BYTES = 3 << 24
"""The size of a row of chunks in a band; windows at its sides need further chunks."""

MAX_SHARED_ELEMENTS = 1 << 20
"""The size to which blocks are not split if their windows lie on too many chunks."""


class OutputBands(NamedTuple):
    """The bands that the output is split into for a source that is stored in chunks.

    Attributes
    ----------
    shape : list of int
        The shape of the bands; that of the output if it needs none.
    min_sizes : list of int
        The sizes to which blocks are not split along each axis, nor at other places.
    """

    shape: list[int]
    min_sizes: list[int]


def output_bands(
    recipe: Recipe, axis_order: AxisOrder, chunk_shape: Sequence[int] | None
) -> OutputBands:
    """Return the bands in which the output is computed.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    axis_order : sequence of int
        The axes from the outermost in memory to the innermost.
    chunk_shape : sequence of int, optional
        The shape of the chunks of the input; None if it is not stored in chunks.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> recipe = make_recipe((60_000, 50_000), "u2", "max", Window.fixed(2))
    >>> output_bands(recipe, (0, 1), (512, 512)).shape
    [30000, 25000]
    >>> output_bands(recipe, (0, 1), (2048, 2048)).shape
    [30000, 6144]
    """
    bands = OutputBands(list(recipe.out_shape), [1] * len(axis_order))
    order = list(axis_order)
    if chunk_shape is None:
        return bands
    is_shared = [_shares_chunks(recipe, dim, chunk_shape[dim]) for dim in order]
    if True not in is_shared:
        return bands
    first = is_shared.index(True)
    inner = order[first + 1 :]
    needed = [_window_in_chunks(recipe, dim, chunk) for dim, chunk in enumerate(chunk_shape)]
    nbytes = recipe.in_dtype.itemsize * math.prod(needed[dim] for dim in order[: first + 1])
    nbytes *= math.prod(recipe.shape[dim] for dim in inner)
    for dim in inner:
        if nbytes <= MAX_CHUNKS_BYTES:
            return bands
        chunk, position_bytes = chunk_shape[dim], nbytes // recipe.shape[dim]
        size = BAND_BYTES // position_bytes // chunk * chunk
        size = min(max(needed[dim], size), recipe.shape[dim])
        bands.shape[dim] = min(bands.shape[dim], max(1, size // _stride(recipe, dim)))
        nbytes = position_bytes * size
    if nbytes > MAX_CHUNKS_BYTES and first > 0:  # windows lie on many chunks: each is read once
        left = MAX_SHARED_ELEMENTS
        for dim in reversed(order[first:]):
            outputs = max(1, chunk_shape[dim] // _stride(recipe, dim))
            bands.min_sizes[dim] = max(1, min(outputs, left))
            left //= bands.min_sizes[dim]
    return bands


def _stride(recipe: Recipe, dim: int) -> int:
    if not recipe.is_reduced(dim):
        return 1
    axis = recipe.axes[dim]
    return max(1, axis.size // axis.out_size if axis.is_adaptive else axis.stride)


def _window_size(recipe: Recipe, dim: int) -> int:
    """Return the positions that a window in the middle covers."""
    if not recipe.is_reduced(dim):
        return 1
    middle = recipe.out_shape[dim] // 2
    low, high = recipe.axes[dim].input_range(middle, middle + 1)
    return max(1, high - low)


def _window_in_chunks(recipe: Recipe, dim: int, chunk: int) -> int:
    """Return the positions of the chunks that a window covers."""
    return min(recipe.shape[dim], -(-_window_size(recipe, dim) // chunk) * chunk)


def _shares_chunks(recipe: Recipe, dim: int, chunk: int) -> bool:
    """Return whether neighbours along an axis need the same chunk."""
    if recipe.out_shape[dim] <= 1:
        return False
    stride = _stride(recipe, dim)
    return stride % chunk != 0 or _window_size(recipe, dim) > stride
