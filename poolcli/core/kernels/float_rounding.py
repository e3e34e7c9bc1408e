"""Operations on the rounding errors of floats: exact sums of two floats, and rounding to odd."""

from __future__ import annotations

import numpy as np

from poolcli.core.dtypes import Array


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return the rounded sum of floats and its rounding error, whose sum is exact.

    Source: O. Møller, 1965; D. Knuth, "The Art of Computer Programming", volume 2, section 4.2.2.

    Parameters
    ----------
    a, b : ndarray of float
        Of one dtype.

    Returns
    -------
    (ndarray, ndarray)
        The sum and the error, of the same dtype.

    Examples
    --------
    >>> two_sum(np.array([1e16]), np.array([1.0]))
    (array([1.e+16]), array([1.]))
    """
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def round_to_odd(values: Array, errors: Array) -> Array:
    """Round inexact float64 values to odd, so that rounding them again to a narrower type is right.

    A value with an even last bit and an error is replaced by the next float in the direction of
    the error.

    Source: S. Boldo, G. Melquiond, "When double rounding is odd", 2005.

    Parameters
    ----------
    values : ndarray of float64
        Rounded to nearest.
    errors : ndarray of float64
        The exact values less `values`; only the sign counts.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> round_to_odd(np.array([1.0, 1.0]), np.array([0.0, 1e-30])) - 1
    array([0.00000000e+00, 2.22044605e-16])
    """
    is_even = values.view(np.uint64) & np.uint64(1) == 0
    neighbour = np.nextafter(values, np.copysign(np.inf, errors))
    return np.where((errors != 0) & is_even, neighbour, values)
