"""Views of arrays of many axes without their axes of size 1.

NumPy's arrays have at most 64 axes and its iterators 32; gathering windows takes two axes for each
of the array's. An array of more than 32 axes has size 1 on nearly all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.errors import ArgumentError
from poolcli.core.kernels.base import is_reduced, kernel_for
from poolcli.core.recipe import Recipe

MAX_UNSQUEEZED_AXES = 15
"""Arrays of more axes are squeezed."""

MAX_GATHERED_AXES = 31
"""Windows can be gathered along so many axes: the arrays have two for each, at most NumPy's 64."""


@dataclass(frozen=True, slots=True)
class SqueezedArray:
    """A view of a readable or writable array of `rank` axes that has only the axes `kept`."""

    array: Any
    rank: int
    kept: tuple[int, ...]

    @property
    def strides(self) -> tuple[int, ...] | None:
        """The strides in bytes, or None if the array does not state them."""
        strides = getattr(self.array, "strides", None)
        return None if strides is None else tuple(strides[dim] for dim in self.kept)

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        block = np.asarray(self.array[self._array_index(index)])
        return block.reshape([block.shape[dim] for dim in self.kept])

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        shape = [1] * self.rank
        for dim, size in zip(self.kept, value.shape, strict=True):
            shape[dim] = size
        self.array[self._array_index(index)] = value.reshape(shape)

    def _array_index(self, index: tuple[slice, ...]) -> tuple[slice, ...]:
        """Return the index of the array for an index of the view."""
        array_index = [slice(0, 1)] * self.rank
        for dim, axis_slice in zip(self.kept, index, strict=True):
            array_index[dim] = axis_slice
        return tuple(array_index)


def kept_axes(recipe: Recipe) -> tuple[int, ...]:
    """Return the axes that the view keeps: of many axes those that are pooled or larger than 1.

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
    """Return a recipe and its arrays, squeezed if they have many axes.

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
    return _squeeze_recipe(recipe, kept), tuple(_squeeze_array(each, rank, kept) for each in arrays)


@lru_cache(maxsize=256)
def _squeeze_recipe(recipe: Recipe, kept: tuple[int, ...]) -> Recipe:
    return replace(
        recipe,
        shape=tuple(recipe.shape[dim] for dim in kept),
        out_shape=tuple(recipe.out_shape[dim] for dim in kept),
        axes={kept.index(dim): axis for dim, axis in recipe.axes.items() if dim in kept},
    )


def _squeeze_array(array: Any, rank: int, kept: tuple[int, ...]) -> Any:
    if array is None:
        return None
    if isinstance(array, np.ndarray):
        return array.squeeze(tuple(dim for dim in range(rank) if dim not in kept))
    return SqueezedArray(array, rank, kept)
