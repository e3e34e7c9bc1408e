"""Exact integer sums divided: one division, one rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.core.casting import round_rational
from poolcli.core.dtypes import Array, DType, integer_bounds

# Below these the vectorised arithmetic is exact. A float64 quotient of integers below 2**52 lies
# so far from every midpoint of a narrower type that rounding it a second time changes nothing.
FLOAT_LIMIT = 1 << 52
INT_LIMIT = 1 << 61

SLIGHT = 1 << 28
"""Quotients by more than this may lie so near to the middle of two float32 that they are to be
rounded to odd first."""

EXACT_FLOAT32 = 1 << 24
"""Up to here all integers are float32, and a quotient of two is rounded once."""

LOW_BITS = (1 << 32) - 1
LOW_HALF = np.uint64(LOW_BITS)


def divide(
    total: tuple[Array, ...],
    count: int | npt.NDArray[np.int64],
    dtype: DType,
    limits: tuple[int, int] | None = None,
) -> Array:
    """Divide integer sums, rounding once to `dtype`; to integers half up, saturating.

    Parameters
    ----------
    total : tuple of ndarray
        One integer array; or two, int64 or uint64 high halves and uint64 low ones, whose sum is
        ``high * 2**32 + low``.
    count : int or ndarray of int64
        The divisors, not 0; broadcast against the totals.
    dtype : dtype
        The result's.
    limits : (int, int), optional
        The least and the greatest that the totals can be; without, they are looked through.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> divide((np.array([-5, 7]),), 2, np.dtype("int16"))
    array([-2,  4], dtype=int16)
    """
    if len(total) == 1 and total[0].dtype.kind != "b" and total[0].dtype.itemsize <= 4:
        quickly = _quickly if isinstance(count, int) else _each_quickly
        for known in dict.fromkeys((limits, None)) if total[0].size else ():
            least, most = known or (int(total[0].min()), int(total[0].max()))
            quick = quickly(total[0], count, dtype, least, most)  # type: ignore[arg-type]
            if quick is not None:
                return quick
    limit = FLOAT_LIMIT if dtype.kind in "fc" else INT_LIMIT
    value, wide = _narrow(total, limit)
    if dtype.kind in "fc":
        precise = dtype if dtype.kind == "f" and dtype.itemsize > 8 else np.dtype(np.float64)
        with np.errstate(over="ignore"):
            out = np.true_divide(value, count, dtype=precise).astype(dtype)
    elif dtype.kind == "b":
        out = np.broadcast_to(value != 0, np.broadcast_shapes(value.shape, np.shape(count))).copy()
    else:
        sign = np.where(np.asarray(count) < 0, -1, 1)
        twice = 2 * np.abs(count)
        low, high = integer_bounds(dtype)
        whole = (2 * sign * value + np.abs(count)) // twice
        out = np.clip(whole, max(low, -(1 << 63)), min(high, (1 << 63) - 1)).astype(dtype)
    if dtype.kind == "f" and dtype.itemsize < 8 and np.max(np.abs(count), initial=0) > SLIGHT:
        wide = np.ones(out.shape, np.bool_)
    if wide is not None:
        halves = [part[wide] for part in total]
        if len(halves) == 1:
            halves = [halves[0] >> 32, halves[0].astype(np.uint64) & LOW_HALF]
        divisors = np.broadcast_to(count, out.shape)[wide]
        out[wide] = divide_wide(halves[0], halves[1], divisors, dtype)
    return out


def _quickly(total: Array, count: int, dtype: DType, least: int, most: int) -> Array | None:
    """Divide by one number in the narrow type of the sums; None where that has no room.

    Fast because the arrays stay small and NumPy divides integers by a scalar without dividing.
    """
    if not 0 < count < min(EXACT_FLOAT32, integer_bounds(total.dtype)[1]):
        return None
    if dtype.kind in "iu" and most + count // 2 <= integer_bounds(total.dtype)[1]:
        # Half up: what is added makes the floor of the quotient the nearest integer.
        whole = total + total.dtype.type(count // 2)
        np.floor_divide(whole, total.dtype.type(count), out=whole)
        low, high = integer_bounds(dtype)
        fits = low <= least // count and (most + count // 2) // count <= high
        return whole.astype(dtype) if fits else None
    if dtype == np.float32 and least > -EXACT_FLOAT32 and most < EXACT_FLOAT32:
        quotient: Array = total.astype(dtype)
        quotient /= dtype.type(count)
        return quotient
    return None


def _each_quickly(total: Array, count: Array, dtype: DType, least: int, most: int) -> Array | None:
    """Divide small sums by counts of their own in float32; None where that would round twice.

    Below `EXACT_FLOAT32` the quotient is rounded once. Below an eighth of it that takes less from
    it than what lies between it and any half, which is half of 1 / count or more.
    """
    fewest, largest = int(count.min()), int(count.max())
    limit = EXACT_FLOAT32 if dtype == np.float32 else EXACT_FLOAT32 >> 3
    if fewest < 1 or max(largest, most, -least) >= limit:
        return None
    if dtype != np.float32 and dtype.kind not in "iu":
        return None
    quotient = total.astype(np.float32)
    quotient /= count.astype(np.float32)
    if dtype != np.float32:
        quotient += np.float32(0.5)
        np.floor(quotient, out=quotient)
        low, high = integer_bounds(dtype)
        if least < low or most > high:
            np.clip(quotient, low, high, out=quotient)
    return quotient.astype(dtype, copy=False)


def divide_wide(
    high: Array, low: Array, count: npt.NDArray[np.int64], dtype: DType
) -> npt.NDArray[Any]:
    """Divide ``high * 2**32 + low``, as `divide` does, by schoolbook division in base 2**32.

    Parameters
    ----------
    high : ndarray of int64 or uint64
        Below 2**62 in magnitude.
    low : ndarray of uint64
    count : ndarray of int64
        Not 0.
    """
    high = high.astype(np.int64) + (low >> np.uint64(32)).astype(np.int64)
    low = low.astype(np.uint64) & LOW_HALF
    minus = count < 0
    high = np.where(minus, -high - (low > 0), high)
    low = np.where(minus, (np.uint64(1 << 32) - low) & LOW_HALF, low)
    count = np.abs(count)
    if dtype.name not in ("float16", "float32", "float64") and dtype.kind not in "iub":
        return _one_by_one(high, low, count, dtype)
    if (count > SLIGHT).any() or (np.abs(high) >= 1 << 52).any():
        return _one_by_one(high, low, count, dtype)
    above, left = np.divmod(high, count)
    divisor = count.astype(np.uint64)
    below, rest = np.divmod((left.astype(np.uint64) << np.uint64(32)) | low, divisor)
    if dtype.kind == "b":
        return np.not_equal(above, 0) | np.not_equal(below, 0) | np.not_equal(rest, 0)
    if dtype.kind == "f":
        found, lost = _as_floats(above, below, rest, divisor)
        if dtype == np.float64:
            return found
        with np.errstate(over="ignore"):
            return round_to_odd(found, lost).astype(dtype)
    return _as_integer(above, below + (2 * rest >= divisor), dtype)


def _as_integer(above: Array, below: Array, dtype: DType) -> Array:
    """``above * 2**32 + below``, saturated."""
    above = above + (below >> np.uint64(32)).astype(np.int64)
    below &= LOW_HALF
    least, most = integer_bounds(dtype)
    whole = ((above.astype(np.uint64) << np.uint64(32)) | below).astype(dtype)
    over = (above > most >> 32) | ((above == most >> 32) & (below > (most & LOW_BITS)))
    under = (above < least >> 32) | ((above == least >> 32) & (below < (least & LOW_BITS)))
    return np.where(over, dtype.type(most), np.where(under, dtype.type(least), whole))


def _as_floats(above: Array, below: Array, rest: Array, count: Array) -> tuple[Array, Array]:
    """``above * 2**32 + below + rest / count`` as the nearest float64, and what is left.

    It is made the exact sum of two floats, of which the lesser ends in a bit that says whether
    anything is still missing.
    """
    share = (rest << np.uint64(33)) // count
    share |= (share * count != rest << np.uint64(33)).astype(np.uint64)
    upper = (above << 21) + (below >> np.uint64(11)).astype(np.int64)
    large = upper.astype(np.float64) * 2048
    small = (below & np.uint64(2047)).astype(np.float64) + share.astype(np.float64) * 2.0**-33
    huge = (above >= 1 << 31) | (above < -(1 << 31))  # past what the shift leaves exact
    large = np.where(huge, above.astype(np.float64) * 2.0**32, large)
    small = np.where(huge, below.astype(np.float64) + (rest != 0) * 0.5, small)
    return two_sum(large, small)


def round_to_odd(found: Array, lost: Array) -> Array:
    """Make inexact floats odd, so that rounding them once more to a narrower type is right.

    S. Boldo, G. Melquiond, "When double rounding is odd", 2005.
    """
    even = found.view(np.uint64) & np.uint64(1) == 0
    nudged = np.nextafter(found, np.copysign(np.inf, lost))
    return np.where((lost != 0) & even, nudged, found)


def _one_by_one(high: Array, low: Array, count: Array, dtype: DType) -> npt.NDArray[Any]:
    out = np.empty(high.shape, dtype)
    for index in np.ndindex(out.shape):
        exact = Fraction((int(high[index]) << 32) + int(low[index]), int(count[index]))
        out[index] = _divide_one(exact, dtype)
    return out


def _narrow(total: tuple[Array, ...], limit: int) -> tuple[Array, Array | None]:
    """The totals as int64, and where they do not fit below the limit (None where all do)."""
    first = total[0]
    if len(total) == 1:
        if first.dtype.itemsize <= 4:
            return first.astype(np.int64), None
        wide = (first > limit) | (first < -limit) if first.dtype.kind == "i" else first > limit
        value = first.astype(np.int64)
    else:
        value = (first.astype(np.int64) << 32) + total[1].astype(np.int64)
        high = limit >> 33
        wide = (first > high) | (first < -high) if first.dtype.kind == "i" else first > high
        wide |= total[1] > np.uint64(limit >> 1)
    return (np.where(wide, 0, value), wide) if wide.any() else (value, None)


def _divide_one(exact: Fraction, dtype: DType) -> object:
    if dtype.kind == "f":
        return round_rational(exact, dtype)
    if dtype.kind == "c":
        return exact.numerator / exact.denominator
    if dtype.kind == "b":
        return bool(exact)
    low, high = integer_bounds(dtype)
    return min(max((2 * exact.numerator + exact.denominator) // (2 * exact.denominator), low), high)


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """A sum and what its rounding left out, exactly (O. Møller, 1965; D. Knuth, volume 2, 4.2.2).

    Examples
    --------
    >>> two_sum(np.array([1e16]), np.array([1.0]))
    (array([1.e+16]), array([1.]))
    """
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)
