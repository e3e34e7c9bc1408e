"""Keys: numbers that sort as the elements do, in a form that sorts fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from poolcli.core.blocks import MAX_INPUT_BLOCK_BYTES, split_along_longest_axis
from poolcli.core.dtypes import Array, DType, integer_bounds


class Keys(NamedTuple):
    """A block as keys.

    Attributes
    ----------
    keys : ndarray
        May be the block itself.
    fill : scalar
        Sorts last: stands in for elements that a window does not have.
    decode : callable
        Turns keys back into elements.
    """

    keys: Array
    fill: Any
    decode: Callable[[Array], Array]


def plain(block: Array) -> Keys:
    """The elements themselves; NaN stays NaN.

    float16 becomes float32, for which there are fast comparisons, where that stays small.
    """
    keys = block.astype(block.dtype.newbyteorder("="), copy=False)
    if keys.dtype == np.float16 and keys.nbytes <= MAX_INPUT_BLOCK_BYTES:
        keys = keys.astype(np.float32)
    return Keys(keys, greatest(keys.dtype), lambda found: found)


def ordered(block: Array) -> Keys:
    """Integers in the elements' order: all NaNs are one key, the largest; -0 is 0.

    The bits of a float sort as the float does once the negative ones are turned round.

    Examples
    --------
    >>> keys, _, decode = ordered(np.array([np.nan, -1.0, 2.0, -0.0]))
    >>> keys.argsort(), decode(keys)
    (array([1, 3, 2, 0]), array([nan, -1.,  2.,  0.]))
    """
    if block.dtype.kind != "f":
        return plain(block)
    if block.dtype.itemsize > 8:
        return _numbered(block)
    dtype = block.dtype.newbyteorder("=")
    unsigned = np.dtype(f"u{dtype.itemsize}")
    sign = unsigned.type(1 << (8 * dtype.itemsize - 1))
    everything = unsigned.type(integer_bounds(unsigned)[1])
    keys = np.empty(block.shape, unsigned)
    for part in split_along_longest_axis(block):
        values = block[part].astype(dtype, copy=False)
        bits = (values + dtype.type(0)).view(unsigned)  # adding 0 turns -0 into 0
        np.copyto(bits, dtype.type(np.nan).view(unsigned), where=np.isnan(values))
        np.bitwise_xor(bits, np.where(bits & sign, everything, sign), out=keys[part])

    def decode(found: Array) -> Array:
        found ^= np.where(found & sign, sign, everything)
        return found.view(dtype)

    return Keys(keys, everything, decode)


def packed(block: Array) -> Keys:
    """The channels of a pixel (the last axis, 8 bits each) as one number, the first on top.

    Examples
    --------
    >>> keys, _, decode = packed(np.array([[1, 2, 3], [255, 0, 0]], np.uint8))
    >>> keys, decode(keys).tolist()
    (array([   66051, 16711680], dtype=uint32), [[1, 2, 3], [255, 0, 0]])
    """
    channels = block.shape[-1]
    if block.dtype != np.uint8 or channels > 4:
        return _numbered(block, axis=-1)
    keys = np.zeros(block.shape[:-1], np.uint32)
    for channel in range(channels):
        keys <<= np.uint32(8)
        keys |= block[..., channel]

    def decode(found: Array) -> Array:
        shifts = np.arange(channels - 1, -1, -1, dtype=np.uint32) * np.uint32(8)
        return (found[..., None] >> shifts).astype(np.uint8)

    return Keys(keys, np.uint32(integer_bounds(np.dtype(np.uint32))[1]), decode)


def _numbered(block: Array, axis: int | None = None) -> Keys:
    """Elements, or rows of them, numbered in their order, where no integer type has room."""
    rows = block.reshape(-1) if axis is None else block.reshape(-1, block.shape[-1])
    table, numbers = np.unique(rows, axis=None if axis is None else 0, return_inverse=True)
    keys = numbers.reshape(block.shape if axis is None else block.shape[:-1])
    table = np.concatenate([table, np.zeros_like(rows, shape=(1, *table.shape[1:]))])
    return Keys(keys, greatest(keys.dtype), lambda found: table[np.minimum(found, len(table) - 1)])


def greatest(dtype: DType) -> Any:
    """What sorts behind every number of a dtype."""
    return dtype.type(np.inf if dtype.kind == "f" else integer_bounds(dtype)[1])


def least(dtype: DType) -> Any:
    """What sorts before every number of a dtype."""
    return dtype.type(-np.inf if dtype.kind == "f" else integer_bounds(dtype)[0])
