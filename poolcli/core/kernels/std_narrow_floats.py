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
from poolcli.core.kernels.footprint_reduction import reduce_gathered_windows
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

SUM_DTYPES = np.dtype(np.float64), np.dtype(np.float64), np.dtype(np.int64)
"""The dtypes of sums of elements, of their squares, and of numbers of elements."""

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
    scratch : (ndarray of float64, ndarray of float64), optional
        Receives elements and squares, of the shape of the block, which must be lifted as a whole. A
        number near to the elements is then subtracted from them, so that less is lost in the
        difference of the sums.
    """

    scratch: tuple[Array, Array] | None = None

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        if self.scratch is None:
            values = block.astype(np.float64)
            squares = np.empty_like(values)
        else:
            values, squares = self.scratch
            if shift := _shift(block):
                np.subtract(block, shift, out=values, dtype=np.float64)
            else:
                np.copyto(values, block)
        values, *valid = valid_values(self.recipe, block, values)
        return values, np.multiply(values, values, out=squares), *valid

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        """Turn the state, which is overwritten, into values; see `Reduction.finish`."""
        total, squares = state[:2]
        counts, empty = plan.counts_and_empty(state[2:])
        inverse = 1 / np.maximum(counts, 1)
        dtypes = np.float64, self.recipe.out_dtype, np.bool_
        error, low, unreliable = plan.keep(
            "finish", lambda: [np.empty(plan.out_shape, dtype) for dtype in dtypes]
        )
        if out is None:
            out = plan.keep("values", lambda: np.empty(plan.out_shape, self.recipe.out_dtype))
        values = np.multiply(total, total, out=total)
        values *= inverse
        np.subtract(squares, values, out=values)
        values *= inverse
        np.sqrt(values, out=values)
        # Sums of squares have a relative error of `max_roundings` unit roundoffs, and so have the
        # squared sums, which are not larger. The last term is the error of the slower steps.
        roundings = max_roundings(self.recipe)
        bound = (1.5 * roundings + 8 + 8 * (roundings + 16)) * unit_roundoff(values.dtype)
        np.divide(squares, values, out=error)
        error *= bound * inverse
        np.subtract(values, error, out=low, casting="same_kind")
        np.add(values, error, out=out, casting="same_kind")  # never -0.0, unlike the lower one
        np.not_equal(low, out, out=unreliable)
        if unreliable.any():
            windows = np.flatnonzero(unreliable)
            values_left, squares_left = values.take(windows), squares.take(windows)
            is_finite = np.isfinite(squares_left)
            values_left[~is_finite] = np.nan
            out.put(windows, values_left)
            counts_left = np.broadcast_to(counts, plan.out_shape).flat[windows]
            unreliable.put(windows, is_finite & (squares_left > 0) & (counts_left > 1))
        has_empty = np.min(counts) == 0
        return BlockResult(out, empty=empty if has_empty else None, unreliable=unreliable)


def _shift(block: Array) -> float:
    """Return a number near to the elements of a block, or 0 if they are near to 0 or not finite."""
    index = tuple(slice(None, None, max(1, size // 4)) for size in block.shape)
    sample = block[index].astype(np.float64).ravel()
    mean, mean_square = float(sample.mean()), float(np.dot(sample, sample)) / sample.size
    is_far = mean**2 > MIN_SHIFT**2 * (mean_square - mean**2)
    return float(np.float32(mean)) if is_far else 0.0


class NarrowFloatStdKernel(NamedTuple):
    """A kernel that computes most windows by `FloatMoments`, and the others by slower steps.

    Attributes
    ----------
    moments : SeparableKernel
        Of `FloatMoments`.
    deviations : SeparableKernel
        Of `std.SquaredDeviations`.
    """

    moments: SeparableKernel
    deviations: SeparableKernel
    gathers_windows: bool = False
    order_dependent: bool = True

    @property
    def element_bytes(self) -> int:
        return self.moments.element_bytes

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        n_elements = plan.in_elements
        is_whole = n_elements * self.element_bytes <= blocks.MAX_INPUT_BLOCK_BYTES
        skipped: list[None] = plan.keep("skipped", list)  # one entry for each block to skip
        if skipped:
            skipped.pop()
            return self.deviations.pool(source, block, plan, out)
        moments = self.moments
        if is_whole:
            moments = plan.keep("moments", lambda: self._moments_of_whole_blocks(block))
        result = moments.pool(source, block, plan, out)
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

    def _moments_of_whole_blocks(self, block: OutputBlock) -> SeparableKernel:
        """Return `moments` with scratch memory for blocks of the shape of this one."""
        shape = [stop - start for start, stop in block.in_ranges]
        scratch = np.empty(shape, np.float64), np.empty(shape, np.float64)
        steps = FloatMoments(self.moments.recipe, SUM_DTYPES, scratch)
        return self.moments._replace(steps=steps)

    @property
    def _window_size(self) -> int:
        recipe = self.deviations.recipe
        if recipe.footprint is not None:
            return int(np.count_nonzero(recipe.footprint))
        return math.prod(axis.kernel_size for axis in recipe.axes.values())

    def _have_all_elements(self, plan: BlockPlan, windows: Array) -> bool:
        counts = np.broadcast_to(plan.element_counts(padded=False), plan.out_shape)
        return bool((counts.flat[windows] == self._window_size).all())

    def _gathered_values(self, elements: Array, plan: BlockPlan, windows: Array) -> Array:
        """Return the values of some windows, which have all their elements in the block."""
        recipe, steps = self.deviations.recipe, self.deviations.steps
        reduced = [dim for dim, each in enumerate(plan.windows) if each is not None]
        gathered = gather_windows(elements, plan.windows, windows, plan.out_shape, 0)
        sizes = [recipe.axes[dim].kernel_size for dim in reduced]
        state = steps.lift(gathered.reshape(*sizes, windows.size), ())
        if recipe.footprint is not None:
            mask = recipe.footprint.reshape(*sizes, 1)
            dims = [reduced.index(dim) for dim in recipe.axes if dim in reduced]
            state = reduce_gathered_windows(steps, state, mask, dims)
        else:
            for dim in [dim for dim in recipe.axes if dim in reduced]:
                axis = reduced.index(dim)
                state = combine_all(state, axis, lambda a, b, _: steps.merge(a, b))
        return steps.finish(tuple(array.reshape(-1) for array in state), plan, None).values
