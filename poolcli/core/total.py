"""`sum` and `avg`: exact integer sums, float sums in a wider type, one division at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from poolcli.core import pairs
from poolcli.core.dtypes import Array, DType, bounds
from poolcli.core.fold import fold
from poolcli.core.kernel import Kernel, Outcome, counted
from poolcli.core.quotient import LOW_HALF, divide
from poolcli.core.recipe import Recipe
from poolcli.core.separable import Separable, State
from poolcli.core.taps import Part, Range

WIDER = {"float16": "float32", "float32": "float64", "complex64": "complex128"}
FEW = 64
"""Up to so many float32 are summed as such, as PyTorch does; more in float64."""

SHIFT = 2.0**-64  # a power of two, so that scaling by it is exact; more than any window has


def mean_kernel(recipe: Recipe) -> Kernel:
    """The kernel of a recipe for means."""
    if not recipe.weighs_alpha:
        plain = _kernel(recipe, mean=True)
        return pairs.Pairs(recipe, plain) if pairs.fits(recipe) else plain
    greatest = bounds(recipe.source)[1] ** 2 if recipe.source.kind in "biu" else 1
    product = accumulator(recipe.source, recipe.window_elements, greatest)
    steps = Weighted(recipe, (product, product, np.dtype(np.int64)))
    return Separable(recipe, steps, 2 * product.itemsize)


def sum_kernel(recipe: Recipe) -> Separable:
    """The kernel of a recipe for sums."""
    return _kernel(recipe, mean=False)


def _kernel(recipe: Recipe, *, mean: bool) -> Separable:
    plain = accumulator(recipe.source, recipe.window_elements)
    # A handful of float32 needs no wider sum; what overflows on the way is summed again.
    plainly = recipe.source == recipe.result == np.float32
    few = plainly and recipe.window_elements <= FEW
    # Integer sums count in full, but for a plain `sum`, which wraps as PyTorch's does.
    exact = mean or recipe.asked_dtype
    # 64-bit integers whose sum must not wrap are summed in two halves.
    halved = recipe.source.kind in "iu" and recipe.source.itemsize == 8 and exact
    into = (plain, np.dtype(np.uint64)) if halved else (plain,)
    counts = accumulator(np.dtype(np.bool_), recipe.window_elements)
    steps = Total(recipe, (*into, counts), mean=mean, exact=exact, halved=halved)
    itemsize = _itemsize(recipe, recipe.source if few else plain)
    if few:
        quick = replace(steps, into=(recipe.source, counts))
        return Separable(recipe, quick, itemsize, careful=steps)
    # A mean of floats that have no wider type to be summed in may overflow on the way.
    narrow = mean and plain == recipe.source and recipe.source.kind in "fc"
    return Separable(
        recipe, steps, itemsize, careful=replace(steps, scale=SHIFT) if narrow else None
    )


def _itemsize(recipe: Recipe, plain: DType) -> int:
    """Bytes that an element takes: those of its sum, where that is wider, and of the counts."""
    return 8 if recipe.ignore is not None else max(recipe.source.itemsize, plain.itemsize)


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
        low, high = bounds(source)
        greatest = max(-low, high)
    kind = "i" if source.kind == "i" else "u"
    for size in (2, 4):
        if greatest * elements <= np.iinfo(f"{kind}{size}").max:
            return np.dtype(f"{kind}{size}")
    return np.dtype(f"{kind}8")


def add_up(state: State, dim: int, part: Part, into: Sequence[DType]) -> State:
    """Sum each array of a state along one axis."""
    return tuple(
        fold(np.add, plane, dim, part, 0, dtype) for plane, dtype in zip(state, into, strict=False)
    )


def add_together(state: State, other: State) -> State:
    """Add the sums of two pieces of the same windows."""
    return tuple(np.add(a, b) for a, b in zip(state, other, strict=True))


def divisors(
    recipe: Recipe, outs: Sequence[Range], seen: Array | None
) -> int | npt.NDArray[np.int64]:
    """What each window's sum is divided by; 1 where it has no elements."""
    if recipe.divisor is not None:
        return recipe.divisor
    if seen is not None:
        return np.maximum(seen.astype(np.int64), 1)
    number = recipe.counts(outs, padded=recipe.pad_counts)
    return max(number, 1) if isinstance(number, int) else np.maximum(number, 1)


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


