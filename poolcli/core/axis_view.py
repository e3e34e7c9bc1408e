"""Views of readable and writable arrays with reordered axes or without axes of size 1."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.recipe import Recipe
from poolcli.core.transpose import copy_transposed


@dataclass(frozen=True, slots=True)
class AxisView:
    """A view whose axis ``i`` is axis ``dims[i]`` of an array; the other axes have size 1.

    Attributes
    ----------
    array : ReadableArray or WritableArray
        The array of `rank` axes; blocks of the view are read from it and written to it.
    rank : int
        The number of axes of the array.
    dims : tuple of int
        Axes of the array, one per axis of the view.
    """

    array: Any
    rank: int
    dims: tuple[int, ...]

    @property
    def strides(self) -> tuple[int, ...] | None:
        """The strides in bytes, or None if the array does not state them."""
        strides = getattr(self.array, "strides", None)
        return None if strides is None else tuple(strides[dim] for dim in self.dims)

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        return self._view_of(np.asarray(self.array[self._array_index(index)]))

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        array_index = self._array_index(index)
        if isinstance(self.array, np.ndarray):
            target = self._view_of(self.array[array_index])
            copy_transposed(target, value.astype(target.dtype, copy=False))
            return
        axis_order = self._axis_order()
        inverse = sorted(range(self.rank), key=axis_order.__getitem__)
        with_all_axes = value.reshape(value.shape + (1,) * (self.rank - len(self.dims)))
        self.array[array_index] = with_all_axes.transpose(inverse)

    def _axis_order(self) -> tuple[int, ...]:
        """Return the axes of the array: first those of the view, then those of size 1."""
        return (*self.dims, *(dim for dim in range(self.rank) if dim not in self.dims))

    def _array_index(self, index: tuple[slice, ...]) -> tuple[slice, ...]:
        """Return the index of the array for an index of the view."""
        array_index = [slice(0, 1)] * self.rank
        for dim, axis_slice in zip(self.dims, index, strict=True):
            array_index[dim] = axis_slice
        return tuple(array_index)

    def _view_of(self, block: Array) -> Array:
        """Return a block of the array with the axes of the view."""
        ordered = block.transpose(self._axis_order())
        return ordered.reshape(ordered.shape[: len(self.dims)])


@lru_cache(maxsize=256)
def view_recipe(recipe: Recipe, dims: tuple[int, ...]) -> Recipe:
    """Return the recipe for an `AxisView` of the input.

    The pooled axes keep the order that they have in the input: values must not depend on the memory
    layout.

    Parameters
    ----------
    recipe : Recipe
        The recipe for the input.
    dims : tuple of int
        Axes of the input, one per axis of the view; all other axes have size 1.
    """
    return replace(
        recipe,
        shape=tuple(recipe.shape[dim] for dim in dims),
        out_shape=tuple(recipe.out_shape[dim] for dim in dims),
        axes={dims.index(dim): axis for dim, axis in recipe.axes.items() if dim in dims},
    )
