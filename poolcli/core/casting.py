"""Conversion of results to another dtype: half up and saturating, and rounding exactly once.

The rounding errors of sums, and rounding to odd, keep floats from being rounded twice.
"""

from __future__ import annotations

import math
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array, DType, integer_bounds


def cast(values: Array, dtype: DType) -> Array:
    """Return an array converted to `dtype` as the option ``--dtype`` does.

    To an integer dtype, values round half up (-2.5 becomes -2) and saturate, and NaN becomes 0. To
    bool, all values except 0 become True, as in NumPy and PyTorch.

    Parameters
    ----------
    values : ndarray
        Any shape, any numeric dtype in native byte order.
    dtype : dtype
        The dtype wanted, in native byte order.

    Returns
    -------
    ndarray
        Of the shape of `values`: `values` itself where it has the dtype, else a new array.

    Examples
    --------
    >>> cast(np.array([-2.5, 0.5, 300.0, np.nan]), np.dtype("uint8"))
    array([  0,   1, 255,   0], dtype=uint8)
    >>> cast(np.array([-2.5, 2.5]), np.dtype("int8"))
    array([-2,  3], dtype=int8)
    """
    if values.dtype == dtype:
        return values
    if dtype.kind in "fcb":
        with np.errstate(over="ignore"):
            return values.astype(dtype)
    low, high = integer_bounds(dtype)
    if values.dtype.kind in "biu":
        lowest, highest = integer_bounds(values.dtype)
        if lowest < low or highest > high:
            values = np.clip(values, max(low, lowest), min(high, highest))
        return values.astype(dtype)
    if values.dtype.itemsize == 2:  # float16 cannot represent the bounds
        values = values.astype(np.float32)
    whole = np.floor(values)
    with np.errstate(invalid="ignore"):
        whole += (values - whole) >= 0.5
        if whole.size and whole.min() > low and whole.max() < high:  # False if there is a NaN
            return whole.astype(dtype)
        # The bounds are compared as floats, where the highest int64 rounds up to 2**63.
        over, under = whole >= high, whole <= low
        inside = np.isfinite(whole) & ~over & ~under
    out = np.where(inside, whole, 0).astype(dtype)
    out[over] = high
    out[under] = low
    return out


def round_rational(value: Rational, dtype: DType) -> Any:
    """Return a rational number rounded once to a dtype, as `cast` converts floats.

    Floats are rounded to nearest, ties to even (IEEE 754). A conversion through float64 would round
    twice, and long doubles are wider than float64. Integers are rounded half up and saturate.

    Parameters
    ----------
    value : Rational
        The exact number.
    dtype : dtype
        A bool, integer or float dtype, from float16 to long double.

    Returns
    -------
    scalar
        Of `dtype`; an infinity if the number is beyond the range of a float dtype.

    Examples
    --------
    >>> int(round_rational(Fraction(2**24 + 1) + Fraction(1, 2**60), np.dtype("float32"))) - 2**24
    2
    >>> int(round_rational(Fraction(-5, 2), np.dtype("int8")))
    -2
    """
    exact = Fraction(value)
    if dtype.kind == "b":
        return dtype.type(exact != 0)
    if dtype.kind != "f":
        low, high = integer_bounds(dtype)
        return dtype.type(min(max(math.floor(exact + Fraction(1, 2)), low), high))
    info = np.finfo(dtype)
    digits = int(info.nmant) + 1
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length() - digits
    # Subnormal numbers have the spacing of the smallest normal numbers.
    exponent = max(exponent, int(info.minexp) - int(info.nmant))
    if exponent > int(info.maxexp):
        return dtype.type(np.inf if exact > 0 else -np.inf)
    scaled = round(exact / Fraction(2) ** exponent)
    if scaled.bit_length() > digits:  # the bit lengths determine the exponent only up to 1
        exponent += 1
        scaled = round(exact / Fraction(2) ** exponent)
    with np.errstate(over="ignore"):
        return np.ldexp(dtype.type(scaled), exponent)


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
