"""Arrays in npy files, read and written in boxes, so that they may be larger than memory."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.errors import ReadError

SHORT_RUN = 1 << 12
"""Stretches shorter than this are not read one by one: a read takes longer than its bytes."""

ROWS_BYTES = 1 << 22
"""So much is read at a time where only parts of it are wanted."""


class Header(NamedTuple):
    """What an npy file says of itself; `offset` is where its data begin."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    offset: int

    @property
    def nbytes(self) -> int:
        """The bytes of data that it claims."""
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class NpyFile:
    """The array of an npy file, read by plain reads that threads may make at once.

    A map of the file would count as memory of the process for as long as it is held.
    """

    fd: int
    header: Header

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.header.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The array's dtype, in the file's byte order."""
        return self.header.dtype

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one element to the next along each axis, as in a NumPy array."""
        shape = self.shape[::-1] if self.header.fortran else self.shape
        steps = [math.prod(shape[axis + 1 :]) * self.dtype.itemsize for axis in range(len(shape))]
        return tuple(steps[::-1] if self.header.fortran else steps)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        box = self.boxes(index)
        out = np.empty([max(part.stop - part.start, 0) for part in box], self.dtype)
        if out.size:
            self._read(box, out)
        return out.T if self.header.fortran else out

    def _read(self, box: list[slice], out: npt.NDArray[Any]) -> None:
        cut = self._cut(box)
        run = math.prod(out.shape[cut:]) * self.dtype.itemsize
        shape = self.shape[::-1] if self.header.fortran else self.shape
        whole_run = math.prod(shape[cut:]) * self.dtype.itemsize
        few = whole_run > ROWS_BYTES or run == out.nbytes
        if cut == 0 or run >= SHORT_RUN or few:
            flat = memoryview(out.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
            for at, offset, size in self.runs(box):
                self._fill(flat[at : at + size], offset)
            return
        # Many short runs, as some of the channels that lie last: whole rows, a part of each.
        pace = ROWS_BYTES // whole_run
        inner = (slice(None), box[cut])
        outer = [range(size) for size in out.shape[: cut - 1]]
        for row in product(*outer):
            start = [part.start + place for part, place in zip(box, row, strict=False)]
            for low in range(box[cut - 1].start, box[cut - 1].stop, pace):
                high = min(low + pace, box[cut - 1].stop)
                rows = np.empty((high - low, *shape[cut:]), self.dtype)
                whole = [slice(each, each + 1) for each in start]
                whole += [slice(low, high), *(slice(0, size) for size in shape[cut:])]
                self._read(whole, rows.reshape(*(1 for _ in row), *rows.shape))
                first = low - box[cut - 1].start
                there: Any = (*row, slice(first, first + high - low))
                out[there] = rows[inner]

    def _cut(self, box: list[slice]) -> int:
        """The axis behind which all axes are taken whole."""
        shape = self.shape[::-1] if self.header.fortran else self.shape
        cut = max(len(shape) - 1, 0)
        while cut > 0 and box[cut].stop - box[cut].start == shape[cut]:
            cut -= 1
        return cut

    def boxes(self, index: tuple[slice, ...]) -> list[slice]:
        """A box, its axes as they lie in the file."""
        boxes = [slice(*part.indices(size)) for part, size in zip(index, self.shape, strict=True)]
        return boxes[::-1] if self.header.fortran else boxes

    def runs(self, box: list[slice]) -> Iterator[tuple[int, int, int]]:
        """The stretches of the file that make up a box.

        Each as where it is in the box, where in the file, and how many bytes it has.
        """
        shape = self.shape[::-1] if self.header.fortran else self.shape
        sizes = [part.stop - part.start for part in box]
        cut = self._cut(box)  # each run of this axis is one stretch of file
        outer = [range(part.start, part.stop) for part in box[:cut]]
        run = math.prod(sizes[cut:]) * self.dtype.itemsize
        steps = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
        for number, at in enumerate(product(*outer)):
            places = (*at, box[cut].start) if box else ()
            element = sum(place * step for place, step in zip(places, steps, strict=False))
            yield number * run, self.header.offset + element * self.dtype.itemsize, run

    def stretch(self, offset: int, size: int) -> memoryview:
        """Some bytes of the data as they lie in the file."""
        data = memoryview(bytearray(size))
        self._fill(data, self.header.offset + offset)
        return data

    def _fill(self, buffer: memoryview, offset: int) -> None:
        while buffer:
            got = os.preadv(self.fd, [buffer], offset)
            if not got:
                words = "it became shorter while it was read; try again when it is complete"
                raise ReadError(words)
            buffer, offset = buffer[got:], offset + got


class NpyOut(NpyFile):
    """The array of an npy file that is being written: as `NpyFile`, and boxes may be put in."""

    def __setitem__(self, index: tuple[slice, ...], value: npt.NDArray[Any]) -> None:
        value = value.T if self.header.fortran else value
        data = np.ascontiguousarray(value, self.dtype)
        if data.size:
            flat = memoryview(data.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
            for at, offset, size in self.runs(self.boxes(index)):
                self.put(flat[at : at + size], offset)

    def put(self, buffer: memoryview, offset: int) -> None:
        """Put bytes in where they belong in the file."""
        while buffer:
            done = os.pwrite(self.fd, buffer, offset)
            buffer, offset = buffer[done:], offset + done
