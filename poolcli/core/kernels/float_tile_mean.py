"""Means of float32 in windows that lie side by side."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.blocks import ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.kernels import mean_division_and_alpha
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.complete_windows import plan_complete_windows
from poolcli.core.kernels.kernel_input_and_result import BlockResult, read_input
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.kernels.pairwise_order import GROUP_ELEMENTS
from poolcli.core.kernels.sliding_windows import Reduce
from poolcli.core.kernels.sum_by_matmul import (
    can_multiply_columns,
    plan_column_products,
    plan_row_products,
    reports_overflow,
    row_product_width,
)
from poolcli.core.kernels.windows_of_rows import is_tiled
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe

MIN_BLOCK_BYTES = 1 << 20
"""Smaller blocks are left to the general kernel: the trials of a product take about 0.4 ms."""

NEGATIVE_ZERO = np.iinfo(np.int32).min
"""The bits of a negative zero, as an integer."""


def has_float_tiles(recipe: Recipe) -> bool:
    """Return whether `FloatTileMean` serves a recipe: complete tiles of the last two axes."""
    rank = len(recipe.shape)
    reduced = [dim for dim in recipe.axes if recipe.is_reduced(dim)]
    return (
        recipe.in_dtype == recipe.out_dtype == np.float32
        and recipe.ignored is None
        and recipe.footprint is None
        and _knows_overflow()
        and reduced == [rank - 2, rank - 1]
        and all(_is_complete_tiling(recipe.axes[dim]) for dim in reduced)
    )


@cache
def _knows_overflow() -> bool:
    """Return whether NumPy reports overflows, which it does not in WebAssembly."""
    large = np.full(1000, 3e38, np.float32)
    return reports_overflow(lambda: np.add(large, large))


def _is_complete_tiling(axis: Axis) -> bool:
    is_inside = axis.pad_before == 0 and axis.last_position(axis.out_size - 1) < axis.size
    is_group = is_tiled(axis) and axis.kernel_size <= GROUP_ELEMENTS
    return is_group and is_inside and not axis.is_adaptive


class FloatTileMean(NamedTuple):
    """A kernel that adds rows, and then columns, in the order of the general kernel.

    It is fast because sums of three and more rows, and of three columns, are products with ones,
    and because few Python instructions lie between NumPy calls, so that threads rarely wait for
    each other.

    Attributes
    ----------
    recipe : Recipe
    general : Kernel
        Serves small blocks, blocks of another memory layout, and those in which a sum overflows,
        or a mean may be a negative zero, which products make positive.
    """

    recipe: Recipe
    general: Kernel
    element_bytes: int = 4
    gathers_windows: bool = False
    order_dependent: bool = True

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        elements = read_input(self.recipe, source, block.in_index)
        is_row = elements.strides[-1] == elements.itemsize
        if out is None or not is_row or elements.nbytes < MIN_BLOCK_BYTES:
            return self.general.pool(source, block, plan, out)
        tiles = plan.keep(
            ("tiles", elements.strides), lambda: _plan_tiles(self.recipe, elements, out)
        )
        is_exact = not reports_overflow(lambda: tiles.add(elements, out))
        mean_division_and_alpha.divide_floats(out, mean_division_and_alpha.divisors(plan), out)
        if is_exact and tiles.has_products and out.view(np.uint32).min() == 0:
            is_exact = elements.view(np.int32).min() != NEGATIVE_ZERO
        return BlockResult(out) if is_exact else self.general.pool(source, block, plan, out)


class _Tiles(NamedTuple):
    """The sums of blocks of one memory layout, and memory for those of the rows."""

    add_rows: Reduce
    add_columns: Reduce
    sums: Array
    has_products: bool

    def add(self, elements: Array, out: Array) -> None:
        """Write the sums of the tiles of a block to `out`."""
        self.add_rows(elements, self.sums)
        self.add_columns(self.sums, out)


def _plan_tiles(recipe: Recipe, elements: Array, out: Array) -> _Tiles:
    """Plan the sums of the rows and of the columns."""
    rank, width = elements.ndim, elements.shape[-1]
    rows, columns = recipe.axes[rank - 2], recipe.axes[rank - 1]
    sums = np.empty((*out.shape[:-1], width), elements.dtype)
    n_multiplied = row_product_width(rows.kernel_size, width)
    multiplies_columns = can_multiply_columns(out.shape[-1], columns.kernel_size)
    if n_multiplied:
        add_rows = plan_row_products(rows.kernel_size, n_multiplied)
    else:
        add_rows = plan_complete_windows(np.add, elements, rank - 2, rows, 0, sums)
    if multiplies_columns:
        add_columns = plan_column_products(columns.kernel_size)
    else:
        add_columns = plan_complete_windows(np.add, sums, rank - 1, columns, 0, out)
    return _Tiles(add_rows, add_columns, sums, n_multiplied > 0 or multiplies_columns)
