"""`max` and `min`: one comparison an element and axis, with or without where it stood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from poolcli.core.dtypes import Array, identity_element
from poolcli.core.ignored_values import replace_ignored, valid_mask
from poolcli.core.kernels import argmax
from poolcli.core.kernels.base import Kernel, Outcome
from poolcli.core.kernels.fold import fold, fold_together
from poolcli.core.kernels.separable import Separable, State
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, Range

PLACE_BYTES = 8
NOWHERE = np.iinfo(np.int64).max  # sorts behind every place, so that ties need no special case


def largest(recipe: Recipe) -> Kernel:
    """The kernel of a recipe for the greatest."""
    return _kernel(recipe, np.maximum)


def smallest(recipe: Recipe) -> Kernel:
    """The kernel of a recipe for the least."""
    return _kernel(recipe, np.minimum)


def _kernel(recipe: Recipe, ufunc: np.ufunc) -> Kernel:
    start = identity_element(ufunc, recipe.in_dtype)
    steps = Extreme(recipe, ufunc, start)
    itemsize = max(recipe.in_dtype.itemsize, 4 if recipe.in_dtype == np.float16 else 1)
    if recipe.ignored is None or recipe.ignored.elements == (start,):
        # What loses to all others is left out anyway.
        values = Separable(recipe, steps, itemsize)
    else:
        steps = steps._replace(leaves_out=True)
        values = Separable(recipe, steps, itemsize + 1, careful=Seen(recipe, start))
    if not recipe.return_indices:
        return values
    itemsize += PLACE_BYTES
    if argmax.fits(recipe):
        return argmax.Places(recipe, values, itemsize)
    return Separable(recipe, Located(recipe, ufunc, start), itemsize)


class Extreme(NamedTuple):
    """Values alone: `np.maximum` or `np.minimum`, which let NaN win as PyTorch does.

    What is left out becomes what loses to all others; only where that came out is there a doubt
    whether anything was left. The state is the best so far and, where a kernel of its own lifts
    blocks, whether there was any.
    """

    recipe: Recipe
    ufunc: np.ufunc
    start: Any
    leaves_out: bool = False

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        if block.dtype == np.float16:
            block = block.astype(np.float32)  # for which there are fast comparisons
        if not self.leaves_out:
            return (block,)
        assert self.recipe.ignored is not None
        seen = valid_mask(block, self.recipe.ignored.elements, alpha=self.recipe.has_alpha)
        return (replace_ignored(block, seen, self.start),)

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        best, *seen = state
        folded = fold(self.ufunc, best, dim, part, self.start, best.dtype)
        return (folded, *(fold(np.logical_or, s, dim, part, False, s.dtype) for s in seen))

    def merge(self, state: State, other: State) -> State:
        best, *seen = state
        rest = (a | b for a, b in zip(seen, other[1:], strict=True))
        return (self.ufunc(best, other[0]), *rest)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        return Outcome(state[0], doubt=state[0] == self.start if self.leaves_out else None)


class Seen(NamedTuple):
    """Whether a window has any element that is not left out."""

    recipe: Recipe
    start: Any

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        assert self.recipe.ignored is not None
        return (valid_mask(block, self.recipe.ignored.elements, alpha=self.recipe.has_alpha),)

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        return (fold(np.logical_or, state[0], dim, part, False, state[0].dtype),)

    def merge(self, state: State, other: State) -> State:
        return (state[0] | other[0],)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        return Outcome(np.broadcast_to(self.start, state[0].shape), empty=~state[0])


class Located(NamedTuple):
    """Values and their flat places: the first of equals, the last NaN, as PyTorch.

    The rule is kept by comparing places, so the order in which axes and pieces are put together
    does not matter.
    """

    recipe: Recipe
    ufunc: np.ufunc
    start: np.generic

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        place: Array = np.zeros((), np.int64)
        step = 1
        for dim in reversed(self.recipe.axes):
            ramp = np.arange(*ins[dim], dtype=np.int64) * step
            place = place + ramp.reshape([-1 if d == dim else 1 for d in range(block.ndim)])
            step *= self.recipe.shape[dim]
        place = np.broadcast_to(place, block.shape)
        if self.recipe.ignored is None:
            return block, place
        seen = valid_mask(block, self.recipe.ignored.elements, alpha=self.recipe.has_alpha)
        return replace_ignored(block, seen, self.start), np.where(seen, place, NOWHERE)

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        return fold_together(state, dim, part, (self.start, NOWHERE), self._better, self._winner)

    def merge(self, state: State, other: State) -> State:
        return self._better(state, other)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        best, where = state
        nowhere = where == NOWHERE
        return Outcome(
            best,
            places=np.where(nowhere, -1, where),
            empty=nowhere if self.recipe.ignored is not None else None,
        )

    def _better(self, state: State, other: State) -> State:
        """The better of two candidates, element by element."""
        (best, where), (value, place) = state, other
        top = self.ufunc(best, value)
        swap = (value == top) & ((best != top) | (place < where))
        if best.dtype.kind == "f":
            nan, was_nan = np.isnan(value), np.isnan(best)
            swap |= nan & (~was_nan | (place > where))
        return top, np.where(swap, place, where)

    def _winner(self, state: State, dim: int) -> State:
        """The best of many candidates along an axis."""
        block, place = state
        top = self.ufunc.reduce(block, axis=dim, keepdims=True)
        first = np.where(block == top, place, NOWHERE).min(axis=dim, keepdims=True)
        if block.dtype.kind == "f":
            last = np.where(np.isnan(block), place, -1).max(axis=dim, keepdims=True)
            first = np.where(last >= 0, last, first)
        return top, first
