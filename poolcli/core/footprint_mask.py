"""Footprints as masks: which elements of a kernel a footprint has, and how many a window has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.footprint import Footprint
from poolcli.core.taps import AxisBlock, Windows


def footprint_mask(footprint: Footprint, kernel_size: Sequence[int]) -> Array:
    """Return the mask of the elements of a kernel that count.

    - ``disk``: elements whose centre lies in the ellipsoid inscribed in the kernel, so that a
      kernel size of ``2 * r + 1`` gives ``skimage.morphology.disk(r, strict_radius=False)``.
    - ``cross``: elements on the central axes of the kernel; an even size has two central elements.
    - ``ring``: the disk without the disk two elements smaller on every axis longer than 1.

    Parameters
    ----------
    footprint : Footprint
        The footprint.
    kernel_size : sequence of int
        The size of the kernel per pooled axis, in elements.

    Returns
    -------
    ndarray of bool
        Of the shape `kernel_size`.

    Examples
    --------
    >>> footprint_mask(Footprint("ring"), (5, 5)).astype(int)
    array([[0, 1, 1, 1, 0],
           [1, 0, 0, 0, 1],
           [1, 0, 0, 0, 1],
           [1, 0, 0, 0, 1],
           [0, 1, 1, 1, 0]])
    """
    if footprint.shape:
        return np.frombuffer(footprint.elements, np.bool_).reshape(footprint.shape)
    if footprint.name == "cross":
        off_centre = [(np.abs(_doubled_offsets(size)) > 1).astype(int) for size in kernel_size]
        return _outer_sum(off_centre) <= 1
    disk = _disk(kernel_size)
    if footprint.name == "ring":
        smaller = [size - 2 if size > 1 else 1 for size in kernel_size]
        if min(smaller) > 0 and max(kernel_size) > 1:
            inner = tuple(slice(1, -1) if size > 1 else slice(None) for size in kernel_size)
            disk[inner] &= ~_disk(smaller)
    return disk


def _doubled_offsets(size: int) -> Array:
    """Return twice the distances of elements from the centre of an axis, which are integers."""
    return np.arange(1 - size, size, 2)


def _disk(kernel_size: Sequence[int]) -> Array:
    """Return the mask of the ellipsoid inscribed in a kernel, in exact integers."""
    # The ellipsoid's equation times the square of the common multiple of the sizes, which is not
    # larger than the number of elements.
    common = math.lcm(*kernel_size)
    squares = [(_doubled_offsets(size) * (common // size)) ** 2 for size in kernel_size]
    inside: Array = _outer_sum(squares) <= common**2
    return inside


def _outer_sum(arrays: Sequence[Array]) -> Array:
    """Return the sums of all combinations of one element of each array, one axis per array."""
    total: Array = reduce(np.add.outer, arrays)
    return total


def element_counts_in_footprint(mask: Array, windows: Windows, padded: bool) -> int | Array:
    """Return the number of elements of each window that a footprint has.

    Parameters
    ----------
    mask : ndarray of bool
        The footprint, with one axis per axis of the array; of size 1 where none is pooled.
    windows : sequence of AxisBlock or None
        The windows of a block along each axis; None for an axis that is not reduced.
    padded : bool
        Whether elements in the padding count too.

    Returns
    -------
    int or ndarray of int64
        An int if all windows have the same number, else an array that broadcasts against the block.
    """
    counts = sums_over_existing_taps(mask.astype(np.int64), windows, padded)
    return int(counts.flat[0]) if counts.size and (counts == counts.flat[0]).all() else counts


def sums_over_existing_taps(values: Array, windows: Windows, padded: bool) -> Array:
    """Return the sum of the values of each window's elements.

    Parameters
    ----------
    values : ndarray
        One value for each element of a kernel, with one axis per axis of the array.
    windows, padded
        As in `element_counts_in_footprint`.

    Returns
    -------
    ndarray
        Of the dtype of `values`; broadcasts against the block.
    """
    for dim, block in enumerate(windows):
        if block is not None:
            exists = _existing_taps(block, padded).astype(values.dtype)
            values = np.moveaxis(np.tensordot(values, exists, axes=(dim, 0)), -1, dim)
    return values


def _existing_taps(block: AxisBlock, padded: bool) -> Array:
    """Return which taps exist in which windows: an array of int64, taps by windows."""
    axis = block.axis
    before, after = (axis.pad_before, axis.pad_after) if padded else (0, 0)
    first = axis.first_position(np.arange(*block.out_range))
    positions = first + (np.arange(axis.kernel_size) * axis.dilation)[:, None]
    return ((positions >= -before) & (positions < axis.size + after)).astype(np.int64)
