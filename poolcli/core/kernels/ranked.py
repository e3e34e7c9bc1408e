"""The kernel of ranked modes, which need all elements of a window at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from poolcli.core.blocks import ReadableArray, split_along_longest_axis
from poolcli.core.dtypes import Array
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.counting_sort import sort_by_counting, sorts_by_counting
from poolcli.core.kernels.footprint_gather import FootprintGatherer
from poolcli.core.kernels.gather import Gatherer
from poolcli.core.kernels.kernel_input_and_result import BlockResult
from poolcli.core.kernels.most_frequent_label import most_frequent_labels
from poolcli.core.kernels.sort_keys import SortKeys
from poolcli.core.kernels.sorting_network import SortingNetwork
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe
from poolcli.core.taps import Windows

MAX_NETWORK_ELEMENTS = {1: 200, 2: 25, 4: 16, 8: 9}
"""The largest windows that a sorting network sorts faster than `np.sort`, by the bytes of a key.

Measured on half a megabyte of windows, with AVX-512: the network takes at most half the time for 9
elements, and 1/3.6 for 200 bytes. `np.sort` is faster from 32, 25 and 16 elements on for keys of
2, 4 and 8 bytes.
"""

MAX_SORTED_ELEMENTS = 1000
"""Windows of more elements are partitioned at the ranks wanted, not sorted.

