"""The size of NumPy's buffer, into which ufuncs copy elements that they cast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from poolcli.core.blocks import AxisOrder
from poolcli.core.kernels.complete_windows import MAX_PIXEL_BYTES
from poolcli.core.recipe import Recipe

NUMPY_BUFFER_ELEMENTS = 8192
"""The size of NumPy's buffer if it is not set."""

MIN_ROW_ELEMENTS = 256
"""Shorter rows are combined faster if they are copied."""


def buffer_elements(recipe: Recipe, axis_order: AxisOrder) -> int:
    """Return the best size of NumPy's buffer: twice the shortest rows that are combined.

    It is fast because NumPy copies rows that are shorter than half of its buffer before it combines
    them, which takes as long as combining them.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    axis_order : sequence of int
        The axes from the outermost in memory to the innermost.
    """
    row_elements, shortest = 1, NUMPY_BUFFER_ELEMENTS
    for dim in reversed(axis_order):
        is_row = row_elements * recipe.in_dtype.itemsize > MAX_PIXEL_BYTES
        if recipe.is_reduced(dim) and is_row:
            shortest = min(shortest, row_elements)
        row_elements *= recipe.out_shape[dim]
        if recipe.is_reduced(dim) and not is_row:
            shortest = min(shortest, row_elements)
    if shortest < MIN_ROW_ELEMENTS:
        return NUMPY_BUFFER_ELEMENTS
    return min(2 * shortest // 16 * 16, NUMPY_BUFFER_ELEMENTS)  # NumPy takes multiples of 16


@contextmanager
def numpy_buffer(n_elements: int) -> Iterator[None]:
    """Set the size of NumPy's buffer on this thread while the context lasts."""
    previous = np.setbufsize(n_elements)
    try:
        yield
    finally:
        np.setbufsize(previous)
