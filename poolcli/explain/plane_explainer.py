"""Explaining one plane: its windows, their arithmetic, and the role of each element."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.binomial_weights import integer_weights
from poolcli.core.recipe import Recipe
from poolcli.explain import axis_crop
from poolcli.explain.axis_crop import AxisCrop, Crops
from poolcli.explain.block_elements import (
    InputElement,
    PlaneBlock,
    as_python_number,
    block_elements,
    in_channel,
)
from poolcli.explain.explanation import Element, PlaneExplanation, Role, WindowResult
from poolcli.explain.formula_terms import Arithmetic, WindowElements
from poolcli.explain.plane_windows import PlaneWindows
from poolcli.explain.position_text import Position, region_text
from poolcli.explain.window_formulas import FORMULAS, summarize_arithmetic, write_arithmetic

ZERO_PADDING = InputElement(0)
"""Padding that counts as an element of value 0."""


class PlaneExplainer:
    """Explains the part of a plane, or of a channel of an image, that is shown.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    crops : (AxisCrop, AxisCrop, AxisCrop)
        The windows and positions to show along slices, rows and columns.
    channel : int, optional
        The channel of an image; None for arrays and for modes that pool whole pixels.
    block : PlaneBlock
        A block that contains the elements to show.
    """

    def __init__(
        self, recipe: Recipe, crops: Crops, channel: int | None, block: PlaneBlock
    ) -> None:
        self.recipe, self.crops, self.channel = recipe, crops, channel
        is_colour = channel is not None and channel != recipe.shape[-1] - 1
        self._is_weighted = recipe.weights_by_alpha and is_colour
        formula = FORMULAS[recipe.mode.formula]
        self._windows = PlaneWindows(recipe, *(crop.axis for crop in crops))
        self._zero_padding = formula.counts_padding_as_zero(recipe) and not self._is_weighted
        self._elements = block_elements(block, recipe, channel, is_weighted=self._is_weighted)

    def explain(
        self, name: str, results: Array, flat_indices: Array | None, *, writes_arithmetic: bool
    ) -> PlaneExplanation:
        """Explain the windows and elements that are shown.

        Parameters
        ----------
        name : str
            The name of the plane or channel.
        results : ndarray, shape (slices, rows, columns) or (slices, rows, columns, channels)
            The output values of the windows.
        flat_indices : ndarray of int64, optional
            The argmax or argmin of the windows, flat over the pooled axes; -1 for none. Of the
            shape of `results`.
        writes_arithmetic : bool
            Whether the block also contains all elements of the windows, so that their arithmetic
            can be written out.
        """
        results = in_channel(results, self.channel)
        indices = None if flat_indices is None else in_channel(flat_indices, self.channel)
        chosen: set[Position] = set()

        def explain_window(window: Position, at: Position) -> WindowResult:
            result = as_python_number(results[at])
            extreme = None if indices is None else self._unravel(int(indices[at]))
            if writes_arithmetic:
                arithmetic = self._arithmetic(window, extreme, result)
            else:
                count = self._windows.count(window)
                arithmetic = summarize_arithmetic(count, extreme, result, self.recipe)
            chosen.update(arithmetic.chosen)
            return self._window_result(window, arithmetic, result)

        slices, rows, columns = (list(enumerate(crop.windows)) for crop in self.crops)
        windows = [
            [[explain_window((s, r, c), (k, i, j)) for j, c in columns] for i, r in rows]
            for k, s in slices
        ]
        return PlaneExplanation(name, self._shown_elements(chosen), windows)

    def _unravel(self, flat_index: int) -> Position | None:
        """Return the position of a flat index; None if it is negative."""
        if flat_index < 0:
            return None
        sizes = [crop.axis.size for crop in self.crops]
        slice_, row, column = map(int, np.unravel_index(flat_index, sizes))
        return slice_, row, column

    def _window_result(self, window: Position, arithmetic: Arithmetic, result: Any) -> WindowResult:
        """Return a window with its name and region as text, and its elements that are shown."""
        rank = len(self.recipe.axes)
        on_data = self._windows.data_positions(window)
        region = "in the padding"
        if all(on_data):
            is_padded = on_data != self._windows.positions(window)
            region = region_text(on_data, rank) + " and padding" * is_padded
        slices, rows, columns = map(AxisCrop.window_positions, self.crops, window)
        shown = product(slices, rows, columns)
        positions = [at for at in shown if self._windows.has_element(window, at)]
        all_chosen = set(arithmetic.chosen)
        return WindowResult(
            position=window,
            name=str(list(window[-rank:])),
            region=region,
            arithmetic=arithmetic.text,
            value=result,
            positions=positions,
            chosen=[at for at in positions if at in all_chosen],
        )

    def _arithmetic(self, window: Position, extreme: Position | None, result: Any) -> Arithmetic:
        """Write out the arithmetic of one window."""
        positions = self._windows.positions(window)
        has_binomial_weights = self.recipe.mode.has_positional_weights
        has_weights = self._is_weighted or has_binomial_weights
        counted = WindowElements([], [], [] if has_weights else None, extreme, result)
        sizes = map(len, positions)
        factors_on_axes = (integer_weights(n) if has_binomial_weights else (1,) * n for n in sizes)
        for position, factors in zip(product(*positions), product(*factors_on_axes), strict=True):
            if not self._windows.has_element(window, position):
                continue
            element = self._element_at(position)
            if element is not None and element.is_valid:
                counted.values.append(element.value)
                counted.positions.append(position)
                if counted.weights is not None:
                    weight = prod(factors) if has_binomial_weights else element.weight
                    counted.weights.append(weight)
        if self.recipe.padding_mode is not None and self.recipe.mode.formula == "extreme":
            counted = counted._replace(extreme_position=self._position_of(result, counted))
        return write_arithmetic(counted, self.recipe, self._windows.count(window))

    def _position_of(self, result: Any, counted: WindowElements) -> Position | None:
        """Return the first position on the data whose element is the result of a window."""
        for position, value in zip(counted.positions, counted.values, strict=True):
            if value == result and self._windows.is_on_data(position):
                return position
        return None

    def _shown_elements(self, chosen: set[Position]) -> list[list[list[Element]]]:
        """Return the elements that are shown, including the padding."""
        slices, rows, columns = map(_coloured_windows, self.crops)
        return [
            [
                [self._shown_element((s, r, c), (i, j, k), chosen) for c, k in columns.items()]
                for r, j in rows.items()
            ]
            for s, i in slices.items()
        ]

    def _shown_element(
        self,
        position: Position,
        coloured: tuple[int | None, int | None, int | None],
        chosen: set[Position],
    ) -> Element:
        """Return an element with its role, given the coloured window at it along each axis."""
        element = self._element_at(position)
        slice_, row, column = coloured
        window = None
        if slice_ is not None and row is not None and column is not None:
            window = slice_, row, column
            window = window if self._windows.has_element(window, position) else None
        value = None if element is None else element.value
        role = self._role(position, element, is_chosen=position in chosen)
        return Element(value, role, window, self._windows.is_in_window(position))

    def _element_at(self, position: Position) -> InputElement | None:
        """Return an element of the input, or of padding that counts as zero.

        Only the requested padding counts, not what a window of `--ceil` covers beyond it.
        """
        is_zero = self._zero_padding and self._windows.is_on_data_or_padding(position)
        return self._elements.get(position, ZERO_PADDING if is_zero else None)

    def _role(self, position: Position, element: InputElement | None, *, is_chosen: bool) -> Role:
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


def _coloured_windows(crop: AxisCrop) -> dict[int, int | None]:
    """Return the coloured window at each position, if there is one."""
    coloured = {
        position: window
        for window in crop.disjoint_windows
        for position in axis_crop.window_positions(crop.axis, window)
    }
    return {position: coloured.get(position) for position in crop.positions}
