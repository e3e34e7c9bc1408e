"""Explaining one plane: its windows, their arithmetic, and the role of each element."""

from __future__ import annotations

from itertools import product
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
from poolcli.explain.plane_windows import PlaneWindows
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
        self._windows = PlaneWindows(recipe, rows.axis, columns.axis)
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
                    count = self._windows.count((row, column))
                    arithmetic = summarize_arithmetic(count, extreme, result, self.recipe)
                chosen.update(arithmetic.chosen)
                line.append(self._window_result((row, column), arithmetic, result))
            windows.append(line)
        return PlaneExplanation(name, self._shown_elements(chosen), windows)

    def _window_result(self, window: Position, arithmetic: Arithmetic, result: Any) -> WindowResult:
        """Return a window with its name and region as text."""
        rank = len(self.recipe.axes)
        name = f"[{window[0]}, {window[1]}]" if rank > 1 else f"[{window[1]}]"
        on_data = self._windows.data_positions(window)
        region = "in the padding"
        if all(on_data):
            is_padded = on_data != self._windows.positions(window)
            region = region_text(*on_data, rank) + " and padding" * is_padded
        return WindowResult(window, name, region, arithmetic.text, result)

    def _arithmetic(self, window: Position, extreme: Position | None, result: Any) -> Arithmetic:
        """Write out the arithmetic of one window."""
        rows, columns = self._windows.positions(window)
        binomial = None
        if self.recipe.mode.has_positional_weights:
            binomial = integer_weights(len(rows)), integer_weights(len(columns))
        has_weights = self._is_weighted or binomial is not None
        counted = WindowElements([], [], [] if has_weights else None, extreme, result)
        for i, j in product(range(len(rows)), range(len(columns))):
            position = rows[i], columns[j]
            if not self._windows.has_element(window, position):
                continue
            element = self._element_at(position)
            if element is not None and element.is_valid:
                counted.values.append(element.value)
                counted.positions.append(position)
                if counted.weights is not None:
                    counted.weights.append(
                        element.weight if binomial is None else binomial[0][i] * binomial[1][j]
                    )
        if self.recipe.padding_mode is not None and self.recipe.mode.formula == "extreme":
            counted = counted._replace(extreme_position=self._position_of(result, counted))
        return write_arithmetic(counted, self.recipe, self._windows.count(window))

    def _position_of(self, result: Any, counted: WindowElements) -> Position | None:
        """Return the first position on the data whose element is the result of a window."""
        for position, value in zip(counted.positions, counted.values, strict=True):
            if value == result and self._windows.is_on_data(position):
                return position
        return None

    def _shown_elements(self, chosen: set[Position]) -> list[list[Element]]:
        """Return the elements that are shown, row by row, including the padding."""
        columns = _coloured_windows(self.columns)
        lines = []
        for row, row_window in _coloured_windows(self.rows).items():
            line = []
            for column, column_window in columns.items():
                position = row, column
                element = self._element_at(position)
                window = None
                if row_window is not None and column_window is not None:
                    window = row_window, column_window
                    window = window if self._windows.has_element(window, position) else None
                value = None if element is None else element.value
                role = self._role(position, element, is_chosen=position in chosen)
                line.append(Element(value, role, window, self._windows.is_in_window(position)))
            lines.append(line)
        return lines

    def _element_at(self, position: Position) -> _InputElement | None:
        """Return an element of the input, or of padding that counts as zero.

        Only the requested padding counts, not what a window of `--ceil` covers beyond it.
        """
        is_zero = self._zero_padding and self._windows.is_on_data_or_padding(position)
        return self._elements.get(position, ZERO_PADDING if is_zero else None)

    def _role(self, position: Position, element: _InputElement | None, *, is_chosen: bool) -> Role:
        """Return the role of an element, or of padding."""
        if element is None:
            return "skipped padding"
        if element is ZERO_PADDING:
            return "zero padding"
        if is_chosen:
            return "chosen"
        if not element.is_valid:
            return "ignored"
        return "" if self._windows.is_on_data(position) else "padding value"

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


def _coloured_windows(crop: AxisCrop) -> dict[int, int | None]:
    """Return the coloured window at each position, if there is one."""
    coloured = {
        position: window
        for window in crop.disjoint_windows
        for position in axis_crop.window_positions(crop.axis, window)
    }
    return {position: coloured.get(position) for position in crop.positions}


def _as_python_number(value: Any) -> Any:
    """Return an element as a Python number, or the channels of a pixel as a tuple."""
    if isinstance(value, np.ndarray):
        return tuple(map(_as_python_number, value))
    if isinstance(value, np.bool_):
        return int(value)
    if isinstance(value, np.complexfloating):
        return value.item() + 0  # turns -0 into 0
    return value.item()
