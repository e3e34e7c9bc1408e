"""Padding with values: a source whose axes are longer by the padding, which no array holds.

A pooling with a padding mode is the plain pooling of the padded input. Blocks that lie on the data
are read as they are; only those that reach into the padding are copied, so that the input is never
padded as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.blocks import ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.padding_mode import CONSTANT
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisIndex, Range, index_on_axis

MAX_READ_RATIO = 2
"""Elements with gaps between them are read as one range if it has at most this many times as many
elements."""


def with_padded_source(recipe: Recipe, source: ReadableArray) -> tuple[Recipe, ReadableArray]:
    """Return the pooling of the padded source; both arguments if the padding has no values.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    source : ReadableArray
        The input.

    Returns
    -------
    recipe : Recipe
        A pooling without padding, the same object for the same recipe.
    source : ReadableArray
        Of the shape of that recipe.
    """
    if recipe.padding_mode is None:
        return recipe, source
    return padded_recipe(recipe), PaddedSource(source, recipe)


@lru_cache(maxsize=256)
def padded_recipe(recipe: Recipe) -> Recipe:
    """Return the recipe of the padded input."""
    axes = {dim: _padded_axis(axis) for dim, axis in recipe.axes.items()}
    shape = list(recipe.shape)
    for dim, axis in axes.items():
        shape[dim] = axis.size
    return replace(recipe, shape=tuple(shape), axes=axes, padding_mode=None)


def _padded_axis(axis: Axis) -> Axis:
    size = axis.size + axis.pad_before + axis.pad_after
    return axis._replace(size=size, pad_before=0, pad_after=0)


@dataclass(frozen=True, slots=True)
class PaddedSource:
    """A readable array that pads another one as a recipe says.

    Attributes
    ----------
    array : ReadableArray
        The input.
    recipe : Recipe
        The pooling of the input, whose padding has values.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> window = Window.fixed(5, padding=2, padding_mode="reflect")
    >>> PaddedSource(np.arange(4), make_recipe((4,), "i8", "max", window))[0:8,]
    array([2, 1, 0, 1, 2, 3, 2, 1])
    """

    array: Any
    recipe: Recipe

    @property
    def strides(self) -> tuple[int, ...] | None:
        """The strides of the input, which tell the memory order of the axes."""
        return getattr(self.array, "strides", None)

    @property
    def chunk_shape(self) -> tuple[int, ...] | None:
        """The shape of the chunks of the input, or None if it is not stored in chunks."""
        return getattr(self.array, "chunk_shape", None)

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        slices, positions = list(index), {}
        for dim, axis in self.recipe.axes.items():
            start, stop = index[dim].start - axis.pad_before, index[dim].stop - axis.pad_before
            if start >= 0 and stop <= axis.size:
                slices[dim] = slice(start, stop)
            elif start < stop:
                positions[dim] = np.arange(start, stop)
            else:
                slices[dim] = slice(0, 0)
        return self._read(slices, positions)

    def _read(self, slices: Sequence[slice], positions: dict[int, Array]) -> Array:
        """Return a block; `positions` are those of the axes on which it reaches into the padding.

        Positions count from the first element of the data.
        """
        if not positions:
            return np.asarray(self.array[tuple(slices)])
        dim, at = next(iter(positions.items()))
        others = {other: positions[other] for other in positions if other != dim}
        elements = self.source_indices(dim, at)
        low, high = int(elements.min()), int(elements.max()) + 1
        if high - low > MAX_READ_RATIO * len(at) and len(at) > 1:
            middle = int(np.abs(np.diff(elements)).argmax()) + 1
            parts = [self._read(slices, {dim: part, **others}) for part in np.split(at, [middle])]
            return np.concatenate(parts, axis=dim)
        read = list(slices)
        read[dim] = slice(low, high)
        block = self._read(read, others)
        return self._pad_axis(block, dim, at, elements - low)

    def source_indices(self, dim: int, positions: Array) -> Array:
        """Return the elements of the axis that padded positions hold."""
        size = self.recipe.axes[dim].size
        mode = self.recipe.padding_mode
        assert mode is not None
        if mode.name == "reflect":
            positions = np.abs(positions)
            return np.where(positions < size, positions, 2 * (size - 1) - positions)
        if mode.name == "symmetric":
            positions = np.where(positions < 0, -1 - positions, positions)
            return np.where(positions < size, positions, 2 * size - 1 - positions)
        if mode.name == "circular":
            return positions % size
        return np.clip(positions, 0, size - 1)  # the value of a constant is filled in later

    def _pad_axis(self, block: Array, dim: int, positions: Array, elements: Array) -> Array:
        """Return a block with the elements of one axis at their padded positions."""
        size = self.recipe.axes[dim].size
        shape = list(block.shape)
        shape[dim] = len(positions)
        padded = np.empty(shape, block.dtype)
        start, stop = _range_on_data(positions, size)
        if start < stop:
            first = int(elements[start])
            inside = slice(first, first + stop - start)
            padded[index_on_axis(dim, slice(start, stop))] = block[index_on_axis(dim, inside)]
        for side in (slice(0, start), slice(stop, len(positions))):
            if side.start < side.stop:
                padded[index_on_axis(dim, side)] = self._padding_values(block, dim, elements[side])
        return padded

    def _padding_values(self, block: Array, dim: int, elements: AxisIndex) -> Any:
        """Return the values of padded elements on one side of the data."""
        mode = self.recipe.padding_mode
        if mode is not None and mode.name == CONSTANT:
            return self.recipe.padding_element
        return block[index_on_axis(dim, elements)]


def _range_on_data(positions: Array, size: int) -> Range:
    """Return the range of ascending positions that lie on the data.

    Examples
    --------
    >>> _range_on_data(np.arange(-2, 9), 5)
    (2, 7)
    """
    start = min(max(0, -int(positions[0])), len(positions))
    return start, max(start, min(len(positions), size - int(positions[0])))
