"""`std` of float16 and float32 by sums of squares, with the same bits as by merged deviations.

Squares of narrow floats are exact in float64, which leaves enough bits for differences of their
sums. A bound on the error tells for each window whether all values within it round to the same
narrow float. The few windows for which they do not are gathered and computed by the slower steps of
`poolcli.core.kernels.std`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import Ranges, ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.combine_pairwise import combine_all
from poolcli.core.kernels.correct_integer_rounding import max_roundings, unit_roundoff
from poolcli.core.kernels.gather import gather_windows
from poolcli.core.kernels.kernel_input_and_result import (
    BlockResult,
    State,
    read_input,
    valid_values,
)
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.kernels.sum_steps import SumSteps
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe

MAX_GATHERED_SHARE = 0.25
"""If more than this share of a block's elements would be gathered, the block is computed anew."""

SKIPPED_BLOCKS = 15
"""After such a block so many others of its shape are left to the slower steps at once."""

MIN_SHIFT = 8.0
"""Elements are shifted if their mean is so many times as large as their standard deviation."""


def has_narrow_floats(recipe: Recipe) -> bool:
    """Return whether input and result are float16 or float32, and no channel is alpha."""
    dtypes = recipe.in_dtype, recipe.out_dtype
    return not recipe.has_alpha and all(each.kind == "f" and each.itemsize <= 4 for each in dtypes)


@dataclass(frozen=True, slots=True)
class FloatMoments(SumSteps):
    """Steps that sum elements and their squares in float64.

    The state is both sums and, if values are ignored, the number of valid elements (int64).

    Attributes
    ----------
    is_shifted : bool
        Whether a number near to the elements of a block is subtracted from them, so that less is
        lost in the difference of the sums. Blocks must then be lifted as a whole.
    """

    is_shifted: bool

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        shift = _shift(block) if self.is_shifted else 0.0
        shifted = np.subtract(block, shift, dtype=np.float64) if shift else block.astype(np.float64)
        values, *valid = valid_values(self.recipe, block, shifted)
        return values, values * values, *valid

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        total, squares = state[:2]
        counts, empty = plan.counts_and_empty(state[2:])
        n = np.maximum(counts, 1)
        spread = total * total
        spread /= n
        np.subtract(squares, spread, out=spread)
        values = np.sqrt(np.divide(spread, n, out=spread), out=spread)
        # Sums of squares have a relative error of `max_roundings` unit roundoffs, and so have the
        # squared sums, which are not larger. The last term is the error of the slower steps.
        roundings = max_roundings(self.recipe)
        bound = (1.5 * roundings + 5 + 8 * (roundings + 16)) * unit_roundoff(values.dtype)
        error = squares / values
        error *= bound / n
        low = (values - error).astype(self.recipe.out_dtype)
        unreliable = low != np.add(values, error, out=error).astype(self.recipe.out_dtype)
        if unreliable.any():
            is_finite = np.isfinite(total)
            np.copyto(values, np.nan, where=~is_finite)
            unreliable &= is_finite & (squares > 0) & np.greater(counts, 1)
        return BlockResult(values, empty=empty, unreliable=unreliable)


def _shift(block: Array) -> float:
    """Return a number near to the elements of a block, or 0 if they are near to 0 or not finite."""
    sample = block[tuple(slice(None, None, max(1, size // 4)) for size in block.shape)]
    mean, spread = float(sample.mean(dtype=np.float64)), float(sample.std(dtype=np.float64))
    return float(np.float32(mean)) if abs(mean) > MIN_SHIFT * spread else 0.0


class NarrowFloatStdKernel(NamedTuple):
    """A kernel that computes most windows by `FloatMoments`, and the others by slower steps.

    Attributes
    ----------
    moments, shifted_moments : SeparableKernel
        Of `FloatMoments`.
    deviations : SeparableKernel
        Of `std.SquaredDeviations`.
    """

    moments: SeparableKernel
    shifted_moments: SeparableKernel
    deviations: SeparableKernel
    gathers_windows: bool = False
    order_dependent: bool = True

    @property
    def element_bytes(self) -> int:
        return self.deviations.element_bytes

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        n_elements = plan.in_elements
        is_whole = n_elements * self.element_bytes <= blocks.MAX_INPUT_BLOCK_BYTES
        skipped: list[None] = plan.keep("skipped", list)  # one entry for each block to skip
        if skipped:
            skipped.pop()
            return self.deviations.pool(source, block, plan, out)
        moments = self.shifted_moments if is_whole else self.moments
        result = moments.pool(source, block, plan, None)
        assert result.unreliable is not None
        unreliable = np.flatnonzero(result.unreliable)
        if unreliable.size:
            is_few = unreliable.size * self._window_size <= MAX_GATHERED_SHARE * n_elements
            if not (is_whole and is_few and self._have_all_elements(plan, unreliable)):
                skipped.extend([None] * SKIPPED_BLOCKS)
                return self.deviations.pool(source, block, plan, out)
            elements = read_input(self.deviations.recipe, source, block.in_index)
            better = self._gathered_values(elements, plan, unreliable)
            result.values.put(unreliable, better)
        return BlockResult(result.values, empty=result.empty)

    @property
    def _window_size(self) -> int:
        return math.prod(axis.kernel_size for axis in self.deviations.recipe.axes.values())

    def _have_all_elements(self, plan: BlockPlan, windows: Array) -> bool:
        counts = np.broadcast_to(plan.element_counts(padded=False), plan.out_shape)
        return bool((counts.reshape(-1)[windows] == self._window_size).all())

    def _gathered_values(self, elements: Array, plan: BlockPlan, windows: Array) -> Array:
        """Return the values of some windows, which have all their elements in the block."""
        recipe, steps = self.deviations.recipe, self.deviations.steps
        reduced = [dim for dim, each in enumerate(plan.windows) if each is not None]
        gathered = gather_windows(elements, plan.windows, windows, plan.out_shape, 0)
        sizes = [recipe.axes[dim].kernel_size for dim in reduced]
        state = steps.lift(gathered.reshape(*sizes, windows.size), ())
        for dim in recipe.axes:
            if dim in reduced:
                axis = reduced.index(dim)
                state = combine_all(state, axis, lambda a, b, _: steps.merge(a, b))
        return steps.finish(tuple(array.reshape(-1) for array in state), plan, None).values
