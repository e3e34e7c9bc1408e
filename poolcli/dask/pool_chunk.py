"""The computation of one chunk of the output, by a task of Dask's graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from poolcli.core.array_protocols import as_array
from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array, DType
from poolcli.core.engine.run_part import run_part
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.pool_array import ArrayPair, refuse_masked_array
from poolcli.core.recipe import Recipe
from poolcli.core.taps import Range
from poolcli.dask.output_chunks import AxisChunk, Piece


@dataclass(frozen=True, slots=True)
class PoolChunk:
    """A function that computes one output chunk from the input chunks that its windows cover.

    Attributes
    ----------
    recipe : Recipe
        The pooling of the whole input.
    axes : tuple of AxisChunk
        The chunk of the output along each axis.
    threads : int or None
        The number of threads of a call.
    """

    recipe: Recipe
    axes: tuple[AxisChunk, ...]
    threads: int | None

    def __call__(self, arrays: Sequence[Any]) -> Array | ArrayPair:
        """Return the chunk of the output.

        Parameters
        ----------
        arrays : sequence of array_like
            The chunks of the input, or the pieces that are cut out of them, in C order.

        Returns
        -------
        ndarray or (ndarray, ndarray of int64)
            Values; if the recipe asks for indices, values and indices.
        """
        pieces = [axis.pieces for axis in self.axes]
        source = ChunkedSource(pieces, arrays, self.recipe.in_dtype)
        out_ranges = tuple(axis.out_range for axis in self.axes)
        values, indices = run_part(self.recipe, source, out_ranges, self.threads)
        return values if indices is None else (values, indices)


@dataclass(frozen=True, slots=True)
class PoolGridChunk:
    """A function that computes each chunk of the output from the input chunk with the same numbers.

    All chunks but the last ones along an axis have one size, so that it is small however many there
    are: Dask sends it with every chunk.

    Attributes
    ----------
    recipe : Recipe
        The pooling of the whole input.
    in_sizes, out_sizes : tuple of int
        The shapes of the chunks of the input and of the output.
    threads : int or None
        The number of threads of a call.
    """

    recipe: Recipe
    in_sizes: tuple[int, ...]
    out_sizes: tuple[int, ...]
    threads: int | None

    def __call__(self, array: Any, block_id: tuple[int, ...]) -> Array | ArrayPair:
        """Return the chunk of the output with these numbers along each axis."""
        recipe = self.recipe
        ins = _ranges(block_id, self.in_sizes, recipe.shape)
        outs = _ranges(block_id, self.out_sizes, recipe.out_shape)
        axes = [
            AxisChunk(out_range, (Piece(number, needed, chunk),))
            for number, out_range, needed, chunk in zip(
                block_id, outs, recipe.input_ranges(outs), ins, strict=True
            )
        ]
        return PoolChunk(recipe, tuple(axes), self.threads)([array])


def _ranges(numbers: Sequence[int], sizes: Sequence[int], shape: Sequence[int]) -> Ranges:
    """Return the ranges of a chunk of a grid."""
    return tuple(
        (number * size, min((number + 1) * size, whole))
        for number, size, whole in zip(numbers, sizes, shape, strict=True)
    )


class ChunkedSource:
    """An array of which some chunks are in memory, addressed by the positions of the whole array.

    Parameters
    ----------
    pieces : list of list of Piece
        The pieces along each axis.
    arrays : sequence of array_like
        One array per combination of pieces, in C order: the piece itself or its whole chunk.
    dtype : dtype
        The dtype of the array, in native byte order.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If a chunk has another shape or dtype than the Dask array says, or is a masked array.

    Examples
    --------
    >>> from poolcli.dask.output_chunks import pieces_of_range
    >>> pieces = [pieces_of_range([0, 4, 8], (3, 6))]
    >>> source = ChunkedSource(pieces, [np.arange(4), np.arange(4, 8)], np.dtype(int))
    >>> source[3:6,]
    array([3, 4, 5])
    """

    def __init__(
        self, pieces: Sequence[Sequence[Piece]], arrays: Sequence[Any], dtype: DType
    ) -> None:
        self._starts = [[piece.positions[0] for piece in axis] for axis in pieces]
        self._stops = [[piece.positions[1] for piece in axis] for axis in pieces]
        counts = [range(len(axis)) for axis in pieces]
        self._arrays = {
            numbers: _as_piece(array, [axis[n] for axis, n in zip(pieces, numbers, strict=True)])
            for numbers, array in zip(product(*counts), arrays, strict=True)
        }
        for array in self._arrays.values():
            _check_dtype(array, dtype)
        self._dtype = dtype

    @property
    def strides(self) -> tuple[int, ...] | None:
        """The strides of the only array; None if there are several."""
        first, *others = self._arrays.values()
        return None if others else first.strides

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        found = [self._pieces(dim, each.start, each.stop) for dim, each in enumerate(index)]
        if all(len(axis) == 1 for axis in found):
            return self._piece([axis[0] for axis in found])
        block = np.empty([each.stop - each.start for each in index], self._dtype)
        for parts in product(*found):
            target = tuple(
                slice(start - each.start, stop - each.start)
                for (_, (start, stop)), each in zip(parts, index, strict=True)
            )
            block[target] = self._piece(parts)
        return block

    def _pieces(self, dim: int, start: int, stop: int) -> list[tuple[int, Range]]:
        """Return the pieces that a range of an axis lies in, and the part of it in each."""
        starts, stops = self._starts[dim], self._stops[dim]
        assert starts[0] <= start, "a window reads elements before its pieces"
        assert stop <= stops[-1], "a window reads elements after its pieces"
        if start == stop:
            return [(0, (starts[0], starts[0]))]
        return [
            (number, (max(start, low), min(stop, high)))
            for number, (low, high) in enumerate(zip(starts, stops, strict=True))
            if low < stop and start < high
        ]

    def _piece(self, parts: Sequence[tuple[int, Range]]) -> Array:
        """Return a part of the array of one piece, a view."""
        array = self._arrays[tuple(number for number, _ in parts)]
        return array[
            tuple(
                slice(start - starts[number], stop - starts[number])
                for starts, (number, (start, stop)) in zip(self._starts, parts, strict=True)
            )
        ]


def _as_piece(chunk: Any, pieces: Sequence[Piece]) -> Array:
    """Return the piece of a chunk: an array of the piece's shape, or a view of the whole chunk."""
    refuse_masked_array(chunk)
    array = as_array("x", chunk)
    if array.shape == tuple(piece.size for piece in pieces):
        return array
    shape = tuple(piece.chunk_size for piece in pieces)
    if array.shape != shape:
        raise ArgumentError(
            f"a chunk of x has the shape {array.shape}, where x says {shape}; "
            "correct its chunks where x is made",
            "x",
        )
    return array[tuple(piece.slice_in_chunk for piece in pieces)]


def _check_dtype(array: Array, dtype: DType) -> None:
    if array.dtype.newbyteorder("=") != dtype:
        raise ArgumentTypeError(
            f"a chunk of x has the dtype {array.dtype}, where x says {dtype}; "
            "correct its dtype or meta where x is made",
            "x",
        )
