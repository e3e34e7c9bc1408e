"""`range`: the largest value of each window less the smallest."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.casting import round_to_odd, two_sum
from poolcli.core.dtypes import Array, identity_element
from poolcli.core.ignored_values import replace_ignored
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.correct_integer_rounding import unit_roundoff
from poolcli.core.kernels.elements_to_exact_integers import ExactElements
from poolcli.core.kernels.kernel_input_and_result import BlockResult, ErrorBound, State
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.recipe import Recipe


def range_kernel(recipe: Recipe) -> SeparableKernel:
    """Return the kernel of a recipe for `range`."""
    lowest = identity_element(np.maximum, recipe.in_dtype)
    highest = identity_element(np.minimum, recipe.in_dtype)
    itemsize = max(recipe.in_dtype.itemsize, 4 if recipe.in_dtype == np.float16 else 1)
    return SeparableKernel(recipe, MaxAndMin(recipe, lowest, highest), 2 * itemsize)


class MaxAndMin(NamedTuple):
    """Steps of `range`.

    The state is the largest and the smallest element. In a window without elements the largest is
    the lowest value of the dtype, and the smallest the highest one: only there it is larger.
    """

    recipe: Recipe
    lowest: Any
    highest: Any

    @property
    def is_idempotent(self) -> bool:
        return True

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        if block.dtype == np.float16:
            block = block.astype(np.float32)  # compared by vector instructions
        if self.recipe.ignored is None:
            return block, block
        valid = self.recipe.valid_mask(block)
        identities = (block.dtype.type(each) for each in (self.lowest, self.highest))
        largest, smallest = (replace_ignored(block, valid, each) for each in identities)
        return largest, smallest

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        largest, smallest = state
        return (
            reducer.reduce(np.maximum, largest, self.lowest, largest.dtype, 0),
            reducer.reduce(np.minimum, smallest, self.highest, smallest.dtype, 1),
        )

    def merge(self, state: State, other: State) -> State:
        return np.maximum(state[0], other[0]), np.minimum(state[1], other[1])

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        largest, smallest = state
        counts = plan.element_counts(padded=False)
        may_be_empty = self.recipe.ignored is not None or np.min(counts, initial=1) == 0
        empty = largest < smallest if may_be_empty else None
        if largest.dtype.kind == "b":
            return BlockResult(np.not_equal(largest, smallest), empty=empty)
        if largest.dtype.kind in "iu":
            # The difference fits into an unsigned integer, where the subtraction wraps to it.
            unsigned = np.dtype(f"u{largest.itemsize}")
            target = out if out is not None and out.dtype == unsigned else None
            values = np.subtract(largest.view(unsigned), smallest.view(unsigned), out=target)
            return BlockResult(values, empty=empty)
        values = _float_difference(largest, smallest, self.recipe)
        bound = None
        if self.recipe.out_dtype.kind in "iu":
            bound = ErrorBound(range_at_least_half_of, relative=4 * unit_roundoff(values.dtype))
        return BlockResult(values, empty=empty, error_bound=bound)


def _float_difference(largest: Array, smallest: Array, recipe: Recipe) -> Array:
    """Return the differences of floats; those for a narrower float type are rounded to odd."""
    if recipe.in_dtype == recipe.out_dtype:
        return largest - smallest
    dtype = np.result_type(largest, np.float64)
    largest, smallest = largest.astype(dtype), smallest.astype(dtype)
    values = largest - smallest
    if dtype == np.float64 and recipe.out_dtype.name in ("float16", "float32"):
        _, errors = two_sum(largest, -smallest)
        values = np.where(np.isfinite(values), round_to_odd(values, errors), values)
    return values


def range_at_least_half_of(elements: ExactElements, odd: Array) -> Array:
    """Return whether the ranges of windows are at least half of odd integers.

    Parameters
    ----------
    elements : ExactElements
        The elements of ``n`` windows.
    odd : ndarray of int
        Of length ``n``.

    Returns
    -------
    ndarray of bool
        Of length ``n``.
    """
    values, valid = elements.values, elements.valid
    # The extremes of all elements, where one does not count, change neither of the results.
    largest = np.where(valid, values, values.min(axis=0)).max(axis=0)
    smallest = np.where(valid, values, values.max(axis=0)).min(axis=0)
    reached: Array = 2 * (largest - smallest) >= odd * (1 << elements.shift)
    return reached
