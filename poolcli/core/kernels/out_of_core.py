"""Ranked modes of windows that are too large to be gathered: the input is read several times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from poolcli.core.blocks import MIN_CONTIGUOUS_BYTES, Ranges, ReadableArray, memory_order
from poolcli.core.casting import cast
from poolcli.core.dtypes import Array
from poolcli.core.kernels.base import BlockResult, is_reduced
from poolcli.core.kernels.out_of_core_selection import Window
from poolcli.core.kernels.ranked import RankedKernel
from poolcli.core.recipe import Recipe

MAX_GATHERED_BYTES = 100_000_000
"""Windows of more bytes than this are read again and again, where they are not in memory."""


def needs_out_of_core(recipe: Recipe, source: object) -> bool:
    """Whether a recipe's windows are too large to be gathered, and are not in memory as it is."""
    whole = getattr(source, "whole", source)  # as it lies
    plain = (
        recipe.in_dtype.kind in "biuf"
        and recipe.in_dtype.itemsize <= 8
        and not recipe.pools_whole_pixels
    )
    plain = plain and not (recipe.has_alpha and recipe.ignored)
    if not plain or isinstance(whole, np.ndarray):
        return False
    # What lies inside of the window's axes in memory is read with it.
    beside = 1
    for dim in reversed(memory_order(source, len(recipe.shape))):
        if is_reduced(recipe, dim):
            break
        beside *= recipe.shape[dim]
    beside = max(1, min(beside, MIN_CONTIGUOUS_BYTES // recipe.in_dtype.itemsize))
    return beside * recipe.max_window_elements * recipe.in_dtype.itemsize > MAX_GATHERED_BYTES


class OutOfCoreKernel(NamedTuple):
    """Does what a ranked kernel does, in little memory and several passes.

    Ranks are found digit by digit (radix selection): the elements are counted by their highest
    bits, then those that share these with the wanted one by their next, until few enough are left
    to be sorted. The most frequent value is looked for where most elements are, until what is left
    cannot be as frequent.
    """

    ranked: RankedKernel
    gathers_windows: bool = False
    order_dependent: bool = False

    @property
    def element_bytes(self) -> int:
        """Bytes of an element."""
        return self.ranked.recipe.in_dtype.itemsize

    def pool(self, source: ReadableArray, outs: Ranges, order: Sequence[int]) -> BlockResult:
        """Compute the outputs `outs`, one window, or row of windows side by side, at a time."""
        recipe = self.ranked.recipe
        shape = tuple(stop - start for start, stop in outs)
        reduced = [is_reduced(recipe, dim) for dim in range(len(outs))]
        values = np.empty(shape, recipe.out_dtype)
        number = np.empty(shape, np.int64)
        for at in np.ndindex(*(n if seen else 1 for n, seen in zip(shape, reduced, strict=True))):
            spans = [
                _elements(recipe, dim, outs[dim][0] + at[dim]) if seen else range(*outs[dim])
                for dim, seen in enumerate(reduced)
            ]
            window = Window(source, spans, reduced, recipe, order)
            found = cast(self._of_one(window), recipe.out_dtype)
            where = tuple(
                slice(place, place + 1) if seen else slice(None)
                for place, seen in zip(at, reduced, strict=True)
            )
            values[where] = found.reshape(values[where].shape)
            number[where] = window.number.reshape(values[where].shape)
        return BlockResult(values, empty=number == 0)

    def _of_one(self, window: Window) -> Array:
        if self.ranked.picks:
            return window.most_frequent()
        found = self.ranked.choose(window, self.ranked.recipe)
        return np.where(window.nans > 0, np.nan, found) if window.nans.any() else found


def _elements(recipe: Recipe, dim: int, out: int) -> range:
    """The elements of a window on an axis."""
    axis = recipe.axes[dim]
    first, last = axis.first_position(out), min(axis.last_position(out), axis.size - 1)
    first += max(0, -(first // axis.dilation)) * axis.dilation
    return range(first, last + 1, axis.dilation)
