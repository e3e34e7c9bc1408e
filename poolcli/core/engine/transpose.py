"""Transposing small elements: NumPy takes 2 to 3 ns for each, however small it is."""

from __future__ import annotations

import math
import sys

import numpy as np

from poolcli.core.dtypes import Array

MAX_ELEMENT_BYTES = 8


def copy_transposed(out: Array, values: Array) -> None:
    """Copy `values`, whose last axis is contiguous, into `out`, whose last axis may be another.

    Fast because squares of 2 by 2 elements become two numbers of twice the width, in whole-row
    arithmetic, until few wide elements are left to be copied one by one.

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
    others = [size for dim, size in enumerate(values.shape) if dim not in (inner, last)]
    rows, columns = values.shape[inner], values.shape[last]
    side = MAX_ELEMENT_BYTES // width if width in (1, 2, 4) else 1
    small = min(rows, columns) < 2 * side or math.prod(others) > 16
    dense = values.strides[last] == width == out.strides[inner]
    if inner == last or side == 1 or small or not dense or sys.byteorder != "little":
        out[...] = values
        return
    there, here = (np.moveaxis(each, (inner, last), (-2, -1)) for each in (out, values))
    rows, columns = rows // side * side, columns // side * side
    there[..., rows:, :] = here[..., rows:, :]
    there[..., :rows, columns:] = here[..., :rows, columns:]
    unsigned = f"u{width}"
    for index in np.ndindex(here.shape[:-2]):
        plane, target = here[index][:rows, :columns], there[index][:rows, :columns].T
        _copy_transposed_plane(target.view(unsigned), plane.view(unsigned))


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
