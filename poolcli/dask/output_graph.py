"""The graph of a pooled Dask array: one task for each chunk of the output."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import product
from typing import Any, TypeAlias, cast

import dask.array
import numpy as np
from dask.array.chunk import getitem
from dask.highlevelgraph import HighLevelGraph

from poolcli.core.dtypes import DType
from poolcli.core.recipe import Recipe
from poolcli.dask.output_chunks import AxisChunk, Chunks, is_cut_out, output_chunks
from poolcli.dask.pool_chunk import PoolChunk, PoolGridChunk

DaskArray: TypeAlias = dask.array.Array

da: Any = dask.array  # most of its functions have no types


def pool_chunks(
    x: DaskArray, recipe: Recipe, name: str, dtype: DType, threads: int | None
) -> DaskArray:
    """Return the array whose chunks `PoolChunk` computes.

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
    graph: dict[Any, Any] = {}
    for index in product(*(range(len(axis)) for axis in axes)):
        chunk = tuple(axis[number] for axis, number in zip(axes, index, strict=True))
        graph[(name, *index)] = (
            PoolChunk(recipe, chunk, threads),
            _add_pieces(graph, x.name, f"{name}-piece", chunk),
        )
    layers = HighLevelGraph.from_collections(name, graph, dependencies=[cast(Any, x)])
    result = da.Array(layers, name, chunks, dtype=dtype, meta=meta)
    return result


def first_and_second(
    pairs: DaskArray, names: tuple[str, str], dtypes: tuple[DType, DType]
) -> tuple[DaskArray, DaskArray]:
    """Return the arrays of the first and of the second entries of chunks that are pairs."""
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
    """Return whether each chunk of the output needs the chunk of the same numbers alone."""
    return all(
        len(axis) == count
        and all([piece.chunk for piece in each.pieces] == [n] for n, each in enumerate(axis))
        for axis, count in zip(axes, numblocks, strict=True)
    )


def _is_grid(chunks: Chunks) -> bool:
    """Return whether all chunks have one size along each axis; the last ones may be smaller."""
    return all(set(axis[:-1]) <= {axis[0]} and axis[-1] <= axis[0] for axis in chunks)


def _add_pieces(
    graph: dict[Any, Any], source: str, name: str, chunk: Sequence[AxisChunk]
) -> list[Any]:
    """Return the keys of the arrays that a chunk of the output needs, in C order.

    They are chunks of the array `source`, or pieces of them, whose tasks are added to `graph`.
    """
    keys: list[Any] = []
    for pieces in product(*(axis.pieces for axis in chunk)):
        key = (source, *(piece.chunk for piece in pieces))
        if is_cut_out(pieces):
            positions = [position for piece in pieces for position in piece.positions]
            cut_out = (name, *key[1:], *positions)
            graph[cut_out] = getitem, key, tuple(piece.slice_in_chunk for piece in pieces)
            key = cut_out
        keys.append(key)
    return keys
