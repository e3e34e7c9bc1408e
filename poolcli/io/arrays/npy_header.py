"""Headers of npy files: shape, memory order and dtype of the array (numpy.lib.format)."""

from __future__ import annotations

import ast
import math
import operator
import warnings
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from poolcli.core.dtypes import not_numeric_message
from poolcli.errors import LimitError, ReadError, is_shortage
from poolcli.io.shorten_exception import first_line

MAX_HEADER_BYTES = 10_000
"""The limit of NumPy: longer headers could crash Python's parser."""

MAX_EMPTY_ARRAY_SIZE = 1 << 32
"""The largest product of the other axes of an array in which some axis has the length 0."""


MAX_AXES = 64
"""The largest number of axes of an array in NumPy 2."""

FLOAT8_DESCR = "'<f1'"
"""The name that `numpy.save` writes for ml_dtypes' float8_e5m2; `numpy.load` does not know it."""


class NpyHeader(NamedTuple):
    """The header of an npy file.

    Attributes
    ----------
    shape : tuple of int
        The length of each axis.
    fortran_order : bool
        Whether the elements are stored in Fortran order, the first axis fastest.
    dtype : numpy.dtype
        In the byte order of the file.
    data_offset : int
        The position of the first element in the file, in bytes; ignored where a header is written.
    """

    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[Any]
    data_offset: int = 0

    @property
    def nbytes(self) -> int:
        """The size of the array in bytes."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def file_shape(self) -> tuple[int, ...]:
        """The lengths of the axes in file order, the slowest axis first."""
        return self.shape[::-1] if self.fortran_order else self.shape


def read_header(file: BinaryIO) -> NpyHeader:
    """Read the header of an npy file; the file is left at the first element.

    Raises
    ------
    ReadError
        If the header is damaged, the array holds Python objects, or the array is empty and claims
        absurd axes.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> write_header(file, NpyHeader((2, 3), False, np.dtype("<f4")))
    >>> read_header(io.BytesIO(file.getvalue()))
    NpyHeader(shape=(2, 3), fortran_order=False, dtype=dtype('float32'), data_offset=128)
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # NumPy warns about headers of Python 2
            shape, fortran_order, dtype = _read_fields(file)
    except Exception as error:
        if isinstance(error, ReadError) or is_shortage(error):
            raise
        if FLOAT8_DESCR in str(error):
            raise ReadError(not_numeric_message(np.dtype("V1"))) from error
        # NumPy evaluates the header as Python: a damaged one can raise almost any exception.
        raise ReadError(f"not a valid .npy file: {first_line(error)}") from error
    if dtype.hasobject:
        raise ReadError("holds pickled Python objects, which are never loaded; save plain numbers")
    if any(size < 0 for size in shape):
        raise ReadError(f"not a valid .npy file: its header claims the shape {shape}")
    check_shape(shape)
    return NpyHeader(tuple(shape), bool(fortran_order), dtype, file.tell())


def check_shape(shape: tuple[int, ...]) -> None:
    """Raise `ReadError` if NumPy has no arrays of a shape, or if an empty shape is implausible.

    Parameters
    ----------
    shape : tuple of int
        The length of each axis.
    """
    if len(shape) > MAX_AXES:
        raise ReadError(f"its header claims {len(shape)} axes; NumPy has at most {MAX_AXES}")
    if 0 in shape and math.prod(size or 1 for size in shape) > MAX_EMPTY_ARRAY_SIZE:
        raise ReadError(f"there is nothing to pool: its header claims the shape {shape}")


def _read_fields(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read shape, memory order and dtype."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(file)
    if version == (3, 0):
        return _read_fields_3_0(file)
    raise ReadError(f"not a valid .npy file: its version {version} is unknown")


def _read_fields_3_0(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read a header of version 3.0: version 2.0 in UTF-8. NumPy has no public function for it."""
    length = int.from_bytes(file.read(4), "little")
    if length > MAX_HEADER_BYTES:
        raise ReadError(f"not a valid .npy file: its header claims {length:,} bytes")
    fields = ast.literal_eval(file.read(length).decode("utf-8").strip())
    shape = tuple(operator.index(size) for size in fields["shape"])
    return shape, bool(fields["fortran_order"]), np.lib.format.descr_to_dtype(fields["descr"])


def check_data_size(header: NpyHeader, available_bytes: int) -> None:
    """Raise `LimitError` if a header claims more bytes of data than there are.

    Parameters
    ----------
    header : NpyHeader
        The header.
    available_bytes : int
        The number of bytes that follow the header.
    """
    if header.nbytes > available_bytes:
        shape = "x".join(map(str, header.shape))
        raise LimitError(
            f"its header claims {shape} of {header.dtype} ({header.nbytes:,} bytes), "
            f"but only {available_bytes:,} bytes of data follow; the file is cut off or damaged"
        )


def write_header(file: BinaryIO, header: NpyHeader) -> None:
    """Write the header of an npy file.

    Parameters
    ----------
    file : binary file
        Need not be seekable.
    header : NpyHeader
        Shape, memory order and dtype of the array.
    """
    descr = np.lib.format.dtype_to_descr(header.dtype)
    fields = {"descr": descr, "fortran_order": header.fortran_order, "shape": header.shape}
    np.lib.format.write_array_header_1_0(file, fields)
