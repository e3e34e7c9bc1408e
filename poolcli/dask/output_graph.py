"""The graph of a pooled Dask array: one task for each chunk of the output."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from dask.highlevelgraph import HighLevelGraph

from poolcli.core.dtypes import DType
from poolcli.core.recipe import Recipe
from poolcli.dask.array_types import DaskArray, da
from poolcli.dask.output_chunks import AxisChunk, Chunks, output_chunks
from poolcli.dask.output_layer import OutputLayer
from poolcli.dask.pool_chunk import PoolGridChunk


def pool_chunks(
    x: DaskArray, recipe: Recipe, name: str, dtype: DType, threads: int | None
) -> DaskArray:
    """Return an array whose chunks are the chunks of the output.

    Parameters
    ----------
    x : dask.array.Array
        The input.
    recipe : Recipe
        The pooling of the input, without padding mode.
    name : str
        The name of the result.
    dtype : dtype
        Its dtype; object if its chunks are pairs of arrays.
    threads : int or None
        The number of threads of a task.
    """
    axes = output_chunks(recipe, x.chunks)
    chunks = tuple(tuple(chunk.size for chunk in axis) for axis in axes)
    meta = np.empty((0,) * x.ndim, dtype)
    result: DaskArray
    if _has_same_grid(axes, x.numblocks) and _is_grid(x.chunks) and _is_grid(chunks):
        in_sizes, out_sizes = (tuple(axis[0] for axis in each) for each in (x.chunks, chunks))
        function = PoolGridChunk(recipe, in_sizes, out_sizes, threads)
        # A single layer, which Dask joins with those before and after it.
        result = da.map_blocks(function, x, name=name, chunks=chunks, dtype=dtype, meta=meta)
        return result
    layer = OutputLayer(name, x.name, recipe, axes, threads)
    layers = HighLevelGraph.from_collections(name, layer, dependencies=[cast(Any, x)])
    result = da.Array(layers, name, chunks, dtype=dtype, meta=meta)
    return result


def split_pairs(
    pairs: DaskArray, names: tuple[str, str], dtypes: tuple[DType, DType]
) -> tuple[DaskArray, DaskArray]:
    """Split an array whose chunks are pairs into the array of first and that of second entries."""
    first, second = (
        da.map_blocks(
            operator.itemgetter(number),
            pairs,
            name=name,
            dtype=dtype,
            meta=np.empty((0,) * pairs.ndim, dtype),
        )
        for number, (name, dtype) in enumerate(zip(names, dtypes, strict=True))
    )
    return first, second


def _has_same_grid(axes: Sequence[Sequence[AxisChunk]], numblocks: Sequence[int]) -> bool:
    """Return whether each chunk of the output needs only the input chunk with its numbers."""
    return all(
        len(axis) == count
        and all([piece.chunk for piece in each.pieces] == [n] for n, each in enumerate(axis))
        for axis, count in zip(axes, numblocks, strict=True)
    )


def _is_grid(chunks: Chunks) -> bool:
    """Return whether all chunks have one size along each axis; the last ones may be smaller."""
    return all(set(axis[:-1]) <= {axis[0]} and axis[-1] <= axis[0] for axis in chunks)
