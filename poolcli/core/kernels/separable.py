"""Kernels that fold one axis after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from poolcli.core import blocks
from poolcli.core.axis import Axis
from poolcli.core.blocks import Ranges, ReadableArray, block_shape, read_block
from poolcli.core.dtypes import Array
from poolcli.core.kernels.base import Outcome, is_reduced, reach
from poolcli.core.kernels.pairwise_reduce import GROUP, Counter, largest_power
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, Range

State: TypeAlias = tuple[Array, ...]

TOGETHER = 64
"""So many elements of an axis are never taken apart: float32 sums of so many are float32."""


class Steps(Protocol):
    """A mode taken apart: partial results that can be put together.

    The state is a few arrays of the block's shape, reduced together one axis at a time.
    """

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        """Turn elements into state. `ins` says where in the input the block lies."""

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        """Reduce the state along one axis."""

    def merge(self, state: State, other: State) -> State:
        """Put together the states of two pieces of the same windows; may reuse `state`."""

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        """Turn the state into values."""


class Separable(NamedTuple):
    """Steps as a kernel; what comes out doubtful is computed again by slower, safer steps.

    Windows larger than a piece are read piece by piece, so that no window is ever held whole.
    Where the kernel is `ordered`, axes are folded in the order of the input's, and pieces are cut
    where the order of `poolcli.core.kernels.pairwise_reduce` splits a window.
    """

    recipe: Recipe
    steps: Steps
    itemsize: int
    careful: Steps | None = None
    ordered: bool = False
    gathers: bool = False

    def pool(self, source: ReadableArray, outs: Ranges, order: Sequence[int]) -> Outcome:
        outcome = self._apply(self.steps, source, outs, order)
        doubt = outcome.doubt
        if doubt is None or self.careful is None or not doubt.any():
            return outcome
        better = self._apply(self.careful, source, outs, order)
        values = outcome.values.copy()
        np.copyto(values, better.values, where=doubt)
        empty = outcome.empty if better.empty is None else better.empty
        rounding = outcome.rounding
        if rounding is not None and better.rounding is not None:
            off = np.where(doubt, better.rounding.absolute, rounding.absolute)
            rounding = rounding._replace(absolute=off)
        return Outcome(values, empty=empty, rounding=rounding)

    def _apply(
        self, steps: Steps, source: ReadableArray, outs: Ranges, order: Sequence[int]
    ) -> Outcome:
        return steps.finish(self._state(steps, source, outs, order), outs)

    def _state(
        self, steps: Steps, source: ReadableArray, outs: Ranges, order: Sequence[int]
    ) -> State:
        """The state of a block: of its halves where it is too large, of one window in pieces."""
        recipe = self.recipe
        ins = reach(recipe, outs)
        sizes = [stop - start for start, stop in ins]
        total = math.prod(sizes) * self.itemsize
        dims = [dim for dim in (recipe.axes if self.ordered else order) if is_reduced(recipe, dim)]
        step = self._steps(sizes, total, dims, order)
        for dim in dims:
            first, stop = outs[dim]
            if step[dim] < sizes[dim] and stop - first > 1:
                middle = (first + stop) // 2
                halves = ((*outs[:dim], half, *outs[dim + 1 :])
                          for half in ((first, middle), (middle, stop)))  # fmt: skip
                states = [self._state(steps, source, half, order) for half in halves]
                return tuple(np.concatenate(planes, dim) for planes in zip(*states, strict=True))
        return self._folded(steps, source, outs, ins, dims, step)

    def _steps(
        self, sizes: Sequence[int], total: int, dims: Sequence[int], order: Sequence[int]
    ) -> list[int]:
        """Step along each axis; a power of two of elements where the axis is cut.

        Only axes that are reduced can be cut: on the others each element has its own output. The
        first of them keeps what float32 sums take as such together.
        """
        if total <= blocks.MAX_INPUT_BLOCK_BYTES:
            return list(sizes)
        axes = self.recipe.axes
        least = [GROUP * axes[dim].dilation if dim in dims else 1 for dim in range(len(sizes))]
        for dim in [dim for dim in dims if axes[dim].max_elements > 1][:1]:
            least[dim] = TOGETHER * axes[dim].dilation
        step = block_shape(
            sizes, total, [dim for dim in order if dim in dims], blocks.MAX_INPUT_BLOCK_BYTES, least
        )
        for dim in dims:
            gap = axes[dim].dilation
            if step[dim] < sizes[dim]:
                step[dim] = largest_power(max(step[dim] // gap, 1)) * gap
        return step

    def _folded(
        self,
        steps: Steps,
        source: ReadableArray,
        outs: Ranges,
        ins: Ranges,
        dims: Sequence[int],
        step: Sequence[int],
    ) -> State:
        """The state of a box with some axes folded, in their order; axes are cut into steps."""
        if all(step[dim] >= ins[dim][1] - ins[dim][0] for dim in dims):
            block = np.asarray(read_block(source, ins)).astype(self.recipe.in_dtype, copy=False)
            state = steps.lift(block, ins)
            for dim in dims:
                state = steps.fold(
                    state, dim, AxisBlock(self.recipe.axes[dim], outs[dim], ins[dim])
                )
            return state
        *before, dim = dims
        axis, pieces = self.recipe.axes[dim], Counter(steps.merge)
        for span in _spans(axis, outs[dim], ins[dim], step[dim]):
            inner = (*ins[:dim], span, *ins[dim + 1 :])
            state = self._folded(steps, source, outs, inner, before, step)
            pieces.add(steps.fold(state, dim, AxisBlock(axis, outs[dim], span)))
        return pieces.total()


def _spans(axis: Axis, outs: Range, ins: Range, step: int) -> list[Range]:
    """Cut the range of an axis into steps, where it has more than one, that all hold elements."""
    low, high = ins
    if step >= high - low:
        return [ins]
    offset = (axis.first_position(outs[0]) - low) % axis.dilation
    return [(at, min(at + step, high)) for at in range(low, high - offset, step)]
