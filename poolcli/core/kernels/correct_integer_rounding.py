"""Integer results of modes that work in floats: rounded once, half up, from the exact value.

The nearest integer of a float value is also that of the exact value, unless the value lies within
its error bound of the midpoint of two integers. Only the windows of such values are read again, as
integers, and the exact value is compared with the midpoint.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import Ranges, ReadableArray
from poolcli.core.dtypes import Array, DType, integer_bounds
from poolcli.core.kernels.elements_to_exact_integers import (
    ExactElements,
    exact_elements,
    fits_64_bits,
)
from poolcli.core.kernels.gather import gather_windows
from poolcli.core.kernels.kernel_input_and_result import BlockResult, ErrorBound, read_windows
from poolcli.core.recipe import Recipe

ELEMENTS_AT_A_TIME = 1 << 18
"""The number of elements that are read again at a time."""

MAX_WINDOW_ELEMENTS = 1 << 22
"""Larger windows keep the nearest integer of the float: exact integers would take minutes."""


def correct_rounding(
    recipe: Recipe, source: ReadableArray, out_ranges: Ranges, result: BlockResult, rounded: Array
) -> None:
    """Correct integers whose rounding the errors of the float values leave undecided.

    Parameters
    ----------
    recipe : Recipe
    source : array_like
        The whole input.
    out_ranges : tuple of (int, int)
        The block of the output: one range for each axis.
    result : BlockResult
        The float values of the block. Without an error bound nothing is corrected.
    rounded : ndarray of int
        The values as integers, of the block's shape; corrected in place.
    """
    values, bound = result.values, result.error_bound
    if bound is None:
        return
    largest = largest_magnitude(recipe, source, out_ranges) if bound.per_magnitude else 0.0
    error = bound.per_magnitude * largest + bound.absolute
    undecided = _near_a_half(recipe, values, bound.relative, error)
    n_elements = max(recipe.max_window_elements, 1)
    if not undecided.size or n_elements > MAX_WINDOW_ELEMENTS:
        return
    block, axis_blocks = read_windows(recipe, source, out_ranges), recipe.axis_blocks(out_ranges)
    is_valid, zero = recipe.valid_mask(block), block.dtype.type(0)
    least, greatest = integer_bounds(recipe.out_dtype)
    absolute = np.broadcast_to(bound.absolute, values.shape)
    gather = partial(gather_windows, footprint=recipe.footprint)
    step = max(1, ELEMENTS_AT_A_TIME // n_elements)
    for start in range(0, undecided.size, step):
        windows = undecided[start : start + step]
        valid = gather(is_valid, axis_blocks, windows, values.shape, False)
        elements = gather(block, axis_blocks, windows, values.shape, zero)
        elements = np.where(valid, elements, zero)
        near = values.take(windows)
        magnitudes = np.abs(elements.astype(near.dtype)).max(axis=0)
        relative_error = bound.per_magnitude * magnitudes + bound.relative * np.abs(near)
        error = relative_error + absolute.take(windows)
        low, high = np.floor(near - error + 0.5), np.floor(near + error + 0.5)
        kept = np.flatnonzero(
            (high > low) & (high > least) & (low < greatest) & np.isfinite(high - low)
        )
        exact = exact_elements(elements[:, kept], valid[:, kept], windows[kept], bound.degree)
        integers = _round_exactly(exact, low[kept], high[kept], bound)
        if greatest > np.iinfo(np.int64).max:
            integers = integers.astype(object)  # NumPy 2.0 clips int64 within its own bounds alone
        rounded.put(windows[kept], np.clip(integers, least, greatest).astype(rounded.dtype))


def _near_a_half(recipe: Recipe, values: Array, relative: float, error: Any) -> Array:
    """Return the flat indices of values that may be as close to a half as their error."""
    least, greatest = integer_bounds(recipe.out_dtype)
    largest = float(max(-least, greatest) + 1)
    if recipe.out_dtype.itemsize > 2 and values.size:
        # The bounds of wide integers would make the relative error too large.
        largest = min(largest, np.fmax(np.fmax.reduce(values, None), -np.fmin.reduce(values, None)))
    distance = np.floor(values)
    np.subtract(values, distance, out=distance)
    distance -= 0.5
    np.abs(distance, out=distance)
    return np.flatnonzero(distance <= relative * largest + error)


def _round_exactly(elements: ExactElements, low: Array, high: Array, bound: ErrorBound) -> Array:
    """Return the integers, from `low` to `high`, that the exact values round to, by bisection."""
    largest = 2 * max(float(np.abs(low).max(initial=0)), float(np.abs(high).max(initial=0))) + 1
    if not fits_64_bits(largest * len(elements.values), bound.degree, elements.shift):
        elements = elements.as_python_integers()
    least, greatest = (np.array([int(each) for each in side], object) for side in (low, high))
    if elements.values.dtype != object:
        least, greatest = least.astype(np.int64), greatest.astype(np.int64)
    while (least < greatest).any():
        middle = (least + greatest + 1) // 2
        is_reached = bound.at_least_half_of(elements, 2 * middle - 1).astype(np.bool_)
        least = np.where(is_reached, middle, least)
        greatest = np.where(is_reached, greatest, middle - 1)
    return least


def max_roundings(recipe: Recipe) -> int:
    """Return the largest number of roundings on an element's way into the sum of its window."""
    if recipe.footprint is not None:
        return recipe.max_window_elements
    axes = recipe.axes.values()
    return sum(min(axis.max_elements, 8) + axis.max_elements.bit_length() for axis in axes)


def unit_roundoff(dtype: DType) -> float:
    """Return the largest relative error of rounding to a float dtype.

    Examples
    --------
    >>> unit_roundoff(np.dtype("float32")) == 2**-24
    True
    """
    return float(np.finfo(dtype).eps) / 2


def largest_magnitude(recipe: Recipe, source: ReadableArray, out_ranges: Ranges) -> float:
    """Return the largest finite magnitude of an element in the windows of a block, or 0.

    Parameters
    ----------
    recipe : Recipe
    source : array_like
        The whole input.
    out_ranges : tuple of (int, int)
        The block of the output: one range for each axis.
    """
    in_ranges = recipe.input_ranges(out_ranges)
    order, max_bytes = range(len(in_ranges)), blocks.MAX_INPUT_BLOCK_BYTES // 4
    largest = 0.0
    for ranges in blocks.split_by_bytes(in_ranges, recipe.in_dtype.itemsize, order, max_bytes):
        block = np.asarray(blocks.read_block(source, ranges))
        if block.size:
            extremes = block.max(), block.min()
            if not all(map(np.isfinite, extremes)):
                block = block[np.isfinite(block)]
                extremes = block.max(initial=0), block.min(initial=0)
            largest = max(largest, *(abs(float(extreme)) for extreme in extremes))
    return largest