`np.sort` sorts rows by vector instructions, `np.partition` at several ranks does not: 49 float32
take 0.08 and 0.66 µs, 400 take 0.6 and 4.6 µs, 2,000 take 16 and 22 µs.
"""

MIN_WINDOW_BYTES = 8
"""The least working memory that a window is counted with, for its result. More would make blocks
smaller, and calls more frequent."""

Counts: TypeAlias = int | Array
"""Numbers of elements of windows, or ranks: one for all windows, or an array of one each."""


class OrderStatistics(Protocol):
    """Windows whose elements can be selected by rank."""

    @property
    def counts(self) -> Counts:
        """The numbers of elements of the windows; an array broadcasts against the windows."""

    def order_statistics(self, low: Counts, high: Counts) -> tuple[Array, Array]:
        """Return two order statistics of each window.

        Parameters
        ----------
        low, high : int or ndarray of int64
            Ranks from 0 to the window's number of elements - 1; arrays broadcast against the
            windows.

        Returns
        -------
        (ndarray, ndarray)
            The keys at both ranks, of the windows' shape. Where a window contains NaN, both are
            NaN. If the ranks are equal, both may be the same object.
        """


class GatheredWindows:
    """Windows whose elements are gathered as sort keys.

    Parameters
    ----------
    keys : ndarray
        Elements along the first axis, windows along the others. Keys of elements that a window
        lacks or ignores are the highest key. Sorting overwrites them.
    counts : int or ndarray of int64
        As in `OrderStatistics`.
    """

    def __init__(self, keys: Array, counts: Counts) -> None:
        self.keys = keys
        self.counts = counts
        self._sorters: dict[frozenset[int] | None, SortingNetwork] = {}

    def order_statistics(self, low: Counts, high: Counts) -> tuple[Array, Array]:
        if isinstance(low, int) and isinstance(high, int):
            planes = self.sort(frozenset([low, high]))
            first = planes[low]
            return first, first if low == high else planes[high]
        planes = np.asarray(self.sort())
        ranks = [np.broadcast_to(rank, planes.shape[1:])[None] for rank in (low, high)]
        first, second = (np.take_along_axis(planes, rank, axis=0)[0] for rank in ranks)
        return first, second

    def sort(self, ranks: frozenset[int] | None = None) -> Sequence[Array] | Array:
        """Sort the keys along the first axis, in place.

        Parameters
        ----------
        ranks : frozenset of int, optional
            The ranks that are needed; by default all.

        Returns
        -------
        sequence of ndarray
            One array of the windows' shape for each rank; only those in `ranks` are right. NaN in a
            window makes all its keys NaN.
        """
        keys = self.keys
        if len(keys) <= max_network_elements(keys.itemsize):
            if ranks not in self._sorters:
                self._sorters[ranks] = SortingNetwork(keys, ranks)
            return self._sorters[ranks].sort()
        windows = np.moveaxis(keys, 0, -1)
        if sorts_by_counting(keys.dtype, len(keys)):
            for index in np.ndindex(windows.shape[:-1]):
                sort_by_counting(windows[index])
        elif ranks is None or len(keys) <= MAX_SORTED_ELEMENTS:
            windows.sort(axis=-1)
        else:
            # NumPy sorts NaN to the end: the last rank says whether there is any.
            windows.partition(sorted({*ranks, len(keys) - 1}), axis=-1)
        if keys.dtype.kind == "f":
            np.copyto(windows, np.nan, where=np.isnan(windows[..., -1:]))
        return keys


class RankedKernel(NamedTuple):
    """A kernel that gathers the elements of windows as sort keys.

    Attributes
    ----------
    recipe : Recipe
    encode : callable
        Turns a block of elements into `SortKeys`.
    select : callable
        Takes an `OrderStatistics` (of `most_frequent`: a `GatheredWindows`) and the recipe.
        Returns one key of each window, or a value computed from its keys, of the windows' shape.
        It may overwrite the keys.
    is_most_frequent : bool
        Whether `select` returns the most frequent key. Windows of equal keys then need no
        gathering.
    """

    recipe: Recipe
    encode: Callable[[Array], SortKeys]
    select: Callable[[Any, Recipe], Array]
    is_most_frequent: bool = False
    gathers_windows: bool = True
    order_dependent: bool = False

    @property
    def element_bytes(self) -> int:
        recipe = self.recipe
        key_bytes = max(recipe.in_dtype.itemsize, 4 if recipe.pools_whole_pixels else 1)
        n_copies = 2 if recipe.ignored is None else 4
        return max(n_copies * key_bytes, MIN_WINDOW_BYTES // recipe.max_window_elements)

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        recipe = self.recipe
        elements = np.asarray(source[block.in_index])
        keys, highest, decode = self.encode(elements)
        windows, shape = plan.windows, plan.out_shape
        if recipe.pools_whole_pixels:
            windows, shape = windows[:-1], shape[:-1]
        counts = plan.element_counts(padded=False)
        if isinstance(counts, np.ndarray) and recipe.pools_whole_pixels:
            counts = counts[..., 0]
        has_footprint = recipe.footprint is not None
        if self.is_most_frequent and recipe.ignored is None and not has_footprint:
            if not keys.dtype == recipe.in_dtype == recipe.out_dtype or recipe.pools_whole_pixels:
                out = None  # keys are not the values
            selected = most_frequent_labels(
                keys, highest, windows, counts, plan, self._select_keys, out
            )
            if selected is not None:
                return self._result(decode(selected), counts, selected.shape)
        is_single = math.prod(shape) == 1 and not has_footprint
        if is_single and all(
            axis_block is None or axis_block.axis.dilation == 1 for axis_block in windows
        ):
            # Sorting must not change a view of the input.
            is_new = keys is not elements or elements.base is None
            keys = keys if is_new else keys.copy(order="K")
            gathered = self._single_window(elements, keys, highest)
        else:
            gathered = self._gather(elements, keys, highest, windows, counts, plan)
        values = decode(self.select(gathered, recipe))
        return self._result(values, gathered.counts, gathered.keys.shape[1:])

    def _select_keys(self, keys: Array, counts: Counts) -> Array:
        return self.select(GatheredWindows(keys, counts), self.recipe)

    def _result(self, values: Array, counts: Counts, shape: tuple[int, ...]) -> BlockResult:
        if isinstance(counts, int) and counts:
            return BlockResult(values)
        empty = np.broadcast_to(np.equal(counts, 0), shape)
        if self.recipe.pools_whole_pixels:
            empty = empty[..., None]
        return BlockResult(values, empty=empty)

    def _gather(
        self,
        block: Array,
        keys: Array,
        highest: Any,
        windows: Windows,
        counts: Counts,
        plan: BlockPlan,
    ) -> GatheredWindows:
        """Gather all windows of a block."""
        recipe = self.recipe
        if recipe.ignored is not None:
            valid = recipe.valid_mask(block)
            keys = np.where(valid, keys, np.asarray(highest, keys.dtype))
            counts = self._count_valid(valid, windows, plan)
            if counts.size and (counts == counts.flat[0]).all():
                counts = int(counts.flat[0])  # equal ranks for all windows are selected faster
        gathered = plan.keep("gather", lambda: self._plan_gather(keys, windows, highest)).gather(
            keys
        )
        if isinstance(counts, int):  # the same memory is sorted for every block
            return plan.keep(("sort", counts), lambda: GatheredWindows(gathered, counts))
        return GatheredWindows(gathered, counts)

    def _count_valid(self, valid: Array, windows: Windows, plan: BlockPlan) -> Array:
        """Return the number of elements of each window that are not ignored."""
        if self.recipe.footprint is not None:
            gatherer = plan.keep("gather_valid", lambda: self._plan_gather(valid, windows, False))
            counts: Array = gatherer.gather(valid).sum(axis=0, dtype=np.int64)
            return counts
        for dim, axis_block in enumerate(windows):
            if axis_block is not None:
                reducer = AxisReducer(dim, axis_block)
                valid = reducer.reduce(np.add, valid, 0, np.dtype(np.int64))
        return valid.astype(np.int64)

    def _plan_gather(
        self, keys: Array, windows: Windows, highest: Any
    ) -> Gatherer | FootprintGatherer:
        footprint = self.recipe.footprint
        if footprint is None:
            return plan_gather(keys, windows, highest)
        footprint = footprint.reshape(footprint.shape[: keys.ndim])  # whole pixels are one value
        n_elements = int(np.count_nonzero(footprint))
        elements_last = n_elements > max_network_elements(keys.itemsize)
        return FootprintGatherer(
            keys.shape, keys.dtype, windows, footprint, highest, elements_last=elements_last
        )

    def _single_window(self, block: Array, keys: Array, highest: Any) -> GatheredWindows:
        """Return the single window that is all of a block; it may be large, so it is not copied."""
        count = keys.size
        if self.recipe.ignored is not None:
            count = 0
            for index in split_along_longest_axis(keys):
                valid = self.recipe.valid_mask(block[index])
                np.copyto(keys[index], highest, where=~valid)
                count += int(np.count_nonzero(valid))
        # In memory order, which needs no copy.
        return GatheredWindows(keys.ravel(order="K").reshape(-1, *(1 for _ in keys.shape)), count)


def max_network_elements(key_bytes: int) -> int:
    """Return the largest number of keys of so many bytes that a sorting network sorts."""
    return MAX_NETWORK_ELEMENTS.get(key_bytes, 0)


def plan_gather(keys: Array, windows: Windows, highest: Any) -> Gatherer:
    """Return a gatherer of windows in the memory order in which they are sorted fastest.

    Parameters
    ----------
    keys : ndarray
        The keys of a block of the input; only shape and dtype are used.
    windows : sequence of AxisBlock or None
        The windows along each axis; None for an axis that is not reduced.
    highest : scalar
        The key of elements that a window lacks.
    """
    n_elements = math.prod(each.axis.max_elements for each in windows if each is not None)
    elements_last = n_elements > max_network_elements(keys.itemsize)
    return Gatherer(keys.shape, keys.dtype, windows, highest, elements_last=elements_last)
