"""Kernels of two parts: one for complete windows, one for windows that padding cuts off."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from poolcli.core.blocks import Ranges, ReadableArray
from poolcli.core.casting import cast
from poolcli.core.dtypes import Array
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_base import BlockResult
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.output_blocks import OutputBlock, one_block
from poolcli.core.recipe import Recipe

MIN_COMPLETE_WINDOWS = 1 << 12
"""Blocks of fewer complete windows are not split: parts would take more time than they save."""


class CompleteWindowsKernel(NamedTuple):
    """A kernel that computes complete windows with one kernel, and the others with another.

    Attributes
    ----------
    recipe : Recipe
    complete : Kernel
        Computes windows that have all their elements.
    incomplete : Kernel
        Computes any windows.
    """

    recipe: Recipe
    complete: Kernel
    incomplete: Kernel

    @property
    def element_bytes(self) -> int:
        return self.complete.element_bytes

    @property
    def gathers_windows(self) -> bool:
        return self.complete.gathers_windows

    @property
    def order_dependent(self) -> bool:
        return self.complete.order_dependent

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        recipe = self.recipe
        if out is None:
            out = np.empty(block.out_shape, recipe.out_dtype)
        for number, (kernel, ranges) in enumerate(self._parts(block)):
            part = one_block(recipe, ranges)
            part_plan = plan.keep(number, partial(BlockPlan, recipe, part, plan.axis_order))
            result = kernel.pool(source, part, part_plan)
            values = cast(result.values, recipe.out_dtype)
            if result.empty is not None:
                values = np.where(result.empty, recipe.empty_value, values)
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
        if math.prod(stop - start for start, stop in complete) < MIN_COMPLETE_WINDOWS:
            yield self.incomplete, block.out_ranges
            return
        for dim, (low, high) in enumerate(complete):
            start, stop = ranges[dim]
            for part in ((start, low), (high, stop)):
                if part[0] < part[1]:
                    ranges[dim] = part
                    yield self.incomplete, tuple(ranges)
            ranges[dim] = low, high
        yield self.complete, tuple(ranges)
