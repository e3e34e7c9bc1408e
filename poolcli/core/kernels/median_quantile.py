"""`median` and `quantile`: what stands at, or between, certain ranks of each window."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.casting import cast
from poolcli.core.dtypes import Array
from poolcli.core.kernels import median3x3
from poolcli.core.kernels.base import Kernel
from poolcli.core.kernels.exact_division import divide
from poolcli.core.kernels.float_rounding import two_sum
from poolcli.core.kernels.ranked import Ordered, RankedKernel
from poolcli.core.kernels.sort_keys import plain
from poolcli.core.kernels.wide_division import LOW_HALF
from poolcli.core.recipe import Recipe

Rank = int | npt.NDArray[np.int64]
Share = float | npt.NDArray[np.float64]


class Place(NamedTuple):
    """Between which ranks, counted from 0, a quantile lies, and how far from the lower one."""

    low: Rank
    high: Rank
    share: Share


def linear(at: npt.NDArray[np.float64]) -> tuple[Array, Array, Array]:
    """In proportion."""
    return np.floor(at), np.ceil(at), at - np.floor(at)


def lower(at: npt.NDArray[np.float64]) -> tuple[Array, Array, Array]:
    """The rank below."""
    return np.floor(at), np.floor(at), np.zeros_like(at)


def higher(at: npt.NDArray[np.float64]) -> tuple[Array, Array, Array]:
    """The rank above."""
    return np.ceil(at), np.ceil(at), np.zeros_like(at)


def nearest(at: npt.NDArray[np.float64]) -> tuple[Array, Array, Array]:
    """The nearest rank, the even one of two as near."""
    return np.rint(at), np.rint(at), np.zeros_like(at)


def midpoint(at: npt.NDArray[np.float64]) -> tuple[Array, Array, Array]:
    """Half way between the ranks below and above."""
    return np.floor(at), np.ceil(at), np.where(at == np.floor(at), 0.0, 0.5)


METHODS: dict[str, Callable[[npt.NDArray[np.float64]], tuple[Array, Array, Array]]] = {
    "linear": linear,
    "lower": lower,
    "higher": higher,
    "nearest": nearest,
    "midpoint": midpoint,
}
"""By the names that `numpy.quantile` and `poolcli.core.modes.METHODS` have for them."""


SELECTING_METHODS = ("lower", "higher", "nearest")
"""Methods that give one of the elements."""


def median_kernel(recipe: Recipe) -> Kernel:
    """The kernel of a recipe for the median."""
    if median3x3.fits(recipe):
        return median3x3.Median3x3Kernel(recipe)
    return RankedKernel(recipe, plain, median)


def quantile_kernel(recipe: Recipe) -> RankedKernel:
    """The kernel of a recipe for a quantile."""
    return RankedKernel(recipe, plain, quantile)


def median(stack: Ordered, recipe: Recipe) -> Array:
    """The middle value, or the mean of the two in the middle, of each window."""
    number = np.maximum(stack.number, 1) if not isinstance(stack.number, int) else stack.number
    low, high = stack.at((number - 1) // 2, number // 2)
    if low is high:
        return low
    if recipe.in_dtype.kind in "iu" and recipe.in_dtype.itemsize == 8:
        halves = (low >> 32) + (high >> 32), _low_half(low) + _low_half(high)
        return divide(halves, 2, recipe.out_dtype)
    wide = np.result_type(low.dtype, np.float64)
    found = (low.astype(wide) + high) / 2
    if wide == recipe.in_dtype:  # there was no wider type for the sum
        over = np.isinf(found) & np.isfinite(low) & np.isfinite(high)
        np.copyto(found, low / 2 + high / 2, where=over)
    if recipe.out_dtype.kind in "iu" and recipe.in_dtype.kind == "f":
        # A sum just below an odd integer may have been rounded to it.
        half = np.flatnonzero(found - np.floor(found) == 0.5)
        _, lost = two_sum(low.take(half).astype(wide), high.take(half).astype(wide))
        below = half[lost < 0]
        found.put(below, np.floor(found.take(below)))
    return found


def quantile(stack: Ordered, recipe: Recipe) -> Array:
    """A quantile of each window, by the definition of `numpy.quantile`."""
    place = locate_quantile(stack.number, recipe.q, recipe.method)
    low, high = stack.at(place.low, place.high)
    if low is high or recipe.method in SELECTING_METHODS:
        return low
    wide = np.result_type(low.dtype, np.float64)
    found = between(low.astype(wide), high.astype(wide), place.share)
    if recipe.in_dtype.kind in "iu" and recipe.in_dtype.itemsize == 8:
        # What lies on an element is that element, though float64 may not hold it.
        found = cast(found, recipe.out_dtype)
        np.copyto(
            found, cast(low, recipe.out_dtype), where=(low == high) | np.equal(place.share, 0)
        )
    return found


def locate_quantile(number: Rank, q: float, method: str) -> Place:
    """Where the quantile `q` of so many elements lies.

    Examples
    --------
    >>> locate_quantile(4, 0.5, "linear")
    Place(low=1, high=2, share=0.5)
    """
    at = np.asarray((np.maximum(number, 1) - 1) * q, np.float64)
    low, high, share = METHODS[method](at)
    if isinstance(number, int):
        return Place(int(low), int(high), float(share))
    return Place(low.astype(np.int64), high.astype(np.int64), share)


def between(low: Array, high: Array, share: Share) -> Array:
    """Go from `low` to `high` by a share of the way.

    As NumPy does it, so that results agree to the last bit, but infinities and numbers whose
    difference overflows come out as they should.

    Examples
    --------
    >>> between(np.array([1.0, 1.0, np.inf]), np.array([3.0, np.inf, np.inf]), 0.25)
    array([1.5, inf, inf])
    """
    with np.errstate(over="ignore", invalid="ignore"):
        way = high - low
        found = np.where(np.less(share, 0.5), low + way * share, high - way * (1 - share))
        odd = ~np.isfinite(way)
        if odd.any():
            weighed = low * (1 - share) + high * share
            weighed = np.where((low == high) | np.equal(share, 0), low, weighed)
            found = np.where(odd, weighed, found)
    return found


def _low_half(values: Array) -> npt.NDArray[np.uint64]:
    return values.astype(np.uint64) & LOW_HALF
