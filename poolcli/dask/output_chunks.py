"""The chunks of the output, and the pieces of the input's chunks that each of them needs."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from poolcli.core.axis import Axis
from poolcli.core.recipe import Recipe
from poolcli.core.taps import Range

Chunks = tuple[tuple[int, ...], ...]
"""The sizes of the chunks along each axis of an array."""


class Piece(NamedTuple):
    """A part of one chunk of the input along one axis.

    Attributes
    ----------
    chunk : int
        The number of the chunk.
    positions : (int, int)
        The part, as a range of the whole axis.
    chunk_positions : (int, int)
        The chunk, as a range of the whole axis.
    """

    chunk: int
    positions: Range
    chunk_positions: Range

    @property
    def size(self) -> int:
        """The number of elements of the part."""
        return self.positions[1] - self.positions[0]

    @property
    def chunk_size(self) -> int:
        """The number of elements of the chunk."""
        return self.chunk_positions[1] - self.chunk_positions[0]

    @property
    def slice_in_chunk(self) -> slice:
        """The index of the part in the chunk."""
        first = self.chunk_positions[0]
        return slice(self.positions[0] - first, self.positions[1] - first)


class AxisChunk(NamedTuple):
    """A chunk of the output along one axis.

    Attributes
    ----------
    out_range : (int, int)
        Its elements, as a range of the output.
    pieces : tuple of Piece
        The elements of the input under its windows.
    """

    out_range: Range
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """The number of elements of the output."""
        return self.out_range[1] - self.out_range[0]


def output_chunks(recipe: Recipe, chunks: Chunks) -> list[list[AxisChunk]]:
    """Return the chunks of the output along each axis.

    Parameters
    ----------
    recipe : Recipe
        A pooling without padding mode.
    chunks : tuple of tuple of int
        The sizes of the chunks of the input.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> recipe = make_recipe((2, 100), "u1", "max", Window.fixed(3, stride=2), [1])
    >>> for axis in output_chunks(recipe, ((1, 1), (40, 40, 1, 19))):
    ...     print([chunk.out_range for chunk in axis])
    [(0, 1), (1, 2)]
    [(0, 20), (20, 40), (40, 49)]
    """
    found = []
    for dim, sizes in enumerate(chunks):
        bounds = [0, *accumulate(sizes)]
        axis = recipe.axes[dim] if recipe.is_reduced(dim) else None
        spans = pairwise(bounds if axis is None else output_bounds(axis, bounds))
        found.append(
            [
                AxisChunk(span, pieces_of_range(bounds, axis.input_range(*span) if axis else span))
                for span in spans
            ]
        )
    return found


def output_bounds(axis: Axis, in_bounds: Sequence[int]) -> list[int]:
    """Return where the chunks of the output begin along a pooled axis, and the output's size.

    Neighbouring chunks of the input are joined until they are as long as a window, so that few
    chunks of the output read the same elements. A window belongs to the chunk that its middle lies
    in, and chunks of the output without windows are left out.

    Parameters
    ----------
    axis : Axis
        The windows.
    in_bounds : sequence of int
        Where the chunks of the input begin, and the size of the axis.

    Examples
    --------
    >>> axis = Axis(size=12, out_size=12, kernel_size=3, pad_before=1, pad_after=1)
    >>> output_bounds(axis, [0, 4, 8, 12]), output_bounds(axis, [0, 1, 2, 11, 12])
    ([0, 4, 8, 12], [0, 12])
    """
    extent = (axis.kernel_size - 1) * axis.dilation + 1
    joined = [0]
    for bound in in_bounds[1:-1]:
        if extent <= min(bound - joined[-1], axis.size - bound):
            joined.append(bound)
    if axis.is_adaptive:
        numbers = [-(-bound * axis.out_size // axis.size) for bound in joined]
    else:
        to_middle = (extent - 1) // 2 - axis.pad_before
        numbers = [-((to_middle - bound) // axis.stride) for bound in joined]
    inner = {number for number in numbers[1:] if 0 < number < axis.out_size}
    return [0, *sorted(inner), axis.out_size]


def pieces_of_range(bounds: Sequence[int], span: Range) -> tuple[Piece, ...]:
    """Return the pieces of chunks that a range of an axis consists of.

    Parameters
    ----------
    bounds : sequence of int
        Where the chunks begin, and the size of the axis.
    span : (int, int)
        The range; if it is empty, the result is an empty piece of one chunk.

    Examples
    --------
    >>> [(piece.chunk, piece.positions) for piece in pieces_of_range([0, 4, 8, 12], (3, 9))]
    [(0, (3, 4)), (1, (4, 8)), (2, (8, 9))]
    """
    start, stop = span
    first = min(bisect_right(bounds, start), len(bounds) - 1) - 1
    if start == stop:
        return (Piece(first, span, (bounds[first], bounds[first + 1])),)
    pieces = []
    for number in range(first, len(bounds) - 1):
        low, high = bounds[number], bounds[number + 1]
        if low >= stop:
            break
        if low < high:
            pieces.append(Piece(number, (max(low, start), min(high, stop)), (low, high)))
    return tuple(pieces)


def is_cut_out(pieces: Sequence[Piece]) -> bool:
    """Return whether a piece is cut out of its chunk before it is used.

    So it is if it has at most half of the chunk's elements: then neither does the whole chunk stay
    in memory, nor is it sent to another worker, for a border.

    Parameters
    ----------
    pieces : sequence of Piece
        One per axis.
    """
    needed = math.prod(piece.size for piece in pieces)
    return 2 * needed <= math.prod(piece.chunk_size for piece in pieces)
