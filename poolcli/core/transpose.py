"""Fast transposed copies of small elements, which NumPy copies one by one in 2 to 3 ns each."""

from __future__ import annotations

import math
import sys

import numpy as np

from poolcli.core.dtypes import Array

MAX_ELEMENT_BYTES = 8
MAX_PLANES = 16


def copy_transposed(out: Array, values: Array) -> None:
    """Copy `values` into `out`, whose memory order may differ.

    Squares of 2 by 2 elements become two elements of twice the width, by arithmetic on whole rows,
    until few elements of `MAX_ELEMENT_BYTES` are left to be copied one by one.

    Parameters
    ----------
    out : ndarray
        Of the shape and the dtype of `values`; written to.
    values : ndarray
        Any shape and dtype. It is fast for elements of 1, 2 or 4 bytes that are contiguous along
        the last axis, if another axis of `out` is contiguous.

    Examples
    --------
    >>> out = np.zeros((4, 2), np.uint8)
    >>> copy_transposed(out.T, np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.uint8))
    >>> out.T
    array([[1, 2, 3, 4],
           [5, 6, 7, 8]], dtype=uint8)
    """
    last, width = values.ndim - 1, values.itemsize
    inner = min(range(values.ndim), key=lambda dim: abs(out.strides[dim]))
    planes = math.prod(size for dim, size in enumerate(values.shape) if dim not in (inner, last))
    rows, columns = values.shape[inner], values.shape[last]
    side = MAX_ELEMENT_BYTES // width if width in (1, 2, 4) else 1
    is_small = min(rows, columns) < 2 * side or planes > MAX_PLANES
    is_contiguous = values.strides[last] == width == out.strides[inner]
    is_little_endian = sys.byteorder == "little"
    if inner == last or side == 1 or is_small or not is_contiguous or not is_little_endian:
        out[...] = values
        return
    target, source = (np.moveaxis(array, (inner, last), (-2, -1)) for array in (out, values))
    rows, columns = rows // side * side, columns // side * side
    target[..., rows:, :] = source[..., rows:, :]
    target[..., :rows, columns:] = source[..., :rows, columns:]
    unsigned = f"u{width}"
    for index in np.ndindex(source.shape[:-2]):
        plane = source[index][:rows, :columns]
        transposed = target[index][:rows, :columns].T
        _copy_transposed_plane(transposed.view(unsigned), plane.view(unsigned))


def _copy_transposed_plane(out: Array, plane: Array) -> None:
    """Write the transpose of a plane, whose sides are multiples of `MAX_ELEMENT_BYTES` bytes."""
    width = plane.itemsize
    if width == MAX_ELEMENT_BYTES:
        out[...] = plane.T
        return
    wide = np.dtype(f"u{2 * width}")
    shift, low = wide.type(8 * width), wide.type((1 << 8 * width) - 1)
    pairs, target = plane.view(wide), out.view(wide)
    upper, lower = pairs[::2], pairs[1::2]
    _copy_transposed_plane(target[::2], (upper & low) | (lower << shift))
    _copy_transposed_plane(target[1::2], (upper >> shift) | (lower & ~low))
