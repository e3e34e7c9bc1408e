"""Execution of an unpooling: the output is split into blocks, into which threads put values.

The values of a block are put in C order, so that results do not depend on blocks and threads.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import Ranges, ReadableArray, WritableArray, read_block
from poolcli.core.dtypes import Array
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.core.engine.helper_threads import call_on_threads
from poolcli.core.engine.unpool_blocks import INDEX_BYTES, UnpoolBlocks
from poolcli.core.engine.unpool_positions import positions_in_block
from poolcli.core.errors import ArgumentError
from poolcli.core.shape_text import shape_text
from poolcli.core.unpool_recipe import UnpoolRecipe

T = TypeVar("T")

MIN_BYTES_FOR_THREADS = 1 << 20
"""Smaller outputs are made by one thread: waking another would take longer."""

MAX_SCATTERED_THREADS = 2
"""The number of threads that work on scattered planes, whose parts are larger."""


class _Chunk(NamedTuple):
    """A part of the values, and the range of its indices.

    Attributes
    ----------
    low, high : int
        The smallest and the largest index but -1; if all are -1, `high` is less than `low`.
    is_complete : bool
        Whether no index is -1.
    """

    ranges: Ranges
    low: int
    high: int
    is_complete: bool


class _IndexOutsideError(Exception):
    """An index is neither -1 nor in the output."""


def run_unpool(
    recipe: UnpoolRecipe,
    values: ReadableArray,
    indices: ReadableArray,
    out: WritableArray,
    threads: int | None = None,
    *,
    out_is_zero: bool = False,
) -> None:
    """Put values into an output, block by block.

    Parameters
    ----------
    recipe : UnpoolRecipe
        The unpooling, prepared for the shapes and dtypes.
    values, indices : ReadableArray
        Arrays or files of shape `recipe.shape`; the indices are integers of any type but uint64.
    out : WritableArray
        Receives the result: shape `recipe.out_shape`, dtype `recipe.out_dtype`.
    threads : int, optional
        By default one thread per CPU that this process may use. Results do not depend on it.
    out_is_zero : bool
        Whether `out` is an array of zeros and the fill value is 0.

    Raises
    ------
    ArgumentError
        If an index is neither -1 nor in the output.
    """
    if 0 in recipe.out_shape:
        return
    run = _Unpooling(recipe, values, indices, out, threads or usable_cpus(), out_is_zero)
    try:
        run.run()
    except _IndexOutsideError:
        raise _first_error(recipe, indices) from None


class _Unpooling:
    """One unpooling, and what its blocks share."""

    def __init__(
        self,
        recipe: UnpoolRecipe,
        values: ReadableArray,
        indices: ReadableArray,
        out: WritableArray,
        threads: int,
        out_is_zero: bool,
    ) -> None:
        self.recipe = recipe
        self.values = values
        self.indices = indices
        self.out = out
        self.threads = threads
        self.out_is_zero = out_is_zero
        self.split = UnpoolBlocks(recipe, blocks.memory_order(values, len(recipe.shape)))
        if self.split.are_scattered:
            self.threads = min(threads, MAX_SCATTERED_THREADS)

    def run(self) -> None:
        """Unpool whole planes if blocks can hold them, else parts of planes."""
        if self.split.hold_planes:
            self._for_each(self._unpool_planes, self.split.planes())
            return
        for planes in self.split.planes():
            chunks = sorted(self._for_each(self._measure, self.split.chunks(planes)))  # in C order
            bounds = np.array([(chunk.low, chunk.high) for chunk in chunks]).T
            unpool_part = partial(self._unpool_part, chunks, bounds)
            self._for_each(unpool_part, self.split.parts(planes))

    def _for_each(self, work: Callable[[Ranges], T], items: Iterable[Ranges]) -> list[T]:
        """Return the results of a function for each item, in any order."""
        queue, lock, results = iter(items), threading.Lock(), []
        has_failed = False

        def work_on_items() -> None:
            nonlocal has_failed
            try:
                while True:
                    with lock:
                        item = None if has_failed else next(queue, None)
                    if item is None:
                        return
                    results.append(work(item))
            except BaseException:
                has_failed = True
                raise

        bytes_out = math.prod(self.recipe.out_shape) * self.recipe.out_dtype.itemsize
        is_small = bytes_out < MIN_BYTES_FOR_THREADS
        call_on_threads(work_on_items, 1 if is_small else self.threads)
        return results

    def _measure(self, ranges: Ranges) -> _Chunk:
        """Return a chunk with the range of its indices."""
        found = np.asarray(read_block(self.indices, ranges), np.int64)
        low, high = self._checked_range(found)
        if low >= 0:
            return _Chunk(ranges, low, high, is_complete=True)
        low = int(found[found >= 0].min()) if high >= 0 else 0
        return _Chunk(ranges, low, high, is_complete=False)

    def _checked_range(self, found: Array) -> tuple[int, int]:
        """Return the smallest and the largest index; raise an error if one is outside."""
        low, high = int(found.min()), int(found.max())
        if low < -1 or high >= self.recipe.plane_size:
            raise _IndexOutsideError
        return low, high

    def _unpool_planes(self, ranges: Ranges) -> None:
        """Unpool whole planes."""
        inputs = self.split.inputs(ranges)
        block, target = self._block(ranges)
        found = np.asarray(read_block(self.indices, inputs), np.int64)
        low, _ = self._checked_range(found)
        self._put(target, ranges, inputs, found, found >= 0 if low < 0 else None)
        self._write(ranges, block)

    def _unpool_part(self, chunks: Sequence[_Chunk], bounds: Array, ranges: Ranges) -> None:
        """Unpool a range of the flat index, given all chunks of these planes and their bounds."""
        plane = self.recipe.plane_shape
        spans = [ranges[dim] for dim in self.recipe.axes]
        low = int(np.ravel_multi_index([start for start, _ in spans], plane))
        high = int(np.ravel_multi_index([stop - 1 for _, stop in spans], plane))
        block, target = self._block(ranges)
        for number in np.flatnonzero((bounds[0] <= high) & (bounds[1] >= low)):
            chunk = chunks[int(number)]
            found = np.asarray(read_block(self.indices, chunk.ranges), np.int64)
            is_inside = chunk.is_complete and low <= chunk.low and chunk.high <= high
            mask = None if is_inside else (found >= low) & (found <= high)
            self._put(target, ranges, chunk.ranges, found, mask)
        self._write(ranges, block)

    def _put(
        self, target: Array, ranges: Ranges, inputs: Ranges, found: Array, mask: Array | None
    ) -> None:
        """Put the values of a part of the input into a block of the output."""
        values = read_block(self.values, inputs)
        positions = positions_in_block(found, self.recipe, ranges)
        if mask is not None:
            positions, values = positions[mask], values[mask]
        # NumPy puts one value after the other if both arrays are contiguous.
        in_order = np.ascontiguousarray(values).reshape(-1)
        target[np.ascontiguousarray(positions).reshape(-1)] = in_order

    def _block(self, ranges: Ranges) -> tuple[Array | None, Array]:
        """Return a new block of fill values, None if it is part of `out`; and its elements."""
        part = self.out[_slices(ranges)] if isinstance(self.out, np.ndarray) else None
        if part is not None and part.flags.c_contiguous:
            if not self.out_is_zero:
                part[...] = self.recipe.fill
            return None, part.reshape(-1)
        shape = [stop - start for start, stop in ranges]
        block = np.full(shape, self.recipe.fill, self.recipe.out_dtype)
        return block, block.reshape(-1)

    def _write(self, ranges: Ranges, block: Array | None) -> None:
        if block is not None:
            self.out[_slices(ranges)] = block


def _slices(ranges: Ranges) -> tuple[slice, ...]:
    return tuple(slice(*span) for span in ranges)


def _first_error(recipe: UnpoolRecipe, indices: ReadableArray) -> ArgumentError:
    """Return the error for the first index, in C order, that is outside."""
    whole = [(0, size) for size in recipe.shape]
    order = range(len(whole))
    for ranges in blocks.split_by_bytes(whole, INDEX_BYTES, order, blocks.MAX_WORKING_SET_BYTES):
        found = np.asarray(read_block(indices, ranges), np.int64)
        outside = (found < -1) | (found >= recipe.plane_size)
        if outside.any():
            local = np.unravel_index(int(outside.argmax()), found.shape)
            place = [start + int(at) for (start, _), at in zip(ranges, local, strict=True)]
            break
    position = ", ".join(map(str, place))
    is_negative = found[local] < 0
    advice = "only -1 leaves a value out" if is_negative else "the output size may be too small"
    return ArgumentError(
        f"the index {found[local]} at [{position}] is outside of the output size "
        f"{shape_text(recipe.plane_shape)}, whose elements have the indices 0 to "
        f"{recipe.plane_size - 1}; {advice}",
        "indices",
    )
