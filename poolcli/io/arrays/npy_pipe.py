"""Arrays that are written from front to back, into what cannot be sought in: pipes, devices."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import numpy.typing as npt

from poolcli.io.arrays.npy_blocks import Header, NpyOut

AHEAD_BYTES = 1 << 26
"""So much that came before its turn is held in memory; more waits in a file without a name."""


class StraightOut:
    """The data of an npy file; boxes may come in any order, from several threads.

    Most come nearly in order, as threads take them in turn. What is no single stretch of the file
    (boxes of a few enormous rows) waits on disk until all is there.

    Parameters
    ----------
    file : binary file
        Behind the header.
    """

    def __init__(
        self, file: BinaryIO, shape: tuple[int, ...], dtype: Any, *, fortran: bool
    ) -> None:
        self.file = file
        self.header = Header(shape, fortran, np.dtype(dtype), 0)
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._spool: NpyOut | None = None
        self._at = 0
        self._held: dict[int, memoryview | int] = {}  # by where it belongs; a length: in the spool
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        with self._stack:
            if kind is None:
                self._finish()

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.header.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The array's dtype."""
        return self.header.dtype

    def __setitem__(self, index: tuple[slice, ...], value: npt.NDArray[Any]) -> None:
        plain = NpyOut(-1, self.header)
        runs = list(plain.runs(plain.boxes(index))) if value.size else []
        with self._lock:
            if len(runs) != 1:
                self._spooled()[index] = value
                return
            (_, offset, size), data = runs[0], value.T if self.header.fortran else value
            if offset != self._at and self._bytes + size > AHEAD_BYTES:
                self._spooled()[index] = value
                self._held[offset] = size
                return
            flat = np.ascontiguousarray(data, self.dtype).reshape(-1).view(np.uint8)
            self._held[offset] = memoryview(flat)  # type: ignore[arg-type]
            self._bytes += size
            self._drain()

    def _finish(self) -> None:
        """Write what waits on disk, and what waited in memory for that."""
        if self._at < self.header.nbytes:
            for offset, data in self._held.items():
                if not isinstance(data, int):
                    self._spooled().put(data, offset)
            self._from_spool(self.header.nbytes - self._at)

    def _drain(self) -> None:
        """Write what has come to its turn."""
        while (data := self._held.pop(self._at, None)) is not None:
            if isinstance(data, int):
                self._from_spool(data)
            else:
                self.file.write(data)
                self._at += len(data)
                self._bytes -= len(data)

    def _from_spool(self, size: int) -> None:
        spool, end = self._spooled(), self._at + size
        while self._at < end:
            piece = spool.stretch(self._at, min(AHEAD_BYTES // 16, end - self._at))
            self.file.write(piece)
            self._at += len(piece)

    def _spooled(self) -> NpyOut:
        if self._spool is None:
            import tempfile  # takes its time to load

            file = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            self._spool = NpyOut(file.fileno(), self.header)
        return self._spool
