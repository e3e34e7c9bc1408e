"""Sort keys: numbers that sort as elements do, and sort fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from poolcli.core.blocks import MAX_INPUT_BLOCK_BYTES, split_along_longest_axis
from poolcli.core.dtypes import Array, identity_element, integer_bounds


class SortKeys(NamedTuple):
    """The elements of a block as sort keys.

    Attributes
    ----------
    keys : ndarray
        Of the block's shape (of whole pixels: without the last axis). May be the block itself.
    highest : scalar
        A key that no key is higher than; the key of elements that a window lacks.
    decode : callable
        Turns an array of keys back into elements; may overwrite it.
    """

    keys: Array
    highest: Any
    decode: Callable[[Array], Array]


def element_keys(block: Array) -> SortKeys:
    """Return the elements themselves as keys, in native byte order; NaN stays NaN.

    Small blocks of float16 become float32, which is compared by vector instructions. Sorting leaves
    the order of 0.0 and -0.0 open: decoding makes both 0.0.
    """
    keys = block if block.dtype.isnative else block.astype(block.dtype.newbyteorder("="))
    if keys.dtype == np.float16 and keys.nbytes <= MAX_INPUT_BLOCK_BYTES:
        keys = keys.astype(np.float32)
    decode = positive_zeros if keys.dtype.kind == "f" else np.asarray
    return SortKeys(keys, identity_element(np.minimum, keys.dtype), decode)


def positive_zeros(values: Array) -> Array:
    """Turn negative zeros of floats into positive ones, in place.

    Examples
    --------
    >>> positive_zeros(np.array([-0.0, -1.0]))
    array([ 0., -1.])
    """
    values += 0
    return values


def integer_keys(block: Array) -> SortKeys:
    """Return integers in the elements' order: NaN is the largest key, and -0.0 equals 0.0.

    The bits of floats, as unsigned integers, sort as the floats do once all bits of negative floats
    and the sign bit of the others are flipped.

    Examples
    --------
    >>> keys, _, decode = integer_keys(np.array([np.nan, -1.0, 2.0, -0.0]))
    >>> keys.argsort(), decode(keys)
    (array([1, 3, 2, 0]), array([nan, -1.,  2.,  0.]))
    """
    if block.dtype.kind != "f":
        return element_keys(block)
    if block.dtype.itemsize > 8:
        return _rank_keys(positive_zeros(block.copy()))
    dtype = block.dtype.newbyteorder("=")
    key_dtype = np.dtype(f"u{dtype.itemsize}")
    sign = key_dtype.type(1 << (8 * dtype.itemsize - 1))
    all_bits = key_dtype.type(integer_bounds(key_dtype)[1])
    keys = np.empty(block.shape, key_dtype)
    for index in split_along_longest_axis(block):
        values = block[index].astype(dtype, copy=False)
        bits = (values + dtype.type(0)).view(key_dtype)  # -0.0 + 0 is 0.0
        np.copyto(bits, dtype.type(np.nan).view(key_dtype), where=np.isnan(values))
        np.bitwise_xor(bits, np.where(bits & sign, all_bits, sign), out=keys[index])

    def decode(selected: Array) -> Array:
        selected ^= np.where(selected & sign, sign, all_bits)
        return selected.view(dtype)

    return SortKeys(keys, all_bits, decode)


def pixel_keys(block: Array) -> SortKeys:
    """Return each pixel (the channels of the last axis) as one number, first channel highest.

    Examples
    --------
    >>> keys, _, decode = pixel_keys(np.array([[1, 2, 3], [255, 0, 0]], np.uint8))
    >>> keys, decode(keys).tolist()
    (array([   66051, 16711680], dtype=uint32), [[1, 2, 3], [255, 0, 0]])
    """
    n_channels = block.shape[-1]
    if block.dtype != np.uint8 or n_channels > 4:
        channels, _, decode_channels = integer_keys(block)
        ranks, highest, decode_pixels = _rank_keys(channels, axis=-1)
        return SortKeys(ranks, highest, lambda selected: decode_channels(decode_pixels(selected)))
    keys = np.zeros(block.shape[:-1], np.uint32)
    for channel in range(n_channels):
        keys <<= np.uint32(8)
        keys |= block[..., channel]

    def decode(selected: Array) -> Array:
        shifts = np.arange(n_channels - 1, -1, -1, dtype=np.uint32) * np.uint32(8)
        return (selected[..., None] >> shifts).astype(np.uint8)

    return SortKeys(keys, identity_element(np.minimum, keys.dtype), decode)


def _rank_keys(block: Array, axis: int | None = None) -> SortKeys:
    """Return the ranks of elements, or of rows, for which no integer type is wide enough."""
    rows = block.reshape(-1) if axis is None else block.reshape(-1, block.shape[-1])
    table, ranks = np.unique(rows, axis=None if axis is None else 0, return_inverse=True)
    keys = ranks.reshape(block.shape if axis is None else block.shape[:-1])
    # The highest key is that of no element; it decodes to zeros.
    table = np.concatenate([table, np.zeros_like(rows, shape=(1, *table.shape[1:]))])
    highest = identity_element(np.minimum, keys.dtype)
    return SortKeys(keys, highest, lambda selected: table[np.minimum(selected, len(table) - 1)])
