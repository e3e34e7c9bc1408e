"""Reading and writing npy and npz. Pickled objects are never loaded."""

from __future__ import annotations

import ast
import operator
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from poolcli.errors import LimitError, ReadError
from poolcli.media.atomic import told
from poolcli.media.kind import Kind
from poolcli.media.npyfile import Header, NpyFile, NpyOut
from poolcli.media.source import Document, Item
from poolcli.media.straight import StraightOut

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MEMBER_SUFFIX = ".npy"

MAX_HEADER_BYTES = 10_000
"""As in NumPy: longer ones could crash Python's parser."""

MESSAGE_LENGTH = 160
"""Messages of NumPy and zipfile are cut here: they quote whole headers."""


def read_header(file: BinaryIO) -> Header:
    """Read an npy header; the data are left alone."""
    try:
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        elif version == (2, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_2_0(file)
        elif version == (3, 0):
            shape, fortran, dtype = _read_header_3_0(file)
        else:
            raise ReadError(f"not a valid .npy file: its version {version} is unknown")
    except ReadError:
        raise
    except Exception as error:
        # NumPy evaluates the header as Python: nearly anything can come out of a damaged one.
        raise ReadError(f"not a valid .npy file: {_first_line(error)}") from error
    if dtype.hasobject:
        raise ReadError("holds pickled Python objects, which are never loaded; save plain numbers")
    if any(size < 0 for size in shape):
        raise ReadError(f"not a valid .npy file: its header claims the shape {shape}")
    return Header(tuple(shape), bool(fortran), dtype, file.tell())


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
    _check_size(header, size - header.offset)
    try:
        source: Any = NpyFile(file.fileno(), header)
    except OSError:  # a stream in memory
        file.seek(0)
        source = _load(file)
    yield Document(Kind.NPY, "NPY", 1, lambda: iter([Item(source)]))


@contextmanager
def open_npz(file: BinaryIO) -> Iterator[Document]:
    """Open an npz archive; its arrays are read one at a time."""
    import zipfile  # takes its time to load

    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ReadError(f"not a valid .npz file: {_first_line(error)}") from error
    with archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        strange = [info.filename for info in members if not info.filename.endswith(MEMBER_SUFFIX)]
        if strange:
            raise ReadError(f"a ZIP archive, but not an .npz: {strange[0]!r} in it is no array")
        if not members:
            raise ReadError("the .npz holds no arrays")
        counts = Counter(info.filename for info in members)
        name, count = counts.most_common(1)[0]
        if count > 1:
            raise ReadError(f"the .npz holds {name!r} {count} times; give its arrays unlike names")

        def items() -> Iterator[Item]:
            for info in members:
                yield Item(_read_member(archive, info), key=info.filename[: -len(MEMBER_SUFFIX)])

        packed = any(info.compress_type != zipfile.ZIP_STORED for info in members)
        yield Document(Kind.NPZ, "NPZ", len(members), items, compressed=packed)


def _read_member(archive: ZipFile, info: ZipInfo) -> npt.NDArray[Any]:
    from zipfile import BadZipFile

    try:
        with archive.open(info) as member:
            header = read_header(member)  # type: ignore[arg-type]
            _check_size(header, info.file_size - header.offset)
            data = member.read(header.nbytes)
    except (ReadError, LimitError) as error:
        raise type(error)(f"member {info.filename!r}: {error}") from error
    except (BadZipFile, OSError, EOFError, RuntimeError, ValueError) as error:
        # An encrypted member is a RuntimeError, a damaged stream any of the others.
        raise ReadError(f"member {info.filename!r}: {_first_line(error)}") from error
    except Exception as error:
        if type(error).__module__ in ("zlib", "lzma", "_lzma"):
            raise ReadError(f"member {info.filename!r}: {_first_line(error)}") from error
        raise
    return _from_bytes(header, data, f"member {info.filename!r}: ")


def _load(file: BinaryIO) -> npt.NDArray[Any]:
    header = read_header(file)
    return _from_bytes(header, file.read(header.nbytes), "")


def _from_bytes(header: Header, data: bytes, where: str) -> npt.NDArray[Any]:
    if len(data) < header.nbytes:
        raise ReadError(f"{where}it ends after {len(data)} of {header.nbytes} bytes of data")
    if not header.nbytes:
        return np.empty(header.shape, header.dtype)
    array = np.frombuffer(data, header.dtype)
    return array.reshape(header.shape, order="F" if header.fortran else "C")


def _check_size(header: Header, available: int) -> None:
    if header.nbytes > available:
        shape = "x".join(map(str, header.shape))
        raise LimitError(
            f"its header claims {shape} of {header.dtype} ({header.nbytes:,} bytes), "
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

    with told("a file for what lies between"), tempfile.TemporaryFile(dir=folder) as file:
        header = Header(shape, fortran, np.dtype(dtype), 0)
        os.truncate(file.fileno(), header.nbytes)
        yield NpyOut(file.fileno(), header)


def write_npy(file: BinaryIO, array: npt.NDArray[Any], *, fortran: bool = False) -> None:
    """Write an array; needs no seeking, so it works into a pipe."""
    write_header(file, array.shape, array.dtype, fortran=fortran)
    # NumPy's own writer goes round Python's file object and loses the reason of a failure.
    flat = np.ascontiguousarray(array.T if fortran else array).reshape(-1)
    file.write(flat.view(np.uint8).data)


def write_npz(
    file: BinaryIO, arrays: Mapping[str, npt.NDArray[Any]], *, compressed: bool = False
) -> None:
    """Write named arrays into one archive."""
    import zipfile

    packing = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", packing, allowZip64=True) as archive:
        for key, array in arrays.items():
            with archive.open(key + MEMBER_SUFFIX, "w", force_zip64=True) as member:
                write_npy(member, array)  # type: ignore[arg-type]


def _first_line(error: BaseException) -> str:
    words = (str(error).strip() or type(error).__name__).splitlines()[0]
    return words if len(words) <= MESSAGE_LENGTH else f"{words[:MESSAGE_LENGTH]}…"
