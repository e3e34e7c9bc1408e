"""`sum` and `avg`: exact integer sums, float sums in a wider type but for few, one division."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.ignored_values import replace_ignored, valid_mask
from poolcli.core.kernels.base import Outcome, Rounding
from poolcli.core.kernels.exact_division import LOW_HALF, divide
from poolcli.core.kernels.fold import fold
from poolcli.core.kernels.pairwise_reduce import Addition, fold_pairwise
from poolcli.core.kernels.round_half_up import Elements, roundings, unit
from poolcli.core.kernels.separable import Separable, State
from poolcli.core.modes import MAX_DIVISOR
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, Range

WIDER = {"float16": "float32", "float32": "float64", "complex64": "complex128"}
FEW = 64
"""Up to so many float32 are summed as such, more in float64; what overflows is summed again."""

SHIFT = 2.0**-64  # a power of two, so that scaling by it is exact; more than any window has


def mean_kernel(recipe: Recipe) -> Separable:
    """The kernel of a recipe for means."""
    if not recipe.weights_by_alpha:
        return _kernel(recipe, mean=True)
    greatest = integer_bounds(recipe.in_dtype)[1] ** 2 if recipe.in_dtype.kind in "biu" else 1
    product = accumulator(recipe.in_dtype, recipe.max_window_elements, greatest)
    steps = Weighted(recipe, (product, product, np.dtype(np.int64)))
    return Separable(recipe, steps, 2 * product.itemsize, ordered=product.kind == "f")


def sum_kernel(recipe: Recipe) -> Separable:
    """The kernel of a recipe for sums."""
    return _kernel(recipe, mean=False)


def _kernel(recipe: Recipe, *, mean: bool) -> Separable:
    plain = accumulator(recipe.in_dtype, recipe.max_window_elements)
    # Integer sums count in full, but for a plain `sum`, which wraps as PyTorch's does.
    exact = mean or recipe.has_explicit_dtype
    # 64-bit integers whose sum must not wrap are summed in two halves.
    halved = recipe.in_dtype.kind in "iu" and recipe.in_dtype.itemsize == 8 and exact
    into = (plain, np.dtype(np.uint64)) if halved else (plain,)
    counts = accumulator(np.dtype(np.bool_), recipe.max_window_elements)
    steps = Total(recipe, (*into, counts), mean=mean, exact=exact, halved=halved)
    left = 0 if recipe.ignored is None else 1  # a byte more that says what is left out
    itemsize = max(recipe.in_dtype.itemsize, plain.itemsize)
    ordered = plain.kind in "fc"
    if recipe.in_dtype == recipe.out_dtype == np.float32:
        quick = steps._replace(grouped=True)
        return Separable(recipe, quick, recipe.in_dtype.itemsize + left, steps, ordered)
    # A mean of floats that have no wider type to be summed in may overflow on the way.
    narrow = mean and plain == recipe.in_dtype and recipe.in_dtype.kind in "fc"
    careful = steps._replace(scale=SHIFT) if narrow else None
    return Separable(recipe, steps, itemsize + left, careful, ordered)


def accumulator(source: DType, elements: int, greatest: int | None = None) -> DType:
    """The narrowest dtype that holds the sum of a window's elements.

    Examples
    --------
    >>> accumulator(np.dtype("uint8"), 4), accumulator(np.dtype("uint8"), 1000)
    (dtype('uint16'), dtype('uint32'))
    """
    if source.kind in "fc":
        return np.dtype(WIDER.get(source.name, source))
    if greatest is None:
        low, high = integer_bounds(source)
        greatest = max(-low, high)
    kind = "i" if source.kind == "i" else "u"
    for size in (1, 2, 4) if source.kind == "b" else (2, 4):
        if greatest * elements <= np.iinfo(f"{kind}{size}").max:
            return np.dtype(f"{kind}{size}")
    return np.dtype(f"{kind}8")


def add_up(state: State, dim: int, part: AxisBlock, into: Sequence[DType]) -> State:
    """Sum each array of a state along one axis."""
    return tuple(
        fold(np.add, plane, dim, part, 0, dtype) for plane, dtype in zip(state, into, strict=False)
    )


def add_together(state: State, other: State) -> State:
    """Add the sums of two pieces of the same windows."""
    return tuple(np.add(a, b) for a, b in zip(state, other, strict=True))


def divisors(recipe: Recipe, outs: Sequence[Range]) -> int | npt.NDArray[np.int64]:
    """What each window's sum is divided by where nothing is left out; 1 where it is empty."""
    if recipe.divisor is not None:
        return recipe.divisor
    number = recipe.element_counts(outs, padded=recipe.counts_padding)
    return max(number, 1) if isinstance(number, int) else np.maximum(number, 1)


