"""Kernels of two parts: one for windows inside of the data, one for windows at its border.

Windows in the interior are complete; padding cuts off those at the border.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from poolcli.core.blocks import Ranges, ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.compute_block import compute_block
from poolcli.core.kernels.kernel_input_and_result import BlockResult
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.output_blocks import OutputBlock, one_block
from poolcli.core.recipe import Recipe

MIN_INTERIOR_WINDOWS = 1 << 12
"""Blocks of fewer complete windows are not split: parts would take more time than they save."""


def has_complete_windows(recipe: Recipe) -> bool:
    """Return whether no window has elements in the padding."""
    reduced = [axis for dim, axis in recipe.axes.items() if recipe.is_reduced(dim)]
    return all(axis.has_equal_counts(padded=False) for axis in reduced)


class InteriorAndBorderKernel(NamedTuple):
    """A kernel that computes complete windows with one kernel, and all others with another.

    Attributes
    ----------
    recipe : Recipe
    interior : Kernel
        Computes windows that have all their elements.
    border : Kernel
        Computes any windows.
    """

    recipe: Recipe
    interior: Kernel
    border: Kernel

    @property
    def element_bytes(self) -> int:
        return self.interior.element_bytes

    @property
    def gathers_windows(self) -> bool:
        return self.interior.gathers_windows

    @property
    def order_dependent(self) -> bool:
        return self.interior.order_dependent

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        recipe = self.recipe
        if out is None:
            out = np.empty(block.out_shape, recipe.out_dtype)
        for kernel, ranges in self._parts(block):
            part = one_block(recipe, ranges)
            key = kernel is self.interior, part.shape_key
            part_plan = plan.keep(key, partial(BlockPlan, recipe, part, plan.axis_order))
            values, _ = compute_block(recipe, kernel, source, part, part_plan)
            index = tuple(
                slice(low - start, high - start)
                for (low, high), (start, _) in zip(ranges, block.out_ranges, strict=True)
            )
            out[index] = values
        return BlockResult(out)

    def _parts(self, block: OutputBlock) -> Iterator[tuple[Kernel, Ranges]]:
        """Yield the parts of a block, as ranges of the output, and their kernels."""
        ranges = list(block.out_ranges)
        complete = list(ranges)
        for dim, windows in enumerate(block.windows):
            if windows is not None:
                start = ranges[dim][0]
                low, high = windows.complete_windows
                complete[dim] = start + low, start + high
        if math.prod(stop - start for start, stop in complete) < MIN_INTERIOR_WINDOWS:
            yield self.border, block.out_ranges
            return
        for dim, (low, high) in enumerate(complete):
            start, stop = ranges[dim]
            for part in ((start, low), (high, stop)):
                if part[0] < part[1]:
                    ranges[dim] = part
                    yield self.border, tuple(ranges)
            ranges[dim] = low, high
        yield self.interior, tuple(ranges)
