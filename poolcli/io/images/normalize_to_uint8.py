"""Mapping of values to 8 bits, for display (``--normalize``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.core.exact_numbers import Number
from poolcli.core.extension_floats import with_numpy_dtype
from poolcli.core.ignored_values import as_element
from poolcli.errors import FormatError


def normalize_to_uint8(
    array: npt.NDArray[Any], ignore: Sequence[Number] = ()
) -> npt.NDArray[np.uint8]:
    """Return an array whose finite values are mapped linearly from their range to 0 to 255.

    NaN and -inf become 0, inf becomes 255; if all finite values are equal, they become 0.

    Parameters
    ----------
    array : ndarray
        Of any shape and dtype but complex.
    ignore : sequence of int, float or Fraction
        Values that do not count for the range. Outside of it they become 0 or 255.

    Raises
    ------
    FormatError
        If the values are complex.

    Examples
    --------
    >>> normalize_to_uint8(np.array([-1.0, 0.0, 1.0, np.inf]))
    array([  0, 128, 255, 255], dtype=uint8)
    >>> normalize_to_uint8(np.array([-9999.0, 0.0, 1.0]), ignore=[-9999])
    array([  0,   0, 255], dtype=uint8)
    """
    if array.dtype.kind == "c":
        raise FormatError("complex numbers have no range to normalize")
    values = with_numpy_dtype(array)
    values = values.astype(np.result_type(values, np.float64))
    finite = values[np.isfinite(values) & ~equals_any(array, ignore)]
    if not finite.size:
        return np.where(values == np.inf, np.uint8(255), np.uint8(0))
    # Scaling by a power of two first prevents that the range overflows or fractions underflow.
    exponent = -np.frexp(np.abs(finite).max())[1]
    low, high = (np.ldexp(each, exponent) for each in (finite.min(), finite.max()))
    with np.errstate(over="ignore"):  # of ignored values, which become infinities
        values = np.ldexp(values, exponent)
        value_range = high - low
        fractions = (
            (values - low) / value_range if value_range else np.where(values == np.inf, 1.0, 0.0)
        )
    scaled = np.floor(np.clip(np.nan_to_num(fractions, nan=0.0), 0, 1) * 255 + 0.5)
    eight_bit: npt.NDArray[np.uint8] = scaled.astype(np.uint8)
    return eight_bit


def equals_any(array: npt.NDArray[Any], numbers: Sequence[Number]) -> npt.NDArray[np.bool_]:
    """Return which elements are one of some numbers, rounded to the dtype of the array.

    Examples
    --------
    >>> equals_any(np.array([1.0, 0.0, np.inf]), [0])
    array([False,  True, False])
    """
    found = np.zeros(array.shape, np.bool_)
    for number in numbers:
        element = as_element(number, array.dtype)
        if element is not None:
            found |= array == element
    return found
