"""Reading and pooling a part of a plane of an open input."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.engine.run_blocks import pool_block
from poolcli.core.extension_floats import with_numpy_dtype
from poolcli.core.padded_source import PaddedSource
from poolcli.core.recipe import Recipe
from poolcli.explain.axis_crop import AxisCrop, Crops
from poolcli.explain.block_elements import PlaneBlock
from poolcli.io.document import Source

MAX_ELEMENTS_READ = 1 << 14
"""The number of elements up to which the windows shown are read and written out."""


class PlaneReader:
    """Reads and pools the part of a plane that is shown.

    Parameters
    ----------
    source : Source
        The input.
    recipe : Recipe
        The pooling, over one, two or three axes.
    channel_shape : tuple of int
        The number of channels, if the last axis of the input is channels; else empty.
    """

    def __init__(self, source: Source, recipe: Recipe, channel_shape: tuple[int, ...]) -> None:
        self.source = source
        self.recipe = recipe
        self._channel_shape = channel_shape
        self._pooled: dict[Any, tuple[Array, Array | None]] = {}

    def pool(self, index: tuple[int, ...], crops: Crops) -> tuple[Array, Array | None]:
        """Return the output values and the indices of the windows shown.

        Parameters
        ----------
        index : tuple of int
            The index of the plane on each axis of the input; any number on the axes of the plane.
        crops : (AxisCrop, AxisCrop, AxisCrop)
            The windows shown along slices, rows and columns.

        Returns
        -------
        (ndarray, ndarray or None)
            Both of the shape (slices, rows, columns) or (slices, rows, columns, channels).
        """
        windows = [crop.windows for crop in crops]
        key = index, *windows
        if key not in self._pooled:
            ranges = self._ranges(index, windows)
            values, indices = pool_block(self.recipe, self.source, ranges)
            shape = *map(len, windows), *self._channel_shape
            indices = None if indices is None else indices.reshape(shape)
            self._pooled[key] = with_numpy_dtype(values).reshape(shape), indices
        return self._pooled[key]

    def read(self, index: tuple[int, ...], crops: Crops) -> tuple[PlaneBlock, bool]:
        """Read the elements shown, and if they are few, all elements of the windows shown.

        Parameters
        ----------
        index : tuple of int
            The index of the plane on each axis of the input; any number on the axes of the plane.
        crops : (AxisCrop, AxisCrop, AxisCrop)
            The windows and positions shown along slices, rows and columns.

        Returns
        -------
        (PlaneBlock, bool)
            The block, and whether it contains all elements of the windows.
        """
        shown = [_shown_positions(self.recipe, crop) for crop in crops]
        covered = [
            _covered_positions(self.recipe, crop, positions)
            for crop, positions in zip(crops, shown, strict=True)
        ]
        has_whole_windows = prod(map(len, covered)) <= MAX_ELEMENTS_READ
        return self._read(index, covered if has_whole_windows else shown), has_whole_windows

    def _read(self, index: tuple[int, ...], positions: list[range]) -> PlaneBlock:
        """Read a block of a plane."""
        ranges = self._ranges(index, positions)
        source: Any = self.source
        if self.recipe.padding_mode is not None:
            source = PaddedSource(source, self.recipe)
            pads = {dim: axis.pad_before for dim, axis in self.recipe.axes.items()}
            ranges = tuple(
                (start + pads.get(dim, 0), stop + pads.get(dim, 0))
                for dim, (start, stop) in enumerate(ranges)
            )
        values = with_numpy_dtype(np.array(source[tuple(slice(*each) for each in ranges)]))
        slices, rows, columns = positions
        shape = len(slices), len(rows), len(columns), *self._channel_shape
        return PlaneBlock((slices.start, rows.start, columns.start), values.reshape(shape))

    def _ranges(
        self, index: tuple[int, ...], positions: list[range]
    ) -> tuple[tuple[int, int], ...]:
        """Return start and stop on each axis of a block of a plane, with all its channels."""
        pooled = positions[-len(self.recipe.axes) :]
        ranges = [(position, position + 1) for position in index]
        for dim, shown in zip(self.recipe.axes, pooled, strict=True):
            ranges[dim] = shown.start, shown.stop
        if self._channel_shape:
            ranges[-1] = 0, self.recipe.shape[-1]
        return tuple(ranges)


def _shown_positions(recipe: Recipe, crop: AxisCrop) -> range:
    """Return the positions shown that have a value."""
    if recipe.padding_mode is None:
        return crop.data_positions
    axis, positions = crop.axis, crop.positions
    start = max(positions.start, -axis.pad_before)
    return range(start, max(start, min(positions.stop, axis.size + axis.pad_after)))


def _covered_positions(recipe: Recipe, crop: AxisCrop, shown: range) -> range:
    """Return the positions with a value that are shown or that the windows shown cover."""
    axis, windows = crop.axis, crop.windows
    if recipe.padding_mode is None:
        start, stop = axis.input_range(windows.start, windows.stop)
    else:
        start = axis.first_position(windows.start)
        stop = min(axis.last_position(windows.stop - 1) + 1, axis.size + axis.pad_after)
    return range(min(start, shown.start), max(stop, shown.stop))
