"""Division of exact integer sums, with a single rounding."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.kernels.wide_division import LOW_HALF, MAX_SAFE_DIVISOR, divide_wide

MAX_SUM_TO_FLOAT = 1 << 52
"""Sums up to this magnitude are divided in float64. The quotient is so far from every midpoint of a
narrower float type that rounding it a second time changes nothing."""

MAX_SUM_TO_INTEGER = 1 << 61
"""Sums up to this magnitude are divided in int64, without overflow."""

EXACT_FLOAT32 = 1 << 24
"""Integers up to this magnitude are exact in float32, so that a quotient of two is rounded once."""

Limits: TypeAlias = tuple[int, int]
"""A lower and an upper bound of integers."""


def divide(
    total: tuple[Array, ...],
    count: int | Array,
    dtype: DType,
    limits: Limits | None = None,
    out: Array | None = None,
    *,
    can_overwrite: bool = False,
    quotient_limits: Limits | None = None,
) -> Array:
    """Divide integer sums, and round once to `dtype`; to integers half up and saturating.

    Parameters
    ----------
    total : tuple of ndarray
        The sums: one integer array, or two, whose values are ``high * 2**32 + low``: int64 or
        uint64 high parts and uint64 low parts.
    count : int or ndarray of int
        The divisors, not 0; an array broadcasts against the sums.
    dtype : dtype
        The dtype of the quotients.
    limits : (int, int), optional
        Bounds of the sums; by default their minimum and maximum are computed.
    out : ndarray, optional
        Of the dtype `dtype`: may receive the quotients, and is returned then.
    can_overwrite : bool
        Whether the sums may be overwritten.
    quotient_limits : (int, int), optional
        Bounds of the quotients, if they are known to be within those of the sums.

    Returns
    -------
    ndarray
        Of the dtype `dtype` and the shape of the sums broadcast against the divisors.

    Examples
    --------
    >>> divide((np.array([-5, 7]),), 2, np.dtype("int16"))
    array([-2,  4], dtype=int16)
    """
    first = total[0]
    if len(total) == 1 and first.size and first.dtype.kind != "b" and first.dtype.itemsize <= 4:
        for known in dict.fromkeys((limits, None)):  # the bounds given, then the actual ones
            bounds = known or (int(first.min()), int(first.max()))
            if isinstance(count, int):
                quotient = _divide_by_scalar(first, count, dtype, bounds, out, can_overwrite)
            else:
                means = quotient_limits or bounds
                quotient = _divide_by_array(first, count, dtype, bounds, means, out)
            if quotient is not None:
                return quotient
    count = count if isinstance(count, int) else count.astype(np.int64, copy=False)
    limit = MAX_SUM_TO_FLOAT if dtype.kind in "fc" else MAX_SUM_TO_INTEGER
    value, is_wide = _as_int64(total, limit)
    if dtype.kind in "fc":
        is_longdouble = dtype.kind == "f" and dtype.itemsize > 8
        precise = dtype if is_longdouble else np.dtype(np.float64)
        with np.errstate(over="ignore"):
            out = np.true_divide(value, count, dtype=precise).astype(dtype)
    elif dtype.kind == "b":
        out = np.broadcast_to(value != 0, np.broadcast_shapes(value.shape, np.shape(count))).copy()
    else:
        # Half up: floor((2 * value + count) / (2 * count)).
        sign = np.where(np.asarray(count) < 0, -1, 1)
        twice = 2 * np.abs(count)
        low, high = integer_bounds(dtype)
        rounded = (2 * sign * value + np.abs(count)) // twice
        out = np.clip(rounded, max(low, -(1 << 63)), min(high, (1 << 63) - 1)).astype(dtype)
    is_narrow_float = dtype.kind == "f" and dtype.itemsize < 8
    if is_narrow_float and np.max(np.abs(count), initial=0) > MAX_SAFE_DIVISOR:
        is_wide = np.ones(out.shape, np.bool_)
    if is_wide is not None:
        halves = [part[is_wide] for part in total]
        if len(halves) == 1:
            halves = [halves[0] >> 32, halves[0].astype(np.uint64) & LOW_HALF]
        divisors = np.broadcast_to(count, out.shape)[is_wide]
        out[is_wide] = divide_wide(halves[0], halves[1], divisors, dtype)
    return out


def _divide_by_scalar(
    total: Array,
    count: Any,
    dtype: DType,
    limits: Limits,
    out: Array | None,
    can_overwrite: bool,
) -> Array | None:
    """Divide by one number in the dtype of the sums, or in float32; None if that has no room.

    It is fast because the arrays stay narrow, and NumPy divides integers by a scalar with
    multiplications.
    """
    least, greatest = limits
    if not 0 < count < min(EXACT_FLOAT32, integer_bounds(total.dtype)[1]):
        return None
    if dtype.kind in "iu" and greatest + count // 2 <= integer_bounds(total.dtype)[1]:
        # Half up: with half the divisor added, the floor is the nearest integer.
        low, high = integer_bounds(dtype)
        if low > least // count or (greatest + count // 2) // count > high:
            return None
        quotient = np.add(total, total.dtype.type(count // 2), out=total if can_overwrite else None)
        if count & (count - 1) == 0:
            np.right_shift(quotient, total.dtype.type(count.bit_length() - 1), out=quotient)
        else:
            np.floor_divide(quotient, total.dtype.type(count), out=quotient)
        return _converted(quotient, dtype, out)
    if dtype == np.float32 and least > -EXACT_FLOAT32 and greatest < EXACT_FLOAT32:
        ratio = np.empty(total.shape, dtype) if out is None else out
        np.true_divide(total, dtype.type(count), out=ratio, dtype=dtype)
        return ratio
    return None


def _divide_by_array(
    total: Array,
    count: Any,
    dtype: DType,
    limits: Limits,
    quotient_limits: Limits,
    out: Array | None,
) -> Array | None:
    """Divide by one number per sum in float32; None if the result might be rounded twice.

    Below `EXACT_FLOAT32` the quotient is rounded once. Below an eighth of that its rounding error
    is less than its distance from every half, which is at least half of ``1 / count``.
    """
    least, greatest = limits
    smallest_count, largest_count = int(count.min()), int(count.max())
    limit = EXACT_FLOAT32 if dtype == np.float32 else EXACT_FLOAT32 >> 3
    if smallest_count < 1 or max(largest_count, greatest, -least) >= limit:
        return None
    if dtype != np.float32 and dtype.kind not in "iu":
        return None
    quotient = total.astype(np.float32)
    quotient /= count.astype(np.float32)
    if dtype != np.float32:
        quotient += np.float32(0.5)
        if least < 0:  # conversion rounds towards 0
            np.floor(quotient, out=quotient)
        low, high = integer_bounds(dtype)
        if quotient_limits[0] < low or quotient_limits[1] > high:
            np.clip(quotient, low, high, out=quotient)
    return _converted(quotient, dtype, out)


def _converted(quotient: Array, dtype: DType, out: Array | None) -> Array:
    """Return the quotients in `dtype`, in `out` if there is one."""
    if out is None:
        return quotient.astype(dtype, copy=False)
    np.copyto(out, quotient, casting="unsafe")
    return out


def _as_int64(total: tuple[Array, ...], limit: int) -> tuple[Array, Array | None]:
    """Return the sums as int64, and a mask of those beyond the limit (None if there are none)."""
    first = total[0]
    if len(total) == 1:
        if first.dtype.itemsize <= 4:
            return first.astype(np.int64), None
        is_wide = (first > limit) | (first < -limit) if first.dtype.kind == "i" else first > limit
        value = first.astype(np.int64)
    else:
        value = (first.astype(np.int64) << 32) + total[1].astype(np.int64)
        high = limit >> 33
        is_wide = (first > high) | (first < -high) if first.dtype.kind == "i" else first > high
        is_wide |= total[1] > np.uint64(limit >> 1)
    return (np.where(is_wide, 0, value), is_wide) if is_wide.any() else (value, None)
