"""An array of a Zarr store that is read block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from poolcli.errors import ReadError
from poolcli.io.decoded_segment_cache import MAX_CACHED_BYTES, SegmentCache
from poolcli.io.zarr.zarr_errors import is_access_error, one_line_errors, without_warnings

if TYPE_CHECKING:
    import zarr


RUN_BYTES = 1 << 22
"""The size of the decoded chunks, side by side, that one call reads for the cache."""


class ZarrSource:
    """An array of a Zarr store, read block by block from several threads.

    Blocks of whole chunks are read at once. Of other blocks, the chunks are kept for the next
    blocks that need them.

    Parameters
    ----------
    array : zarr.Array
        The array, opened for reading.
    name : str
        The name of the array in errors: the path of the dataset in its group; empty for a plain
        array.
    cache_bytes : int
        The size of the decoded chunks that are kept.

    Attributes
    ----------
    shape : tuple of int
        The length of each axis.
    dtype : numpy.dtype
        In the byte order of the store.
    chunk_shape : tuple of int
        The shape of the chunks that are decoded at a time: the inner ones of shards.
    """

    def __init__(
        self, array: zarr.Array[Any], name: str, cache_bytes: int = MAX_CACHED_BYTES
    ) -> None:
        self.array = array
        self.name = name
        self.shape = tuple(array.shape)
        self.dtype: np.dtype[Any] = np.dtype(array.dtype)
        self.chunk_shape = tuple(max(size, 1) for size in array.chunks)
        self._cache = SegmentCache(cache_bytes)
        chunk_bytes = self.dtype.itemsize * math.prod(self.chunk_shape)
        self._run_length = max(1, RUN_BYTES // max(chunk_bytes, 1))
        self._last_count = -(-self.shape[-1] // self.chunk_shape[-1]) if self.shape else 1

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        """Return a block as a new array.

        Raises
        ------
        ReadError
            If a chunk of it is damaged or cannot be read.
        """
        ranges = [slice(*part.indices(size)) for part, size in zip(index, self.shape, strict=True)]
        if self._consists_of_chunks(ranges):
            return self._read(ranges)
        block = np.empty([max(part.stop - part.start, 0) for part in ranges], self.dtype)
        for run in self._runs_of(ranges) if block.size else ():
            stored = self._range_of_run(run)
            values = self._cache.get(run, partial(self._read, stored))
            assert values is not None
            inside, target = [], []
            for whole, part in zip(stored, ranges, strict=True):
                low, high = max(part.start, whole.start), min(part.stop, whole.stop)
                inside.append(slice(low - whole.start, high - whole.start))
                target.append(slice(low - part.start, high - part.start))
            block[tuple(target)] = values[tuple(inside)]
        return block

    def check(self) -> None:
        """Raise an error if the metadata of the array have vanished or changed since it was opened.

        The chunks of a store that is gone would read as fill values.

        Raises
        ------
        ReadError
            If they have.
        """
        import zarr

        array = self.array
        with without_warnings(), one_line_errors("it cannot be read any more"):
            try:
                now = zarr.open_array(
                    array.store_path, mode="r", zarr_format=array.metadata.zarr_format
                )
            except FileNotFoundError as error:
                raise ReadError(f"{self._subject()} vanished while it was read") from error
            if _metadata_text(now) != _metadata_text(array):
                raise ReadError(
                    f"{self._subject()} was changed while it was read; try again when it is "
                    "complete"
                )

    def _consists_of_chunks(self, ranges: list[slice]) -> bool:
        """Return whether a block starts and ends where chunks do."""
        return all(
            part.start % chunk == 0 and (part.stop % chunk == 0 or part.stop == size)
            for part, chunk, size in zip(ranges, self.chunk_shape, self.shape, strict=True)
        )

    def _runs_of(self, ranges: list[slice]) -> Iterator[tuple[range, ...]]:
        """Yield the runs of chunks that a block needs.

        Chunks that lie side by side along the last axis are read at once where the block needs all
        of a run: a call for each chunk takes longer, and a server can answer several requests.
        """
        if not self.shape:
            yield ()
            return
        *outer, last = self._chunk_numbers(ranges)
        for place in product(*outer):
            start = last.start
            while start < last.stop:
                end = min((start // self._run_length + 1) * self._run_length, self._last_count)
                is_whole = start % self._run_length == 0 and end <= last.stop
                stop = end if is_whole else start + 1
                yield *(range(number, number + 1) for number in place), range(start, stop)
                start = stop

    def _chunk_numbers(self, ranges: list[slice]) -> list[range]:
        """Return the numbers, along each axis, of the chunks that a block needs."""
        return [
            range(part.start // size, -(-part.stop // size))
            for part, size in zip(ranges, self.chunk_shape, strict=True)
        ]

    def _range_of_run(self, run: tuple[range, ...]) -> list[slice]:
        """Return the range of the elements of chunks that lie side by side."""
        return [
            slice(numbers.start * chunk, min(numbers.stop * chunk, size))
            for numbers, chunk, size in zip(run, self.chunk_shape, self.shape, strict=True)
        ]

    def _read(self, ranges: list[slice]) -> npt.NDArray[Any]:
        """Read whole chunks; an error names the first chunk that cannot be read."""
        try:
            with one_line_errors("cannot be read"):
                return np.asarray(self.array[tuple(ranges)])
        except ReadError as error:
            for place in product(*self._chunk_numbers(ranges)):
                self._require_readable(place)
            raise ReadError(f"{self._subject()}: {error}") from error

    def _require_readable(self, place: tuple[int, ...]) -> None:
        """Raise an error that names a chunk unless it can be read."""
        name = "/".join(map(str, place)) or "0"
        shard = (
            number * chunk // stored
            for number, chunk, stored in zip(
                place, self.chunk_shape, self.array.shards or self.chunk_shape, strict=True
            )
        )
        key = self.array.metadata.encode_chunk_key(tuple(shard))
        path = f"{self.array.path}/{key}".lstrip("/")
        try:
            with one_line_errors("it"):
                self.array[tuple(self._range_of_run(tuple(range(n, n + 1) for n in place)))]
        except ReadError as error:
            state = "cannot be read" if is_access_error(error.__cause__) else "is damaged"
            reason = str(error).removeprefix("it: ")
            raise ReadError(
                f"the chunk {name} of {self._subject()} ({path}) {state}: {reason}"
            ) from error

    def _subject(self) -> str:
        return f"dataset {self.name}" if self.name else "the array"


def _metadata_text(array: zarr.Array[Any]) -> str:
    """Return the metadata without the attributes, as text in which NaN equals NaN."""
    return repr({**array.metadata.to_dict(), "attributes": None})
