"""The dtypes of the safetensors format, and those of NumPy and ml_dtypes that they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

DTYPE_NAMES = {
    "BOOL": "bool",
    "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64",
    "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64",
    "F16": "float16", "F32": "float32", "F64": "float64", "C64": "complex64",
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
}  # fmt: skip
"""The names of the dtypes in NumPy or ml_dtypes, by their names in the format (the enumeration
`Dtype` of the safetensors library). Its floats of 4 and 6 bits are missing: they share bytes."""

_NAMES_IN_FORMAT = {name: tensor for tensor, name in DTYPE_NAMES.items()}


def numpy_dtype(name: str) -> np.dtype[Any] | None:
    """Return the dtype of the elements of a tensor, in the byte order of the format.

    Parameters
    ----------
    name : str
        The name of the dtype in the format.

    Returns
    -------
    numpy.dtype or None
        None for a dtype that is not in `DTYPE_NAMES`, or that ml_dtypes lacks.

    Examples
    --------
    >>> numpy_dtype("F32"), numpy_dtype("F4")
    (dtype('float32'), None)
    """
    known = DTYPE_NAMES.get(name)
    if known is None:
        return None
    if known.startswith(("bfloat", "float8")):
        import ml_dtypes  # of the extra [ml]

        extension_type = getattr(ml_dtypes, known, None)
        return None if extension_type is None else np.dtype(extension_type)
    return np.dtype("<" + np.dtype(known).str[1:])


def name_in_format(dtype: np.dtype[Any]) -> str | None:
    """Return the name of a dtype in the format; None if the format lacks it.

    Examples
    --------
    >>> name_in_format(np.dtype(">i2")), name_in_format(np.dtype("complex128"))
    ('I16', None)
    """
    return _NAMES_IN_FORMAT.get(dtype.name)
