"""Reading and writing of npy files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from poolcli.errors import ReadError
from poolcli.io.arrays.npy_blocks import NpyReader, NpyWriter
from poolcli.io.arrays.npy_header import NpyHeader, check_data_size, read_header, write_header
from poolcli.io.arrays.npy_pipe_writer import NpyPipeWriter
from poolcli.io.document import Document, Item, Source
from poolcli.io.publish_file import wrap_write_errors
from poolcli.io.spool import READ_BYTES
from poolcli.io.trailing_data import NPY_MAGIC, trailing_bytes_notes


@contextmanager
def open_npy(file: BinaryIO) -> Iterator[Document]:
    """Open an npy file as a document of one item.

    Parameters
    ----------
    file : binary file
        Seekable. A file on disk is read block by block, a file in memory as a whole.

    Raises
    ------
    ReadError
        If the header is damaged, or the array holds Python objects.
    LimitError
        If the header claims more data than the file has.
    """
    header = read_header(file)
    size = file.seek(0, os.SEEK_END)
    check_data_size(header, size - header.data_offset)
    end = header.data_offset + header.nbytes
    file.seek(end)
    notes = trailing_bytes_notes(file.read(len(NPY_MAGIC)), size - end)
    source: Source
    try:
        source = NpyReader(file.fileno(), header)
    except OSError:  # a file in memory
        file.seek(header.data_offset)
        source = array_from_bytes(header, np.frombuffer(file.read(header.nbytes), np.uint8))
    yield Document("NPY", 1, lambda: iter([Item(source, stays_valid=True)]), notes=notes)


def array_from_bytes(header: NpyHeader, data: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    """Return the array with a header and the bytes of its elements; the bytes are not copied.

    Parameters
    ----------
    header : NpyHeader
        Shape, dtype and memory order.
    data : ndarray of uint8, 1-D
        The bytes that follow the header.

    Raises
    ------
    ReadError
        If bytes are missing.
    """
    if len(data) < header.nbytes:
        raise ReadError(f"it ends after {len(data)} of {header.nbytes} bytes of data")
    if not header.nbytes:
        return np.empty(header.shape, header.dtype)
    return data.view(header.dtype).reshape(header.shape, order="F" if header.fortran_order else "C")


@contextmanager
def create_npy(file: BinaryIO, header: NpyHeader) -> Iterator[NpyWriter | NpyPipeWriter]:
    """Write the header of an npy file, and give an array to which blocks are assigned.

    Parameters
    ----------
    file : binary file
        A file on disk, or one that is not seekable, such as a pipe.
    header : NpyHeader
        Shape, memory order and dtype of the array; its data offset is 0.

    Yields
    ------
    NpyWriter or NpyPipeWriter
        Takes blocks in any order, from several threads. All blocks must be assigned.
    """
    write_header(file, header)
    if not file.seekable():
        with ExitStack() as stack:
            writer = NpyPipeWriter(file, header, stack)
            yield writer
            writer.finish()
        return
    file.flush()
    offset = file.tell()
    os.truncate(file.fileno(), offset + header.nbytes)
    yield NpyWriter(file.fileno(), header._replace(data_offset=offset))


@contextmanager
def temporary_array(header: NpyHeader, folder: str | None) -> Iterator[NpyWriter]:
    """Give an array in an unnamed temporary file, which is removed when the block ends.

    Parameters
    ----------
    header : NpyHeader
        Shape, memory order and dtype of the array; its data offset is 0.
    folder : str, optional
        Where the file is created; by default the folder for temporary files.
    """
    import tempfile  # imported late, because it loads slowly

    with wrap_write_errors("a temporary file"), tempfile.TemporaryFile(dir=folder) as file:
        os.truncate(file.fileno(), header.nbytes)
        yield NpyWriter(file.fileno(), header)


def write_npy(
    file: BinaryIO, array: npt.NDArray[Any] | NpyReader, *, fortran_order: bool = False
) -> None:
    """Write an array as an npy file.

    Parameters
    ----------
    file : binary file
        Need not be seekable.
    array : ndarray or NpyReader
        An array in a file keeps its memory order and is copied in small steps.
    fortran_order : bool
        Whether an array in memory is stored in Fortran order.
    """
    if isinstance(array, NpyReader):
        write_header(file, array.header)
    else:
        write_header(file, NpyHeader(array.shape, fortran_order, array.dtype))
        array = array.T if fortran_order else array
    write_elements(file, array)


def write_stacked_npy(file: BinaryIO, arrays: Sequence[npt.NDArray[Any] | NpyReader]) -> None:
    """Write arrays of one shape and dtype as one npy file, along a new first axis.

    Parameters
    ----------
    file : binary file
        Need not be seekable.
    arrays : sequence of ndarray or NpyReader
        In C order; at least one.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> write_stacked_npy(file, [np.zeros(2), np.ones(2)])
    >>> np.load(io.BytesIO(file.getvalue())).tolist()
    [[0.0, 0.0], [1.0, 1.0]]
    """
    shape = (len(arrays), *arrays[0].shape)
    write_header(file, NpyHeader(shape, False, arrays[0].dtype))
    for array in arrays:
        write_elements(file, array)


def write_elements(file: BinaryIO, array: npt.NDArray[Any] | NpyReader) -> None:
    """Write the elements of an array in C order; those of an array in a file as they are there.

    Parameters
    ----------
    file : binary file
        Need not be seekable.
    array : ndarray or NpyReader
        The elements. They are written in the byte order that they have.
    """
    if isinstance(array, NpyReader):
        nbytes = array.header.nbytes
        for offset in range(0, nbytes, READ_BYTES):
            file.write(array.read_bytes(offset, min(READ_BYTES, nbytes - offset)))
        return
    # `numpy.save` writes past Python's file object and loses the reason of a failure.
    file.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
