"""Ranked modes of windows that do not fit into memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import ReadableArray
from poolcli.core.casting import cast
from poolcli.core.dtypes import Array
from poolcli.core.float32_pooling import Float32View
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_input_and_result import BlockResult
from poolcli.core.kernels.out_of_core_keys import WindowKeyReader
from poolcli.core.kernels.out_of_core_selection import OutOfCoreWindows
from poolcli.core.kernels.ranked import RankedKernel
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.padded_source import PaddedSource
from poolcli.core.recipe import Recipe
from poolcli.core.reordered_view import AxisView
from poolcli.core.taps import Range

MAX_GATHERED_BYTES = 100_000_000
"""Larger windows of inputs that are not in memory are not gathered, but read block by block."""


def needs_out_of_core(recipe: Recipe, source: object) -> bool:
    """Return whether windows are too large to be gathered, and the input is not in memory.

    Parameters
    ----------
    recipe : Recipe
    source : array_like
        The whole input, or a view of it by the engine, whose attribute `array` is the input.
    """
    dtype = recipe.in_dtype
    is_supported = (
        dtype.kind in "biuf"
        and dtype.itemsize <= 8
        and not recipe.pools_whole_pixels
        and recipe.footprint is None
        and not (recipe.has_alpha and recipe.ignored)
    )
    array = source
    while isinstance(array, AxisView | PaddedSource | Float32View):
        array = array.array
    if not is_supported or isinstance(array, np.ndarray):
        return False
    # Windows that are adjacent in memory are read together.
    n_windows = 1
    for dim in reversed(blocks.memory_order(source, len(recipe.shape))):
        if recipe.is_reduced(dim):
            break
        n_windows *= recipe.shape[dim]
    n_windows = max(1, min(n_windows, blocks.MIN_CONTIGUOUS_BYTES // dtype.itemsize))
    return n_windows * recipe.max_window_elements * dtype.itemsize > MAX_GATHERED_BYTES


class OutOfCoreKernel(NamedTuple):
    """A ranked kernel of windows that are read block by block.

    Order statistics are found by radix selection in several passes: the elements are counted by
    their highest bits, then those in the bucket of the wanted rank by their next bits, until a
    bucket is small enough to be sorted. For most frequent values the elements are sorted in parts,
    and merged (see `out_of_core_most_frequent`).
    """

    ranked: RankedKernel
    element_bytes: int
    gathers_windows: bool = False
    order_dependent: bool = False

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        recipe = self.ranked.recipe
        shape, out_ranges = plan.out_shape, block.out_ranges
        values = np.empty(shape, recipe.out_dtype)
        counts = np.empty(shape, np.int64)
        # Windows that differ only in axes that are not reduced are selected from together.
        block_shape = [1 if recipe.is_reduced(dim) else size for dim, size in enumerate(shape)]
        for outs in blocks.split_into_blocks(out_ranges, block_shape, range(len(shape))):
            spans = [_input_span(recipe, dim, out_range) for dim, out_range in enumerate(outs)]
            reader = WindowKeyReader(recipe, source, spans, plan.axis_order)
            selected, n_elements = self._select(reader)
            target = tuple(
                slice(start - first, stop - first)
                for (start, stop), (first, _) in zip(outs, out_ranges, strict=True)
            )
            values[target] = cast(selected, recipe.out_dtype).reshape(values[target].shape)
            counts[target] = n_elements.reshape(values[target].shape)
        return BlockResult(values, empty=counts == 0)

    def _select(self, reader: WindowKeyReader) -> tuple[Array, Array]:
        """Return the value and the number of elements of each window."""
        if self.ranked.is_most_frequent:
            # Imported late, because temporary files load slowly.
            from poolcli.core.kernels.out_of_core_most_frequent import MostFrequentKeys

            search = MostFrequentKeys(reader)
            return search.find(), search.counts
        windows = OutOfCoreWindows(reader)
        selected = self.ranked.select(windows, self.ranked.recipe)
        if windows.has_nan.any():
            selected = np.where(windows.has_nan, np.nan, selected)
        return selected, windows.counts


def _input_span(recipe: Recipe, dim: int, out_range: Range) -> range:
    """Return the positions along an axis of one window, or of all windows if it is not reduced."""
    if not recipe.is_reduced(dim):
        return range(*out_range)
    axis, window = recipe.axes[dim], out_range[0]
    first, last = axis.first_position(window), min(axis.last_position(window), axis.size - 1)
    first += max(0, -(first // axis.dilation)) * axis.dilation
    return range(first, last + 1, axis.dilation)
