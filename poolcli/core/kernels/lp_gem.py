"""`lp`, `gem` and `rms`: the root of the sum or mean of powers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels import lp_gem_error_bounds as precision
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_input_and_result import BlockResult, State, valid_values
from poolcli.core.kernels.max_min import MaxMin
from poolcli.core.kernels.powers_and_roots import magnitude, power, root
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.kernels.sum_steps import SumSteps
from poolcli.core.recipe import Recipe


def lp_kernel(recipe: Recipe) -> SeparableKernel:
    """Return the kernel of a recipe for `lp`: ``sum(abs(x)**p) ** (1/p)``."""
    return power_kernel(recipe, precision.LP)


def gem_kernel(recipe: Recipe) -> SeparableKernel:
    """Return the kernel of a recipe for `gem`: ``mean(max(x, 1e-6)**p) ** (1/p)``."""
    return power_kernel(recipe, precision.GEM)


def power_kernel(recipe: Recipe, formula: precision.PowerFormula) -> SeparableKernel:
    """Return the kernel of a recipe for a root of a sum or mean of powers."""
    dtype = precision.working_dtype(recipe.in_dtype)
    if math.isinf(recipe.norm_type):
        if recipe.in_dtype.kind in "iu" and recipe.in_dtype.itemsize == 8:
            # Where longdouble is wider than float64, it holds all 64-bit integers.
            dtype = np.dtype(np.longdouble)
        ufunc, identity = (np.maximum, 0) if recipe.norm_type > 0 else (np.minimum, math.inf)
        steps = InfiniteNorm(recipe, ufunc, identity, dtype=dtype, formula=formula)
        return SeparableKernel(recipe, steps, dtype.itemsize)
    element_bytes, dtypes = 2 * dtype.itemsize, (dtype, np.dtype(np.int64))
    if formula.mean and abs(recipe.norm_type) < precision.MIN_EXPONENT:
        logarithmic = LogarithmicMean(recipe, dtypes, formula)
        return SeparableKernel(recipe, logarithmic, element_bytes, order_dependent=True)
    is_safe = precision.cannot_overflow(recipe, formula)
    fallback = None if is_safe else ScaledPowerSum(recipe, dtypes, formula)
    power_sum = PowerSum(recipe, dtypes, formula)
    return SeparableKernel(recipe, power_sum, element_bytes, fallback, order_dependent=True)


@dataclass(frozen=True, slots=True)
class PowerSum(SumSteps):
    """Steps that evaluate the formula as it is written.

    The state is the sum of powers and, if values are ignored, the number of valid elements.
    Sums that may have overflowed or lost elements to underflow are unreliable.

    Attributes
    ----------
    dtypes : tuple of dtype
        The float dtype to work in, and that of counts.
    formula : PowerFormula
    """

    formula: precision.PowerFormula

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        magnitudes = magnitude(block, self.dtypes[0], self.formula.clamps)
        powers = power(magnitudes, self.recipe.norm_type)
        return valid_values(self.recipe, block, powers)

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        total = state[0]
        counts, empty = plan.counts_and_empty(state[1:])
        low, high = precision.SAFE_SUMS
        radicand = total / np.maximum(counts, 1) if self.formula.mean else total
        values = root(radicand, self.recipe.norm_type)
        # The sum of an empty window of `lp` is 0, unless all its elements are ignored.
        has_no_value = self.formula.mean or self.recipe.ignored is not None
        return BlockResult(
            values,
            empty=empty if has_no_value else None,
            unreliable=~((total > low) & (total < high)),
            error_bound=precision.error_bound(self.recipe, self.dtypes[0], self.formula),
        )


class LogarithmicMean(PowerSum):
    """Steps of `gem` with an exponent close to 0.

    All powers are then close to 1, and their mean would lose digits. The steps sum ``x**p - 1``
    with `numpy.expm1` and take the root with `numpy.log1p`, which keep them.
    """

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        logarithms = np.log(magnitude(block, self.dtypes[0], self.formula.clamps))
        powers = np.expm1(self.recipe.norm_type * logarithms)
        return valid_values(self.recipe, block, powers)

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        counts, empty = plan.counts_and_empty(state[1:])
        values = np.exp(np.log1p(state[0] / np.maximum(counts, 1)) / self.recipe.norm_type)
        bound = precision.error_bound(self.recipe, self.dtypes[0], self.formula)
        return BlockResult(values, empty=empty, error_bound=bound)


class ScaledPowerSum(PowerSum):
    """Fallback steps that divide each element by the largest of its window.

    Powers of such ratios neither overflow nor lose significant elements to underflow. With negative
    exponents the smallest element takes the place of the largest.

    The state is that scale, the sum of the powers of all ratios to it, and the number of valid
    elements (int64).
    """

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        scale = magnitude(block, self.dtypes[0], self.formula.clamps)
        valid = self.recipe.valid_mask(block)
        np.copyto(scale, self._identity, where=~valid)
        return scale, valid.astype(self.dtypes[0]), valid.astype(np.int64)

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        return reducer.reduce_state(state, (self._identity, 0, 0), self.merge)

    def merge(self, state: State, other: State) -> State:
        (scale, total, counts), (other_scale, other_total, other_counts) = state, other
        ufunc = np.maximum if self.recipe.norm_type > 0 else np.minimum
        merged = ufunc(scale, other_scale)
        total = total * self._factor(scale, merged)
        total = total + other_total * self._factor(other_scale, merged)
        return merged, total, counts + other_counts

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        scale, total, counts = state
        norm = self.recipe.norm_type
        radicand = total / np.maximum(counts, 1) if self.formula.mean else total
        values = scale * root(radicand, norm)
        # With tiny exponents the root alone may overflow.
        overflowed = ~np.isfinite(values) & np.isfinite(scale) & (scale > 0)
        if overflowed.any():
            by_logarithms = np.exp2(np.log2(scale) + np.log2(radicand) / norm)
            values = np.where(overflowed, by_logarithms, values)
        return BlockResult(np.where(scale == 0, scale, values))

    @property
    def _identity(self) -> float:
        return 0.0 if self.recipe.norm_type > 0 else math.inf

    def _factor(self, scale: Array, merged: Array) -> Array:
        """Return what a sum of powers is multiplied by when its scale changes."""
        ratio = np.where(scale == merged, 1, scale / merged)
        return power(ratio, self.recipe.norm_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class InfiniteNorm(MaxMin):
    """Steps for infinite exponents: the largest magnitude, or for `gem` and -inf the smallest.

    Attributes
    ----------
    dtype : dtype
        The float dtype to work in.
    formula : PowerFormula
    """

    dtype: DType
    formula: precision.PowerFormula

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        if self.formula.mean or block.dtype.kind not in "iu":
            values = magnitude(block, self.dtype, self.formula.clamps)
        else:
            # abs() of the lowest signed integer overflows to itself; as unsigned it is right.
            values = np.abs(block).view(f"u{block.dtype.itemsize}")
        return valid_values(self.recipe, block, values, self.identity)

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        _, empty = plan.counts_and_empty(state[1:])
        return BlockResult(state[0], empty=empty if self.formula.mean or len(state) > 1 else None)
