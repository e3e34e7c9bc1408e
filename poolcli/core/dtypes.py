"""Which dtype a result has, and how values get into it."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from numbers import Rational
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from poolcli.core.arguments import is_sequence
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.modes import MODES, Mode, join_mode_names

Array: TypeAlias = npt.NDArray[Any]
DType: TypeAlias = np.dtype[Any]


def as_numeric_dtype(dtype: npt.DTypeLike, what: str, argument: str = "dtype") -> DType:
    """Take a boolean, integer, float or complex dtype, in native byte order."""
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError, OverflowError, KeyError):
        # Of texts, NumPy's parser raises any of them.
        raise ArgumentTypeError(
            f"{what}: {dtype!r} is no dtype that NumPy knows", argument
        ) from None
    if found.kind not in "biufc":
        raise ArgumentTypeError(
            f"{what}: {found} is not numeric; booleans, integers, floats and complex numbers are",
            argument,
        )
    return found.newbyteorder("=")


def result_dtype(mode: Mode, source: DType) -> DType:
    """The dtype of a mode's values on an array of dtype `source`.

    Floats stay as they are. Means turn integers and booleans into float32 (8 and 16 bit) or
    float64 (wider); totals turn them into int64, or uint64 where they are unsigned.

    Examples
    --------
    >>> from poolcli.core.modes import find_mode
    >>> str(result_dtype(find_mode("avg"), np.dtype("uint8")))
    'float32'
    >>> str(result_dtype(find_mode("sum"), np.dtype("uint8")))
    'uint64'
    """
    if source.kind == "c" and not mode.accepts_complex:
        raise ArgumentTypeError(
            f"mode {mode.name!r} has no meaning for complex numbers ({source}); "
            f"{join_mode_names(mode for mode in MODES.values() if mode.accepts_complex)} have",
            "x",
        )
    if mode.result_dtype == "input" or source.kind in "fc":
        return source
    if mode.result_dtype == "mean":
        return np.dtype(np.float32 if source.itemsize <= 2 else np.float64)
    return np.dtype(np.uint64 if source.kind == "u" else np.int64)


@cache
def integer_bounds(dtype: DType) -> tuple[int, int]:
    """The least and the greatest value of an integer or boolean dtype."""
    if dtype.kind == "b":
        return 0, 1
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def cast(values: Array, dtype: DType) -> Array:
    """Convert values as ``--dtype`` does.

    To an integer type values round half up and saturate, and NaN becomes 0; to a boolean all
    but 0 is true, as in NumPy and PyTorch.

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
        least, greatest = integer_bounds(values.dtype)
        if least < low or greatest > high:
            values = np.clip(values, max(low, least), min(high, greatest))
        return values.astype(dtype)
    if values.dtype.itemsize == 2:  # float16 does not reach as far as the bounds
        values = values.astype(np.float32)
    whole = np.floor(values)
    with np.errstate(invalid="ignore"):
        whole += (values - whole) >= 0.5
        if whole.size and whole.min() > low and whole.max() < high:  # NaN is neither
            return whole.astype(dtype)
        # Compared as floats: the greatest int64 has no float64 of its own, the next one has.
        over, under = whole >= high, whole <= low
        inside = np.isfinite(whole) & ~over & ~under
    out = np.where(inside, whole, 0).astype(dtype)
    out[over] = high
    out[under] = low
    return out


def identity_element(ufunc: np.ufunc, dtype: DType) -> Any:
    """The value that never wins: the lowest of a dtype for `maximum`, the highest for `minimum`."""
    if dtype.kind == "f":
        return dtype.type(-np.inf if ufunc is np.maximum else np.inf)
    low, high = integer_bounds(dtype)
    return dtype.type(low if ufunc is np.maximum else high)


def round_rational(value: Rational, dtype: DType) -> Any:
    """Round a rational number to a float dtype once, whatever the dtype's width.

    Going through float64 would round twice. Rounding to odd there keeps what the second
    rounding needs to know (Boldo and Melquiond, "When double rounding is odd", 2005).

    Examples
    --------
    >>> int(round_rational(Fraction(2**24 + 1) + Fraction(1, 2**60), np.dtype("float32"))) - 2**24
    2
    """
    exact = Fraction(value)
    if dtype.itemsize > 8:
        return _round_wide(exact, dtype)
    try:
        near = exact.numerator / exact.denominator
    except OverflowError:
        return dtype.type(np.inf if exact > 0 else -np.inf)
    error = exact - Fraction(near)
    if error and dtype.itemsize < 8 and not np.float64(near).view(np.uint64) & np.uint64(1):
        near = float(np.nextafter(near, np.inf if error > 0 else -np.inf))
    with np.errstate(over="ignore"):
        return dtype.type(near)


