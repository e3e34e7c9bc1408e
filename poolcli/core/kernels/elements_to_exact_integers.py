"""The elements of windows as integers, for exact arithmetic."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array

MAX_BITS = 60
"""Integers of up to this many bits are computed in int64."""

FRACTION_BITS = 10
"""Floats that are multiples of ``2**-FRACTION_BITS``, and not too large, become int64."""


class ExactElements(NamedTuple):
    """The elements of ``n`` windows, as exact integers.

    Attributes
    ----------
    values : ndarray of int64, or of Python's integers
        The elements times ``2**shift``, of shape ``(elements, n)``; 0 where not `valid`.
    valid : ndarray of bool
        Of the shape of `values`: finite elements that windows have and do not ignore.
    counts : ndarray
        Of length ``n``: how many elements a window has that are not ignored, infinite ones
        included; of the dtype of `values`.
    shift : int
    windows : ndarray of int
        Of length ``n``: the flat indices of the windows in the block.
    """

    values: Array
    valid: Array
    counts: Array
    shift: int
    windows: Array

    def as_python_integers(self) -> ExactElements:
        """Return the same elements as Python's integers, which cannot overflow."""
        return self._replace(values=self.values.astype(object), counts=self.counts.astype(object))


def exact_elements(elements: Array, valid: Array, windows: Array, degree: int) -> ExactElements:
    """Return elements of windows as exact integers.

    Parameters
    ----------
    elements : ndarray
        Of shape ``(elements, n)``.
    valid : ndarray of bool
        Of the same shape: elements that windows have and do not ignore.
    windows : ndarray of int
        Of length ``n``: the flat indices of the windows.
    degree : int
        The highest power to which the elements will be raised.

    Returns
    -------
    ExactElements
    """
    counts = np.add.reduce(valid, axis=0, dtype=np.int64)
    if elements.dtype.kind == "f":
        valid = valid & np.isfinite(elements)
    values, shift = as_integers(np.where(valid, elements, elements.dtype.type(0)), degree)
    return ExactElements(values, valid, counts.astype(values.dtype), shift, windows)


def fits_64_bits(largest: float, degree: int, shift: int = 0) -> bool:
    """Return whether a power of an integer fits into 64 bits, with some bits to spare.

    Parameters
    ----------
    largest : float
        The largest magnitude of the number.
    degree : int
        The exponent of the power.
    shift : int
        The number is multiplied by ``2**shift`` first.

    Examples
    --------
    >>> fits_64_bits(1000, 2), fits_64_bits(1000, 7)
    (True, False)
    """
    return (math.log2(max(largest, 1)) + shift) * degree < MAX_BITS


def as_integers(values: Array, degree: int = 1) -> tuple[Array, int]:
    """Return finite numbers times a power of two as integers, and the exponent of that power.

    Parameters
    ----------
    values : ndarray
        Integers, booleans or finite floats, of shape ``(elements, n)``.
    degree : int
        The highest power to which the integers will be raised.

    Returns
    -------
    values : ndarray
        Of int64 if sums of the integers' powers along the first axis fit, else of Python's
        integers.
    shift : int
        The exponent.

    Examples
    --------
    >>> as_integers(np.array([0.5, 3.0]))
    (array([ 512, 3072]), 10)
    >>> as_integers(np.array([2.0**-30, 3.0]))
    (array([1, 3221225472], dtype=object), 30)
    """
    wide = np.result_type(values, np.float64)
    largest = float(np.abs(values.astype(wide)).max(initial=0))
    shift = 0 if values.dtype.kind in "biu" else FRACTION_BITS
    if fits_64_bits(2.0 * len(values) * largest * 2.0**shift, degree):
        if not shift:
            return values.astype(np.int64), 0
        scaled = np.ldexp(values.astype(wide), shift)
        if (scaled == np.rint(scaled)).all():
            return scaled.astype(np.int64), shift
    if not shift:
        return values.astype(object), 0
    ratios = [value.as_integer_ratio() for value in values.reshape(-1)]
    shift = max((denominator.bit_length() - 1 for _, denominator in ratios), default=0)
    exact = np.empty(values.size, object)
    exact[:] = [numerator * (1 << shift) // denominator for numerator, denominator in ratios]
    return exact.reshape(values.shape), shift
