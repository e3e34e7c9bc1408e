"""Boxes: rectangular regions of an array, each computed by one worker.

A box consists of whole chunks where it can, and is computed in blocks (`poolcli.core.blocks`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from poolcli.core.blocks import Ranges

MAX_BOX_BYTES = 1 << 26
"""The size in bytes up to which a box of the input grows, so that it holds whole chunks of more
levels. A worker has one box and its levels in memory."""

MAX_CHUNKS_IN_BOX, MAX_BYTES_OF_FEW_CHUNKS = 8, 1 << 28
"""A box may hold so many chunks of an array with large chunks, up to this size in bytes."""

MIN_BOX_BYTES = 1 << 23
"""The size in bytes that a box has at least, unless the array is smaller: handing out smaller ones
would take longer than the work."""


class BoxGrid(NamedTuple):
    """The boxes of an array, counted in C order.

    Attributes
    ----------
    shape : tuple of int
        The shape of the array.
    box : tuple of int
        The shape of the boxes; the last ones along an axis may be smaller.

    Examples
    --------
    >>> grid = BoxGrid((5, 4), (2, 4))
    >>> grid.box_count, grid.ranges(2)
    (3, ((4, 5), (0, 4)))
    """

    shape: tuple[int, ...]
    box: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of boxes along each axis."""
        return tuple(-(-size // step) for size, step in zip(self.shape, self.box, strict=True))

    @property
    def box_count(self) -> int:
        """The number of boxes."""
        return math.prod(self.counts)

    def ranges(self, number: int) -> Ranges:
        """Return one box: its range along each axis.

        Parameters
        ----------
        number : int
            The number of the box, from 0.
        """
        ranges = []
        for size, step, count in reversed(
            list(zip(self.shape, self.box, self.counts, strict=True))
        ):
            number, place = divmod(number, count)
            ranges.append((place * step, min((place + 1) * step, size)))
        return tuple(reversed(ranges))

    def count_chunks(self, unit: Sequence[int]) -> int:
        """Return the number of parts, such as chunks, of all boxes; parts of two boxes count twice.

        Examples
        --------
        >>> BoxGrid((10,), (4,)).count_chunks((4,)), BoxGrid((10,), (4,)).count_chunks((3,))
        (3, 6)
        """
        count = 1
        for size, step, part in zip(self.shape, self.box, unit, strict=True):
            starts = range(0, size, step)
            count *= sum(-(-min(at + step, size) // part) - at // part for at in starts)
        return count

    def holds_whole(self, steps: Sequence[int]) -> bool:
        """Return whether each box begins and ends at multiples of `steps`, or with the array.

        Examples
        --------
        >>> BoxGrid((100, 40), (64, 64)).holds_whole((32, 48))
        True
        """
        return all(
            box % step == 0 or box >= size
            for size, box, step in zip(self.shape, self.box, steps, strict=True)
        )


def chunks_touched(ranges: Ranges, unit: Sequence[int]) -> int:
    """Return the number of parts, such as chunks, that some ranges lie on.

    Examples
    --------
    >>> chunks_touched(((0, 4), (3, 9)), (4, 4))
    3
    """
    pairs = zip(ranges, unit, strict=True)
    return math.prod(-(-stop // size) - start // size for (start, stop), size in pairs)


def max_box_bytes(chunks: Sequence[int], shape: Sequence[int], itemsize: int) -> int:
    """Return the size in bytes up to which a box of an array grows.

    A chunk is decoded as a whole, so that boxes of arrays with large chunks may be larger.

    Parameters
    ----------
    chunks, shape : sequence of int
        The shapes of a chunk and of the array.
    itemsize : int
        The size of an element in bytes.

    Examples
    --------
    >>> [max_box_bytes((1, size, size), (9, 1 << 15, 1 << 15), 2) >> 20 for size in (64, 4096)]
    [64, 256]
    """
    chunk_bytes = itemsize * math.prod(map(min, chunks, shape))
    few_chunks = min(MAX_CHUNKS_IN_BOX * chunk_bytes, MAX_BYTES_OF_FEW_CHUNKS)
    return max(MAX_BOX_BYTES, few_chunks, chunk_bytes)


def choose_boxes(
    shape: Sequence[int],
    itemsize: int,
    required: Sequence[int],
    chunks: Sequence[int],
    wanted: Iterable[Sequence[int]] = (),
) -> BoxGrid:
    """Return a grid of boxes: multiples of `required` and, as memory allows, of `wanted`.

    Parameters
    ----------
    shape : sequence of int
        The shape of the array.
    itemsize : int
        The size of an element in bytes.
    required : sequence of int
        A box is a multiple of it along each axis, even if it exceeds `max_box_bytes`.
    chunks : sequence of int
        The shape of the chunks of the array. Along axes where a box cannot hold whole chunks, it is
        as long as possible, because each chunk is decoded for all boxes that it lies in.
    wanted : iterable of sequence of int
        Further shapes of which boxes should be multiples, the most important first.

    Examples
    --------
    Chunks of 64 elements are pooled with windows of 16; then chunks of 64 windows of 2 and of 4.

    >>> chunks, levels = (64,) * 3, [(128,) * 3, (256,) * 3]
    >>> choose_boxes((2048,) * 3, 8, (16,) * 3, chunks, levels).box
    (128, 128, 128)
    >>> choose_boxes((2048,) * 3, 4, (16,) * 3, chunks, levels).box
    (256, 256, 256)
    >>> choose_boxes((64, 4096, 4096), 2, (16,) * 3, (1, 4096, 4096)).box
    (16, 2048, 4096)
    """
    max_bytes = max_box_bytes(chunks, shape, itemsize)
    box = list(required)
    lengths = [max(size, 1) for size in shape]

    def nbytes(steps: Sequence[int]) -> int:
        return itemsize * math.prod(map(min, steps, lengths))

    for dim in sorted(range(len(box)), key=lambda dim: (box[dim] / chunks[dim], -dim)):
        if box[dim] < shape[dim]:
            others = nbytes([*box[:dim], 1, *box[dim + 1 :]])
            most = max(1, max_bytes // (others * box[dim])) * box[dim]
            box[dim] = min(math.lcm(box[dim], chunks[dim]), most)
    for steps in wanted:
        larger = [
            one if one >= size else math.lcm(one, other)
            for one, other, size in zip(box, steps, shape, strict=True)
        ]
        if nbytes(larger) <= max_bytes:
            box = larger
    while nbytes(box) < MIN_BOX_BYTES:
        growing = [dim for dim, size in enumerate(shape) if box[dim] < size]
        if not growing:
            break
        box[max(growing, key=lambda dim: (-box[dim], dim))] *= 2
    return BoxGrid(tuple(shape), tuple(max(step, 1) for step in box))
