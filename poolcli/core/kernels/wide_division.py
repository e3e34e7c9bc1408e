"""Division of integers of more than 64 bits, with a single rounding."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from poolcli.core.casting import round_rational, round_to_odd, two_sum
from poolcli.core.dtypes import Array, DType, integer_bounds

MAX_SAFE_DIVISOR = 1 << 28
"""The float64 quotient by a larger divisor may lie so close to the midpoint of two float32 that it
must be rounded to odd first. It is also the limit of the division in base ``2**32``."""

LOW_BITS = (1 << 32) - 1
LOW_HALF = np.uint64(LOW_BITS)


def divide_wide(high: Array, low: Array, count: Array, dtype: DType) -> Array:
    """Divide ``high * 2**32 + low`` by long division in base ``2**32``, and round once.

    Parameters
    ----------
    high : ndarray of int64 or uint64
        Below ``2**62`` in magnitude.
    low : ndarray of uint64
        Of the shape of `high`.
    count : ndarray of int64
        Of the shape of `high`; not 0.
    dtype : dtype
        The dtype of the quotients. Integers are rounded half up and saturate.

    Returns
    -------
    ndarray
        Of the dtype `dtype` and the shape of `high`.

    Examples
    --------
    >>> divide_wide(np.array([3]), np.array([6], np.uint64), np.array([2]), np.dtype("int64"))
    array([6442450947])
    """
    high = high.astype(np.int64) + (low >> np.uint64(32)).astype(np.int64)
    low = low.astype(np.uint64) & LOW_HALF
    is_negative = count < 0
    high = np.where(is_negative, -high - (low > 0), high)
    low = np.where(is_negative, (np.uint64(1 << 32) - low) & LOW_HALF, low)
    count = np.abs(count)
    if dtype.name not in ("float16", "float32", "float64") and dtype.kind not in "iub":
        return _divide_each(high, low, count, dtype)
    if (count > MAX_SAFE_DIVISOR).any() or (np.abs(high) >= 1 << 52).any():
        return _divide_each(high, low, count, dtype)
    # The quotient is upper * 2**32 + lower + remainder / count.
    upper, carry = np.divmod(high, count)
    divisor = count.astype(np.uint64)
    lower, remainder = np.divmod((carry.astype(np.uint64) << np.uint64(32)) | low, divisor)
    if dtype.kind == "b":
        return np.not_equal(upper, 0) | np.not_equal(lower, 0) | np.not_equal(remainder, 0)
    if dtype.kind == "f":
        values, errors = _as_floats(upper, lower, remainder, divisor)
        if dtype == np.float64:
            return values
        with np.errstate(over="ignore"):
            return round_to_odd(values, errors).astype(dtype)
    return _as_integers(upper, lower + (2 * remainder >= divisor), dtype)


def _as_integers(upper: Array, lower: Array, dtype: DType) -> Array:
    """Return ``upper * 2**32 + lower`` as integers, saturating."""
    upper = upper + (lower >> np.uint64(32)).astype(np.int64)
    lower &= LOW_HALF
    least, greatest = integer_bounds(dtype)
    values = ((upper.astype(np.uint64) << np.uint64(32)) | lower).astype(dtype)
    is_above = (upper > greatest >> 32) | (
        (upper == greatest >> 32) & (lower > (greatest & LOW_BITS))
    )
    is_below = (upper < least >> 32) | ((upper == least >> 32) & (lower < (least & LOW_BITS)))
    clipped = np.where(is_below, dtype.type(least), values)
    return np.where(is_above, dtype.type(greatest), clipped)


def _as_floats(upper: Array, lower: Array, remainder: Array, count: Array) -> tuple[Array, Array]:
    """Return ``upper * 2**32 + lower + remainder / count`` as float64, and the rounding errors.

    The quotient is written as the sum of two exact floats. The smaller one ends in a sticky bit,
    which is set if anything is still missing, so that the sign of the error is always right.
    """
    fraction = (remainder << np.uint64(33)) // count
    fraction |= (fraction * count != remainder << np.uint64(33)).astype(np.uint64)
    large_units = (upper << 21) + (lower >> np.uint64(11)).astype(np.int64)
    large = large_units.astype(np.float64) * 2048
    small = (lower & np.uint64(2047)).astype(np.float64) + fraction.astype(np.float64) * 2.0**-33
    # Beyond this the shift would overflow.
    is_huge = (upper >= 1 << 31) | (upper < -(1 << 31))
    large = np.where(is_huge, upper.astype(np.float64) * 2.0**32, large)
    small = np.where(is_huge, lower.astype(np.float64) + (remainder != 0) * 0.5, small)
    return two_sum(large, small)


def _divide_each(high: Array, low: Array, count: Array, dtype: DType) -> Array:
    """Divide one sum after the other, in fractions."""
    out = np.empty(high.shape, dtype)
    part_dtype = np.dtype(np.float64) if dtype.kind == "c" else dtype
    for index in np.ndindex(out.shape):
        quotient = Fraction((int(high[index]) << 32) + int(low[index]), int(count[index]))
        out[index] = round_rational(quotient, part_dtype)
    return out
