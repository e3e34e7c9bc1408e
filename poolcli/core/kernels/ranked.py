"""The kernel of ranked modes: the elements of each window side by side, brought into order."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from poolcli.core import blocks
from poolcli.core.blocks import Ranges, ReadableArray, read_block, split_along_longest_axis
from poolcli.core.dtypes import Array
from poolcli.core.ignored_values import valid_mask
from poolcli.core.kernels.base import BlockResult, input_ranges, is_reduced
from poolcli.core.kernels.gather import gather, gather_windows
from poolcli.core.kernels.reduce_axis import reduce_axis
from poolcli.core.kernels.sort_keys import Keys, least
from poolcli.core.kernels.sorting_network import sort_planes
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock

NETWORK = {1: 200, 2: 25, 4: 16, 8: 9}
"""The longest lists that a sorting network sorts faster than `np.sort`, by the bytes of a key.

Measured on half a megabyte of such lists, with AVX-512: twice as fast and more at 9, and for bytes
3.6 times at 200; `np.sort` wins from 32, 25 and 16 on for 2, 4 and 8 bytes.
"""

RESULT_BYTES = 16
"""What each window is counted with, for what is made of it; more would cost more in dispatch."""

Number = int | npt.NDArray[np.int64]


class Stack(NamedTuple):
    """The elements of windows as keys.

    Attributes
    ----------
    keys : ndarray
        Elements along the first axis, windows along the others; what a window lacks sorts last.
    number : int or ndarray
        How many elements each window has; an array broadcasts against the windows.
    """

    keys: Array
    number: Number

    def at(self, low: Number, high: Number) -> tuple[Array, Array]:
        """The keys at two ranks of each window; NaN where it has one."""
        if isinstance(low, int) and isinstance(high, int):
            planes = in_order(self.keys, frozenset([low, high]))
            first = planes[low]
            return first, first if low == high else planes[high]
        ordered = np.asarray(in_order(self.keys))
        at = [np.broadcast_to(rank, ordered.shape[1:])[None] for rank in (low, high)]
        first, second = (np.take_along_axis(ordered, rank, axis=0)[0] for rank in at)
        return first, second


class Ordered(Protocol):
    """The elements of windows, of which those at some ranks can be had."""

    @property
    def number(self) -> Number: ...

    def at(self, low: Number, high: Number) -> tuple[Array, Array]: ...


class RankedKernel(NamedTuple):
    """Gathers the elements of windows as keys and lets `choose` make a value of them.

    Where `choose` picks a key of each window, those of a single value need no gathering.
    """

    recipe: Recipe
    encode: Callable[[Array], Keys]
    choose: Callable[[Any, Recipe], Array]
    picks: bool = False
    gathers_windows: bool = True
    order_dependent: bool = False

    @property
    def element_bytes(self) -> int:
        """Bytes of an element and its copies, or its part of what is made of its window."""
        key = max(self.recipe.in_dtype.itemsize, 4 if self.recipe.pools_whole_pixels else 1)
        copies = 2 if self.recipe.ignored is None else 4
        return max(copies * key, RESULT_BYTES // self.recipe.max_window_elements)

    def pool(self, source: ReadableArray, outs: Ranges, order: Sequence[int]) -> BlockResult:
        recipe = self.recipe
        ins = input_ranges(recipe, outs)
        block = np.asarray(read_block(source, ins))
        keys, fill, decode = self.encode(block)
        if recipe.pools_whole_pixels:
            outs, ins = outs[:-1], ins[:-1]
        windows = [
            AxisBlock(recipe.axes[dim], outs[dim], ins[dim]) if is_reduced(recipe, dim) else None
            for dim in range(len(outs))
        ]
        found = self._of_alike(keys, fill, windows, outs) if self.picks else None
        if found is not None:
            number: Number = recipe.element_counts(outs, padded=False)
            return self._outcome(decode(found), number, found.shape)
        single = math.prod(stop - start for start, stop in outs) == 1
        if single and all(part is None or part.axis.dilation == 1 for part in windows):
            # Only a view of somebody's array must be copied before it is brought into order.
            fresh = keys is not block or block.base is None
            stack = self._of_one(block, keys if fresh else keys.copy(order="K"), fill)
        else:
            stack = self._of_many(block, keys, fill, windows, outs)
        values = decode(self.choose(stack, recipe))
        return self._outcome(values, stack.number, stack.keys.shape[1:])

    def _outcome(self, values: Array, number: Number, shape: tuple[int, ...]) -> BlockResult:
        if isinstance(number, int) and number:
            return BlockResult(values)
        empty = np.broadcast_to(np.equal(number, 0), shape)
        return BlockResult(
            values, empty=empty[..., None] if self.recipe.pools_whole_pixels else empty
        )

    def _of_alike(
        self, keys: Array, fill: Any, windows: Sequence[AxisBlock | None], outs: Ranges
    ) -> Array | None:
        """The picks of windows most of which hold one value, as in label maps; None if few do.

        Fast because the least and the greatest of a window are had without gathering.
        """
        if self.recipe.ignored is not None:
            return None
        low = high = keys
        for dim, part in enumerate(windows):
            if part is not None:
                low = reduce_axis(np.minimum, low, dim, part, fill, keys.dtype)
                high = reduce_axis(np.maximum, high, dim, part, least(keys.dtype), keys.dtype)
        odd = np.flatnonzero(low != high)
        depth = math.prod(part.axis.kernel_size for part in windows if part is not None)
        if 4 * odd.size > low.size or 8 * depth * odd.size > blocks.MAX_INPUT_BLOCK_BYTES:
            return None
        if odd.size:
            number: Number = self.recipe.element_counts(outs, padded=False)
            if not isinstance(number, int):
                number = np.broadcast_to(number, low.shape).reshape(-1)[odd]
            some = gather_windows(keys, windows, odd, low.shape, fill)
            low.put(odd, self.choose(Stack(some, number), self.recipe))
        return low

    def _of_many(
        self,
        block: Array,
        keys: Array,
        fill: Any,
        windows: Sequence[AxisBlock | None],
        outs: Ranges,
    ) -> Stack:
        recipe = self.recipe
        number: Number = recipe.element_counts(outs, padded=False)
        if recipe.ignored is not None:
            seen = self._seen(block)
            keys = np.where(seen, keys, np.asarray(fill, keys.dtype))
            tally: Array = seen
            for dim, part in enumerate(windows):
                if part is not None:
                    tally = reduce_axis(np.add, tally, dim, part, 0, np.dtype(np.int64))
            number = tally.astype(np.int64)
            if number.size and (number == number.flat[0]).all():
                number = int(number.flat[0])  # ranks alike for all are much faster
        depth = math.prod(part.axis.max_elements for part in windows if part is not None)
        last = depth > longest_network(keys)
        return Stack(gather(keys, windows, fill, last=last), number)

    def _of_one(self, block: Array, keys: Array, fill: Any) -> Stack:
        """A single window, all of the block, part by part: it may be large."""
        number = keys.size
        if self.recipe.ignored is not None:
            number = 0
            for part in split_along_longest_axis(keys):
                seen = self._seen(block[part])
                np.copyto(keys[part], fill, where=~seen)
                number += int(np.count_nonzero(seen))
        # In whatever order they lie in memory, so that they need not be copied once more.
        return Stack(keys.ravel(order="K").reshape(-1, *(1 for _ in keys.shape)), number)

    def _seen(self, block: Array) -> Array:
        """Which elements, or whole pixels, are not to be left out."""
        ignore = self.recipe.ignored
        assert ignore is not None
        return valid_mask(
            block,
            ignore.elements,
            alpha=self.recipe.has_alpha,
            pixels=self.recipe.pools_whole_pixels,
        )


def longest_network(keys: Array) -> int:
    """The longest lists of such keys that a network sorts."""
    return NETWORK.get(keys.dtype.itemsize, 0)


def in_order(keys: Array, wanted: frozenset[int] | None = None) -> Sequence[Array] | Array:
    """Sort a stack of keys along its first axis; it is overwritten.

    Of the planes that come out only those wanted need be right.
    """
    if len(keys) <= longest_network(keys):
        return sort_planes(keys, wanted)
    lanes = np.moveaxis(keys, 0, -1)
    if wanted is None:
        lanes.sort(axis=-1)
    else:
        # NaNs gather at the end, where they are looked for.
        lanes.partition(sorted({*wanted, len(keys) - 1}), axis=-1)
    if keys.dtype.kind == "f":
        np.copyto(lanes, np.nan, where=np.isnan(lanes[..., -1:]))
    return keys
