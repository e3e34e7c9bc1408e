"""Integer results of modes that work in floats: rounded half up once, from the exact value.

A float tells which integer is nearest, unless it lies within its error of the middle of two. Only
for those windows the elements are taken again, as whole numbers, and the exact value is compared
with the middle.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.blocks import (
    MAX_INPUT_BLOCK_BYTES,
    Ranges,
    ReadableArray,
    block_shape,
    read_block,
    split_into_blocks,
)
from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.ignored_values import valid_mask
from poolcli.core.kernels.base import Rounding, is_reduced, reach
from poolcli.core.kernels.gather import gather_some
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock

AT_ONCE = 1 << 18
"""So many elements are looked at again at a time."""

MOST = 1 << 22
"""Windows of more elements keep what the float says: Python's integers would take minutes."""

ROOM = 60
"""So many bits are left to numbers in 64 bits."""

BITS = 10
"""Floats that are multiples of 2**-BITS are exact in 64 bits, if they are small; these are fast."""


class Elements(NamedTuple):
    """The elements of some windows, exactly.

    Attributes
    ----------
    values : ndarray
        The elements times ``2**shift``, along the first axis, of int64 or of Python's integers; 0
        where a window has none.
    there : ndarray of bool
        Which of them count, and are finite.
    number : ndarray
        How many count, infinite ones too; of the dtype of `values`.
    shift : int
    windows : ndarray of int
        Which windows, counted in C order over the block.
    """

    values: Array
    there: npt.NDArray[np.bool_]
    number: Array
    shift: int
    windows: npt.NDArray[np.intp]

    def unbounded(self) -> Elements:
        """The largest finite magnitude, as Python's integer."""
        return self._replace(values=self.values.astype(object), number=self.number.astype(object))


