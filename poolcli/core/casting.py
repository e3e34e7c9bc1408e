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
from poolcli.core.extension_floats import is_extension_float, to_float32


def cast(values: Array, dtype: DType) -> Array:
    """Return an array converted to `dtype` as the option ``--dtype`` does.

    To an integer dtype, values round half up (-2.5 becomes -2) and saturate, and NaN becomes 0. To
    bool, all values except 0 become True, as in NumPy and PyTorch.

    Parameters
    ----------
    values : ndarray
        Any shape, any numeric dtype in native byte order, bfloat16 and float8 among them.
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
    if is_extension_float(values.dtype):
        values = to_float32(values)
    if is_extension_float(dtype):
        return round_to_extension_float(values, dtype)
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


def round_to_extension_float(values: Array, dtype: DType) -> Array:
    """Return real numbers rounded once to bfloat16 or float8: to nearest, ties to even.

    Numbers beyond the range become infinities, or NaN if the dtype has no infinity, as in
    ml_dtypes. PyTorch makes some of them the largest number, others NaN.

    Parameters
    ----------
    values : ndarray
        Any shape; floats, or integers, which are converted to float64 first.
    dtype : dtype
        The dtype wanted, in native byte order.
    """
    with np.errstate(all="ignore"):
        if values.dtype.kind in "biu":
            values = values.astype(np.float64)
        # ml_dtypes rounds to float32 first: rounding to odd keeps that from rounding twice.
        for narrower in (np.float64, np.float32):
            if values.itemsize > np.dtype(narrower).itemsize:
                nearest = values.astype(narrower)
                values = round_to_odd(nearest, values - nearest)
        return values.astype(dtype)


def round_rational(value: Rational, dtype: DType) -> Any:
    """Return a rational number rounded once to a dtype, as `cast` converts floats.

    Floats are rounded to nearest, ties to even (IEEE 754). A conversion through float64 would round
    twice, and long doubles are wider than float64. Integers are rounded half up and saturate.

    Parameters
    ----------
    value : Rational
        The exact number.
    dtype : dtype
        A bool, integer or float dtype, from float8 to long double.

    Returns
    -------
    scalar
        Of `dtype`; an infinity (NaN without infinities) if the number is beyond the range of a
        float dtype.

    Examples
    --------
    >>> int(round_rational(Fraction(2**24 + 1) + Fraction(1, 2**60), np.dtype("float32"))) - 2**24
    2
    >>> int(round_rational(Fraction(-5, 2), np.dtype("int8")))
    -2
    """
    exact = Fraction(value)
    if is_extension_float(dtype):
        nearest = round_rational(exact, np.dtype(np.float64))
        error = exact - Fraction(float(nearest)) if np.isfinite(nearest) else Fraction(0)
        sign = np.asarray(float((error > 0) - (error < 0)))
        return round_to_extension_float(round_to_odd(np.asarray(nearest), sign), dtype)[()]
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
    """Round inexact floats to odd, so that rounding them again to a narrower type is right.

    A value with an even last bit and an error is replaced by the next float in the direction of
    the error.

    Source: S. Boldo, G. Melquiond, "When double rounding is odd", 2005.

    Parameters
    ----------
    values : ndarray of float32 or float64
        Rounded to nearest.
    errors : ndarray of float
        The exact values less `values`; only the sign counts.

    Returns
    -------
    ndarray
        Of the dtype of `values`.

    Examples
    --------
    >>> round_to_odd(np.array([1.0, 1.0]), np.array([0.0, 1e-30])) - 1
    array([0.00000000e+00, 2.22044605e-16])
    """
    bits = np.dtype(f"u{values.itemsize}")
    is_even = values.view(bits) & bits.type(1) == 0
    neighbour = np.nextafter(values, np.copysign(np.inf, errors).astype(values.dtype))
    return np.where((errors != 0) & is_even, neighbour, values)
