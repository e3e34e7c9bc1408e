"""The shapes of the chunks and shards of an output array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from poolcli.core.shape_text import shape_text
from poolcli.errors import FormatError

if TYPE_CHECKING:
    import zarr

MAX_DEFAULT_CHUNK_BYTES = 1 << 21
"""The largest chunk that is chosen where nothing prescribes one: 64 x 64 x 64 elements of 8 bytes,
or 1024 x 1024 of 2."""


class ChunkShapes(NamedTuple):
    """The shapes of chunks and shards.

    Attributes
    ----------
    chunks : tuple of int
        The shape of a chunk, which is compressed as a whole.
    shards : tuple of int, optional
        The shape of a shard, a file of several chunks; None if each chunk is a file.
    """

    chunks: tuple[int, ...]
    shards: tuple[int, ...] | None = None


def chunk_shapes(
    shape: Sequence[int],
    itemsize: int,
    *,
    like: zarr.Array[Any] | None,
    chunks: Sequence[int] | None,
    spatial: Sequence[int],
    with_shards: bool,
) -> ChunkShapes:
    """Return the shapes of chunks and shards of an output array.

    Parameters
    ----------
    shape : sequence of int
        The shape of the output.
    itemsize : int
        The size of an element in bytes.
    like : zarr.Array, optional
        The input array, whose chunks and shards are kept; of the same number of axes.
    chunks : sequence of int, optional
        The shape that the user asks for: a number for each axis, for each spatial axis, or one for
        all spatial axes. Other axes keep the input's size of a chunk, or get 1.
    spatial : sequence of int
        The spatial axes, along which chunks extend by default.
    with_shards : bool
        Whether the format has shards. If not, the chunks in the input's shards become files.

    Returns
    -------
    ChunkShapes
        No chunk is longer than the array. Shards are whole multiples of chunks.

    Raises
    ------
    FormatError
        If the number of `chunks` fits neither the axes nor the spatial axes.

    Examples
    --------
    >>> chunk_shapes((3, 500, 600), 1, like=None, chunks=None, spatial=(1, 2), with_shards=True)
    ChunkShapes(chunks=(1, 500, 600), shards=None)
    >>> chunk_shapes((3, 500, 600), 1, like=None, chunks=(64,), spatial=(1, 2), with_shards=True)
    ChunkShapes(chunks=(1, 64, 64), shards=None)
    """
    if chunks is not None:
        wanted = _requested_chunks(chunks, shape, spatial, like)
    else:
        wanted = tuple(like.chunks) if like is not None else _default(shape, itemsize, spatial)
    fitting = tuple(max(1, min(pair)) for pair in zip(wanted, shape, strict=True))
    if like is None or like.shards is None or not with_shards:
        return ChunkShapes(fitting)
    return ChunkShapes(fitting, _shards(like.shards, fitting, shape))


def _requested_chunks(
    chunks: Sequence[int],
    shape: Sequence[int],
    spatial: Sequence[int],
    like: zarr.Array[Any] | None,
) -> tuple[int, ...]:
    """Return a shape with one number for each axis."""
    if len(chunks) == len(shape):
        return tuple(chunks)
    if len(chunks) not in (1, len(spatial)):
        raise FormatError(
            f"--chunks {shape_text(chunks)} has {len(chunks)} sizes; give one for each of the "
            f"{len(shape)} axes of the array, or one for each of its {len(spatial)} spatial axes"
        )
    wanted = list(like.chunks) if like is not None else [1] * len(shape)
    sizes = chunks if len(chunks) > 1 else [chunks[0]] * len(spatial)
    for axis, size in zip(spatial, sizes, strict=True):
        wanted[axis] = size
    return tuple(wanted)


def _default(shape: Sequence[int], itemsize: int, spatial: Sequence[int]) -> tuple[int, ...]:
    """Return equal powers of two along the spatial axes, and 1 along the others."""
    elements = MAX_DEFAULT_CHUNK_BYTES // itemsize
    size = 1 << (elements.bit_length() - 1) // max(len(spatial), 1)
    return tuple(size if axis in spatial else 1 for axis in range(len(shape)))


def _shards(shards: Sequence[int], chunks: Sequence[int], shape: Sequence[int]) -> tuple[int, ...]:
    """Return the input's shards, rounded to whole chunks, no longer than the array needs."""
    rounded = []
    for shard, chunk, size in zip(shards, chunks, shape, strict=True):
        longest = math.ceil(max(size, 1) / chunk) * chunk
        rounded.append(min(math.ceil(shard / chunk) * chunk, longest))
    return tuple(rounded)