def _round_wide(exact: Fraction, dtype: DType) -> Any:
    """Round to a float dtype wider than float64: to nearest, ties to even."""
    info = np.finfo(dtype)
    digits = int(info.nmant) + 1
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length() - digits
    # Subnormal numbers lie as far apart as the least normal ones.
    exponent = max(exponent, int(info.minexp) - int(info.nmant))
    if exponent > int(info.maxexp):
        return dtype.type(np.inf if exact > 0 else -np.inf)
    scaled = round(exact / Fraction(2) ** exponent)
    if scaled.bit_length() > digits:  # the quotient of two numbers has one digit more, at times
        exponent += 1
        scaled = round(exact / Fraction(2) ** exponent)
    with np.errstate(over="ignore"):
        return np.ldexp(dtype.type(scaled), exponent)


def as_ignored_values(ignore: object) -> tuple[object, ...]:
    """The values to ignore as a tuple: none, one number, or a sequence of numbers.

    Examples
    --------
    >>> as_ignored_values(None), as_ignored_values(0), as_ignored_values([0, 255])
    ((), (0,), (0, 255))
    """
    if ignore is None:
        return ()
    if isinstance(ignore, np.ndarray) and ignore.ndim == 0:
        return (ignore[()],)
    return tuple(ignore) if is_sequence(ignore) else (ignore,)


def as_ignored_elements(ignore: object, dtype: DType) -> tuple[Any, ...]:
    """Read values to ignore as elements of `dtype`: those that it can hold, each once.

    Examples
    --------
    >>> as_ignored_elements([0, -1, 255, 0], np.dtype("uint8"))
    (np.uint8(0), np.uint8(255))
    """
    found: list[Any] = []
    for value in as_ignored_values(ignore):
        element = as_element(value, dtype)
        if element is None or any(
            element == other or (element != element and other != other) for other in found
        ):
            continue
        found.append(element)
    return tuple(found)


def as_element(value: object, dtype: DType) -> Any:
    """Read a number as an element of `dtype`; None where an integer type cannot hold it.

    Examples
    --------
    >>> as_element(255, np.dtype("uint8")), as_element(-9999, np.dtype("uint8"))
    (np.uint8(255), None)
    """
    if dtype.kind == "c":
        real, imaginary = _parts(value)
        part = np.empty(0, dtype).real.dtype
        pair = np.zeros((), dtype)
        pair.real, pair.imag = as_element(real, part), as_element(imaginary, part)
        return pair[()]
    if isinstance(value, np.generic):
        value = _plain(value)
    if isinstance(value, complex | np.complexfloating):
        return None
    if not isinstance(value, Rational | float):
        raise ArgumentTypeError(
            f"ignore must be a number or a list of numbers, not {value!r}", "ignore"
        )
    special = isinstance(value, float) and not np.isfinite(value)
    if dtype.kind == "f":
        return dtype.type(value) if special else round_rational(Fraction(value), dtype)
    if special:
        return None
    exact = Fraction(value)
    low, high = integer_bounds(dtype)
    if exact.denominator != 1 or not low <= exact <= high:
        return None
    return dtype.type(int(exact))


def _parts(value: object) -> tuple[object, object]:
    """The real and the imaginary part of a number."""
    if isinstance(value, complex | np.complexfloating):
        return value.real, value.imag
    return value, 0


def _plain(value: np.generic) -> object:
    """A NumPy scalar as a number of Python's; complex ones wider than Python's stay as they are."""
    if isinstance(value, np.longdouble) and np.isfinite(value):
        return Fraction(*value.as_integer_ratio())
    return float(value) if isinstance(value, np.longdouble) else value.item()


def check_cast(source: DType, dtype: DType) -> None:
    """Refuse to drop imaginary parts."""
    if source.kind == "c" and dtype.kind != "c":
        raise ArgumentError(f"a complex result ({source}) cannot be cast to {dtype}", "dtype")