def reaches(elements: Elements, odd: Array, divisor: Array) -> Array:
    """True where windows' sums over their divisors are at least half of an odd integer."""
    if np.max(np.abs(divisor), initial=0) > len(elements.values):
        elements, odd, divisor = elements.unbounded(), odd.astype(object), divisor.astype(object)
    total, middle = 2 * elements.values.sum(axis=0), odd * divisor * (1 << elements.shift)
    reached: Array = np.where(divisor < 0, total <= middle, total >= middle)
    return reached


def scaled(values: Array, scale: float) -> Array:
    """Multiply floats; complex ones part by part, so that infinities stay where they are."""
    out = np.empty_like(values)
    if values.dtype.kind == "f":
        np.multiply(values, values.dtype.type(scale), out=out)
    else:
        out.real, out.imag = values.real * scale, values.imag * scale
    return out


def ratio(total: Array, count: int | Array) -> Array:
    """Divide float sums; complex ones part by part, so that infinities stay where they are."""
    out = np.empty_like(total)
    if total.dtype.kind == "c":
        out.real, out.imag = total.real / count, total.imag / count
    elif isinstance(count, int) and count > 0 and count & (count - 1) == 0:
        np.multiply(total, total.dtype.type(1 / count), out=out)  # as exact, and faster
    else:
        np.true_divide(total, count, out=out)
    return out


