"""Strips and tiles of pixels in the order in which a TIFF stores them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.io.document import Source
from poolcli.io.tiff.odd_bit_depths import pack_bits

CHUNK_BYTES = 1 << 22
"""The size in which pixels that are not in memory are copied."""


def _channel_ranges(pixels: Source, *, is_planar: bool) -> list[tuple[slice, ...]]:
    """Return the channels that are stored together: the end of an index into the pixels."""
    if len(pixels.shape) == 2:
        return [()]
    if is_planar:
        return [(slice(channel, channel + 1),) for channel in range(pixels.shape[2])]
    return [(slice(0, pixels.shape[2]),)]


def row_chunks(pixels: Source, *, is_planar: bool) -> Iterator[npt.NDArray[Any]]:
    """Yield the pixels in file order, some rows at a time.

    Parameters
    ----------
    pixels : Source
        H W, or H W C.
    is_planar : bool
        Whether each channel is stored apart.

    Examples
    --------
    >>> [chunk.shape for chunk in row_chunks(np.zeros((4, 5, 3)), is_planar=True)]
    [(4, 5, 1), (4, 5, 1), (4, 5, 1)]
    """
    height, width = pixels.shape[:2]
    step = rows_per_chunk(pixels, is_planar=is_planar)
    for plane in _channel_ranges(pixels, is_planar=is_planar):
        for top in range(0, height, step):
            rows = slice(top, min(top + step, height))
            yield pixels[(rows, slice(0, width), *plane)]


def rows_per_chunk(pixels: Source, *, is_planar: bool) -> int:
    """Return the number of rows of the chunks of `row_chunks`."""
    _, width, *channels = pixels.shape
    row_bytes = width * pixels.dtype.itemsize * (1 if is_planar else math.prod(channels))
    return max(1, CHUNK_BYTES // max(row_bytes, 1))


def packed(
    chunks: Iterator[npt.NDArray[Any]], tile: tuple[int, int] | None, depth: int
) -> Iterator[bytes]:
    """Yield strips or tiles with values of fewer bits. Tiles at the edges get their full size.

    Parameters
    ----------
    chunks : iterator of ndarray
        Rows by columns, or by columns by channels.
    tile : (int, int), optional
        Rows and columns of a tile; None for strips.
    depth : int
        The bits of a value.
    """
    for chunk in chunks:
        if tile is not None:
            missing = [(0, side - size) for side, size in zip(tile, chunk.shape, strict=False)]
            chunk = np.pad(chunk, [*missing, *[(0, 0)] * (chunk.ndim - 2)])
        yield pack_bits(chunk, depth)


def tiles(pixels: Source, tile: tuple[int, int], *, is_planar: bool) -> Iterator[npt.NDArray[Any]]:
    """Yield the tiles in file order; those at the edges are smaller.

    Parameters
    ----------
    pixels : Source
        H W, or H W C.
    tile : (int, int)
        Rows and columns of a tile.
    is_planar : bool
        Whether each channel is stored apart.

    Examples
    --------
    >>> [each.shape for each in tiles(np.zeros((20, 16)), (16, 16), is_planar=False)]
    [(16, 16), (4, 16)]
    """
    height, width = pixels.shape[:2]
    for plane in _channel_ranges(pixels, is_planar=is_planar):
        for top in range(0, height, tile[0]):
            rows = slice(top, min(top + tile[0], height))
            for left in range(0, width, tile[1]):
                columns = slice(left, min(left + tile[1], width))
                block = pixels[(rows, columns, *plane)]
                yield np.ascontiguousarray(block[..., 0] if is_planar else block)
