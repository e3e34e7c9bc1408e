"""Exact integer sums divided: one division, one rounding."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from poolcli.core.dtypes import Array, DType, bounds, round_rational

# Below these the vectorised arithmetic is exact. A float64 quotient of integers below 2**52 lies
# so far from every midpoint of a narrower type that rounding it a second time changes nothing.
FLOAT_LIMIT = 1 << 52
INT_LIMIT = 1 << 61


def divide(total: tuple[Array, ...], count: int | npt.NDArray[np.int64], dtype: DType) -> Array:
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

    Returns
    -------
    ndarray

    Examples
    --------
    >>> divide((np.array([-5, 7]),), 2, np.dtype("int16"))
    array([-2,  4], dtype=int16)
    """
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
        low, high = bounds(dtype)
        whole = (2 * sign * value + np.abs(count)) // twice
        out = np.clip(whole, max(low, -(1 << 63)), min(high, (1 << 63) - 1)).astype(dtype)
    if wide is not None:
        divisors = np.broadcast_to(count, out.shape)
        for index in zip(*np.nonzero(wide), strict=True):
            parts = [int(part[index]) for part in total]
            exact = parts[0] if len(parts) == 1 else (parts[0] << 32) + parts[1]
            out[index] = _divide_one(Fraction(exact, int(divisors[index])), dtype)
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
    low, high = bounds(dtype)
    return min(max((2 * exact.numerator + exact.denominator) // (2 * exact.denominator), low), high)
