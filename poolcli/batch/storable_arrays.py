"""Checks that a format of arrays can store results: their dtypes, their names, their number."""

from __future__ import annotations

from typing import Any

import numpy as np

from poolcli.batch.output_targets import STORE
from poolcli.core.extension_floats import is_extension_float
from poolcli.errors import FormatError
from poolcli.io.member_names import quoted_name

KINDS_OF_FORMATS = {"NPY": "an .npy", "NPZ": "an .npz", STORE: "a Zarr store"}


def check_dtype(dtype: np.dtype[Any], name: str) -> None:
    """Raise `FormatError` if a format of arrays lacks a dtype.

    Parameters
    ----------
    dtype : dtype
        The dtype of a result.
    name : str
        The format. Images have further checks of dtypes that NumPy has.

    Examples
    --------
    >>> check_dtype(np.dtype("float64"), "SAFETENSORS")
    >>> check_dtype(np.dtype("complex128"), "SAFETENSORS")
    Traceback (most recent call last):
    ...
    poolcli.errors.FormatError: a .safetensors cannot hold complex128; .npz can
    """
    if name == "SAFETENSORS":
        from poolcli.io.safetensors.tensor_dtypes import name_in_format  # rarely needed

        if name_in_format(dtype) is None:
            raise FormatError(f"a .safetensors cannot hold {dtype}; .npz can")
    elif is_extension_float(dtype):
        raise FormatError(
            f"{KINDS_OF_FORMATS.get(name, 'an image')} cannot hold {dtype}; cast it with --dtype "
            "float32, or write a .safetensors"
        )


def check_key(key: str | None, name: str) -> None:
    """Raise `FormatError` if a format cannot hold an array with a name.

    Parameters
    ----------
    key : str, optional
        The name of the array in the input; None if it has none.
    name : str
        The format of the output.

    Examples
    --------
    >>> check_key("layer.0.weight", "NPZ"), check_key("../x", "SAFETENSORS")
    (None, None)
    """
    if key is None:
        return
    if name == "NPZ":
        from poolcli.io.arrays.npz import MAX_KEY_BYTES, is_plain_name  # loads slowly

        if not is_plain_name(key):
            raise FormatError(
                f"an .npz cannot hold an array called {quoted_name(key)}, which is not a plain "
                "relative name; .safetensors can"
            )
        if len(key.encode()) > MAX_KEY_BYTES:
            raise FormatError(
                f"an .npz cannot hold an array called {quoted_name(key)}, a name of more than "
                f"{MAX_KEY_BYTES:,} bytes; .safetensors can"
            )
    elif name == "SAFETENSORS":
        from poolcli.io.safetensors.tensor_header import METADATA_KEY  # rarely needed

        if key == METADATA_KEY:
            raise FormatError(
                f"a .safetensors cannot hold an array called {key!r}, a name that the format uses "
                "itself; .npz can"
            )


def several_arrays_error(count: int, name: str) -> FormatError:
    """Return the error for several arrays and a format that holds one.

    Parameters
    ----------
    count : int
        The number of arrays.
    name : str
        The format of the output.
    """
    kind = KINDS_OF_FORMATS.get(name, "an image").partition(" ")[2]
    return FormatError(
        f"{count} arrays do not go into one {kind}; .npz holds them, and --member names one"
    )