def settle(
    recipe: Recipe,
    source: ReadableArray,
    outs: Ranges,
    values: Array,
    rounded: Array,
    how: Rounding,
) -> None:
    """Correct rounded values where the float's error leaves the rounding undecided.

    Parameters
    ----------
    values : ndarray of float
        A block of the result.
    rounded : ndarray of int
        The same as integers; changed in place.
    how : Rounding
    """
    magnitude = largest_magnitude(recipe, source, outs) if how.per_magnitude else 0.0
    error = how.per_magnitude * magnitude + how.absolute
    unsure = _near_a_half(recipe, values, how.relative, error)
    depth = max(recipe.max_window_elements, 1)
    if not unsure.size or depth > MOST:
        return
    block = np.asarray(read_block(source, reach(recipe, outs))).astype(recipe.in_dtype, copy=False)
    least, most = integer_bounds(recipe.out_dtype)
    error = np.broadcast_to(how.absolute, values.shape)
    step = max(1, AT_ONCE // depth)
    for start in range(0, unsure.size, step):
        some = unsure[start : start + step]
        found, there = _elements(recipe, block, outs, some)
        near = values.take(some)
        largest = np.abs(found.astype(near.dtype)).max(axis=0)
        off = how.per_magnitude * largest + how.relative * np.abs(near) + error.take(some)
        low, high = np.floor(near - off + 0.5), np.floor(near + off + 0.5)
        kept = np.flatnonzero(
            (high > low) & (high > least) & (low < most) & np.isfinite(high - low)
        )
        exact = _exactly(found[:, kept], there[:, kept], some[kept], how.degree)
        whole = _between(exact, low[kept], high[kept], how)
        rounded.put(some[kept], np.clip(whole, least, most).astype(rounded.dtype))


def _near_a_half(
    recipe: Recipe, values: Array, relative: float, error: Any
) -> npt.NDArray[np.intp]:
    """Which values may lie so near to a half that they are to be looked at."""
    least, most = integer_bounds(recipe.out_dtype)
    greatest = float(max(-least, most) + 1)
    if recipe.out_dtype.itemsize > 2 and values.size:  # there the bounds say little
        greatest = min(
            greatest, np.fmax(np.fmax.reduce(values, None), -np.fmin.reduce(values, None))
        )
    off = np.floor(values)
    np.subtract(values, off, out=off)
    off -= 0.5
    np.abs(off, out=off)
    return np.flatnonzero(off <= relative * greatest + error)


def _between(elements: Elements, low: Array, high: Array, how: Rounding) -> Array:
    """The integers that the exact values are rounded to, from `low` to `high`."""
    largest = 2 * max(float(np.abs(low).max(initial=0)), float(np.abs(high).max(initial=0))) + 1
    if not _fits(largest * len(elements.values), how.degree, elements.shift):
        elements = elements.unbounded()
    least, most = (np.array([int(each) for each in side], object) for side in (low, high))
    if elements.values.dtype != object:
        least, most = least.astype(np.int64), most.astype(np.int64)
    while (least < most).any():
        middle = (least + most + 1) // 2
        above = how.reaches(elements, 2 * middle - 1).astype(np.bool_)
        least, most = np.where(above, middle, least), np.where(above, most, middle - 1)
    return least


def _elements(
    recipe: Recipe, block: Array, outs: Ranges, some: npt.NDArray[np.intp]
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """The elements of some windows of a block, 0 where they do not count, and which do."""
    shape = tuple(stop - start for start, stop in outs)
    ins = reach(recipe, outs)
    windows = [
        AxisBlock(recipe.axes[dim], outs[dim], ins[dim]) if is_reduced(recipe, dim) else None
        for dim in range(len(outs))
    ]
    ignored = () if recipe.ignored is None else recipe.ignored.elements
    seen = valid_mask(block, ignored, alpha=recipe.has_alpha)
    there = gather_some(seen, windows, some, shape, False)
    found = gather_some(block, windows, some, shape, block.dtype.type(0))
    return np.where(there, found, block.dtype.type(0)), there


def _exactly(
    found: Array, there: npt.NDArray[np.bool_], some: npt.NDArray[np.intp], degree: int
) -> Elements:
    number = np.add.reduce(there, axis=0, dtype=np.int64)
    if found.dtype.kind == "f":
        there = there & np.isfinite(found)
    values, shift = whole_numbers(np.where(there, found, found.dtype.type(0)), degree)
    return Elements(values, there, number.astype(values.dtype), shift, some)


def _fits(largest: float, degree: int, shift: int = 0) -> bool:
    """True if powers of numbers times ``2**shift`` fit into 64 bits."""
    return (math.log2(max(largest, 1)) + shift) * degree < ROOM


def whole_numbers(values: Array, degree: int = 1) -> tuple[Array, int]:
    """Finite numbers as integers, and how many powers of two they were multiplied by.

    They are int64 where sums of their powers up to `degree` fit, and else Python's.

    Examples
    --------
    >>> whole_numbers(np.array([0.5, 3.0]))
    (array([ 512, 3072]), 10)
    >>> whole_numbers(np.array([2.0**-30, 3.0]))
    (array([1, 3221225472], dtype=object), 30)
    """
    largest = float(np.abs(values.astype(np.result_type(values, np.float64))).max(initial=0))
    shift = 0 if values.dtype.kind in "biu" else BITS
    if _fits(2.0 * len(values) * largest * 2.0**shift, degree):
        if not shift:
            return values.astype(np.int64), 0
        scaled = np.ldexp(values.astype(np.result_type(values, np.float64)), shift)
        if (scaled == np.rint(scaled)).all():
            return scaled.astype(np.int64), shift
    if not shift:
        return values.astype(object), 0
    pairs = [each.as_integer_ratio() for each in values.reshape(-1)]
    shift = max((denominator.bit_length() - 1 for _, denominator in pairs), default=0)
    exact = np.empty(values.size, object)
    exact[:] = [above * (1 << shift) // below for above, below in pairs]
    return exact.reshape(values.shape), shift


def roundings(recipe: Recipe) -> int:
    """The largest number of roundings in a window's sum."""
    axes = recipe.axes.values()
    return sum(min(axis.max_elements, 8) + axis.max_elements.bit_length() for axis in axes)


def unit(dtype: DType) -> float:
    """The largest relative error of a rounding."""
    return float(np.finfo(dtype).eps) / 2


def largest_magnitude(recipe: Recipe, source: ReadableArray, outs: Ranges) -> float:
    """The largest finite magnitude among the elements of a block's windows."""
    ins = reach(recipe, outs)
    sizes = [stop - start for start, stop in ins]
    order = list(range(len(sizes)))
    total = math.prod(sizes) * recipe.in_dtype.itemsize
    found = 0.0
    for ranges in split_into_blocks(
        ins, block_shape(sizes, total, order, MAX_INPUT_BLOCK_BYTES // 4), order
    ):
        block = np.asarray(read_block(source, ranges))
        if block.size:
            ends = block.max(), block.min()
            if not all(map(np.isfinite, ends)):
                block = block[np.isfinite(block)]
                ends = block.max(initial=0), block.min(initial=0)
            found = max(found, *(abs(float(end)) for end in ends))
    return found
