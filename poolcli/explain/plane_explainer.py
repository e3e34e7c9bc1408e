"""Explaining one plane: its windows, their arithmetic, and the role of each element."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.ignored_values import valid_mask
from poolcli.core.recipe import Recipe
from poolcli.explain.axis_crop import (
    AxisCrop,
    window_data_positions,
    window_positions,
    windows_containing,
)
from poolcli.explain.explanation import Element, Role, WindowResult
from poolcli.explain.position_text import Position, region_text
from poolcli.explain.window_formulas import (
    FORMULAS,
    Arithmetic,
    WindowElements,
    summarize_arithmetic,
    write_arithmetic,
)


class PlaneBlock(NamedTuple):
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
    values: npt.NDArray[Any]


class _PlaneElements(NamedTuple):
    """The elements of a block as Python numbers.

    Attributes
    ----------
    valid : list of list of bool
        Whether each element is not ignored.
    weights : list of list of scalar, optional
        The alpha of each element, if colours are weighted by alpha.
    """

    row: int
    column: int
    values: list[list[Any]]
    valid: list[list[bool]]
    weights: list[list[Any]] | None


class PlaneExplainer(NamedTuple):
    """Explains the part of a plane, or of a channel of an image, that is shown.

    Attributes
    ----------
    recipe : Recipe
        The pooling.
    rows, columns : AxisCrop
        The windows and positions to show.
    channel : int, optional
        The channel of an image; None for arrays and for modes that pool whole pixels.
    """

    recipe: Recipe
    rows: AxisCrop
    columns: AxisCrop
    channel: int | None

    def windows(
        self,
        results: npt.NDArray[Any],
        flat_indices: npt.NDArray[np.int64] | None,
        block: PlaneBlock | None,
    ) -> tuple[list[list[WindowResult]], set[Position]]:
        """Explain all windows that are shown.

        Parameters
        ----------
        results : ndarray, shape (windows, windows) or (windows, windows, channels)
            The output values of the windows.
        flat_indices : ndarray of int64, optional
            The argmax or argmin of the windows, flat over the pooled axes; -1 for none.
        block : PlaneBlock, optional
            The block that all these windows cover; None if it is too large to be read.

        Returns
        -------
        list of list of WindowResult
            The windows, row by row.
        set of (int, int)
            The positions of the elements that any of the windows chooses.
        """
        chosen: set[Position] = set()
        explained: list[list[WindowResult]] = []
        elements = None if block is None else self._as_python(block)
        rank = len(self.recipe.axes)
        for i, row in enumerate(self.rows.windows):
            explained.append([])
            for j, column in enumerate(self.columns.windows):
                result = _as_python_number(self._in_channel(results)[i, j])
                extreme = None
                if flat_indices is not None:
                    extreme = self._position(int(self._in_channel(flat_indices)[i, j]))
                arithmetic = self._arithmetic((row, column), elements, extreme, result)
                chosen.update(arithmetic.chosen)
                name = f"[{row}, {column}]" if rank > 1 else f"[{column}]"
                region = self._region_text((row, column))
                explained[-1].append(
                    WindowResult((row, column), name, region, arithmetic.text, result)
                )
        return explained, chosen

    def elements(self, block: PlaneBlock, chosen: set[Position]) -> list[list[Element]]:
        """Return the elements that are shown, row by row, including the padding.

        Parameters
        ----------
        block : PlaneBlock
            The block that holds them.
        chosen : set of (int, int)
            The positions of the elements that windows choose.
        """
        elements = self._as_python(block)
        coloured_rows, coloured_columns = map(
            set, (self.rows.disjoint_windows, self.columns.disjoint_windows)
        )
        column_windows = {
            column: windows_containing(self.columns.axis, column)
            for column in self.columns.positions
        }
        found = []
        for row in self.rows.positions:
            row_windows = windows_containing(self.rows.axis, row)
            line = []
            for column, windows in column_windows.items():
                value, is_valid = self._element(elements, row, column)
                coloured = [
                    *product(coloured_rows & set(row_windows), coloured_columns & set(windows))
                ]
                line.append(
                    Element(
                        value,
                        self._role((row, column), value, is_valid, chosen),
                        coloured[0] if coloured else None,
                        bool(row_windows and windows),
                    )
                )
            found.append(line)
        return found

    def _role(self, position: Position, value: Any, is_valid: bool, chosen: set[Position]) -> Role:
        """Return the role of an element."""
        if value is None:
            return "zero padding" if self._is_zero_padding(*position) else "skipped padding"
        if position in chosen:
            return "chosen"
        return "" if is_valid else "ignored"

    def _arithmetic(
        self,
        window: Position,
        elements: _PlaneElements | None,
        extreme: Position | None,
        result: Any,
    ) -> Arithmetic:
        """Return the arithmetic of one window."""
        row, column = window
        if elements is None:
            count = prod(map(len, self._data_positions(window)))
            return summarize_arithmetic(count, extreme, result, self.recipe)
        values, positions, weights = [], [], []
        for position in product(
            window_positions(self.rows.axis, row), window_positions(self.columns.axis, column)
        ):
            value, is_valid = self._element(elements, *position)
            if value is None and self._is_zero_padding(*position):
                value = 0
            if value is None or not is_valid:
                continue
            values.append(value)
            positions.append(position)
            if elements.weights is not None:
                y, x = position[0] - elements.row, position[1] - elements.column
                weights.append(elements.weights[y][x])
        alpha = None if elements.weights is None else weights
        counted = WindowElements(values, positions, alpha, extreme, result)
        return write_arithmetic(counted, self.recipe)

    def _region_text(self, window: Position) -> str:
        """Return the elements that a window covers, as text."""
        row, column = window
        on_data = self._data_positions(window)
        if not all(on_data):
            return "in the padding"
        padded = window_positions(self.rows.axis, row), window_positions(self.columns.axis, column)
        text = region_text(*on_data, len(self.recipe.axes))
        return text if on_data == padded else f"{text} and padding"

    def _data_positions(self, window: Position) -> tuple[range, range]:
        """Return the positions of a window's elements on both axes, without the padding."""
        return (
            window_data_positions(self.rows.axis, window[0]),
            window_data_positions(self.columns.axis, window[1]),
        )

    @property
    def _is_weighted(self) -> bool:
        """Whether this is a colour channel that is weighted by alpha."""
        has_weights = self.recipe.weights_by_alpha and self.channel is not None
        return has_weights and self.channel != self.recipe.shape[-1] - 1

    def _is_zero_padding(self, row: int, column: int) -> bool:
        """Return whether a position is padding that counts as zero.

        Only the requested padding counts, not what a window of `--ceil` covers beyond it.
        """
        formula = FORMULAS[self.recipe.mode.formula]
        if self._is_weighted or not formula.counts_padding_as_zero(self.recipe):
            return False
        return all(
            -axis.pad_before <= position < axis.size + axis.pad_after
            for axis, position in ((self.rows.axis, row), (self.columns.axis, column))
        )

    def _in_channel(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the channel of an array that is explained; all of an array without channels."""
        return array if self.channel is None else array[..., self.channel]

    def _as_python(self, block: PlaneBlock) -> _PlaneElements:
        """Return the elements of a block as Python numbers."""
        recipe, values = self.recipe, block.values
        valid: npt.NDArray[np.bool_] = np.ones(values.shape, np.bool_)
        if recipe.ignored is not None:
            valid = valid_mask(
                values,
                recipe.ignored.elements,
                alpha=recipe.has_alpha,
                pixels=recipe.pools_whole_pixels,
            )
        if valid.ndim > 2:  # a whole pixel is valid if any of its channels is
            valid = np.any(valid, axis=-1) if self.channel is None else self._in_channel(valid)
        weights = values[..., -1].tolist() if self._is_weighted else None
        numbers = [[_as_python_number(value) for value in row] for row in self._in_channel(values)]
        return _PlaneElements(block.row, block.column, numbers, valid.tolist(), weights)

    def _element(self, elements: _PlaneElements, row: int, column: int) -> tuple[Any, bool]:
        """Return an element, None in the padding, and whether it is not ignored."""
        if not (0 <= row < self.rows.axis.size and 0 <= column < self.columns.axis.size):
            return None, True
        y, x = row - elements.row, column - elements.column
        return elements.values[y][x], elements.valid[y][x]

    def _position(self, flat_index: int) -> Position | None:
        """Return the position of a flat index; None for -1."""
        return None if flat_index < 0 else divmod(flat_index, self.columns.axis.size)


def _as_python_number(value: Any) -> Any:
    """Return an element as a Python number, or the channels of a pixel as a tuple."""
    if isinstance(value, np.ndarray):
        return tuple(map(_as_python_number, value))
    if isinstance(value, np.bool_):
        return int(value)
    if isinstance(value, np.complexfloating):
        return value.item() + 0  # turns -0 into 0
    return value.item()
