"""Padding with values as chunks of a Dask array."""

from __future__ import annotations

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.padded_source import PaddedSource
from poolcli.core.recipe import Recipe
from poolcli.core.taps import index_on_axis
from poolcli.dask.array_types import DaskArray, da


def padded_dask_array(x: DaskArray, recipe: Recipe) -> DaskArray:
    """Return an array with the padding of a recipe that has a padding mode.

    Parameters
    ----------
    x : dask.array.Array
        The input.
    recipe : Recipe
        The pooling of the input.

    Returns
    -------
    dask.array.Array
        Of the shape of `poolcli.core.padded_source.padded_recipe`.
    """
    source = PaddedSource(x, recipe)
    for dim, axis in recipe.axes.items():
        before = np.arange(-axis.pad_before, 0)
        after = np.arange(axis.size, axis.size + axis.pad_after)
        sides = [_padding(x, source, dim, positions) for positions in (before, after)]
        parts = [part for part in (sides[0], x, sides[1]) if part is not None]
        x = da.concatenate(parts, axis=dim)
    return x


def _padding(x: DaskArray, source: PaddedSource, dim: int, positions: Array) -> DaskArray | None:
    """Return the padding on one side of an axis; None if it has no elements."""
    if not positions.size:
        return None
    padding: DaskArray
    if source.recipe.padding_element is not None:
        chunks = (*x.chunks[:dim], (positions.size,), *x.chunks[dim + 1 :])
        shape = tuple(map(sum, chunks))
        padding = da.full(shape, source.recipe.padding_element, dtype=x.dtype, chunks=chunks)
        return padding
    elements = source.source_indices(dim, positions)
    first, last = int(elements[0]), int(elements[-1])
    padding = x[index_on_axis(dim, slice(min(first, last), max(first, last) + 1))]
    if first == last:
        padding = da.concatenate([padding] * positions.size, axis=dim)
    if first > last:
        # Dask loses elements where it reverses an axis that has empty chunks.
        sizes = tuple(size for size in padding.chunks[dim] if size)
        padding = da.rechunk(padding, {dim: sizes})
        padding = padding[index_on_axis(dim, slice(None, None, -1))]
    return padding
