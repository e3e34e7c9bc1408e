"""Dtypes: the check of an input's dtype, the dtype of each mode's result, and integer bounds."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from poolcli.core.errors import ArgumentTypeError
from poolcli.core.extension_floats import extension_float_named, is_extension_float
from poolcli.core.modes import MODES, Mode, join_mode_names

Array: TypeAlias = npt.NDArray[Any]
DType: TypeAlias = np.dtype[Any]


def as_numeric_dtype(dtype: npt.DTypeLike, label: str, argument: str = "dtype") -> DType:
    """Return a dtype in native byte order if it is bool, integer, float or complex.

    bfloat16 and the float8 dtypes of ml_dtypes are floats.

    Parameters
    ----------
    dtype : dtype_like
        Any value that may name a dtype.
    label : str
        How the error message calls the dtype.
    argument : str
        The argument that the error names.

    Raises
    ------
    ArgumentTypeError
        If NumPy does not know the dtype, it is not numeric, or its package is not installed.

    Examples
    --------
    >>> as_numeric_dtype(">f4", "dtype")
    dtype('float32')
    """
    try:
        named = extension_float_named(dtype)
        found = np.dtype(dtype) if named is None else named
    except ModuleNotFoundError:
        raise ArgumentTypeError(
            f"{label}: {dtype} needs the package ml-dtypes, of the extra [ml]: "
            "pip install ml-dtypes",
            argument,
        ) from None
    except (TypeError, ValueError, SyntaxError, OverflowError, KeyError):
        # NumPy's parser of dtype strings raises any of these.
        raise ArgumentTypeError(
            f"{label}: {dtype!r} is no dtype that NumPy knows", argument
        ) from None
    if found.kind not in "biufc" and not is_extension_float(found):
        raise ArgumentTypeError(f"{label}: {not_numeric_message(found)}", argument)
    return found.newbyteorder("=")


def not_numeric_message(dtype: DType) -> str:
    """Return why arrays of a dtype that is not numeric are not pooled.

    Parameters
    ----------
    dtype : dtype
        Text, dates, records or raw bytes.

    Examples
    --------
    >>> not_numeric_message(np.dtype("V2"))[:42]
    'V2 is raw bytes, as NumPy saves bfloat16 ('
    """
    if dtype.type is np.void and dtype.names is None and dtype.itemsize <= 2:
        return (
            f"V{dtype.itemsize} is raw bytes, as NumPy saves bfloat16 (V2) and float8 (V1); save "
            "them as float32 or in a .safetensors file"
        )
    return f"{dtype} is not numeric; booleans, integers, floats and complex numbers are"


def result_dtype(mode: Mode, source: DType) -> DType:
    """Return the dtype of a mode's result for an array of dtype `source`.

    Float and complex dtypes stay as they are. Means of integers and booleans are float32 (from 8
    and 16 bit) or float64 (from wider ones); sums are int64, or uint64 from unsigned integers;
    differences are unsigned integers of the same width.

    Parameters
    ----------
    mode : Mode
        The mode.
    source : dtype
        The input's dtype, in native byte order.

    Raises
    ------
    ArgumentTypeError
        If `source` is complex and the mode is not defined for complex numbers.

    Examples
    --------
    >>> from poolcli.core.modes import find_mode
    >>> str(result_dtype(find_mode("avg"), np.dtype("uint8")))
    'float32'
    >>> str(result_dtype(find_mode("sum"), np.dtype("uint8")))
    'uint64'
    """
    if source.kind == "c" and not mode.accepts_complex:
        owners = join_mode_names(mode for mode in MODES.values() if mode.accepts_complex)
        raise ArgumentTypeError(
            f"mode {mode.name!r} is not defined for complex numbers ({source}); {owners} are", "x"
        )
    if mode.result_dtype == "input" or source.kind in "fc" or is_extension_float(source):
        return source
    if mode.result_dtype == "mean":
        return np.dtype(np.float32 if source.itemsize <= 2 else np.float64)
    if mode.result_dtype == "unsigned":
        return source if source.kind == "b" else np.dtype(f"u{source.itemsize}")
    return np.dtype(np.uint64 if source.kind == "u" else np.int64)


@cache
def integer_bounds(dtype: DType) -> tuple[int, int]:
    """Return the lowest and the highest value of an integer dtype; 0 and 1 for bool.

    Examples
    --------
    >>> integer_bounds(np.dtype("int8"))
    (-128, 127)
    """
    if dtype.kind == "b":
        return 0, 1
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def identity_element(ufunc: np.ufunc, dtype: DType) -> Any:
    """Return the identity element of a ufunc: the value that no other value changes.

    Parameters
    ----------
    ufunc : numpy.ufunc
        `numpy.maximum`, whose identity element is the lowest value, or `numpy.minimum`.
    dtype : dtype
        A bool, integer or float dtype.

    Examples
    --------
    >>> identity_element(np.maximum, np.dtype("uint8"))
    np.uint8(0)
    """
    if dtype.kind == "f":
        return dtype.type(-np.inf if ufunc is np.maximum else np.inf)
    low, high = integer_bounds(dtype)
    return dtype.type(low if ufunc is np.maximum else high)
