"""Conversion of the arrays of other libraries to NumPy arrays, by the protocols that they offer.

The order of the protocols, and the reason for each:

1. NumPy arrays stay as they are.
2. An array whose library says that it is not in the memory of the CPU is refused. Some libraries
   would copy it without being asked, others raise an error of their own.
3. A PyTorch tensor that records gradients is refused, because the result would not record them.
   bfloat16 and float8, which PyTorch does not convert, are viewed as integers of their width.
4. NumPy's own protocols, in NumPy's order: the buffer protocol, ``__array_struct__``,
   ``__array_interface__`` and ``__array__``. They come before DLPack because what they give is the
   NumPy array that the library chose, with labels and laziness (xarray, dask, pandas) and dtypes
   that DLPack does not have. None of them copies an array that is in memory already.
5. DLPack, for arrays that have none of those attributes.
6. Lists and tuples.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from poolcli.core.dtypes import Array, DType, as_numeric_dtype
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.extension_floats import PREFIXES
from poolcli.core.masked_arrays import contains_masked_array

CPU_DEVICES = (1, 3, 11, 13)
"""The device types of DLPack whose memory the CPU reads: its own, pinned memory of CUDA and ROCm,
and managed memory of CUDA."""

NUMPY_PROTOCOLS = ("__array_struct__", "__array_interface__", "__array__")


class SupportsDLPack(Protocol):
    """An array that other libraries read by DLPack."""

    def __dlpack__(self) -> Any: ...

    def __dlpack_device__(self) -> tuple[Any, Any]: ...


class SupportsArrayInterface(Protocol):
    """An array that NumPy reads by a description of its memory."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...


class SupportsArrayStruct(Protocol):
    """An array that NumPy reads by a description of its memory, as a capsule."""

    @property
    def __array_struct__(self) -> Any: ...


ArrayArgument: TypeAlias = (
    npt.ArrayLike | SupportsDLPack | SupportsArrayInterface | SupportsArrayStruct
)
"""The types of arrays that the public functions take."""


def as_array(name: str, value: ArrayArgument) -> Array:
    """Return an argument as a NumPy array, without a copy if it is in the memory of the CPU.

    Parameters
    ----------
    name : str
        The argument's name, for the error.
    value : array_like
        The argument.

    Raises
    ------
    ArgumentError
        If NumPy cannot make an array of it, such as lists of unlike lengths.
    ArgumentTypeError
        If its library refuses the conversion, or the array is on another device, records gradients
        or is masked.

    Examples
    --------
    >>> as_array("x", [[1, 2], [3, 4]]).shape
    (2, 2)
    >>> as_array("x", memoryview(b"abc"))
    array([97, 98, 99], dtype=uint8)
    """
    if type(value) is np.ndarray:
        return value
    _check_device(name, value)
    # No tensor exists before PyTorch is imported.
    is_tensor = "torch" in sys.modules and isinstance(value, sys.modules["torch"].Tensor)
    dtype = _extension_float_of_tensor(name, value) if is_tensor else None
    try:
        if dtype is not None:
            array = _viewed_tensor(value, dtype)
        elif _has_only_dlpack(value):
            array = np.from_dlpack(value)  # type: ignore[arg-type]
        else:
            array = np.asanyarray(value)
    except ValueError as error:
        raise ArgumentError(f"{name} is not an array: {error}", name) from None
    except (TypeError, RuntimeError, BufferError) as error:
        raise ArgumentTypeError(
            f"{name} does not convert to a NumPy array: {error}", name
        ) from error
    # dask drops the masks of its blocks, of which `_meta` is an empty one. astropy has masked
    # arrays that are not NumPy's.
    is_masked = type(array) is not np.ndarray and hasattr(array, "mask")
    if is_masked or contains_masked_array([array, getattr(value, "_meta", None)]):
        raise ArgumentTypeError(
            f"{name} holds a masked array, whose mask would be lost; fill its masked elements "
            "first",
            name,
        )
    return np.asarray(array)


def _check_device(name: str, value: Any) -> None:
    """Raise `ArgumentTypeError` if an array is not in the memory of the CPU."""
    device = getattr(value, "__dlpack_device__", None)
    if device is not None:
        try:
            is_on_cpu = int(device()[0]) in CPU_DEVICES
        except (ValueError, BufferError):  # PyTorch has devices that DLPack does not know
            is_on_cpu = False
        except (TypeError, RuntimeError):  # its conversion fails too, with a better reason
            return
    else:
        is_on_cpu = not hasattr(value, "__cuda_array_interface__")
    if not is_on_cpu:
        raise ArgumentTypeError(
            f"{name} is on the device {getattr(value, 'device', 'of a GPU')}; move it to the CPU "
            f"first: {name}.cpu() in PyTorch, {name}.get() in CuPy, jax.device_get({name}) in JAX",
            name,
        )


def _has_only_dlpack(value: object) -> bool:
    """Return whether an array has DLPack, but none of NumPy's protocols."""
    return hasattr(value, "__dlpack__") and not any(hasattr(value, n) for n in NUMPY_PROTOCOLS)


def _extension_float_of_tensor(name: str, tensor: Any) -> DType | None:
    """Return the dtype of a tensor of bfloat16 or float8, None for others that record nothing."""
    if tensor.requires_grad:
        raise ArgumentTypeError(
            f"{name} is a tensor that records gradients, which the result would not; pass "
            f"{name}.detach()",
            name,
        )
    dtype_name = str(tensor.dtype).removeprefix("torch.")
    if not dtype_name.startswith(PREFIXES):
        return None
    if tensor.layout != sys.modules["torch"].strided or tensor.is_neg():
        return None  # PyTorch's error of the conversion says what to do
    return as_numeric_dtype(dtype_name, f"the dtype of {name}", name)


def _viewed_tensor(tensor: Any, dtype: DType) -> Array:
    """Return a tensor of bfloat16 or float8 as an array that shares its memory."""
    torch = sys.modules["torch"]
    bits = tensor.view(torch.uint8 if dtype.itemsize == 1 else torch.int16)
    return np.asarray(bits).view(dtype)
