"""Pooling of arrays of many axes without their axes of size 1.

NumPy's arrays have at most 64 axes and its iterators 32; gathering windows takes two axes for each
of the array's. An array of more than 32 axes has size 1 on nearly all of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from poolcli.core.axis_view import AxisView, view_recipe
from poolcli.core.errors import ArgumentError
from poolcli.core.kernels.kernel_protocol import is_reduced, kernel_for
from poolcli.core.recipe import Recipe

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
        dim for dim, size in enumerate(recipe.shape) if size != 1 or is_reduced(recipe, dim)
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
