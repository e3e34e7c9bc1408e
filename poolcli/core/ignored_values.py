"""Values that every window ignores: reading them exactly, and masking elements that equal one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from numbers import Rational
from typing import Any, NamedTuple

import numpy as np

from poolcli.core.arguments import is_sequence
from poolcli.core.casting import cast, round_rational
from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.errors import ArgumentTypeError
from poolcli.core.extension_floats import is_extension_float


class IgnoredValues(NamedTuple):
    """The values that a pooling ignores, read for one input dtype.

    Attributes
    ----------
    elements : tuple of scalar
        The values that the input's dtype can hold, each once, as scalars of that dtype.
    empty_value : scalar
        The result of a window whose elements are all ignored: the first of `elements`, or the
        first value where there are no elements; of the result's dtype.
    """

    elements: tuple[Any, ...]
    empty_value: Any


def as_ignored_values(ignore: object) -> tuple[object, ...]:
    """Return the argument `ignore` (None, a number or a sequence of numbers) as a tuple.

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


def read_ignored_values(
    values: Sequence[object], in_dtype: DType, out_dtype: DType
) -> IgnoredValues:
    """Return the values to ignore, read exactly and rounded once.

    Parameters
    ----------
    values : sequence of number
        At least one.
    in_dtype, out_dtype : dtype
        The dtypes of the input and of the result.

    Raises
    ------
    ArgumentTypeError
        If a value is not a number.
    """
    elements = as_ignored_elements(values, in_dtype)
    if elements:
        return IgnoredValues(elements, cast(np.asarray(elements[0]), out_dtype)[()])
    value = values[0]
    if out_dtype.kind in "iu" and isinstance(value, Rational):
        return IgnoredValues((), round_rational(value, out_dtype))
    # The widest float holds the value, so that `cast` can convert it.
    widest = np.asarray(as_element(value, np.dtype(np.longdouble)))
    return IgnoredValues((), cast(widest, out_dtype)[()])


def as_ignored_elements(ignore: object, dtype: DType) -> tuple[Any, ...]:
    """Return the values to ignore that `dtype` can hold, each once, as scalars of `dtype`.

    Parameters
    ----------
    ignore : number or sequence of number, optional
        The values to ignore.
    dtype : dtype
        The dtype of the array whose elements are compared with them.

    Raises
    ------
    ArgumentTypeError
        If a value is not a number.

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
    """Return a number as a scalar of `dtype`; None if it is out of its range.

    The range of floats ends at infinity, or at the largest number of a float8 without infinities.

    Parameters
    ----------
    value : number
        A Python or NumPy number; rationals are read exactly.
    dtype : dtype
        A numeric dtype. Floats are rounded to it once.

    Raises
    ------
    ArgumentTypeError
        If `value` is not a number.

    Examples
    --------
    >>> as_element(255, np.dtype("uint8")), as_element(-9999, np.dtype("uint8"))
    (np.uint8(255), None)
    """
    if dtype.kind == "c":
        pair = np.zeros((), dtype)
        pair.real = as_element(getattr(value, "real", value), pair.real.dtype)
        pair.imag = as_element(getattr(value, "imag", 0), pair.real.dtype)
        return pair[()]
    if isinstance(value, np.generic):
        value = _as_python_number(value)
    if isinstance(value, complex | np.complexfloating):
        return None
    if not isinstance(value, Rational | float):
        raise ArgumentTypeError(
            f"ignore must be a number or a list of numbers, not {value!r}", "ignore"
        )
    is_special = isinstance(value, float) and not np.isfinite(value)
    if is_extension_float(dtype):
        if is_special:
            element = cast(np.asarray(value), dtype)[()]
        else:
            element = round_rational(Fraction(value), dtype)
        return None if element != element and value == value else element
    if dtype.kind == "f":
        return dtype.type(value) if is_special else round_rational(Fraction(value), dtype)
    if is_special:
        return None
    exact = Fraction(value)
    low, high = integer_bounds(dtype)
    if exact.denominator != 1 or not low <= exact <= high:
        return None
    return dtype.type(int(exact))


def _as_python_number(value: np.generic) -> object:
    """Return a NumPy scalar as a Python number; long complex numbers stay as they are."""
    if isinstance(value, np.longdouble) and np.isfinite(value):
        return Fraction(*value.as_integer_ratio())
    is_float = isinstance(value, np.longdouble) or is_extension_float(value.dtype)
    return float(value) if is_float else value.item()


def valid_mask(
    values: Array, ignored: Sequence[Any], *, alpha: bool = False, pixels: bool = False
) -> Array:
    """Return a boolean mask of the elements that are not ignored.

    Parameters
    ----------
    values : ndarray
        Any shape and dtype.
    ignored : sequence of scalar
        The values to ignore, of the dtype of `values`. NaN matches every NaN.
    alpha : bool
        Whether the last channel of the last axis is alpha, which is never ignored.
    pixels : bool
        Whether all channels of the last axis are one value: a pixel is ignored if all its
        channels equal the same ignored value.

    Returns
    -------
    ndarray of bool
        Of the shape of `values`; with `pixels` without the last axis.

    Examples
    --------
    >>> valid_mask(np.array([0, 7, 255]), [0, 255])
    array([False,  True, False])
    """
    valid: Array | None = None
    for value in ignored:
        differs: Array = np.not_equal(values, value) if value == value else ~np.isnan(values)
        differs = np.asarray(differs.any(axis=-1)) if pixels else differs
        valid = differs if valid is None else np.logical_and(valid, differs, out=valid)
    if valid is None:
        return np.ones(values.shape[:-1] if pixels else values.shape, np.bool_)
    if alpha and not pixels:
        valid[..., -1] = True
    return valid


def replace_ignored(values: Array, valid: Array, replacement: Any) -> Array:
    """Return a copy of `values` with `replacement` where the mask `valid` is False.

    For bytes, and for integers that 0 replaces, the copy is computed without branches
    (by a multiplication by the mask), which is 3 to 10 times as fast as selecting.

    Parameters
    ----------
    values : ndarray
        Any shape and dtype.
    valid : ndarray of bool
        Of the shape of `values`, as `valid_mask` returns it.
    replacement : scalar
        Of the dtype of `values`.

    Examples
    --------
    >>> replace_ignored(np.array([4, 7], np.uint8), np.array([True, False]), np.uint8(9))
    array([4, 9], dtype=uint8)
    """
    if values.dtype.kind in "iu" and (values.dtype.itemsize == 1 or replacement == 0):
        valid = valid.view(values.dtype) if values.dtype.itemsize == 1 else valid
        if not replacement:
            kept: Array = np.multiply(values, valid, dtype=values.dtype)
            return kept
        kept = np.bitwise_xor(values, replacement)
        np.multiply(kept, valid, out=kept, dtype=values.dtype)
        kept ^= replacement
        return kept
    kept = values.copy()
    np.copyto(kept, replacement, where=~valid)
    return kept
