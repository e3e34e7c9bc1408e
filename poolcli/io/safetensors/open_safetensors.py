"""A .safetensors file as a document with one item per tensor.

Tensors are read block by block: the library maps whole files into memory, where the pages that were
read count as memory of the process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np

from poolcli.errors import ReadError
from poolcli.io.arrays.npy import array_from_bytes
from poolcli.io.arrays.npy_blocks import NpyReader
from poolcli.io.arrays.npy_header import NpyHeader, check_shape
from poolcli.io.document import Document, Item, Source
from poolcli.io.member_names import select_members, selection_hint
from poolcli.io.safetensors.ml_packages_installed import require_ml_extra
from poolcli.io.safetensors.tensor_dtypes import numpy_dtype
from poolcli.io.safetensors.tensor_header import Tensor, read_tensor_header, unknown_dtype_message


@contextmanager
def open_safetensors(file: BinaryIO, members: Sequence[str] = ()) -> Iterator[Document]:
    """Open a .safetensors file.

    Parameters
    ----------
    file : binary file
        Seekable; on disk or in memory.
    members : sequence of str
        Globs for the names of the tensors that become items; all of them by default.

    Raises
    ------
    ReadError, LimitError
        If the packages of the extra ``[ml]`` are missing, the header is damaged, or a glob matches
        no tensor.
    """
    require_ml_extra("read a .safetensors file")
    header = read_tensor_header(file)
    selected = set(select_members([tensor.name for tensor in header.tensors], members))
    tensors = [tensor for tensor in header.tensors if tensor.name in selected]
    hint = selection_hint(len(tensors))

    def items() -> Iterator[Item]:
        for tensor in tensors:
            yield Item(_source(file, tensor, hint), key=tensor.name, stays_valid=True)

    yield Document("SAFETENSORS", len(tensors), items, tensor_metadata=header.metadata)


def _source(file: BinaryIO, tensor: Tensor, hint: str) -> Source:
    """Return the elements of a tensor: in the file, or in memory if the file is there."""
    dtype = numpy_dtype(tensor.dtype)
    if dtype is None:
        raise ReadError(f"{unknown_dtype_message(tensor.name, tensor.dtype)}{hint}")
    check_shape(tensor.shape)
    header = NpyHeader(tensor.shape, False, dtype, tensor.start)
    try:
        return NpyReader(file.fileno(), header)
    except OSError:  # a file in memory
        file.seek(tensor.start)
        return array_from_bytes(header, np.frombuffer(file.read(header.nbytes), np.uint8))
