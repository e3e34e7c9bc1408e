"""Reading and writing npy and npz. Pickled objects are never loaded."""

from __future__ import annotations

import ast
import math
import operator
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from poolcli.core.size_text import size_text
from poolcli.errors import LimitError, ReadError, is_shortage
from poolcli.io.arrays.npy_blocks import Header, NpyFile, NpyOut
from poolcli.io.arrays.npy_pipe import StraightOut
from poolcli.io.atomic_write import wrap_write_errors
from poolcli.io.document import Document, Item
from poolcli.io.file_kind import FileKind
from poolcli.io.spool import READ_BYTES
from poolcli.io.trailing_data import NPY_MAGIC, trailing_bytes_notes

MEMBER_SUFFIX = ".npy"

MAX_HEADER_BYTES = 10_000
"""As in NumPy: longer ones could crash Python's parser."""

MOST_EMPTY = 1 << 32
"""The product of the other axes up to which an array without elements is read."""

MESSAGE_LENGTH = 160
"""The most characters of another package's message that an error repeats."""


def read_header(file: BinaryIO) -> Header:
    """Read an npy header; the data are left alone.

    Raises
    ------
    ReadError
        If it is damaged, or of an array that holds objects, or none and claims absurd axes.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # NumPy warns of what Python 2 wrote
            shape, fortran, dtype = _fields_of(file)
    except ReadError:
        raise
    except Exception as error:
        if is_shortage(error):
            raise
        # NumPy evaluates the header as Python: nearly anything can come out of a damaged one.
        raise ReadError(f"not a valid .npy file: {first_line(error)}") from error
    if dtype.hasobject:
        raise ReadError("holds pickled Python objects, which are never loaded; save plain numbers")
    if any(size < 0 for size in shape):
        raise ReadError(f"not a valid .npy file: its header claims the shape {shape}")
    if 0 in shape and math.prod(size or 1 for size in shape) > MOST_EMPTY:
        raise ReadError(f"there is nothing to pool: its header claims the shape {shape}")
    return Header(tuple(shape), bool(fortran), dtype, file.tell())


def _fields_of(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The shape, the order and the dtype that a header has."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(file)
    if version == (3, 0):
        return _read_header_3_0(file)
    raise ReadError(f"not a valid .npy file: its version {version} is unknown")


def _read_header_3_0(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Version 3.0, which NumPy has no public reader for: 2.0 in UTF-8."""
    length = int.from_bytes(file.read(4), "little")
    if length > MAX_HEADER_BYTES:
        raise ReadError(f"not a valid .npy file: its header claims {length:,} bytes")
    fields = ast.literal_eval(file.read(length).decode("utf-8").strip())
    shape = tuple(operator.index(size) for size in fields["shape"])
    return shape, bool(fields["fortran_order"]), np.lib.format.descr_to_dtype(fields["descr"])


@contextmanager
def open_npy(file: BinaryIO) -> Iterator[Document]:
    """Open an npy file or stream."""
    header = read_header(file)
    size = file.seek(0, os.SEEK_END)
    check_size(header, size - header.offset)
    end = header.offset + header.nbytes
    file.seek(end)
    notes = trailing_bytes_notes(file.read(len(NPY_MAGIC)), size - end)
    try:
        source: Any = NpyFile(file.fileno(), header)
    except OSError:  # a stream in memory
        file.seek(0)
        source = _load(file)
    yield Document(FileKind.NPY, "NPY", 1, lambda: iter([Item(source)]), notes=notes)


def _load(file: BinaryIO) -> npt.NDArray[Any]:
    header = read_header(file)
    return as_array(header, np.frombuffer(file.read(header.nbytes), np.uint8))


def as_array(header: Header, data: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """The array whose header and bytes were read.

    Raises
    ------
    ReadError
        If bytes are missing.
    """
    if len(data) < header.nbytes:
        raise ReadError(f"it ends after {len(data)} of {header.nbytes} bytes of data")
    if not header.nbytes:
        return np.empty(header.shape, header.dtype)
    return data.view(header.dtype).reshape(header.shape, order="F" if header.fortran else "C")


def check_size(header: Header, available: int) -> None:
    """Refuse a header that claims more bytes than follow it."""
    if header.nbytes > available:
        raise LimitError(
            f"its header claims {size_text(header.shape)} of {header.dtype} "
            f"({header.nbytes:,} bytes), "
            f"but only {available:,} bytes of data follow; the file is cut off or damaged"
        )


def write_header(
    file: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any], *, fortran: bool = False
) -> None:
    """Write what an npy file says of itself."""
    descr = np.lib.format.dtype_to_descr(dtype)
    fields = {"descr": descr, "fortran_order": fortran, "shape": shape}
    np.lib.format.write_array_header_1_0(file, fields)


@contextmanager
def npy_in(
    file: BinaryIO, shape: tuple[int, ...], dtype: Any, *, fortran: bool
) -> Iterator[NpyOut | StraightOut]:
    """Write an npy file whose array is put in box by box, from several threads."""
    write_header(file, shape, np.dtype(dtype), fortran=fortran)
    if not file.seekable():
        with StraightOut(file, shape, dtype, fortran=fortran) as straight:
            yield straight
        return
    file.flush()
    header = Header(shape, fortran, np.dtype(dtype), file.tell())
    os.truncate(file.fileno(), header.offset + header.nbytes)
    yield NpyOut(file.fileno(), header)


@contextmanager
def unnamed(
    shape: tuple[int, ...], dtype: Any, *, fortran: bool, folder: str | None = None
) -> Iterator[NpyOut]:
    """An array in a file that has no name, and is gone with this block."""
    import tempfile

    with (
        wrap_write_errors("a file for what lies between"),
        tempfile.TemporaryFile(dir=folder) as file,
    ):
        header = Header(shape, fortran, np.dtype(dtype), 0)
        os.truncate(file.fileno(), header.nbytes)
        yield NpyOut(file.fileno(), header)


def write_npy(file: BinaryIO, array: npt.NDArray[Any] | NpyFile, *, fortran: bool = False) -> None:
    """Write an array; needs no seeking, so it works into a pipe.

    One that lies in a file keeps its order, and is copied piece by piece.
    """
    if isinstance(array, NpyFile):
        write_header(file, array.shape, array.dtype, fortran=array.header.fortran)
        for start in range(0, array.header.nbytes, READ_BYTES):
            file.write(array.stretch(start, min(READ_BYTES, array.header.nbytes - start)))
        return
    write_header(file, array.shape, array.dtype, fortran=fortran)
    # NumPy's own writer goes round Python's file object and loses the reason of a failure.
    flat = np.ascontiguousarray(array.T if fortran else array).reshape(-1)
    file.write(flat.view(np.uint8).data)


def write_npz(
    file: BinaryIO,
    arrays: Mapping[str, npt.NDArray[Any] | NpyFile],
    *,
    compressed: bool = False,
) -> None:
    """Write named arrays into one archive."""
    import zipfile

    packing = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", packing, allowZip64=True) as archive:
        for key, array in arrays.items():
            with archive.open(key + MEMBER_SUFFIX, "w", force_zip64=True) as member:
                write_npy(member, array)  # type: ignore[arg-type]


def first_line(error: BaseException) -> str:
    """The first line of an error's message, shortened; its class name if it has none.

    Messages of NumPy and zipfile quote whole headers.
    """
    words = (str(error).strip() or type(error).__name__).splitlines()[0]
    return words if len(words) <= MESSAGE_LENGTH else f"{words[:MESSAGE_LENGTH]}…"
