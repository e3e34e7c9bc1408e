"""`blur` of integers whose weighted sums fit into 64 bits, so that they are exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.ignored_values import replace_ignored
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.binomial_sums_by_pairs import MAX_KERNEL_SIZE, binomial_sums
from poolcli.core.kernels.binomial_weight_sums import broadcast_weight_sums
from poolcli.core.kernels.binomial_weights import integer_weights
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.exact_division import divide
from poolcli.core.kernels.kernel_input_and_result import BlockResult, State
from poolcli.core.kernels.reduce_with_weights import reduce_array_with_weights
from poolcli.core.kernels.wide_division import LOW_HALF
from poolcli.core.recipe import Recipe

INTEGER = np.dtype(np.int64)


@dataclass(frozen=True, slots=True)
class BlurOfIntegers:
    """Steps that sum integers times binomial coefficients.

    The state is the sum and, if values are ignored, the sum of the weights of valid elements. If
    `splits_64_bits`, the sum is two arrays: those of the high and of the low 32 bits.

    Attributes
    ----------
    recipe : Recipe
    dtypes : tuple of dtype
        The dtypes of the state's arrays once an axis is reduced; may be longer than the state.
    splits_64_bits : bool
        Whether 64-bit integers are split into their high and low 32 bits, which are summed apart.
    total_weight : int
        The sum of the weights of a window.
    """

    recipe: Recipe
    dtypes: tuple[DType, ...]
    splits_64_bits: bool
    total_weight: int
    is_idempotent: ClassVar[bool] = False

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        weights: State = ()
        if self.recipe.ignored is not None:
            valid = self.recipe.valid_mask(block)
            if self.recipe.ignored.elements != (0,):  # zeros do not change a sum
                block = replace_ignored(block, valid, block.dtype.type(0))
            weights = (valid.view(np.uint8),)
        if block.dtype.kind == "b":
            block = block.view(np.uint8)
        if self.splits_64_bits:
            return block >> 32, block.astype(np.uint64) & LOW_HALF, *weights
        return block, *weights

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        n_sums = 2 if self.splits_64_bits else 1
        dtypes = (*self.dtypes[:n_sums], self.dtypes[-1])
        return tuple(
            self._reduce(array, dtype, reducer) for array, dtype in zip(state, dtypes, strict=False)
        )

    def _reduce(self, array: Array, dtype: DType, reducer: AxisReducer) -> Array:
        dim, windows = reducer.dim, reducer.axis_block
        if windows.axis.kernel_size <= MAX_KERNEL_SIZE or windows.axis.stride == 1:
            # One operation for each element of a window; the order of integers has no effect.
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
        weights = np.array(integer_weights(kernel)[start:stop]).reshape(shape)
        return tuple(np.multiply(array, weights.astype(array.dtype), out=out) for array in state)

    def merge(self, state: State, other: State) -> State:
        return tuple(np.add(a, b) for a, b in zip(state, other, strict=True))

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        recipe = self.recipe
        sums: Sequence[Array] = state
        weights: int | Array
        if recipe.ignored is None:
            weights = plan.keep("weights", lambda: broadcast_weight_sums(plan, INTEGER))
        else:
            *sums, valid_weights = state
            weights = valid_weights.astype(np.int64)
        empty = None if isinstance(weights, int) else weights == 0
        divisor = weights if isinstance(weights, int) else np.maximum(weights, 1)
        low, high = integer_bounds(recipe.in_dtype)
        values = divide(
            tuple(sums),
            divisor,
            recipe.out_dtype,
            (low * self.total_weight, high * self.total_weight),
            out,
            quotient_limits=(low, high),
        )
        return BlockResult(values, empty=empty)
