"""Values and indices of `max` and `min` in windows of few elements."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from poolcli.core.blocks import Ranges, ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_input_and_result import BlockResult, read_input
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisIndex, Windows, taps

MAX_WINDOW_ELEMENTS = 64
"""For larger windows, reducing values and indices together takes less work."""


def has_small_windows(recipe: Recipe) -> bool:
    """Return whether `ArgmaxKernel` serves a recipe: small windows of equal size, none ignored."""
    if recipe.footprint is not None:
        return False
    axes = recipe.axes.values()
    is_fixed = not any(axis.is_adaptive for axis in axes)
    size = math.prod(axis.kernel_size for axis in axes)
    return recipe.ignored is None and is_fixed and size <= MAX_WINDOW_ELEMENTS


class ArgmaxKernel(NamedTuple):
    """A kernel that computes the values first, and then which tap of its window each value is.

    It is fast because a tap's number fits into a byte: each tap takes one comparison and one
    maximum of bytes, and a table turns the numbers into flat indices at the end.
    """

    recipe: Recipe
    values: Kernel
    element_bytes: int
    gathers_windows: bool = False
    order_dependent: bool = False

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        recipe = self.recipe
        values = self.values.pool(source, block, plan, out).values
        elements = read_input(recipe, source, block.in_index)
        window_taps = list(self._taps(plan.windows))
        # Codes count down from the first tap, so that the maximum is the first of equal values.
        # Code 0 means that no tap is equal.
        n_taps = len(window_taps)
        codes = np.zeros(values.shape, np.uint8)
        for number, (outs, ins) in enumerate(window_taps):
            is_equal = (elements[ins] == values[outs]).view(np.uint8)
            np.maximum(codes[outs], is_equal * np.uint8(n_taps - number), out=codes[outs])
        if values.dtype.kind == "f" and np.isnan(values).any():
            last_nan = np.zeros_like(codes)
            for number, (outs, ins) in enumerate(window_taps):
                is_nan = np.isnan(elements[ins]).view(np.uint8)
                np.maximum(last_nan[outs], is_nan * np.uint8(number + 1), out=last_nan[outs])
            codes = np.where(last_nan, np.uint8(n_taps + 1) - last_nan, codes)
        return BlockResult(values, indices=self._indices(codes, block.out_ranges))

    def _taps(
        self, windows: Windows
    ) -> Iterator[tuple[tuple[AxisIndex, ...], tuple[AxisIndex, ...]]]:
        """Yield each tap: an index of the outputs that have it, and one of its elements."""
        along_axes: list[list[tuple[AxisIndex, AxisIndex]]] = [
            [(slice(None), slice(None))] if part is None else list(taps(part, skip_empty=False))
            for part in windows
        ]
        for tap in product(*along_axes):
            yield tuple(outs for outs, _ in tap), tuple(ins for _, ins in tap)

    def _indices(self, codes: Array, out_ranges: Ranges) -> Array:
        """Turn codes of taps into flat indices over the pooled axes, -1 for code 0."""
        recipe = self.recipe
        steps, step = {}, 1
        for dim in reversed(recipe.axes):
            steps[dim], step = step, step * recipe.shape[dim]
        tap_offsets = []
        starts: Array = np.zeros((), np.int64)
        for dim, axis in recipe.axes.items():
            first = axis.first_position(np.arange(*out_ranges[dim], dtype=np.int64)) * steps[dim]
            starts = starts + first.reshape([-1 if d == dim else 1 for d in range(codes.ndim)])
            n_taps = axis.kernel_size if recipe.is_reduced(dim) else 1
            tap_offsets.append([tap * axis.dilation * steps[dim] for tap in range(n_taps)])
        offsets = [sum(tap) for tap in product(*tap_offsets)]
        indices: Array = np.array([0, *reversed(offsets)])[codes]
        indices += starts
        if not codes.all():
            np.copyto(indices, -1, where=codes == 0)
        return indices
