"""Arrays seen as they lie in memory: axes in its order, and those that are one stretch as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.blocks import ReadableArray, WritableArray, memory_order
from poolcli.core.dtypes import Array
from poolcli.core.engine.transpose import copy_transposed
from poolcli.core.recipe import Recipe


@dataclass(frozen=True, slots=True)
class TransposedArray:
    """A source or a result whose axis ``order[i]`` is seen as axis ``i``."""

    whole: Any
    order: tuple[int, ...]

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        return np.asarray(self.whole[self._plain(index)]).transpose(self.order)

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        if isinstance(self.whole, np.ndarray):
            there = self.whole[self._plain(index)].transpose(self.order)
            copy_transposed(there, value.astype(there.dtype, copy=False))
            return
        back = sorted(range(len(self.order)), key=self.order.__getitem__)
        self.whole[self._plain(index)] = value.transpose(back)

    def _plain(self, index: tuple[slice, ...]) -> tuple[slice, ...]:
        plain = [slice(None)] * len(index)
        for axis, each in zip(self.order, index, strict=True):
            plain[axis] = each
        return tuple(plain)


def as_stored(
    recipe: Recipe, source: ReadableArray, out: WritableArray, ordered: bool
) -> tuple[Recipe, ReadableArray, WritableArray, list[int]]:
    """See a pooling as it is done fastest, and say in which order its axes lie in memory.

    Where values depend on the order in which axes are folded (`ordered`), none are made one.
    """
    order = memory_order(source, len(recipe.shape))
    if can_transpose(recipe, order):
        there = tuple(order)
        return (
            transpose_recipe(recipe, there),
            TransposedArray(source, there),
            TransposedArray(out, there),
            sorted(order),
        )
    if isinstance(source, np.ndarray) and isinstance(out, np.ndarray):
        contiguous = source.flags.c_contiguous and out.flags.c_contiguous
        if contiguous and not ordered and can_merge_axes(recipe):
            merged = merge_axes(recipe)
            whole = source.reshape(merged.shape), out.reshape(merged.out_shape)
            return merged, *whole, list(range(len(merged.shape)))
    return recipe, source, out, order


def can_transpose(recipe: Recipe, order: Sequence[int]) -> bool:
    """Whether turning changes anything, and nothing hangs on which axis is which."""
    fixed = recipe.return_indices or recipe.has_alpha or recipe.pools_whole_pixels
    return list(order) != sorted(order) and not fixed


@lru_cache(maxsize=256)
def transpose_recipe(recipe: Recipe, order: tuple[int, ...]) -> Recipe:
    """The recipe for a turned array.

    Kernels fold fastest along rows, which are the last axis only in C order. The spatial axes keep
    the order of the input's own.
    """
    return replace(
        recipe,
        shape=tuple(recipe.shape[dim] for dim in order),
        out_shape=tuple(recipe.out_shape[dim] for dim in order),
        axes={order.index(dim): axis for dim, axis in recipe.axes.items()},
    )


def can_merge_axes(recipe: Recipe) -> bool:
    """Whether windows cover the last axes whole, so that each is one stretch of memory."""
    first, rank = min(recipe.axes, default=0), len(recipe.shape)
    return (
        rank - first > 1
        and len(recipe.axes) == rank - first
        and all(axis.out_size == 1 and axis.window_is_axis for axis in recipe.axes.values())
        and not (recipe.return_indices or recipe.has_alpha or recipe.pools_whole_pixels)
    )


@lru_cache(maxsize=256)
def merge_axes(recipe: Recipe) -> Recipe:
    """The recipe for an array whose last axes have been made one."""
    first = min(recipe.axes)
    size = math.prod(recipe.shape[first:])
    return replace(
        recipe,
        shape=(*recipe.shape[:first], size),
        out_shape=(*recipe.out_shape[:first], 1),
        axes={first: Axis(size, out_size=1, kernel_size=size, stride=max(size, 1))},
    )
