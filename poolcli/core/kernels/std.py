"""`std`: the population standard deviation, never a difference of large rounded squares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.ignored_values import valid_mask
from poolcli.core.kernels.base import Outcome, Rounding
from poolcli.core.kernels.exact_division import two_sum
from poolcli.core.kernels.fold import fold
from poolcli.core.kernels.lp_gem import working_dtype
from poolcli.core.kernels.pairwise_reduce import fold_pairwise
from poolcli.core.kernels.round_half_up import Elements, roundings, unit
from poolcli.core.kernels.separable import Separable, State
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, Range

TINY = 2.0**-480
"""Below this a deviation's square loses digits, or all."""

SHIFT, LARGE = 40, 2.0**900
"""Numbers go up by so many powers of two, or down where some are large."""


def kernel(recipe: Recipe) -> Separable:
    """The kernel of a recipe for the standard deviation."""
    wide = working_dtype(recipe.in_dtype)
    if recipe.in_dtype.kind in "biu":
        if recipe.in_dtype.itemsize == 8:
            wide = np.dtype(np.longdouble)  # where it is wider, it holds 64-bit integers exactly
        greatest = max(map(abs, integer_bounds(recipe.in_dtype)))
        if largest_square(recipe, greatest) < 1 << 63:
            return Separable(recipe, Moments(recipe), 16)
        return Separable(recipe, Deviations(recipe, wide), 4 * wide.itemsize, ordered=True)
    careful = Rooted(recipe, wide) if wide == recipe.in_dtype else None
    return Separable(recipe, Deviations(recipe, wide), 4 * wide.itemsize, careful, ordered=True)


def largest_square(recipe: Recipe, greatest: int) -> int:
    """The upper bound of a window's sum of squares times its number of elements."""
    return (greatest * recipe.max_window_elements) ** 2


def rounding(recipe: Recipe, found: Array, mean: Array) -> Rounding | None:
    """The error bound of deviations that are rounded to integers.

    Each rounding on the way takes a relative error of a few units. Means are held in two floats, so
    that what is lost of them counts by the square of the unit.
    """
    if recipe.out_dtype.kind not in "iu":
        return None
    off = 64 * (roundings(recipe) + 16) * unit(found.dtype)
    return Rounding(reaches, 2, off, absolute=off * unit(found.dtype) * (np.abs(mean) + 1))


def reaches(elements: Elements, odd: Array) -> Array:
    """True where windows' deviations are at least half of an odd integer.

    ``std >= odd / 2`` is the same as ``4 * (n * sum(x**2) - sum(x)**2) >= (odd * n)**2``.
    """
    number, values = elements.number, elements.values
    total, squares = values.sum(axis=0), (values * values).sum(axis=0)
    spread = 4 * (number * squares - total * total)
    enough: Array = spread >= (odd * number) ** 2 * (1 << 2 * elements.shift)
    return enough | (odd < 0)


class Moments(NamedTuple):
    """Integers narrow enough for exact sums of squares: then n times their
    sum less the square of the plain sum is exact, too.

    The state is both sums and, where a value is ignored, the number of elements.
    """

    recipe: Recipe

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        values = block.astype(np.int64)
        if self.recipe.ignored is None:
            return values, values * values
        seen = valid_mask(block, self.recipe.ignored.elements, alpha=self.recipe.has_alpha)
        np.copyto(values, 0, where=~seen)
        return values, values * values, seen

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        return tuple(fold(np.add, plane, dim, part, 0, np.dtype(np.int64)) for plane in state)

    def merge(self, state: State, other: State) -> State:
        return tuple(np.add(a, b) for a, b in zip(state, other, strict=True))

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        total, squares = state[:2]
        number = state[2] if len(state) > 2 else self.recipe.element_counts(outs, padded=False)
        empty = np.broadcast_to(np.equal(number, 0), total.shape)
        exact = number * squares - total * total
        found = np.sqrt(exact) / np.maximum(number, 1)
        return Outcome(found, empty=empty, rounding=self._rounding)

    @property
    def _rounding(self) -> Rounding | None:
        greatest = max(map(abs, integer_bounds(self.recipe.in_dtype)))
        # Below 2**50 the root of an integer that is no square is never rounded to a half.
        if (
            self.recipe.out_dtype.kind not in "iu"
            or largest_square(self.recipe, greatest) < 1 << 50
        ):
            return None
        return Rounding(reaches, degree=2, relative=4 * unit(np.dtype(np.float64)))


class Deviations(NamedTuple):
    """Means and sums of squared deviations from them, put together pair by pair.

    T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances", 1979. The state is the number of elements, their mean, what
    rounding took from the mean, and the sum of squares.
    """

    recipe: Recipe
    wide: DType

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        ignore = self.recipe.ignored
        values = block.astype(self.wide)
        seen = np.ones(block.shape, self.wide)
        if ignore is not None:
            seen[...] = valid_mask(block, ignore.elements, alpha=self.recipe.has_alpha)
            np.copyto(values, 0, where=seen == 0)
        nothing = np.broadcast_to(self.wide.type(0), block.shape)
        return seen, values, nothing, nothing

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        dtypes = [self.wide] * len(state)
        return fold_pairwise(state, dim, part, (0, 0, 0, 0), self._combine, dtypes)

    def merge(self, state: State, other: State) -> State:
        return together(state, other, add_squares)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        number, mean, _, spread = state
        found = np.sqrt(spread / np.maximum(number, 1))
        np.copyto(found, np.nan, where=~np.isfinite(mean))
        doubt = ~(found > TINY) | ~np.isfinite(found)
        how = rounding(self.recipe, found, mean)
        return Outcome(found, empty=number == 0, doubt=doubt, rounding=how)

    def _combine(self, state: State, other: State, size: int) -> State:
        return self.merge(state, other)


class Rooted(NamedTuple):
    """The same with the root of the sum of squares, on numbers scaled to where nothing is lost.

    The state ends in the exponents of the scales, one for each window.
    """

    recipe: Recipe
    wide: DType

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        seen, values, nothing, spread = Deviations(self.recipe, self.wide).lift(block, ins)
        scale = np.where(np.abs(values) > LARGE, -SHIFT, SHIFT)
        return seen, np.ldexp(values, scale), nothing, spread, scale

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        dtypes = [plane.dtype for plane in state]
        return fold_pairwise(state, dim, part, (0, 0, 0, 0, SHIFT), self._combine, dtypes)

    def merge(self, state: State, other: State) -> State:
        scale = np.minimum(state[-1], other[-1])
        both = (_rescaled(each[:-1], scale - each[-1]) for each in (state, other))
        one, two = both
        return *together(one, two, add_roots), scale

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        number, mean, _, spread, scale = state
        found = np.ldexp(spread / np.sqrt(np.maximum(number, 1)), -scale)
        np.copyto(found, np.nan, where=~np.isfinite(mean))
        how = rounding(self.recipe, found, np.ldexp(mean, -scale))
        return Outcome(found, rounding=how)

    def _combine(self, state: State, other: State, size: int) -> State:
        return self.merge(state, other)


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


def _rescaled(state: State, shift: Array) -> State:
    number, *others = state
    return (number, *(np.ldexp(each, shift) for each in others)) if shift.any() else state
