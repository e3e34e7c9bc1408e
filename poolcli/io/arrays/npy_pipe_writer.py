"""Sequential writing of the blocks of an npy file into a pipe or another unseekable file."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from poolcli.io.arrays.npy_blocks import NpyWriter
from poolcli.io.arrays.npy_header import NpyHeader

MAX_WAITING_BYTES = 1 << 26
"""The number of bytes in memory that wait for earlier blocks; more wait in a temporary file."""

COPY_BYTES = 1 << 22
"""The number of bytes that are copied at a time from the temporary file."""


class NpyPipeWriter:
    """The data of an npy file that is written front to back; blocks may come in any order.

    Most blocks come nearly in order, because threads take them in turn, and wait in memory until
    their turn. Blocks that are not one contiguous range of the file (some columns of very long
    rows) wait in a temporary file until the end. Several threads may write at the same time.

    Parameters
    ----------
    file : binary file
        Positioned after the header.
    header : NpyHeader
        Shape, memory order and dtype of the array; its data offset is 0.
    stack : ExitStack
        Removes the temporary file.
    """

    def __init__(self, file: BinaryIO, header: NpyHeader, stack: ExitStack) -> None:
        self.file = file
        self.header = header
        self.shape, self.dtype = header.shape, header.dtype
        self._stack = stack
        self._lock = threading.Lock()
        self._spool: NpyWriter | None = None
        self._position = 0  # the number of bytes written so far
        # By their offset: the bytes in memory, or the size of bytes in the temporary file.
        self._waiting: dict[int, memoryview | int] = {}
        self._waiting_bytes = 0  # in memory

    def __setitem__(self, index: tuple[slice, ...], value: npt.NDArray[Any]) -> None:
        """Write a block; `value` has its shape and is cast to the dtype of the file.

        The caller may change `value` afterwards: a block that waits is copied.
        """
        geometry = NpyWriter(-1, self.header)
        block = geometry.block_in_file_order(index)
        ranges = list(geometry.contiguous_ranges(block)) if value.size else []
        with self._lock:
            if len(ranges) != 1:
                self._temporary_array()[index] = value
                return
            _, offset, size = ranges[0]
            if offset != self._position and self._waiting_bytes + size > MAX_WAITING_BYTES:
                self._temporary_array()[index] = value
                self._waiting[offset] = size
                return
            value = value.T if self.header.fortran_order else value
            must_copy = True if offset != self._position else None  # None: only if necessary
            contiguous = np.array(value, self.dtype, copy=must_copy, order="C")
            contiguous = contiguous.reshape(-1).view(np.uint8)
            self._waiting[offset] = memoryview(contiguous)  # type: ignore[arg-type]
            self._waiting_bytes += size
            self._write_next_blocks()

    def _write_next_blocks(self) -> None:
        """Write the waiting blocks that follow the bytes written so far."""
        while (data := self._waiting.pop(self._position, None)) is not None:
            if isinstance(data, int):
                self._copy_from_temporary_file(data)
            else:
                self.file.write(data)
                self._position += len(data)
                self._waiting_bytes -= len(data)

    def finish(self) -> None:
        """Write all blocks that still wait, after the last one was assigned."""
        if self._position < self.header.nbytes:
            for offset, data in self._waiting.items():
                if not isinstance(data, int):
                    self._temporary_array().write_bytes(data, offset)
            self._copy_from_temporary_file(self.header.nbytes - self._position)

    def _copy_from_temporary_file(self, size: int) -> None:
        spool, end = self._temporary_array(), self._position + size
        while self._position < end:
            data = spool.read_bytes(self._position, min(COPY_BYTES, end - self._position))
            self.file.write(data)
            self._position += len(data)

    def _temporary_array(self) -> NpyWriter:
        """Return the array in the temporary file, which is created when it is first needed."""
        if self._spool is None:
            import tempfile  # imported late, because it loads slowly

            file = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            self._spool = NpyWriter(file.fileno(), self.header)
        return self._spool
