"""Exact numbers, the dtype of results, and rounding once to a dtype."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext
from fractions import Fraction
from typing import Any

import numpy as np

getcontext().prec = 50

Number = Fraction | float
"""An exact number; a float stands only for NaN or an infinity."""

KEEPS_DTYPE = ("max", "min", "mode")


def as_decimals(values: list[Number]) -> list[Decimal]:
    """Return numbers with 50 decimal digits."""
    return [
        Decimal(value)
        if isinstance(value, float)
        else Decimal(value.numerator) / Decimal(value.denominator)
        for value in values
    ]


def as_number(value: Decimal) -> Number:
    """Return a decimal as an exact number; one within 1e-45 of a multiple of 1/2 becomes it."""
    if not value.is_finite():
        return float(value)
    exact = Fraction(value)
    half = Fraction(math.floor(2 * exact + Fraction(1, 2)), 2)
    return half if abs(exact - half) <= Fraction(1, 10**45) * max(1, abs(half)) else exact


def integer_range(dtype: np.dtype[Any]) -> tuple[int, int]:
    """Return the lowest and the highest value of an integer or boolean dtype."""
    return (0, 1) if dtype.kind == "b" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))


def as_exact(value: Any) -> Number:
    """Return a real number as a Fraction, NaN and infinities as float."""
    if isinstance(value, bool | np.bool_ | int | np.integer):
        return Fraction(int(value))
    if isinstance(value, Fraction):
        return value
    return Fraction(*value.as_integer_ratio()) if np.isfinite(value) else float(value)


def round_float(value: Fraction, dtype: np.dtype[Any]) -> Any:
    """Return a number rounded once to a float dtype: to nearest, ties to even, overflow to inf."""
    info = np.finfo(dtype)
    digits = int(info.nmant) + 1
    # Find the exponent that leaves exactly `digits` binary digits before the point, but not less
    # than the spacing of subnormal numbers.
    exponent = value.numerator.bit_length() - value.denominator.bit_length() - digits
    while abs(value) >= Fraction(2) ** (exponent + digits):
        exponent += 1
    exponent = max(exponent, int(info.minexp) - int(info.nmant))
    with np.errstate(over="ignore"):
        return np.ldexp(dtype.type(round(value / Fraction(2) ** exponent)), exponent)


def cast(value: Number, dtype: np.dtype[Any]) -> Any:
    """Return a number in a real dtype: integers half up, saturating, NaN as 0; floats once."""
    if dtype.kind == "b":
        return value != 0
    if dtype.kind in "iu":
        lowest, highest = integer_range(dtype)
        if isinstance(value, float):
            return 0 if math.isnan(value) else highest if value > 0 else lowest
        return min(max(math.floor(value + Fraction(1, 2)), lowest), highest)
    return dtype.type(value) if isinstance(value, float) else round_float(value, dtype)


def wrap(value: Number, dtype: np.dtype[Any]) -> Number:
    """Return an integer modulo the range of an integer dtype, as an overflow does."""
    lowest, highest = integer_range(dtype)
    return (value - lowest) % (highest - lowest + 1) + lowest


def result_dtype(mode: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype of a mode's result without the argument `dtype`."""
    if mode in KEEPS_DTYPE or dtype.kind in "fc":
        return dtype.newbyteorder("=")
    if mode == "sum":
        return np.dtype(np.uint64 if dtype.kind == "u" else np.int64)
    if mode == "range":
        return np.dtype(np.bool_ if dtype.kind == "b" else f"u{dtype.itemsize}")
    return np.dtype(np.float32 if dtype.itemsize <= 2 else np.float64)


def real_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype of the real part."""
    return dtype.type(0).real.dtype if dtype.kind == "c" else dtype
