"""Explaining one plane: its windows, their arithmetic, and the role of each element."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.ignored_values import valid_mask
from poolcli.core.kernels.binomial_weights import integer_weights
from poolcli.core.recipe import Recipe
from poolcli.explain import axis_crop
from poolcli.explain.axis_crop import AxisCrop
from poolcli.explain.explanation import Element, PlaneExplanation, Role, WindowResult
from poolcli.explain.formula_terms import Arithmetic, WindowElements
from poolcli.explain.position_text import Position, region_text
from poolcli.explain.window_formulas import FORMULAS, summarize_arithmetic, write_arithmetic


class Block(NamedTuple):
    """A block of an input plane.

    Attributes
    ----------
    row, column : int
        The position of its first element in the input.
    values : ndarray, shape (rows, columns) or (rows, columns, channels)
        Its elements.
    """

    row: int
    column: int
    values: Array


class _InputElement(NamedTuple):
    """An element of the input.

    Attributes
    ----------
    value : scalar or tuple of scalar
        A Python number, or the channels of a whole pixel.
    is_valid : bool
        Whether the element is not ignored.
    weight : scalar, optional
        The alpha of the pixel, if colours are weighted by alpha.
    """

    value: Any
    is_valid: bool = True
    weight: Any = None


ZERO_PADDING = _InputElement(0)
"""Padding that counts as an element of value 0."""


class PlaneExplainer:
    """Explains the part of a plane, or of a channel of an image, that is shown.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    rows, columns : AxisCrop
        The windows and positions to show.
    channel : int, optional
        The channel of an image; None for arrays and for modes that pool whole pixels.
    block : Block
        A block that contains the elements to show.
    """

    def __init__(
        self, recipe: Recipe, rows: AxisCrop, columns: AxisCrop, channel: int | None, block: Block
    ) -> None:
        self.recipe, self.rows, self.columns, self.channel = recipe, rows, columns, channel
        is_colour = channel is not None and channel != recipe.shape[-1] - 1
        self._is_weighted = recipe.weights_by_alpha and is_colour
        formula = FORMULAS[recipe.mode.formula]
        self._zero_padding = formula.counts_padding_as_zero(recipe) and not self._is_weighted
        self._elements = self._input_elements(block)

    def explain(
        self, name: str, results: Array, flat_indices: Array | None, *, writes_arithmetic: bool
    ) -> PlaneExplanation:
        """Explain the windows and elements that are shown.

        Parameters
        ----------
        name : str
            The name of the plane or channel.
        results : ndarray, shape (windows, windows) or (windows, windows, channels)
            The output values of the windows.
        flat_indices : ndarray of int64, optional
            The argmax or argmin of the windows, flat over the pooled axes; -1 for none.
        writes_arithmetic : bool
            Whether the block also contains all elements of the windows, so that their arithmetic
            can be written out.
        """
        chosen: set[Position] = set()
        windows = []
        for i, row in enumerate(self.rows.windows):
            line = []
            for j, column in enumerate(self.columns.windows):
                result = _as_python_number(self._in_channel(results)[i, j])
                extreme = None
                if flat_indices is not None and (at := self._in_channel(flat_indices)[i, j]) >= 0:
                    extreme = divmod(int(at), self.columns.axis.size)
                if writes_arithmetic:
                    arithmetic = self._arithmetic((row, column), extreme, result)
                else:
                    count = prod(map(len, self._data_positions((row, column))))
                    arithmetic = summarize_arithmetic(count, extreme, result, self.recipe)
                chosen.update(arithmetic.chosen)
                line.append(self._window_result((row, column), arithmetic, result))
            windows.append(line)
        return PlaneExplanation(name, self._shown_elements(chosen), windows)

    def _window_result(self, window: Position, arithmetic: Arithmetic, result: Any) -> WindowResult:
        """Return a window with its name and region as text."""
        rank = len(self.recipe.axes)
        name = f"[{window[0]}, {window[1]}]" if rank > 1 else f"[{window[1]}]"
        on_data = self._data_positions(window)
        region = "in the padding"
        if all(on_data):
            is_padded = on_data != self._positions(window)
            region = region_text(*on_data, rank) + " and padding" * is_padded
        return WindowResult(window, name, region, arithmetic.text, result)

    def _arithmetic(self, window: Position, extreme: Position | None, result: Any) -> Arithmetic:
        """Write out the arithmetic of one window."""
        rows, columns = self._positions(window)
        binomial = None
        if self.recipe.mode.has_positional_weights:
            binomial = integer_weights(len(rows)), integer_weights(len(columns))
        has_weights = self._is_weighted or binomial is not None
        counted = WindowElements([], [], [] if has_weights else None, extreme, result)
        for i, j in product(range(len(rows)), range(len(columns))):
            position = rows[i], columns[j]
            element = self._element_at(position)
            if element is not None and element.is_valid:
                counted.values.append(element.value)
                counted.positions.append(position)
                if counted.weights is not None:
                    counted.weights.append(
                        element.weight if binomial is None else binomial[0][i] * binomial[1][j]
                    )
        n_elements = prod(map(len, self._data_positions(window)))
        return write_arithmetic(counted, self.recipe, n_elements)

    def _shown_elements(self, chosen: set[Position]) -> list[list[Element]]:
        """Return the elements that are shown, row by row, including the padding."""
        columns = _windows_by_position(self.columns)
        lines = []
        for row, (row_window, is_row_covered) in _windows_by_position(self.rows).items():
            line = []
            for column, (column_window, is_column_covered) in columns.items():
                element = self._element_at((row, column))
                window = None
                if row_window is not None and column_window is not None:
                    window = row_window, column_window
                value = None if element is None else element.value
                role = _role(element, is_chosen=(row, column) in chosen)
                line.append(Element(value, role, window, is_row_covered and is_column_covered))
            lines.append(line)
        return lines

    def _element_at(self, position: Position) -> _InputElement | None:
        """Return an element of the input, or of padding that counts as zero.

        Only the requested padding counts, not what a window of `--ceil` covers beyond it.
        """
        axes = self.rows.axis, self.columns.axis
        is_zero = self._zero_padding and all(
            -axis.pad_before <= at < axis.size + axis.pad_after
            for axis, at in zip(axes, position, strict=True)
        )
        return self._elements.get(position, ZERO_PADDING if is_zero else None)

    def _positions(self, window: Position) -> tuple[range, range]:
        """Return the positions of a window's elements on both axes."""
        row, column = window
        positions = axis_crop.window_positions
        return positions(self.rows.axis, row), positions(self.columns.axis, column)

    def _data_positions(self, window: Position) -> tuple[range, range]:
        """Return the positions of a window's elements on both axes, without the padding."""
        row, column = window
        positions = axis_crop.window_data_positions
        return positions(self.rows.axis, row), positions(self.columns.axis, column)

    def _in_channel(self, array: Array) -> Array:
        """Return the channel of an array that is explained; all of an array without channels."""
        return array if self.channel is None else array[..., self.channel]

    def _input_elements(self, block: Block) -> dict[Position, _InputElement]:
        """Return the elements of a block by position."""
        recipe = self.recipe
        valid: Array = np.ones(block.values.shape, np.bool_)
        if recipe.ignored is not None:
            valid = valid_mask(
                block.values,
                recipe.ignored.elements,
                alpha=recipe.has_alpha,
                pixels=recipe.pools_whole_pixels,
            )
        if valid.ndim > 2:  # a whole pixel is valid if any of its channels is
            valid = np.any(valid, axis=-1) if self.channel is None else self._in_channel(valid)
        values = self._in_channel(block.values)
        weights = block.values[..., -1] if self._is_weighted else None
        return {
            (block.row + y, block.column + x): _InputElement(
                _as_python_number(values[y, x]),
                bool(valid[y, x]),
                None if weights is None else weights[y, x].item(),
            )
            for y, x in np.ndindex(valid.shape)
        }


def _role(element: _InputElement | None, *, is_chosen: bool) -> Role:
    """Return the role of an element, or of padding."""
    if element is None:
        return "skipped padding"
    if element is ZERO_PADDING:
        return "zero padding"
    if is_chosen:
        return "chosen"
    return "" if element.is_valid else "ignored"


def _windows_by_position(crop: AxisCrop) -> dict[int, tuple[int | None, bool]]:
    """Return the coloured window at each position, and whether any window contains the position."""
    coloured = {
        position: window
        for window in crop.disjoint_windows
        for position in axis_crop.window_positions(crop.axis, window)
    }
    return {
        position: (coloured.get(position), bool(axis_crop.windows_containing(crop.axis, position)))
        for position in crop.positions
    }


def _as_python_number(value: Any) -> Any:
    """Return an element as a Python number, or the channels of a pixel as a tuple."""
    if isinstance(value, np.ndarray):
        return tuple(map(_as_python_number, value))
    if isinstance(value, np.bool_):
        return int(value)
    if isinstance(value, np.complexfloating):
        return value.item() + 0  # turns -0 into 0
    return value.item()
