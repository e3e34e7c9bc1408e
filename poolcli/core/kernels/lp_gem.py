"""`lp` and `gem`: sums and means of powers, and the root of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.ignored_values import valid_mask
from poolcli.core.kernels.base import Outcome, Rounding
from poolcli.core.kernels.exact_power import reaches
from poolcli.core.kernels.fold import fold
from poolcli.core.kernels.max_min import Extreme
from poolcli.core.kernels.pairwise_reduce import fold_pairwise
from poolcli.core.kernels.round_half_up import roundings, unit
from poolcli.core.kernels.separable import Separable, State
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, Range

LEAST = 1e-6
"""What `gem` lifts smaller elements to (F. Radenović, G. Tolias, O. Chum, "Fine-tuning CNN Image
Retrieval with No Human Annotation", 2018, whose code clamps there)."""

SLIGHT = 2.0**-10
"""Powers with smaller exponents are so near to 1 that their mean would lose digits."""

ROOM = 40
"""Whole numbers of so many bits leave float64 some bits to spare."""

SAFE = 2.0**-960, 2.0**960
"""Sums of powers outside may have lost elements to underflow, or overflowed."""


def lp_kernel(recipe: Recipe) -> Separable:
    """The kernel of a recipe for the Lp norm."""
    return _kernel(recipe, mean=False)


def gem_kernel(recipe: Recipe) -> Separable:
    """The kernel of a recipe for the generalized mean."""
    return _kernel(recipe, mean=True)


def _kernel(recipe: Recipe, *, mean: bool) -> Separable:
    wide = working_dtype(recipe.in_dtype)
    if math.isinf(recipe.norm_type):
        if recipe.in_dtype.kind in "iu" and recipe.in_dtype.itemsize == 8:
            wide = np.dtype(np.longdouble)  # where it is wider, it holds 64-bit integers exactly
        ufunc, start = (np.maximum, 0) if recipe.norm_type > 0 else (np.minimum, math.inf)
        extreme = Extreme(recipe, ufunc, start)
        return Separable(recipe, Limit(recipe, wide, mean, extreme), wide.itemsize)
    if mean and abs(recipe.norm_type) < SLIGHT:
        return Separable(recipe, Logarithms(recipe, wide, mean), 2 * wide.itemsize, ordered=True)
    careful = None if is_safe(recipe, mean=mean) else Scaled(recipe, wide, mean)
    return Separable(recipe, Powers(recipe, wide, mean), 2 * wide.itemsize, careful, ordered=True)


def is_safe(recipe: Recipe, *, mean: bool) -> bool:
    """Whether no sum of powers can leave the range of float64, whatever the elements."""
    source = recipe.in_dtype
    if source.kind in "biu":
        least, greatest = 1.0, float(integer_bounds(source)[1] + 1)
    else:
        info = np.finfo(source)
        least, greatest = float(info.smallest_subnormal), float(info.max)
    if math.isinf(greatest) or least == 0:  # a float wider than float64
        return False
    extremes = [math.log2(LEAST if mean else least), math.log2(greatest)]
    reach = max(abs(recipe.norm_type * each) for each in extremes)
    return reach + math.log2(max(recipe.max_window_elements, 1)) < math.log2(SAFE[1])


def working_dtype(source: DType) -> DType:
    """The float dtype to work in: float64, or what is wider."""
    return np.result_type(source, np.float64)


def rounding(recipe: Recipe, wide: DType, mean: bool) -> Rounding | None:
    """The error bound of roots that are rounded to integers.

    Powers and roots are off by a few units, and sums of them, which are positive, by one for each
    rounding; a root by less than 1 makes the error so many times as large.
    """
    if recipe.out_dtype.kind not in "iu" or halves_show(recipe, mean=mean):
        return None
    off = 64 * (roundings(recipe) + 16) * unit(wide) / min(1.0, max(abs(recipe.norm_type), SLIGHT))
    least = LEAST if mean else 0.0
    degree = int(min(max(abs(recipe.norm_type), 1), 64)) + 1
    return Rounding(partial(reaches, norm=recipe.norm_type, mean=mean, least=least), degree, off)


def halves_show(recipe: Recipe, *, mean: bool) -> bool:
    """True if float64 decides on which side of each half the root of a sum of powers lies.

    Sums of squares of integers, and a norm's sums of other whole powers, are exact as long as they
    are small, and so are their distances from the powers of halves.
    """
    source, norm = recipe.in_dtype, recipe.norm_type
    if source.kind not in "biu" or norm not in ((1, 2) if mean else (1, 2, 3, 4)):
        return False
    greatest = max(map(abs, integer_bounds(source)))
    bits = norm * math.log2(2 * greatest) + 2 * math.log2(max(recipe.max_window_elements, 1))
    return bits < ROOM


class Powers(NamedTuple):
    """The sum of the elements' powers as it stands in the formula.

    The state is the sum and, where windows differ in what they count, the number of elements.
    """

    recipe: Recipe
    wide: DType
    mean: bool

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        powers = power(magnitude(block, self.wide, self.mean), self.recipe.norm_type)
        if self.recipe.ignored is None:
            return (powers,)
        seen = _seen(block, self.recipe)
        np.copyto(powers, 0, where=~seen)
        return powers, seen

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        into = (self.wide, np.dtype(np.int64))
        return tuple(
            fold(np.add, plane, dim, part, 0, dtype)
            for plane, dtype in zip(state, into, strict=False)
        )

    def merge(self, state: State, other: State) -> State:
        return tuple(np.add(a, b) for a, b in zip(state, other, strict=True))

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        total = state[0]
        number, empty = _number(self.recipe, outs, state[1] if len(state) > 1 else None)
        low, high = SAFE
        found = root(total / np.maximum(number, 1) if self.mean else total, self.recipe.norm_type)
        doubt = ~((total > low) & (total < high))
        how = rounding(self.recipe, self.wide, self.mean)
        empty = empty if self._has_nothing else None  # type: ignore[assignment]
        return Outcome(found, empty=empty, doubt=doubt, rounding=how)

    @property
    def _has_nothing(self) -> bool:
        return self.mean or self.recipe.ignored is not None


class Logarithms(NamedTuple):
    """`gem` with a slight exponent: what the powers are above 1, and the logarithm of their mean.

    The state is that of `Powers`.
    """

    recipe: Recipe
    wide: DType
    mean: bool

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        logs = np.log(magnitude(block, self.wide, self.mean))
        powers = np.expm1(self.recipe.norm_type * logs)
        seen = _seen(block, self.recipe)
        np.copyto(powers, 0, where=~seen)
        return (powers,) if self.recipe.ignored is None else (powers, seen)

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        return Powers(self.recipe, self.wide, self.mean).fold(state, dim, part)

    def merge(self, state: State, other: State) -> State:
        return Powers(self.recipe, self.wide, self.mean).merge(state, other)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        number, empty = _number(self.recipe, outs, state[1] if len(state) > 1 else None)
        found = np.exp(np.log1p(state[0] / np.maximum(number, 1)) / self.recipe.norm_type)
        how = rounding(self.recipe, self.wide, self.mean)
        return Outcome(found, empty=empty, rounding=how)


class Scaled(NamedTuple):
    """The same with every element divided by the greatest of its window, so that nothing is lost.

    The state is that greatest magnitude (the least, for negative exponents), the sum of the
    powers of the others' ratios to it, and the number of elements.
    """

    recipe: Recipe
    wide: DType
    mean: bool

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        scale = magnitude(block, self.wide, self.mean)
        seen = _seen(block, self.recipe)
        np.copyto(scale, self._start, where=~seen)
        return scale, seen.astype(self.wide), seen.astype(np.int64)

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        start = (self._start, 0, 0)
        dtypes = [plane.dtype for plane in state]
        return fold_pairwise(state, dim, part, start, self._combine, dtypes)

    def merge(self, state: State, other: State) -> State:
        (scale, total, number), (others, more, count) = state, other
        best = self._best(scale, others)
        total = total * self._ratio(scale, best) + more * self._ratio(others, best)
        return best, total, number + count

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        scale, total, number = state
        norm = self.recipe.norm_type
        inner = total / np.maximum(number, 1) if self.mean else total
        found = scale * root(inner, norm)
        lost = ~np.isfinite(found) & np.isfinite(scale) & (scale > 0)
        if lost.any():  # the root alone may be too large: tiny exponents do that
            found = np.where(lost, np.exp2(np.log2(scale) + np.log2(inner) / norm), found)
        return Outcome(np.where(scale == 0, scale, found))

    @property
    def _best(self) -> np.ufunc:
        return np.maximum if self.recipe.norm_type > 0 else np.minimum

    @property
    def _start(self) -> float:
        return 0.0 if self.recipe.norm_type > 0 else math.inf

    def _ratio(self, scale: Array, best: Array) -> Array:
        ratio = np.where(scale == best, 1, scale / best)
        return power(ratio, self.recipe.norm_type)

    def _combine(self, state: State, other: State, size: int) -> State:
        return self.merge(state, other)


class Limit(NamedTuple):
    """Infinite exponents: the greatest magnitude, or for `gem` with minus infinity the least.

    The state is that of `Extreme`, which folds and merges it.
    """

    recipe: Recipe
    wide: DType
    mean: bool
    extreme: Extreme

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        if self.mean or block.dtype.kind not in "iu":
            found = magnitude(block, self.wide, self.mean)
        else:  # unsigned, the least integer's magnitude has room
            found = np.abs(block).view(f"u{block.dtype.itemsize}")
        if self.recipe.ignored is None:
            return (found,)
        seen = _seen(block, self.recipe)
        return np.where(seen, found, found.dtype.type(self.extreme.start)), seen

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        return self.extreme.fold(state, dim, part)

    def merge(self, state: State, other: State) -> State:
        return self.extreme.merge(state, other)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        _, empty = _number(self.recipe, outs, state[1] if len(state) > 1 else None)
        return Outcome(state[0], empty=empty if self.mean or len(state) > 1 else None)


def magnitude(block: Array, wide: DType, mean: bool) -> Array:
    """What the formulas raise to the power: abs(x), or max(x, 1e-6)."""
    values: Array = block.astype(wide)
    if mean:
        np.maximum(values, LEAST, out=values)
    else:
        np.abs(values, out=values)
    return values


def power(values: Array, norm: float) -> Array:
    """Raise to a power; small whole ones by multiplication, which is many times faster."""
    by_hand: dict[float, Callable[[], Array]] = {
        1: lambda: values,
        2: lambda: np.square(values),
        3: lambda: np.square(values) * values,
        4: lambda: np.square(np.square(values)),
    }
    return by_hand.get(norm, lambda: np.power(values, norm))()


def root(values: Array, norm: float) -> Array:
    """Take a root of floats; the square root is rounded correctly."""
    if norm == 1:
        return values
    if norm in (2, 3):
        return np.sqrt(values) if norm == 2 else np.cbrt(values)
    found: Array = np.power(values, values.dtype.type(1) / norm)
    return found


def _seen(block: Array, recipe: Recipe) -> Array:
    if recipe.ignored is None:
        return np.ones(block.shape, np.bool_)
    return valid_mask(block, recipe.ignored.elements, alpha=recipe.has_alpha)


def _number(recipe: Recipe, outs: Sequence[Range], seen: Array | None) -> tuple[int | Array, Array]:
    """How many elements windows have (or, where told, whether any), and which have none."""
    number = recipe.element_counts(outs, padded=False) if seen is None else seen
    shape = tuple(stop - start for start, stop in outs)
    return number, np.broadcast_to(np.equal(number, 0), shape)
