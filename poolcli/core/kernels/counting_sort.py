"""Sorting of many integers of one or two bytes by counting how often each value occurs."""

from __future__ import annotations

import numpy as np

from poolcli.core.dtypes import Array, DType, integer_bounds

MIN_COUNTED_ELEMENTS = {1: 1 << 14, 2: 1 << 20}
"""The smallest arrays that are sorted faster than by `numpy.partition`, by the bytes of an element.
The partition of a million elements takes 3 to 5 times as long."""

CHUNK_ELEMENTS = 1 << 17
"""The number of elements that are counted at a time."""


def sorts_by_counting(dtype: DType, n_elements: int) -> bool:
    """Return whether counting is the fastest way to sort so many elements of a dtype."""
    min_elements = MIN_COUNTED_ELEMENTS.get(dtype.itemsize)
    return dtype.kind in "iu" and min_elements is not None and n_elements >= min_elements


def sort_by_counting(elements: Array) -> None:
    """Sort elements in place.

    Parameters
    ----------
    elements : ndarray of int8, uint8, int16 or uint16
        One-dimensional.

    Examples
    --------
    >>> elements = np.array([3, -1, 3, 0], np.int8)
    >>> sort_by_counting(elements)
    >>> elements
    array([-1,  0,  3,  3], dtype=int8)
    """
    lowest, highest = integer_bounds(elements.dtype)
    counts = np.zeros(highest - lowest + 1, np.int64)
    for start in range(0, len(elements), CHUNK_ELEMENTS):
        places = elements[start : start + CHUNK_ELEMENTS].astype(np.intp)
        places -= lowest
        counts += np.bincount(places, minlength=len(counts))
    stop = 0
    for value in np.flatnonzero(counts).tolist():
        start, stop = stop, stop + int(counts[value])
        elements[start:stop] = value + lowest
