"""Writing of .safetensors files, tensor by tensor.

The library would need all tensors in memory at once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy.typing as npt

from poolcli.io.arrays.npy import write_elements
from poolcli.io.arrays.npy_blocks import NpyReader
from poolcli.io.arrays.npy_header import NpyHeader
from poolcli.io.safetensors.tensor_dtypes import name_in_format
from poolcli.io.safetensors.tensor_header import LENGTH_BYTES, METADATA_KEY

ALIGNMENT = 8
"""The size of which the position of the first tensor is a multiple."""


def write_safetensors(
    file: BinaryIO,
    tensors: Mapping[str, npt.NDArray[Any] | NpyReader],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write named arrays into one .safetensors file.

    As the library does, the tensors with the largest elements come first, and spaces follow the
    header, so that each tensor lies at a multiple of the size of its elements.

    Parameters
    ----------
    file : binary file
        Need not be seekable.
    tensors : mapping
        The arrays by their names, in memory or, in C order and little-endian, in files. The format
        has their dtypes.
    metadata : mapping of str to str, optional
        The texts of ``__metadata__`` by their keys.
    """
    ordered = sorted(tensors.items(), key=lambda each: (-each[1].dtype.itemsize, each[0]))
    entries: dict[str, Any] = {METADATA_KEY: dict(metadata)} if metadata else {}
    end = 0
    for name, array in ordered:
        start, end = end, end + math.prod(array.shape) * array.dtype.itemsize
        dtype, shape = name_in_format(array.dtype), list(array.shape)
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % ALIGNMENT)
    file.write(len(text).to_bytes(LENGTH_BYTES, "little") + text)
    for _, array in ordered:
        if not isinstance(array, NpyReader):
            array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        write_elements(file, array)


def stored_header(header: NpyHeader) -> NpyHeader:
    """Return the header with which an array must be stored for `write_safetensors` to copy it.

    Parameters
    ----------
    header : NpyHeader
        Shape, memory order and dtype of the array.
    """
    return header._replace(fortran_order=False, dtype=header.dtype.newbyteorder("<"))
