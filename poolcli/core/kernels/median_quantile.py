"""`median` and `quantile`: order statistics of each window, or values between two of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolcli.core.casting import cast, two_sum
from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.exact_division import divide
from poolcli.core.kernels.interior_and_border_windows import (
    InteriorAndBorderKernel,
    has_complete_windows,
)
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.kernels.median3x3 import MAX_ARRAYS, Median3x3Kernel, has_3x3_windows
from poolcli.core.kernels.ranked import Counts, OrderStatistics, RankedKernel
from poolcli.core.kernels.sort_keys import element_keys
from poolcli.core.kernels.wide_division import LOW_HALF
from poolcli.core.recipe import Recipe


class QuantilePosition(NamedTuple):
    """The position of a quantile between two order statistics.

    Attributes
    ----------
    low, high : int or ndarray of int64
        Their ranks, counted from 0.
    weight : float or ndarray of float64
        The weight of the higher one, from 0 to 1.
    """

    low: Counts
    high: Counts
    weight: float | Array


INTERPOLATIONS = {
    "linear": (np.floor, np.ceil),
    "lower": (np.floor, np.floor),
    "higher": (np.ceil, np.ceil),
    "nearest": (np.rint, np.rint),
    "midpoint": (np.floor, np.ceil),
}
"""Interpolation methods by their names in `numpy.quantile`: how the fractional rank of a quantile
is rounded to the ranks of the lower and the higher element. `numpy.rint` rounds halves to even."""

SELECTING_METHODS = ("lower", "higher", "nearest")
"""Methods whose result is always an element of the window."""


def median_kernel(recipe: Recipe) -> Kernel:
    """Return the kernel of a recipe for `median`."""
    ranked = RankedKernel(recipe, element_keys, median)
    if not has_3x3_windows(recipe):
        return ranked
    median3x3 = Median3x3Kernel(recipe, MAX_ARRAYS * recipe.in_dtype.itemsize)
    if has_complete_windows(recipe):
        return median3x3
    return InteriorAndBorderKernel(recipe, median3x3, ranked)


def quantile_kernel(recipe: Recipe) -> RankedKernel:
    """Return the kernel of a recipe for `quantile`."""
    return RankedKernel(recipe, element_keys, quantile)


def median(windows: OrderStatistics, recipe: Recipe) -> Array:
    """Return the median of each window: the middle element, or the mean of the middle two.

    Parameters
    ----------
    windows : OrderStatistics
    recipe : Recipe

    Returns
    -------
    ndarray
        Of the windows' shape.
    """
    counts = windows.counts
    counts = counts if isinstance(counts, int) else np.maximum(counts, 1)
    low, high = windows.order_statistics((counts - 1) // 2, counts // 2)
    if low is high:
        return low
    is_integer, n_bytes = recipe.in_dtype.kind in "iu", recipe.in_dtype.itemsize
    if is_integer and recipe.out_dtype.kind in "iu":
        # The mean rounded half up: half of the sum, which is 2 * (low | high) - (low ^ high).
        rounded: Array = (low | high) - ((low ^ high) >> 1)
        return rounded
    if is_integer and n_bytes == 8:
        # The sum may need 65 bits; those of the high and the low 32 bits do not.
        low_halves = low.astype(np.uint64) & LOW_HALF, high.astype(np.uint64) & LOW_HALF
        halves = (low >> 32) + (high >> 32), low_halves[0] + low_halves[1]
        return divide(halves, 2, recipe.out_dtype)
    dtype: DType
    if recipe.in_dtype.kind != "f" and n_bytes <= 2:
        dtype = np.dtype(np.float32)  # in which such sums are exact
    else:
        dtype = low.dtype if low.itemsize > 8 else np.dtype(np.float64)
    values = low.astype(dtype)
    values += high
    values *= 0.5
    if dtype == recipe.in_dtype:
        # There is no wider type, in which the sum could not overflow.
        overflowed = np.isinf(values) & np.isfinite(low) & np.isfinite(high)
        np.copyto(values, low / 2 + high / 2, where=overflowed)
    if recipe.out_dtype.kind in "iu" and recipe.in_dtype.kind == "f":
        # A mean just below a half may have been rounded up to it.
        half = np.flatnonzero(values - np.floor(values) == 0.5)
        _, error = two_sum(low.take(half).astype(dtype), high.take(half).astype(dtype))
        below = half[error < 0]
        values.put(below, np.floor(values.take(below)))
    return values


def quantile(windows: OrderStatistics, recipe: Recipe) -> Array:
    """Return the quantile ``recipe.q`` of each window, as `numpy.quantile` defines it.

    Parameters
    ----------
    windows : OrderStatistics
    recipe : Recipe

    Returns
    -------
    ndarray
        Of the windows' shape.
    """
    position = locate_quantile(windows.counts, recipe.q, recipe.method)
    low, high = windows.order_statistics(position.low, position.high)
    if low is high or recipe.method in SELECTING_METHODS:
        return low
    dtype = np.result_type(low.dtype, np.float64)
    values = interpolate(low.astype(dtype), high.astype(dtype), position.weight)
    if recipe.in_dtype.kind in "iu" and recipe.in_dtype.itemsize == 8:
        # A quantile that is an element keeps its value, even if float64 cannot hold it.
        values = cast(values, recipe.out_dtype)
        is_element = (low == high) | np.equal(position.weight, 0)
        np.copyto(values, cast(low, recipe.out_dtype), where=is_element)
    return values


def locate_quantile(counts: Counts, q: float, method: str) -> QuantilePosition:
    """Return the position of a quantile in windows with these numbers of elements.

    Parameters
    ----------
    counts : int or ndarray of int64
        Numbers of elements. Empty windows get the position of windows with one element.
    q : float
        From 0 to 1.
    method : str
        A key of `INTERPOLATIONS`.

    Returns
    -------
    QuantilePosition
        Of plain numbers if `counts` is one, else of arrays of its shape.

    Examples
    --------
    >>> locate_quantile(4, 0.5, "linear")
    QuantilePosition(low=1, high=2, weight=0.5)
    """
    position = np.asarray((np.maximum(counts, 1) - 1) * q, np.float64)
    low, high = (rounded(position) for rounded in INTERPOLATIONS[method])
    weight = np.where(low == high, 0.0, 0.5 if method == "midpoint" else position - low)
    if isinstance(counts, int):
        return QuantilePosition(int(low), int(high), float(weight))
    return QuantilePosition(low.astype(np.int64), high.astype(np.int64), weight)


def interpolate(low: Array, high: Array, weight: float | Array) -> Array:
    """Return ``low + weight * (high - low)``.

    The operations are those of `numpy.quantile`, so that results are equal to the last bit. Unlike
    there, infinities and numbers whose difference overflows give the right result.

    Parameters
    ----------
    low, high : ndarray of float
        Of one shape.
    weight : float or ndarray of float64
        From 0 to 1.

    Returns
    -------
    ndarray of float

    Examples
    --------
    >>> interpolate(np.array([1.0, 1.0, np.inf]), np.array([3.0, np.inf, np.inf]), 0.25)
    array([1.5, inf, inf])
    """
    with np.errstate(over="ignore", invalid="ignore"):
        difference = high - low
        values = np.where(
            np.less(weight, 0.5), low + difference * weight, high - difference * (1 - weight)
        )
        overflowed = ~np.isfinite(difference)
        if overflowed.any():
            weighted = low * (1 - weight) + high * weight
            weighted = np.where((low == high) | np.equal(weight, 0), low, weighted)
            values = np.where(overflowed, weighted, values)
    return values
