"""bfloat16 and the float8 dtypes of ml_dtypes, which float32 holds exactly.

They are pooled in float32 and rounded back once (`poolcli.core.float32_pooling`). An array brings
its dtype with it, so that ml_dtypes is imported only where a dtype is named by text.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

PACKAGE = "ml_dtypes"

PREFIXES = ("bfloat16", "float8_")
"""The beginnings of the names of these dtypes."""


def is_extension_float(dtype: np.dtype[Any]) -> bool:
    """Return whether a dtype is bfloat16 or a float8 dtype of ml_dtypes, in any byte order.

    Examples
    --------
    >>> is_extension_float(np.dtype("float16"))
    False
    """
    scalar = dtype.type
    return scalar.__module__ == PACKAGE and scalar.__name__.startswith(PREFIXES)


def extension_float_named(name: object) -> np.dtype[Any] | None:
    """Return bfloat16 or the float8 dtype with a name; None for other names.

    Raises
    ------
    ModuleNotFoundError
        If it is one, but ml_dtypes is not installed.

    Examples
    --------
    >>> extension_float_named("float32") is None
    True
    """
    if not isinstance(name, str) or not name.startswith(PREFIXES):
        return None
    scalar = getattr(import_module(PACKAGE), name, None)
    return None if scalar is None else np.dtype(scalar)


def to_float32(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the values of bfloat16 or float8 as a new array of float32, exactly.

    Parameters
    ----------
    values : ndarray
        Any shape, memory layout and byte order.
    """
    if values.dtype.itemsize == 1:  # ml_dtypes takes three times as long
        return np.asarray(_float32_of_bytes(values.dtype).take(values.view(np.uint8)))
    return values.astype(np.float32)


def with_numpy_dtype(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the values of bfloat16 or float8 as float32, and others as they are.

    Parameters
    ----------
    values : ndarray
        Any shape, dtype and memory layout.

    Examples
    --------
    >>> with_numpy_dtype(np.ones(2, np.int8)).dtype
    dtype('int8')
    """
    return to_float32(values) if is_extension_float(values.dtype) else values


@cache
def _float32_of_bytes(dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return the values of all bytes of a float8 dtype."""
    return np.arange(256, dtype=np.uint8).view(dtype).astype(np.float32)


@cache
def bounds_without_infinity(dtype: np.dtype[Any]) -> tuple[Any, Any] | None:
    """Return the lowest and the highest value of a dtype that has no infinity, as float32.

    Parameters
    ----------
    dtype : dtype
        bfloat16 or float8.

    Returns
    -------
    (float32, float32) or None
        None if the dtype has infinities.
    """
    if dtype.itemsize > 1:
        return None
    values = _float32_of_bytes(dtype)
    if np.isinf(values).any():
        return None
    return np.nanmin(values), np.nanmax(values)
