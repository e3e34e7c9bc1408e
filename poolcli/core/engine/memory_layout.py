"""Views of arrays in their memory layout, in which kernels run fastest.

Axes are transposed into memory order. If global windows cover the last axes of arrays in C order,
these axes become one.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.axis_view import AxisView, view_recipe
from poolcli.core.blocks import AxisOrder, ReadableArray, WritableArray, memory_order
from poolcli.core.recipe import Recipe


def in_memory_layout(
    recipe: Recipe, source: ReadableArray, out: WritableArray, is_ordered: bool
) -> tuple[Recipe, ReadableArray, WritableArray, list[int]]:
    """Return recipe, source and output as views in memory layout, and the memory order of the axes.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    source, out : ReadableArray, WritableArray
        The input and the output, of shapes `recipe.shape` and `recipe.out_shape`.
    is_ordered : bool
        Whether values depend on the order in which axes are folded. Then no axes are merged.

    Returns
    -------
    recipe, source, out
        The same pooling of the views.
    axis_order : list of int
        The axes of the views from the outermost in memory to the innermost.
    """
    axis_order = memory_order(source, len(recipe.shape))
    if can_transpose(recipe, axis_order):
        rank, dims = len(axis_order), tuple(axis_order)
        views = AxisView(source, rank, dims), AxisView(out, rank, dims)
        return view_recipe(recipe, dims), *views, sorted(axis_order)
    if isinstance(source, np.ndarray) and isinstance(out, np.ndarray):
        is_contiguous = source.flags.c_contiguous and out.flags.c_contiguous
        if is_contiguous and not is_ordered and can_merge_axes(recipe):
            merged = merge_axes(recipe)
            arrays = source.reshape(merged.shape), out.reshape(merged.out_shape)
            return merged, *arrays, list(range(len(merged.shape)))
    return recipe, source, out, axis_order


def can_transpose(recipe: Recipe, axis_order: AxisOrder) -> bool:
    """Return whether transposing changes the order of axes, and no option depends on that order.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    axis_order : sequence of int
        The axes of the input from the outermost in memory to the innermost.
    """
    depends_on_order = recipe.return_indices or recipe.has_alpha or recipe.pools_whole_pixels
    return list(axis_order) != sorted(axis_order) and not depends_on_order


def can_merge_axes(recipe: Recipe) -> bool:
    """Return whether one window covers several last axes, so that they can be one axis."""
    first, rank = min(recipe.axes, default=0), len(recipe.shape)
    return (
        rank - first > 1
        and len(recipe.axes) == rank - first
        and all(axis.out_size == 1 and axis.window_is_axis for axis in recipe.axes.values())
        and not (recipe.return_indices or recipe.has_alpha or recipe.pools_whole_pixels)
    )


@lru_cache(maxsize=256)
def merge_axes(recipe: Recipe) -> Recipe:
    """Return the recipe for an array whose pooled axes, the last ones, are merged into one."""
    first = min(recipe.axes)
    size = math.prod(recipe.shape[first:])
    return replace(
        recipe,
        shape=(*recipe.shape[:first], size),
        out_shape=(*recipe.out_shape[:first], 1),
        axes={first: Axis(size, out_size=1, kernel_size=size, stride=max(size, 1))},
    )
