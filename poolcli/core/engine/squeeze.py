"""Views of arrays of many axes without their axes of length 1.

NumPy's arrays have up to 64 axes, its iterators 32, and windows gathered side by side need two axes
for each of the array's. Of more than 32 axes nearly all have length 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.errors import ArgumentError
from poolcli.core.kernels.base import kernel_for
from poolcli.core.recipe import Recipe

MAX_UNSQUEEZED_AXES = 15
"""Arrays of more axes are seen without those of length 1."""

MAX_GATHERED_AXES = 31
"""The most axes that windows can be gathered along: two for each, and NumPy's iterators."""


@dataclass(frozen=True, slots=True)
class SqueezedArray:
    """A view of a source or result that has only the axes `kept`."""

    whole: Any
    rank: int
    kept: tuple[int, ...]

    @property
    def strides(self) -> tuple[int, ...] | None:
        """The strides in bytes, if the source has them."""
        strides = getattr(self.whole, "strides", None)
        return None if strides is None else tuple(strides[dim] for dim in self.kept)

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        block = np.asarray(self.whole[self._full(index)])
        return block.reshape([block.shape[dim] for dim in self.kept])

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        shape = [1] * self.rank
        for dim, size in zip(self.kept, value.shape, strict=True):
            shape[dim] = size
        self.whole[self._full(index)] = value.reshape(shape)

    def _full(self, index: tuple[slice, ...]) -> tuple[slice, ...]:
        full = [slice(0, 1)] * self.rank
        for dim, each in zip(self.kept, index, strict=True):
            full[dim] = each
        return tuple(full)


def kept_axes(recipe: Recipe) -> tuple[int, ...]:
    """The axes of the view: all of few; of many, those longer than 1 or pooled.

    Raises
    ------
    ArgumentError
        If too many are left for a mode that gathers windows.
    """
    rank = len(recipe.shape)
    if rank <= MAX_UNSQUEEZED_AXES or recipe.has_alpha or recipe.pools_whole_pixels:
        return tuple(range(rank))
    kept = tuple(
        dim
        for dim, size in enumerate(recipe.shape)
        if size != 1 or not (dim not in recipe.axes or recipe.axes[dim].is_identity)
    )
    if len(kept) > MAX_GATHERED_AXES and kernel_for(recipe).gathers_windows:
        raise ArgumentError(
            f"mode {recipe.mode.name!r} takes up to {MAX_GATHERED_AXES} axes longer than 1, "
            f"the input has {len(kept)}",
            "x",
        )
    return kept


def squeeze(recipe: Recipe, *arrays: Any) -> tuple[Recipe, tuple[Any, ...]]:
    """A recipe, its source and its results without most axes of length 1."""
    kept = kept_axes(recipe)
    if len(kept) == len(recipe.shape):
        return recipe, arrays
    return _squeezed_recipe(recipe, kept), tuple(
        _squeezed_array(each, len(recipe.shape), kept) for each in arrays
    )


@lru_cache(maxsize=256)
def _squeezed_recipe(recipe: Recipe, kept: tuple[int, ...]) -> Recipe:
    return replace(
        recipe,
        shape=tuple(recipe.shape[dim] for dim in kept),
        out_shape=tuple(recipe.out_shape[dim] for dim in kept),
        axes={kept.index(dim): axis for dim, axis in recipe.axes.items() if dim in kept},
    )


def _squeezed_array(whole: Any, rank: int, kept: tuple[int, ...]) -> Any:
    if whole is None:
        return None
    if isinstance(whole, np.ndarray):
        return whole.squeeze(tuple(dim for dim in range(rank) if dim not in kept))
    return SqueezedArray(whole, rank, kept)
