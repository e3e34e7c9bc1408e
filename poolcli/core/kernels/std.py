"""`std`: the population standard deviation, without differences of large rounded squares."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.casting import two_sum
from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.correct_integer_rounding import max_roundings, unit_roundoff
from poolcli.core.kernels.elements_to_exact_integers import ExactElements
from poolcli.core.kernels.kernel_input_and_result import (
    BlockResult,
    ErrorBound,
    State,
    valid_values,
)
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.kernels.lp_gem_error_bounds import working_dtype
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.kernels.std_narrow_floats import (
    SUM_DTYPES,
    FloatMoments,
    NarrowFloatStdKernel,
    has_narrow_floats,
)
from poolcli.core.kernels.sum_steps import SumSteps
from poolcli.core.recipe import Recipe

MIN_RELIABLE_STD = 2.0**-480
"""The square of a smaller deviation underflows, or loses digits."""

SCALE_BITS, LARGE_MAGNITUDE = 40, 2.0**900
"""Fallback steps scale elements up by ``2**SCALE_BITS``, and down above `LARGE_MAGNITUDE`."""


def std_kernel(recipe: Recipe) -> Kernel:
    """Return the kernel of a recipe for `std`."""
    dtype = working_dtype(recipe.in_dtype)
    if recipe.in_dtype.kind in "biu":
        if recipe.in_dtype.itemsize == 8:
            # Where longdouble is wider than float64, it holds all 64-bit integers.
            dtype = np.dtype(np.longdouble)
        if _largest_square(recipe) < 1 << 63:
            return SeparableKernel(recipe, ExactMoments(recipe, (np.dtype(np.int64),) * 3), 16)
    is_widest = dtype == recipe.in_dtype
    fallback = ScaledSquaredDeviations(recipe, dtype) if is_widest else None
    steps = SquaredDeviations(recipe, dtype)
    kernel = SeparableKernel(recipe, steps, 4 * dtype.itemsize, fallback, order_dependent=True)
    if not has_narrow_floats(recipe):
        return kernel
    element_bytes = 16 if recipe.ignored is None else 24  # both float64, and the number
    moments = SeparableKernel(recipe, FloatMoments(recipe, SUM_DTYPES), element_bytes)
    return NarrowFloatStdKernel(moments, kernel)


def _largest_square(recipe: Recipe) -> int:
    """Return an upper bound of a window's sum of squares times its number of elements."""
    largest = max(map(abs, integer_bounds(recipe.in_dtype)))
    return (largest * recipe.max_window_elements) ** 2


