"""The windows of a plane: which positions they cover, and which of them hold elements."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array
from poolcli.core.recipe import Recipe
from poolcli.explain import axis_crop
from poolcli.explain.position_text import Position

SINGLE_POSITION = Axis(1, out_size=1, kernel_size=1)
"""Stands for the slices of an input with two pooled axes, and the rows of one with a single."""

PositionsOnAxes = tuple[range, range, range]
"""The positions that a window covers along slices, rows and columns."""


class PlaneWindows:
    """The windows of a plane along slices, rows and columns.

    Parameters
    ----------
    recipe : Recipe
        The pooling, over one, two or three axes.
    slices, rows, columns : Axis
        The windows along each axis. An input with two pooled axes has a single slice, one with a
        single pooled axis also a single row.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> window = Window.fixed(3, 1, 1, footprint="cross", padding_mode="reflect")
    >>> recipe = make_recipe((4, 4), "u1", "max", window)
    >>> windows = PlaneWindows(recipe, SINGLE_POSITION, *recipe.axes.values())
    >>> windows.count((0, 0, 0)), windows.has_element((0, 0, 0), (0, 0, 0))
    (5, True)
    """

    def __init__(self, recipe: Recipe, slices: Axis, rows: Axis, columns: Axis) -> None:
        self._axes = slices, rows, columns
        self._padding_has_values = recipe.padding_mode is not None
        self._mask = _footprint_of_windows(recipe)

    def positions(self, window: Position) -> PositionsOnAxes:
        """Return the positions that a window covers on each axis, those in the padding included."""
        slices, rows, columns = map(axis_crop.window_positions, self._axes, window)
        return slices, rows, columns

    def data_positions(self, window: Position) -> PositionsOnAxes:
        """Return the positions that a window covers on each axis, without the padding."""
        slices, rows, columns = map(axis_crop.window_data_positions, self._axes, window)
        return slices, rows, columns

    def count(self, window: Position) -> int:
        """Return the number of elements of a window that have a value, with ignored ones."""
        positions_of = (
            axis_crop.window_value_positions
            if self._padding_has_values
            else axis_crop.window_data_positions
        )
        positions = list(map(positions_of, self._axes, window))
        if self._mask is None:
            return prod(map(len, positions))
        taps = [
            np.array([_element_number(axis, at, each) for each in found], np.intp)
            for axis, at, found in zip(self._axes, window, positions, strict=True)
        ]
        return int(np.count_nonzero(self._mask[np.ix_(*taps)]))

    def has_element(self, window: Position, position: Position) -> bool:
        """Return whether the footprint has the element of a window at a position it covers."""
        return self._mask is None or bool(
            self._mask[tuple(map(_element_number, self._axes, window, position))]
        )

    def is_in_window(self, position: Position) -> bool:
        """Return whether any window has an element at a position."""
        slices, rows, columns = map(axis_crop.windows_containing, self._axes, position)
        windows = product(slices, rows, columns)
        return any(self.has_element(window, position) for window in windows)

    def is_on_data(self, position: Position) -> bool:
        """Return whether a position is not in the padding."""
        return all(0 <= at < axis.size for axis, at in zip(self._axes, position, strict=True))

    def is_on_data_or_padding(self, position: Position) -> bool:
        """Return whether a position is on the data or in the padding, but not in an overhang."""
        return all(
            -axis.pad_before <= at < axis.size + axis.pad_after
            for axis, at in zip(self._axes, position, strict=True)
        )


def _element_number(axis: Axis, window: int, position: int) -> int:
    """Return the number of a window's element at a position."""
    return (position - axis.first_position(window)) // axis.dilation


def _footprint_of_windows(recipe: Recipe) -> Array | None:
    """Return the footprint over slices, rows and columns; None for all elements."""
    if recipe.footprint is None:
        return None
    sizes = [axis.kernel_size for axis in recipe.axes.values()]
    return recipe.footprint.reshape((1, 1, *sizes)[-3:])
