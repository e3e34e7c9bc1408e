"""`std`: the population standard deviation, never a difference of large rounded squares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array, DType, bounds
from poolcli.core.fold import fold, fold_together
from poolcli.core.kernel import Outcome, counted
from poolcli.core.power import working_dtype
from poolcli.core.quotient import two_sum
from poolcli.core.recipe import Recipe
from poolcli.core.separable import Separable, State
from poolcli.core.taps import Part, Range

TINY = 2.0**-480
"""Below this a deviation's square loses digits, or all."""

SHIFT, LARGE = 40, 2.0**900
"""Numbers go up by so many powers of two, or down where some are large."""


def kernel(recipe: Recipe) -> Separable:
    """The kernel of a recipe for the standard deviation."""
    wide = working_dtype(recipe.source)
    if recipe.source.kind in "biu":
        if recipe.source.itemsize == 8:
            wide = np.dtype(np.longdouble)  # where it is wider, it holds 64-bit integers exactly
        greatest = max(map(abs, bounds(recipe.source)))
        if (greatest * recipe.window_elements) ** 2 < 1 << 63:
            return Separable(recipe, Moments(recipe), 16)
        return Separable(recipe, Deviations(recipe, wide), 4 * wide.itemsize)
    careful = Rooted(recipe, wide) if wide == recipe.source else None
    return Separable(recipe, Deviations(recipe, wide), 4 * wide.itemsize, careful)


class Moments(NamedTuple):
    """Integers narrow enough for exact sums of squares: then n times their
    sum less the square of the plain sum is exact, too.

    The state is both sums and, where a value is ignored, the number of elements.
    """

    recipe: Recipe

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        values = block.astype(np.int64)
        if self.recipe.ignore is None:
            return values, values * values
        seen = counted(block, self.recipe.ignore.element, alpha=self.recipe.alpha)
        np.copyto(values, 0, where=~seen)
        return values, values * values, seen

    def fold(self, state: State, dim: int, part: Part) -> State:
        return tuple(fold(np.add, plane, dim, part, 0, np.dtype(np.int64)) for plane in state)

    def merge(self, state: State, other: State) -> State:
        return tuple(np.add(a, b) for a, b in zip(state, other, strict=True))

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        total, squares = state[:2]
        number = state[2] if len(state) > 2 else self.recipe.counts(outs, padded=False)
        empty = np.broadcast_to(np.equal(number, 0), total.shape)
        exact = number * squares - total * total
        return Outcome(np.sqrt(exact) / np.maximum(number, 1), empty=empty)


class Deviations(NamedTuple):
    """Means and sums of squared deviations from them, put together pair by pair.

    T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances", 1979. The state is the number of elements, their mean, what
    rounding took from the mean, and the sum of squares.
    """

    recipe: Recipe
    wide: DType

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        ignore = self.recipe.ignore
        values = block.astype(self.wide)
        seen = np.ones(block.shape, self.wide)
        if ignore is not None:
            seen[...] = counted(block, ignore.element, alpha=self.recipe.alpha)
            np.copyto(values, 0, where=seen == 0)
        nothing = np.broadcast_to(self.wide.type(0), block.shape)
        return seen, values, nothing, nothing

    def fold(self, state: State, dim: int, part: Part) -> State:
        return fold_together(state, dim, part, (0, 0, 0, 0), self.merge, self._condense)

    def merge(self, state: State, other: State) -> State:
        return together(state, other, add_squares)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        number, mean, _, spread = state
        found = np.sqrt(spread / np.maximum(number, 1))
        np.copyto(found, np.nan, where=~np.isfinite(mean))
        return Outcome(found, empty=number == 0, doubt=~(found > TINY) | ~np.isfinite(found))

    def _condense(self, state: State, dim: int) -> State:
        return condense(state, dim, add_squares, np.add)


class Rooted(NamedTuple):
    """The same with the root of the sum of squares, on numbers scaled to where nothing is lost.

    The state ends in the exponent of the scale.
    """

    recipe: Recipe
    wide: DType

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        seen, values, nothing, spread = Deviations(self.recipe, self.wide).lift(block, ins)
        is_large = bool((np.abs(values) > LARGE).any())
        scale = -SHIFT if is_large else SHIFT
        return seen, np.ldexp(values, scale), nothing, spread, np.array(scale)

    def fold(self, state: State, dim: int, part: Part) -> State:
        start = (0, 0, 0, 0)
        folded = fold_together(state[:-1], dim, part, start, self._join, self._condense)
        return *folded, state[-1]

    def merge(self, state: State, other: State) -> State:
        scale = min(int(state[-1]), int(other[-1]))
        both = (_rescaled(each[:-1], scale - int(each[-1])) for each in (state, other))
        return *self._join(*both), np.array(scale)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        number, mean, _, spread, scale = state
        found = np.ldexp(spread / np.sqrt(np.maximum(number, 1)), -int(scale))
        np.copyto(found, np.nan, where=~np.isfinite(mean))
        return Outcome(found)

    def _join(self, state: State, other: State) -> State:
        return together(state, other, add_roots)

    def _condense(self, state: State, dim: int) -> State:
        return condense(state, dim, add_roots, np.hypot)


def add_squares(spread: Array, more: Array, way: Array, weight: Array) -> Array:
    """Add two sums of squares and that of the way between their means, weighted."""
    joined: Array = spread + more + way * way * weight
    return joined


def add_roots(spread: Array, more: Array, way: Array, weight: Array) -> Array:
    """The same of roots of sums of squares."""
    joined: Array = np.hypot(np.hypot(spread, more), np.abs(way) * np.sqrt(weight))
    return joined


def together(
    state: State, other: State, join: Callable[[Array, Array, Array, Array], Array]
) -> State:
    """The state of two sets of elements."""
    (number, mean, rest, spread), (count, theirs, more, wider) = state, other
    total = number + count
    share = count / np.maximum(total, 1)
    way, slight = theirs - mean, more - rest
    mean, lost = two_sum(mean, way * share)
    spread = join(spread, wider, way + slight, number * share)
    return total, mean, rest + slight * share + lost, spread


def condense(
    state: State,
    dim: int,
    join: Callable[[Array, Array, Array, Array], Array],
    add: np.ufunc,
) -> State:
    """The state of all sets along an axis."""
    number, mean, rest, spread = state
    total = np.add.reduce(number, axis=dim, keepdims=True)
    # Counted from the first there is, so that equal elements leave exactly 0.
    at = np.expand_dims((number > 0).argmax(axis=dim), dim)
    first = np.take_along_axis(mean, at, axis=dim)
    steps = ((mean - first) + rest) * (number / np.maximum(total, 1))
    middle, lost = two_sum(first, np.add.reduce(steps, axis=dim, keepdims=True))
    way = (mean - middle) + (rest - lost)
    apart = join(spread, np.zeros_like(spread), way, number)
    return total, middle, lost, add.reduce(apart, axis=dim, keepdims=True)


def _rescaled(state: State, shift: int) -> State:
    number, *others = state
    return number, *(np.ldexp(each, shift) for each in others)