def std_at_least_half_of(elements: ExactElements, odd: Array) -> Array:
    """Return whether windows' standard deviations are at least half of odd integers.

    ``std >= odd / 2`` is equivalent to ``4 * (n * sum(x**2) - sum(x)**2) >= (odd * n)**2``, which
    is exact in integers.

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
    counts, values = elements.counts, elements.values
    total, squares = values.sum(axis=0), (values * values).sum(axis=0)
    variance = 4 * (counts * squares - total * total)
    reached: Array = variance >= (odd * counts) ** 2 * (1 << 2 * elements.shift)
    return reached | (odd < 0)


class ExactMoments(SumSteps):
    """Steps for integers whose sums of squares fit into 64 bits.

    ``n * sum(x**2) - sum(x)**2`` is then exact.

    The state is the sum, the sum of squares and, if values are ignored, the number of valid
    elements (all int64 once an axis is reduced).
    """

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        values, *valid = valid_values(self.recipe, block, block.astype(np.int64))
        return values, values * values, *valid

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        total, squares = state[:2]
        recipe = self.recipe
        counts, empty = plan.counts_and_empty(state[2:])
        scaled_variance = counts * squares - total * total
        values = np.sqrt(scaled_variance) / np.maximum(counts, 1)
        # Below 2**50 the square root of an integer that is no square is never rounded to a half.
        bound = None
        if recipe.out_dtype.kind in "iu" and _largest_square(recipe) >= 1 << 50:
            relative = 4 * unit_roundoff(np.dtype(np.float64))
            bound = ErrorBound(std_at_least_half_of, degree=2, relative=relative)
        return BlockResult(values, empty=empty, error_bound=bound)


class SquaredDeviations(NamedTuple):
    """Steps that merge means and sums of squared deviations from them, pair by pair.

    Source: T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances", 1979.

    The state is four arrays of `dtype`: the number of valid elements, their mean, the rounding
    error of the mean (the exact mean is close to the sum of both), and the sum of squared
    deviations.
    """

    recipe: Recipe
    dtype: DType

    @property
    def is_idempotent(self) -> bool:
        return False

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        values = block.astype(self.dtype)
        counts = np.ones(block.shape, self.dtype)
        if self.recipe.ignored is not None:
            counts[...] = self.recipe.valid_mask(block)
            np.copyto(values, 0, where=counts == 0)
        zeros = np.broadcast_to(self.dtype.type(0), block.shape)
        return counts, values, zeros, zeros

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        return reducer.reduce_state(state, (0, 0, 0, 0), self.merge)

    def merge(self, state: State, other: State) -> State:
        return _merge_deviations(state, other, _add_squares)

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        counts, mean, _, squares = state
        values = np.sqrt(squares / np.maximum(counts, 1))
        np.copyto(values, np.nan, where=~np.isfinite(mean))
        return BlockResult(
            values,
            empty=counts == 0,
            unreliable=~(values > MIN_RELIABLE_STD) | ~np.isfinite(values),
            error_bound=_error_bound(self.recipe, values, mean),
        )


class ScaledSquaredDeviations(SquaredDeviations):
    """Fallback steps on scaled elements, which neither overflow nor underflow.

    The state is that of `SquaredDeviations` with the square root of the sum of squares, and the
    exponent (int) of each window's scale.
    """

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        counts, values, zeros, _ = super().lift(block, in_ranges)
        exponent = np.where(np.abs(values) > LARGE_MAGNITUDE, -SCALE_BITS, SCALE_BITS)
        return counts, np.ldexp(values, exponent), zeros, zeros, exponent

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        return reducer.reduce_state(state, (0, 0, 0, 0, SCALE_BITS), self.merge)

    def merge(self, state: State, other: State) -> State:
        exponent = np.minimum(state[-1], other[-1])
        one, two = (_rescaled(each[:-1], exponent - each[-1]) for each in (state, other))
        return *_merge_deviations(one, two, _add_roots), exponent

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        counts, mean, _, root, exponent = state
        values = np.ldexp(root / np.sqrt(np.maximum(counts, 1)), -exponent)
        np.copyto(values, np.nan, where=~np.isfinite(mean))
        bound = _error_bound(self.recipe, values, np.ldexp(mean, -exponent))
        return BlockResult(values, error_bound=bound)


def _merge_deviations(
    state: State, other: State, combine: Callable[[Array, Array, Array, Array], Array]
) -> State:
    """Merge two states; `combine` merges their last arrays."""
    counts, mean, error, spread = state
    other_counts, other_mean, other_error, other_spread = other
    total = counts + other_counts
    share = other_counts / np.maximum(total, 1)
    distance, error_distance = other_mean - mean, other_error - error
    mean, lost = two_sum(mean, distance * share)
    spread = combine(spread, other_spread, distance + error_distance, counts * share)
    return total, mean, error + error_distance * share + lost, spread


def _add_squares(squares: Array, other: Array, distance: Array, weight: Array) -> Array:
    """Add sums of squared deviations and the squared distance of the means, times its weight."""
    total: Array = squares + other + distance * distance * weight
    return total


def _add_roots(root: Array, other: Array, distance: Array, weight: Array) -> Array:
    """Do the same as `_add_squares` for square roots of sums."""
    total: Array = np.hypot(np.hypot(root, other), np.abs(distance) * np.sqrt(weight))
    return total


def _rescaled(state: State, shift: Array) -> State:
    """Return a state without its exponents, scaled by ``2**shift``."""
    counts, *others = state
    return (counts, *(np.ldexp(array, shift) for array in others)) if shift.any() else state


def _error_bound(recipe: Recipe, values: Array, mean: Array) -> ErrorBound | None:
    """Return the error bound of standard deviations, if the result has an integer dtype.

    Each rounding adds a relative error of a few unit roundoffs. The mean is a sum of two floats,
    so that its error is of the order of the squared roundoff.
    """
    if recipe.out_dtype.kind not in "iu":
        return None
    roundoff = unit_roundoff(values.dtype)
    relative = 64 * (max_roundings(recipe) + 16) * roundoff
    absolute = relative * roundoff * (np.abs(mean) + 1)
    return ErrorBound(std_at_least_half_of, 2, relative, absolute=absolute)
