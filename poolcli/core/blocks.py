"""Blocks: ranges of an array, one per axis, that are read, computed and written at a time."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from itertools import product
from typing import Protocol

from poolcli.core.dtypes import Array
from poolcli.core.taps import Range

MAX_WORKING_SET_BYTES = 1 << 22
"""The working set of a block of the output in bytes: its input and the first array made from it. A
smaller working set would stay in the L2 cache, but threads would wait for each other more often."""

MAX_INPUT_BLOCK_BYTES = 5 << 20
"""The size in bytes of the blocks in which the input is read if one window exceeds
`MAX_WORKING_SET_BYTES`."""

MIN_CONTIGUOUS_BYTES = 1 << 12
"""The size in bytes to which blocks are not split along axes that lie inside of the pooled axes in
memory, such as channels: smaller blocks would read every cache line many times."""

Ranges = tuple[Range, ...]
"""A block: one range per axis."""

AxisOrder = Sequence[int]
"""The axes of an array from the outermost in memory to the innermost."""


class ReadableArray(Protocol):
    """An array, or an array-like object such as a file, from which pooling reads blocks.

    If it is stored in chunks, such as tiles, of which parts cannot be read, it can give their shape
    as ``chunk_shape``, a tuple of int. It should keep the chunks that were read last (see
    `poolcli.core.engine.chunk_bands`).
    """

    def __getitem__(self, index: tuple[slice, ...], /) -> Array:
        """Return a block.

        Parameters
        ----------
        index : tuple of slice
            One slice per axis, with start and stop inside the axis and step 1. Several threads may
            call at the same time.

        Returns
        -------
        ndarray
            Of the block's shape and the input's dtype, in any byte order and memory layout. It is
            never written to.
        """


class WritableArray(Protocol):
    """An array, or an array-like object such as a file, to which pooling writes blocks."""

    def __setitem__(self, index: tuple[slice, ...], value: Array, /) -> None:
        """Write a block.

        Parameters
        ----------
        index : tuple of slice
            One slice per axis, with start and stop inside the axis and step 1. Blocks do not
            overlap. Several threads may call at the same time.
        value : ndarray
            Of the block's shape and the result's dtype (int64 for argmax indices), in native byte
            order and any memory layout. It is valid during the call only: the next block overwrites
            it.
        """


def block_shape(
    sizes: Sequence[int],
    total_bytes: float,
    axis_order: AxisOrder,
    max_bytes: float,
    min_sizes: Sequence[int] | None = None,
) -> list[int]:
    """Return the shape of blocks of at most `max_bytes`, each as contiguous as possible.

    The outer axes have size 1, one axis is split, and the inner axes are whole.

    Parameters
    ----------
    sizes : sequence of int
        The array's shape.
    total_bytes : float
        The working set of the whole array in bytes.
    axis_order : sequence of int
        The axes from the outermost in memory to the innermost.
    max_bytes : float
        The working set wanted of a block in bytes.
    min_sizes : sequence of int, optional
        Sizes that a block has at least, even if it exceeds `max_bytes`.

    Examples
    --------
    >>> block_shape((10, 20, 30), 6000, axis_order=(0, 1, 2), max_bytes=100)
    [1, 3, 30]
    """
    shape, block_bytes = list(sizes), total_bytes
    for dim in axis_order:
        if block_bytes <= max_bytes:
            break
        bytes_per_row = block_bytes / max(sizes[dim], 1)
        min_size = 1 if min_sizes is None else min(min_sizes[dim], sizes[dim])
        shape[dim] = max(min_size, int(max_bytes / bytes_per_row), 1)
        block_bytes = bytes_per_row * shape[dim]
    return shape


def split_into_blocks(
    ranges: Sequence[Range], shape: Sequence[int], axis_order: AxisOrder
) -> Generator[Ranges]:
    """Yield the blocks that ranges are split into, in memory order.

    Parameters
    ----------
    ranges : sequence of (int, int)
        What to split, one range per axis. If one is empty, a single block is yielded.
    shape : sequence of int
        The shape of the blocks; the last ones along an axis may be smaller.
    axis_order : sequence of int
        The axes from the outermost in memory to the innermost.

    Examples
    --------
    >>> list(split_into_blocks([(0, 2), (0, 3)], (2, 2), axis_order=(0, 1)))
    [((0, 2), (0, 2)), ((0, 2), (2, 3))]
    """
    ranges_in_order = []
    for dim in axis_order:
        (first, stop), step = ranges[dim], max(shape[dim], 1)
        starts = range(first, stop, step) or [first]
        ranges_in_order.append([(start, min(start + step, stop)) for start in starts])
    place_in_order = [list(axis_order).index(dim) for dim in range(len(ranges))]
    for block in product(*ranges_in_order):
        yield tuple(block[place] for place in place_in_order)


def split_by_bytes(
    ranges: Sequence[Range],
    itemsize: int,
    axis_order: AxisOrder,
    max_bytes: float,
    min_sizes: Sequence[int] | None = None,
) -> Generator[Ranges]:
    """Yield the blocks that ranges of an array are split into to be read, in memory order.

    Parameters
    ----------
    ranges : sequence of (int, int)
        What to split, one range per axis.
    itemsize : int
        The size of an element in bytes.
    axis_order, max_bytes, min_sizes
        As in `block_shape`.

    Examples
    --------
    >>> list(split_by_bytes([(0, 2), (0, 3)], itemsize=4, axis_order=(0, 1), max_bytes=12))
    [((0, 1), (0, 3)), ((1, 2), (0, 3))]
    """
    sizes = [stop - start for start, stop in ranges]
    total_bytes = math.prod(sizes) * itemsize
    shape = block_shape(sizes, total_bytes, axis_order, max_bytes, min_sizes)
    return split_into_blocks(ranges, shape, axis_order)


def split_along_longest_axis(array: Array) -> Generator[tuple[slice, ...]]:
    """Yield indices that split an array along its longest axis.

    Each part has at most a quarter of `MAX_INPUT_BLOCK_BYTES`, or one element along the axis.

    Examples
    --------
    >>> import numpy as np
    >>> list(split_along_longest_axis(np.zeros((2, 3))))
    [(slice(None, None, None), slice(0, 81920, None))]
    """
    axis = max(range(array.ndim), key=lambda dim: array.shape[dim])
    size = array.shape[axis]
    step = max(1, MAX_INPUT_BLOCK_BYTES // 4 * size // max(array.nbytes, 1))
    for start in range(0, size, step):
        yield (*(slice(None),) * axis, slice(start, start + step))


def read_block(source: ReadableArray, block: Ranges) -> Array:
    """Return a block of a source.

    Parameters
    ----------
    source : ReadableArray
        An array or a file.
    block : tuple of (int, int)
        One range per axis.

    Returns
    -------
    ndarray
        Of the block's shape and the source's dtype, in any byte order.

    Examples
    --------
    >>> import numpy as np
    >>> read_block(np.arange(6).reshape(2, 3), ((0, 1), (1, 3)))
    array([[1, 2]])
    """
    return source[tuple(slice(*span) for span in block)]


def memory_order(source: object, rank: int) -> list[int]:
    """Return the axes from the outermost in memory to the innermost.

    Parameters
    ----------
    source : object
        An array, or any object; without the attribute ``strides`` it counts as in C order.
    rank : int
        The number of axes.

    Examples
    --------
    >>> import numpy as np
    >>> memory_order(np.zeros((2, 3), order="F"), 2)
    [1, 0]
    """
    if getattr(getattr(source, "flags", None), "c_contiguous", False):
        return list(range(rank))  # axes of size 1 can have any stride
    strides = getattr(source, "strides", None) or range(rank, 0, -1)
    return sorted(range(rank), key=lambda dim: -abs(strides[dim]))
