"""Fast copies of every n-th element of an array."""

from __future__ import annotations

import sys

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.taps import index_on_axis

UNSIGNED_DTYPES = {width: np.dtype(f"u{width}") for width in (1, 2, 4, 8)}
"""Unsigned integers by their width in bytes."""


def take_every_nth(block: Array, channels: int, start: int, step: int, out: Array) -> None:
    """Copy every n-th pixel of each row to `out`, from a multiple of n on.

    It reads `step` pixels as one integer and narrows it to the lowest, which is the first on
    little-endian machines. Narrowing is a vector instruction, and 5 to 7 times as fast as a
    strided copy.

    Parameters
    ----------
    block : ndarray
        2-D: rows of pixels.
    channels : int
        Elements of a pixel.
    start : int
        The first pixel to take; a multiple of `step`.
    step : int
        The distance of two pixels that are taken.
    out : ndarray
        2-D, of the block's dtype; its width says how many pixels are taken.
    """
    n_pixels, pixel_bytes = out.shape[1] // channels, channels * out.itemsize
    pixel, wide = UNSIGNED_DTYPES.get(pixel_bytes), UNSIGNED_DTYPES.get(pixel_bytes * step)
    if pixel is None:
        for channel in range(channels):
            elements = block[:, start * channels + channel :: step * channels]
            out[:, channel::channels] = elements[:, :n_pixels]
        return
    block, out = block.view(pixel), out.view(pixel)
    is_divisible = block.shape[1] % step == 0
    if wide is not None and is_divisible and sys.byteorder == "little":
        at = start // step
        np.copyto(out, block.view(wide)[:, at : at + n_pixels], casting="unsafe")
    else:
        out[...] = block[:, start : start + (n_pixels - 1) * step + 1 : step]


def every_nth(block: Array, dim: int, step: int) -> Array:
    """Return every n-th element along an axis.

    Parameters
    ----------
    block : ndarray
        C-contiguous.
    dim : int
        The axis.
    step : int
        The distance of two elements.

    Returns
    -------
    ndarray
        A new C-contiguous array.

    Examples
    --------
    >>> every_nth(np.array([[1, 2, 3], [4, 5, 6]], np.uint8), 1, 2)
    array([[1, 3],
           [4, 6]], dtype=uint8)
    """
    index = index_on_axis(dim, slice(None, None, step))
    if dim < block.ndim - 1:
        return np.ascontiguousarray(block[index])
    out: Array = np.empty(block[index].shape, block.dtype)
    take_every_nth(block.reshape(-1, block.shape[-1]), 1, 0, step, out.reshape(-1, out.shape[-1]))
    return out
