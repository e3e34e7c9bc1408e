"""`rms`: the root mean square."""

from __future__ import annotations

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array, integer_bounds
from poolcli.core.kernels import lp_gem_error_bounds as precision
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_input_and_result import BlockResult, State, valid_values
from poolcli.core.kernels.lp_gem import power_kernel
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.kernels.sum_mean import sum_dtype
from poolcli.core.kernels.sum_steps import SumSteps
from poolcli.core.recipe import Recipe

MAX_EXACT_SUM = 1 << 53
"""Sums of squares up to this are exact in float64."""


def rms_kernel(recipe: Recipe) -> SeparableKernel:
    """Return the kernel of a recipe for `rms`: ``mean(x**2) ** (1/2)``, as GDAL's ``-r rms``.

    Squares of small integers are summed exactly; all others are powers with the exponent 2.
    """
    if recipe.in_dtype.kind in "biu":
        largest = max(map(abs, integer_bounds(recipe.in_dtype))) ** 2
        n_elements = max(recipe.max_window_elements, 1)
        if largest * n_elements <= MAX_EXACT_SUM:
            dtype = sum_dtype(np.dtype(np.uint16), n_elements, largest)
            counts = sum_dtype(np.dtype(np.bool_), n_elements)
            return SeparableKernel(recipe, IntegerSquares(recipe, (dtype, counts)), 8)
    return power_kernel(recipe, precision.RMS)


class IntegerSquares(SumSteps):
    """Steps for integers whose sums of squares are exact.

    The state is the sum of the squares and, if values are ignored, the number of valid elements.
    """

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        # abs() of the lowest signed integer overflows to itself; as unsigned it is right.
        magnitudes = np.abs(block).view(f"u{block.itemsize}")
        squares = np.square(magnitudes, dtype=f"u{2 * block.itemsize}")
        return valid_values(self.recipe, block, squares)

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        counts, empty = plan.counts_and_empty(state[1:])
        values = np.sqrt(np.divide(state[0], np.maximum(counts, 1), dtype=np.float64))
        bound = precision.error_bound(self.recipe, values.dtype, precision.RMS)
        return BlockResult(values, empty=empty, error_bound=bound)