class Total(NamedTuple):
    """Sums, and the division that makes means of them.

    The state is the sum (halved: the sums of the high and of the low 32 bits) and, where a
    value is ignored, the number of elements that were not.
    """

    recipe: Recipe
    into: tuple[DType, ...]
    mean: bool
    exact: bool
    halved: bool
    grouped: bool = False
    scale: float = 1.0

    @property
    def limits(self) -> tuple[int, int]:
        """Between which the sums of integers lie."""
        low, high = integer_bounds(self.recipe.in_dtype)
        return low * self.recipe.max_window_elements, high * self.recipe.max_window_elements

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        seen: State = ()
        if self.recipe.ignored is not None:
            there = valid_mask(block, self.recipe.ignored.elements, alpha=self.recipe.has_alpha)
            block = replace_ignored(block, there, block.dtype.type(0))
            seen = (there.view(np.uint8),)
        if self.scale != 1:
            block = scaled(block, self.scale)
        if self.halved:
            return block >> 32, block.astype(np.uint64) & LOW_HALF, *seen
        return block, *seen

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        if not self.grouped or state[0].dtype != np.float32:
            return add_up(state, dim, part, self.into)
        sums, counts = state[0], add_up(state[1:], dim, part, self.into[1:])
        if self.recipe.max_window_elements <= FEW or part.axis.max_elements == 1:
            return *add_up((sums,), dim, part, (sums.dtype,)), *counts
        if part.axis.max_elements <= FEW:
            few = fold(np.add, sums, dim, part, 0, sums.dtype)
            return few.astype(self.into[0]), *counts
        combine = Addition(self.into[0], FEW, sums.dtype)
        total = fold_pairwise((sums,), dim, part, (0,), combine, self.into[:1])
        return *total, *counts

    def merge(self, state: State, other: State) -> State:
        return add_together(state, other)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        recipe = self.recipe
        empty: Array | None = None
        if recipe.ignored is None:
            values = self._values(state, divisors(recipe, outs))
        else:
            *sums, seen = state
            values = self._values_of_seen(sums, seen, outs)
            empty = None if seen.all() else seen == 0
        narrow = self.grouped or (recipe.in_dtype.kind in "fc" and self.into[0] == recipe.in_dtype)
        finite = np.isfinite(values) if narrow else None
        doubt = None if finite is None or finite.all() else ~finite
        return Outcome(values, empty=empty, doubt=doubt, rounding=self._rounding(outs))

    def _rounding(self, outs: Sequence[Range]) -> Rounding | None:
        """The error bound of sums and means of floats, for integer results.

        Each sum is off by a unit of the largest magnitude for each element and each rounding.
        """
        recipe = self.recipe
        if recipe.out_dtype.kind not in "iu" or recipe.in_dtype.kind != "f":
            return None
        off = (roundings(recipe) + 4) * unit(self.into[0]) * recipe.max_window_elements
        if self.mean and recipe.ignored is not None and recipe.divisor is None:
            return Rounding(lambda found, odd: reaches(found, odd, found.number), per_magnitude=off)
        divisor = divisors(recipe, outs) if self.mean else 1
        by_window = np.broadcast_to(divisor, [stop - start for start, stop in outs])
        return Rounding(
            lambda found, odd: reaches(found, odd, by_window.take(found.windows)),
            per_magnitude=off / int(np.min(np.abs(divisor), initial=MAX_DIVISOR)),
        )

    def _values_of_seen(self, sums: Sequence[Array], seen: Array, outs: Sequence[Range]) -> Array:
        """Values where elements were left out.

        Most windows lack nothing, and one divisor for all is faster: the others are done again.
        """
        full = divisors(self.recipe, outs)
        if not self.mean or self.recipe.divisor is not None:
            return self._values(sums, full)
        odd = np.flatnonzero(seen != full) if isinstance(full, int) else None
        if odd is None or 2 * odd.size > seen.size:
            return self._values(sums, np.maximum(seen.astype(np.int64), 1))
        values = self._values(sums, full)
        number = np.maximum(seen.take(odd).astype(np.int64), 1)
        values.put(odd, self._values([each.take(odd) for each in sums], number))
        return values

    def _values(self, sums: Sequence[Array], count: int | Array) -> Array:
        recipe = self.recipe
        count = count if self.mean else 1
        if recipe.in_dtype.kind in "biu":
            exact = (tuple(sums), count, recipe.out_dtype, self.limits)
            return divide(*exact) if self.exact else sums[0]
        # What no axis was folded of has the input's dtype still, and the result's may be wider.
        wide = self.into[0]
        if self.grouped:
            wide = sums[0].dtype
        elif recipe.out_dtype.kind not in "biu":
            wide = np.result_type(wide, recipe.out_dtype)
        total = sums[0].astype(wide, copy=False)
        values = ratio(total, count) if self.mean else total
        return values if self.scale == 1 else self._unscaled(values)

    def _unscaled(self, values: Array) -> Array:
        """Undo the scaling; rounding must not carry a mean past the largest number."""
        if values.dtype.kind == "f" and self.recipe.divisor is None:
            most = np.finfo(values.dtype).max * values.dtype.type(SHIFT)
            values = np.where(np.isfinite(values), values.clip(-most, most), values)
        return scaled(values, 1 / SHIFT)


class Weighted(NamedTuple):
    """Means of pictures with alpha: colour is weighted by alpha, alpha itself is a plain mean.

    The state is the sum of colour times alpha (in the alpha channel: of alpha), the sum of the
    weights, and where a value is ignored the number of elements that were not.
    """

    recipe: Recipe
    into: tuple[DType, ...]

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        colour = block.astype(self.into[0])
        weight = np.repeat(colour[..., -1:], block.shape[-1], axis=-1)
        colour[..., :-1] *= colour[..., -1:]
        if self.recipe.ignored is None:
            return colour, weight
        seen = valid_mask(block, self.recipe.ignored.elements, alpha=True)
        none = colour.dtype.type(0)
        return np.where(seen, colour, none), np.where(seen, weight, none), seen

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        return add_up(state, dim, part, self.into)

    def merge(self, state: State, other: State) -> State:
        return add_together(state, other)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        recipe = self.recipe
        colour, weight = state[0], state[1]
        seen = state[2] if recipe.ignored is not None else None
        whole = recipe.in_dtype.kind in "biu"
        count: Array = weight.astype(np.int64 if whole else np.float64)
        if seen is None or recipe.divisor is not None:
            count[..., -1:] = divisors(recipe, outs)
        else:
            count[..., -1:] = seen[..., -1:]
        transparent = count == 0
        count[transparent] = 1
        values = divide((colour,), count, recipe.out_dtype) if whole else colour / count
        values[transparent] = 0
        return Outcome(values, empty=None if seen is None else seen == 0)
