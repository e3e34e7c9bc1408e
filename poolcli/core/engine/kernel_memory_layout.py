"""Layouts of arrays in which kernels can run, and run fastest.

- Arrays of many axes lose their axes of size 1. NumPy's arrays have at most 64 axes and its
  iterators 32; gathering windows takes two axes for each of the array's. An array of more than 32
  axes has size 1 on nearly all of them.
- Axes are transposed into memory order.
- If global windows cover the last axes of arrays in C order, these axes become one.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.blocks import ReadableArray, WritableArray, memory_order
from poolcli.core.errors import ArgumentError
from poolcli.core.kernels.kernel_protocol import kernel_for
from poolcli.core.recipe import Recipe
from poolcli.core.reordered_view import AxisView, view_recipe

MAX_UNSQUEEZED_AXES = 15
"""Arrays of more axes are squeezed."""

MAX_GATHERED_AXES = 31
"""Windows can be gathered along so many axes: the arrays have two for each, at most NumPy's 64."""


def kept_axes(recipe: Recipe) -> tuple[int, ...]:
    """Return the axes that are kept: of many axes those that are pooled or larger than 1.

    Raises
    ------
    ArgumentError
        If too many axes are left for a mode that gathers windows.
    """
    rank = len(recipe.shape)
    if rank <= MAX_UNSQUEEZED_AXES or recipe.has_alpha or recipe.pools_whole_pixels:
        return tuple(range(rank))
    kept = tuple(
        dim for dim, size in enumerate(recipe.shape) if size != 1 or recipe.is_reduced(dim)
    )
    if len(kept) > MAX_GATHERED_AXES and kernel_for(recipe).gathers_windows:
        raise ArgumentError(
            f"mode {recipe.mode.name!r} takes up to {MAX_GATHERED_AXES} axes longer than 1, "
            f"the input has {len(kept)}",
            "x",
        )
    return kept


def squeeze(recipe: Recipe, *arrays: Any) -> tuple[Recipe, tuple[Any, ...]]:
    """Return a recipe and its arrays, without most axes of size 1 if they have many axes.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    *arrays : ReadableArray, WritableArray or None
        Arrays with the axes of the recipe.

    Raises
    ------
    ArgumentError
        If too many axes are left for a mode that gathers windows.
    """
    kept, rank = kept_axes(recipe), len(recipe.shape)
    if len(kept) == rank:
        return recipe, arrays
    return view_recipe(recipe, kept), tuple(_squeeze_array(array, rank, kept) for array in arrays)


def _squeeze_array(array: Any, rank: int, kept: tuple[int, ...]) -> Any:
    if isinstance(array, np.ndarray):
        return array.squeeze(tuple(dim for dim in range(rank) if dim not in kept))
    return None if array is None else AxisView(array, rank, kept)


def in_memory_layout(
    recipe: Recipe, source: ReadableArray, out: WritableArray
) -> tuple[Recipe, ReadableArray, WritableArray, list[int]]:
    """Return recipe, source and output as views in memory layout, and the memory order of the axes.

    Axes are neither transposed nor merged if an option depends on their order.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    source, out : ReadableArray, WritableArray
        The input and the output, of shapes `recipe.shape` and `recipe.out_shape`.

    Returns
    -------
    recipe, source, out
        The same pooling of the views.
    axis_order : list of int
        The axes of the views from the outermost in memory to the innermost.
    """
    axis_order = memory_order(source, len(recipe.shape))
    if depends_on_axis_order(recipe):
        return recipe, source, out, axis_order
    if axis_order != sorted(axis_order):
        rank, dims = len(axis_order), tuple(axis_order)
        views = AxisView(source, rank, dims), AxisView(out, rank, dims)
        return view_recipe(recipe, dims), *views, sorted(axis_order)
    if isinstance(source, np.ndarray) and isinstance(out, np.ndarray):
        is_contiguous = source.flags.c_contiguous and out.flags.c_contiguous
        if is_contiguous and can_merge_axes(recipe):
            merged = merge_axes(recipe)
            arrays = source.reshape(merged.shape), out.reshape(merged.out_shape)
            return merged, *arrays, list(range(len(merged.shape)))
    return recipe, source, out, axis_order


def depends_on_axis_order(recipe: Recipe) -> bool:
    """Return whether an option depends on the order of the axes."""
    return recipe.return_indices or recipe.has_alpha or recipe.pools_whole_pixels


def can_merge_axes(recipe: Recipe) -> bool:
    """Return whether one window covers several last axes, so that they can be one axis.

    Axes are not merged if values depend on the order in which elements are combined, or on their
    places.
    """
    first, rank = min(recipe.axes, default=0), len(recipe.shape)
    return (
        recipe.footprint is None
        and rank - first > 1
        and len(recipe.axes) == rank - first
        and all(axis.out_size == 1 and axis.window_is_axis for axis in recipe.axes.values())
        and not recipe.mode.has_positional_weights
        and not kernel_for(recipe).order_dependent
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
