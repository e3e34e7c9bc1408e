"""Reading and writing of blocks of an npy file, for arrays larger than memory.

A block is given as one slice per axis, with step 1. Several threads may read and write at the same
time, because each access names its position in the file (`os.preadv`, `os.pwrite`). A memory map
would count as memory of the process as long as it exists.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.errors import ReadError
from poolcli.io.arrays.npy_header import NpyHeader

MIN_RANGE_BYTES = 1 << 12
"""The size from which ranges of the file are read one by one. Shorter ones take longer to request
than to read, so that whole rows are read."""

ROWS_BYTES = 1 << 22
"""The number of bytes that one call reads if only a part of each row is needed."""

MAX_CALL_BYTES = 1 << 30
"""The largest number of bytes that one call reads or writes: macOS refuses 2 GB."""


@dataclass(frozen=True, slots=True)
class NpyReader:
    """The array of an npy file, which is read block by block.

    Attributes
    ----------
    descriptor : int
        The file descriptor; it must stay open.
    header : NpyHeader
        Shape, dtype and memory order, and the position of the data.
    """

    descriptor: int
    header: NpyHeader

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self.header.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype, in the byte order of the file."""
        return self.header.dtype

    @property
    def strides(self) -> tuple[int, ...]:
        """The step from one element to the next along each axis, in bytes."""
        steps = [size * self.dtype.itemsize for size in self._elements_per_step()]
        return tuple(steps[::-1] if self.header.fortran_order else steps)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        """Return a block as a new array, in the memory order of the file."""
        block = self.block_in_file_order(index)
        out = np.empty([max(part.stop - part.start, 0) for part in block], self.dtype)
        if out.size:
            self._read_block(block, out)
        return out.T if self.header.fortran_order else out

    def block_in_file_order(self, index: tuple[slice, ...]) -> list[slice]:
        """Return a block with start and stop of each axis, the slowest axis first."""
        block = [slice(*part.indices(size)) for part, size in zip(index, self.shape, strict=True)]
        return block[::-1] if self.header.fortran_order else block

    def contiguous_ranges(self, block: list[slice]) -> Iterator[tuple[int, int, int]]:
        """Yield the contiguous ranges of the file that a block consists of.

        Parameters
        ----------
        block : list of slice
            In file order.

        Yields
        ------
        block_offset : int
            The position of the range in the contiguous bytes of the block.
        file_offset : int
            The position of the range in the file.
        size : int
            The size of the range. All three are in bytes.
        """
        axis = self._last_partial_axis(block)
        itemsize = self.dtype.itemsize
        size = math.prod(part.stop - part.start for part in block[axis:]) * itemsize
        steps = self._elements_per_step()
        outer = [range(part.start, part.stop) for part in block[:axis]]
        for number, outer_index in enumerate(product(*outer)):
            start = (*outer_index, block[axis].start) if block else ()
            element = sum(place * step for place, step in zip(start, steps, strict=False))
            yield number * size, self.header.data_offset + element * itemsize, size

    def read_bytes(self, offset: int, size: int) -> memoryview:
        """Return bytes of the data as they are in the file.

        Parameters
        ----------
        offset : int
            The distance from the first element, in bytes.
        size : int
            The number of bytes.
        """
        data = memoryview(bytearray(size))
        self._read_into(data, self.header.data_offset + offset)
        return data

    def _read_block(self, block: list[slice], out: npt.NDArray[Any]) -> None:
        """Read a block, in file order, into a C-contiguous array of its shape."""
        axis = self._last_partial_axis(block)
        range_bytes = math.prod(out.shape[axis:]) * self.dtype.itemsize
        row_bytes = math.prod(self.header.file_shape[axis:]) * self.dtype.itemsize
        is_one_range = axis == 0 or range_bytes == out.nbytes
        if is_one_range or range_bytes >= MIN_RANGE_BYTES or row_bytes > ROWS_BYTES:
            data = memoryview(out.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
            for block_offset, file_offset, size in self.contiguous_ranges(block):
                self._read_into(data[block_offset : block_offset + size], file_offset)
        else:
            self._read_whole_rows(block, out, axis, ROWS_BYTES // row_bytes)

    def _read_whole_rows(
        self, block: list[slice], out: npt.NDArray[Any], axis: int, rows_per_read: int
    ) -> None:
        """Read whole rows along `axis` and copy a part of each, such as some of the channels."""
        rows_axis = axis - 1
        row_shape = self.header.file_shape[axis:]
        for index in product(*map(range, out.shape[:rows_axis])):
            outer = [part.start + place for part, place in zip(block, index, strict=False)]
            for low in range(block[rows_axis].start, block[rows_axis].stop, rows_per_read):
                high = min(low + rows_per_read, block[rows_axis].stop)
                rows = np.empty((high - low, *row_shape), self.dtype)
                rows_block = [slice(place, place + 1) for place in outer]
                rows_block += [slice(low, high), *(slice(0, size) for size in row_shape)]
                self._read_block(rows_block, rows.reshape(*(1 for _ in index), *rows.shape))
                start = low - block[rows_axis].start
                target: Any = (*index, slice(start, start + high - low))
                out[target] = rows[:, block[axis]]

    def _last_partial_axis(self, block: list[slice]) -> int:
        """Return the last axis, in file order, that a block covers in part; 0 if there is none."""
        shape = self.header.file_shape
        axis = max(len(shape) - 1, 0)
        while axis > 0 and block[axis].stop - block[axis].start == shape[axis]:
            axis -= 1
        return axis

    def _elements_per_step(self) -> list[int]:
        """Return the number of elements from one index to the next of each axis, in file order."""
        shape = self.header.file_shape
        return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]

    def _read_into(self, buffer: memoryview, file_offset: int) -> None:
        while buffer:
            count = _read_part(self.descriptor, buffer[:MAX_CALL_BYTES], file_offset)
            if not count:
                raise ReadError(
                    "it became shorter while it was read; try again when it is complete"
                )
            buffer, file_offset = buffer[count:], file_offset + count


class NpyWriter(NpyReader):
    """The array of an npy file, which is written and read block by block."""

    def __setitem__(self, index: tuple[slice, ...], value: npt.NDArray[Any]) -> None:
        """Write a block; `value` has its shape and is cast to the dtype of the file."""
        value = value.T if self.header.fortran_order else value
        contiguous = np.ascontiguousarray(value, self.dtype)
        if contiguous.size:
            data = memoryview(contiguous.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
            block = self.block_in_file_order(index)
            for block_offset, file_offset, size in self.contiguous_ranges(block):
                self.write_bytes(data[block_offset : block_offset + size], file_offset)

    def write_bytes(self, buffer: memoryview, file_offset: int) -> None:
        """Write bytes at a position of the file.

        Parameters
        ----------
        buffer : memoryview of uint8
            The bytes.
        file_offset : int
            The position in the file, in bytes.
        """
        while buffer:
            count = os.pwrite(self.descriptor, buffer[:MAX_CALL_BYTES], file_offset)
            buffer, file_offset = buffer[count:], file_offset + count


def _read_part(descriptor: int, buffer: memoryview, file_offset: int) -> int:
    """Read bytes at a position of a file into a buffer.

    Returns
    -------
    int
        The number of bytes read, maybe fewer than the buffer holds; 0 at the end of the file.
    """
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [buffer], file_offset)
    data = os.pread(descriptor, min(len(buffer), ROWS_BYTES), file_offset)  # before macOS 11
    buffer[: len(data)] = data
    return len(data)
