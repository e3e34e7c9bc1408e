"""`blur` in floats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array, DType
from poolcli.core.ignored_values import replace_ignored
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.binomial_sums_by_pairs import binomial_sums
from poolcli.core.kernels.binomial_weight_sums import broadcast_weight_sums
from poolcli.core.kernels.binomial_weights import (
    MAX_SHIFT,
    MAX_TABLE_ELEMENTS,
    float_weights,
    integer_weights,
    scaled_weights,
)
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.blur_rounding import MAX_ELEMENTS, blur_at_least_half_of
from poolcli.core.kernels.correct_integer_rounding import max_roundings, unit_roundoff
from poolcli.core.kernels.kernel_input_and_result import BlockResult, ErrorBound, State
from poolcli.core.kernels.mean_division_and_alpha import divide_floats, scale_floats
from poolcli.core.kernels.reduce_with_weights import reduce_array_with_weights, reduce_with_weights
from poolcli.core.recipe import Recipe

MIN_RELIABLE_WEIGHT = 2.0**-60
"""If the weights of a window sum to less, they or their products may have lost digits."""

MAX_REDUCED_ELEMENTS = 900
"""Windows whose axes have more elements in total may have weights that are 0 in float64, whose
products with infinities are NaN."""

NO_EXPONENT = -(1 << 40)
"""The exponent of 0 in `ScaledBlur`."""


def split_complex(block: Array) -> State:
    """Return the real and the imaginary parts of complex numbers, or real numbers themselves."""
    return (block.real, block.imag) if block.dtype.kind == "c" else (block,)


def join_complex(values: Sequence[Array]) -> Array:
    """Return the numbers that `split_complex` has taken apart."""
    if len(values) == 1:
        return values[0]
    out: Array = np.empty(values[0].shape, np.result_type(values[0], np.complex64))
    out.real, out.imag = values
    return out


@dataclass(frozen=True, slots=True)
class BlurOfFloats:
    """Steps that sum floats times weights.

    The state is the sum (of complex numbers that of the real and that of the imaginary parts) and,
    if values are ignored, the sum of the weights of valid elements.

    Attributes
    ----------
    recipe : Recipe
    dtype : dtype
        The float dtype to work in.
    has_small_windows : bool
        Whether weights are binomial coefficients, in windows of up to
        `binomial_sums_by_pairs.MAX_KERNEL_SIZE` elements along each axis. Otherwise weights sum to
        1/2 along each axis, so that sums cannot overflow.
    scale : float
        Elements are multiplied by it before, and values divided by it after.
    """

    recipe: Recipe
    dtype: DType
    has_small_windows: bool
    scale: float = 1.0
    is_idempotent: ClassVar[bool] = False

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        weights: State = ()
        if self.recipe.ignored is not None:
            valid = self.recipe.valid_mask(block)
            block = replace_ignored(block, valid, block.dtype.type(0))
            weights = (valid.view(np.uint8),)
        values = split_complex(block)
        if self.scale != 1:
            values = tuple(scale_floats(each, self.scale) for each in values)
        return *values, *weights

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        return tuple(self._reduce(array, reducer) for array in state)

    def _reduce(self, array: Array, reducer: AxisReducer) -> Array:
        dim, windows, dtype = reducer.dim, reducer.axis_block, self.dtype
        if self.has_small_windows or windows.axis.kernel_size == 1:
            return binomial_sums(array, dim, windows, dtype)
        return reduce_array_with_weights(array, dim, windows, self, dtype)

    def weigh(
        self,
        state: State,
        kernel: int,
        start: int,
        stop: int,
        shape: tuple[int, ...],
        out: Array | None = None,
    ) -> State:
        if self.has_small_windows:
            weights = np.array(integer_weights(kernel)[start:stop], self.dtype)
        else:
            weights = float_weights(kernel, start, stop, self.dtype)
        return tuple(np.multiply(array, weights.reshape(shape), out=out) for array in state)

    def merge(self, state: State, other: State) -> State:
        return tuple(np.add(a, b) for a, b in zip(state, other, strict=True))

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        recipe = self.recipe
        sums: Sequence[Array] = state
        if recipe.ignored is None:
            dtype = np.dtype(np.int64) if self.has_small_windows else self.dtype
            weights = plan.keep(("weights", dtype), lambda: broadcast_weight_sums(plan, dtype))
        else:
            *sums, weights = state
        empty = None if isinstance(weights, int) else weights == 0
        divisors = weights if isinstance(weights, int) else np.where(weights == 0, 1, weights)
        values = self._values(sums, divisors, out)
        bound = error_bound(recipe, self.dtype, plan)
        unreliable = self._unreliable(values, weights)
        return BlockResult(values, empty=empty, unreliable=unreliable, error_bound=bound)

    def _values(self, sums: Sequence[Array], weights: int | Array, out: Array | None) -> Array:
        """Return the sums divided by the weights."""
        recipe, dtype = self.recipe, self.dtype
        if recipe.out_dtype.kind in "fc":
            real = recipe.out_dtype.type(0).real.dtype
            dtype = np.result_type(dtype, real)
        means = []
        for total in sums:
            total = total.astype(dtype, copy=False)
            mean = divide_floats(total, weights, out if len(sums) == 1 else None)
            if self.scale != 1 or not self.has_small_windows:
                # Rounding carries no finite mean past the largest number.
                largest = np.finfo(mean.dtype).max * mean.dtype.type(self.scale)
                mean = np.where(np.isfinite(total), mean.clip(-largest, largest), mean)
            means.append(mean if self.scale == 1 else scale_floats(mean, 1 / self.scale))
        return join_complex(means)

    def _unreliable(self, values: Array, weights: int | Array) -> Array | None:
        """Return the mask of values that must be computed again."""
        axes = self.recipe.axes.values()
        if self.has_small_windows or sum(axis.kernel_size for axis in axes) > MAX_REDUCED_ELEMENTS:
            # A sum is finite only if all its elements are; it is faster than a test of each.
            is_finite = np.isfinite(np.einsum("i->", values.reshape(-1)))
            unreliable = np.zeros(values.shape, np.bool_) if is_finite else ~np.isfinite(values)
        else:
            is_finite, unreliable = True, np.zeros((), np.bool_)
        if not self.has_small_windows:
            unreliable = unreliable | (weights < MIN_RELIABLE_WEIGHT)
            return np.broadcast_to(unreliable, values.shape) if unreliable.any() else None
        return None if is_finite else unreliable


def error_bound(recipe: Recipe, dtype: DType, plan: BlockPlan) -> ErrorBound | None:
    """Return the error bound of weighted means, if the result has an integer dtype and needs one.

    Each rounding of a sum of products, all with positive weights, adds a relative error of the
    largest magnitude of at most the unit roundoff.
    """
    if recipe.out_dtype.kind not in "iu" or recipe.in_dtype.kind == "c":
        return None
    sizes = [axis.kernel_size for axis in recipe.axes.values()]
    if recipe.max_window_elements > MAX_ELEMENTS or max(sizes) > MAX_TABLE_ELEMENTS:
        return None
    n_roundings = 2 * max_roundings(recipe) + 4 * len(sizes) + 16
    test = partial(blur_at_least_half_of, windows=plan.windows, out_shape=plan.out_shape)
    return ErrorBound(test, per_magnitude=n_roundings * unit_roundoff(dtype))


class ScaledBlur(NamedTuple):
    """Fallback steps for windows whose elements all have weights that are too small for floats.

    Numbers are mantissas (floats) and exponents (int64), which neither underflow nor overflow.

    The state is the mantissa and the exponent of the sum (of complex numbers: of both parts), and
    those of the sum of the weights of valid elements.
    """

    recipe: Recipe
    dtype: DType

    @property
    def is_idempotent(self) -> bool:
        return False

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        valid = self.recipe.valid_mask(block)
        block = replace_ignored(block, valid, block.dtype.type(0))
        state: list[Array] = []
        for values in (*split_complex(block), valid):
            mantissas, exponents = np.frexp(values.astype(self.dtype))
            state += [mantissas, np.where(mantissas == 0, NO_EXPONENT, exponents.astype(np.int64))]
        return tuple(state)

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        dim, windows = reducer.dim, reducer.axis_block
        shape = list(state[0].shape)
        shape[dim] = windows.out_range[1] - windows.out_range[0]
        out = tuple(np.empty(shape, array.dtype) for array in state)
        identities = (0, NO_EXPONENT) * (len(state) // 2)
        reduce_with_weights(state, dim, windows, self, self._combine, out, identities)
        return out

    def weigh(
        self,
        state: State,
        kernel: int,
        start: int,
        stop: int,
        shape: tuple[int, ...],
        out: Array | None = None,
    ) -> State:
        mantissas, exponents = scaled_weights(kernel, start, stop)
        weights = mantissas.astype(self.dtype).reshape(shape), exponents.reshape(shape)
        products: list[Array] = []
        for values, value_exponents in zip(state[::2], state[1::2], strict=True):
            products += [values * weights[0], value_exponents + weights[1]]
        return tuple(products)

    def merge(self, state: State, other: State) -> State:
        sums: list[Array] = []
        for at in range(0, len(state), 2):
            exponents = np.maximum(state[at + 1], other[at + 1])
            terms = (
                np.ldexp(each[at], np.maximum(each[at + 1] - exponents, -MAX_SHIFT))
                for each in (state, other)
            )
            sums += [np.add(*terms), exponents]
        return tuple(sums)

    def _combine(self, state: State, other: State, n_elements: int) -> State:
        return self.merge(state, other)

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        *sums, weights, weight_exponents = state
        empty = weights == 0
        means = []
        for total, exponents in zip(sums[::2], sums[1::2], strict=True):
            shift = np.clip(exponents - weight_exponents, -MAX_SHIFT, MAX_SHIFT)
            means.append(np.ldexp(total / np.where(empty, 1, weights), shift))
        bound: Any = error_bound(self.recipe, self.dtype, plan)
        return BlockResult(join_complex(means), empty=empty, error_bound=bound)