@dataclass(frozen=True, slots=True)
class Total:
    """Sums, and the division that makes means of them.

    The state is the sum (halved: the sums of the high and of the low 32 bits) and, where a
    value is ignored, the number of elements that were not.
    """

    recipe: Recipe
    into: tuple[DType, ...]
    mean: bool
    exact: bool
    halved: bool
    scale: float = 1.0

    @property
    def limits(self) -> tuple[int, int]:
        """Between which the sums of integers lie."""
        low, high = bounds(self.recipe.source)
        return low * self.recipe.window_elements, high * self.recipe.window_elements

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        seen: State = ()
        if self.recipe.ignore is not None:
            seen = (counted(block, self.recipe.ignore.element, alpha=self.recipe.alpha),)
            block = np.where(seen[0], block, block.dtype.type(0))
        if self.scale != 1:
            block = scaled(block, self.scale)
        if self.halved:
            return block >> 32, block.astype(np.uint64) & LOW_HALF, *seen
        return block, *seen

    def fold(self, state: State, dim: int, part: Part) -> State:
        return add_up(state, dim, part, self.into)

    def merge(self, state: State, other: State) -> State:
        return add_together(state, other)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        recipe = self.recipe
        sums, seen = (state, None) if recipe.ignore is None else (state[:-1], state[-1])
        count = divisors(recipe, outs, seen) if self.mean else 1
        if recipe.source.kind in "biu":
            values = divide(sums, count, recipe.result, self.limits) if self.exact else sums[0]
        else:
            # What no axis was folded of has the input's dtype still, and the result's may be wider.
            wide = np.result_type(self.into[0], recipe.result)
            total = sums[0].astype(
                self.into[0] if recipe.result.kind in "biu" else wide, copy=False
            )
            values = ratio(total, count) if self.mean else total
            if self.scale != 1:
                values = self._unscaled(values)
        empty = None if seen is None else seen == 0
        narrow = recipe.source.kind in "fc" and self.into[0] == recipe.source
        finite = np.isfinite(values) if narrow else None
        doubt = None if finite is None or finite.all() else ~finite
        return Outcome(values, empty=empty, doubt=doubt)

    def _unscaled(self, values: Array) -> Array:
        """Undo the scaling; rounding must not carry a mean past the largest number."""
        if values.dtype.kind == "f" and self.recipe.divisor is None:
            most = np.finfo(values.dtype).max * values.dtype.type(SHIFT)
            values = np.where(np.isfinite(values), values.clip(-most, most), values)
        return scaled(values, 1 / SHIFT)


@dataclass(frozen=True, slots=True)
class Weighted:
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
        if self.recipe.ignore is None:
            return colour, weight
        seen = counted(block, self.recipe.ignore.element, alpha=True)
        none = colour.dtype.type(0)
        return np.where(seen, colour, none), np.where(seen, weight, none), seen

    def fold(self, state: State, dim: int, part: Part) -> State:
        return add_up(state, dim, part, self.into)

    def merge(self, state: State, other: State) -> State:
        return add_together(state, other)

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        recipe = self.recipe
        colour, weight = state[0], state[1]
        seen = state[2] if recipe.ignore is not None else None
        whole = recipe.source.kind in "biu"
        count: Array = weight.astype(np.int64 if whole else np.float64)
        alpha_count = divisors(recipe, outs, None if seen is None else seen[..., -1:])
        count[..., -1:] = alpha_count
        transparent = count == 0
        count[transparent] = 1
        values = divide((colour,), count, recipe.result) if whole else colour / count
        values[transparent] = 0
        return Outcome(values, empty=None if seen is None else seen == 0)
