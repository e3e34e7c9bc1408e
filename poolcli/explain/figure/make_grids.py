"""Making the grids of a figure: of each plane, or of an image with all its channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from poolcli.explain.axis_crop import AxisCrop
from poolcli.explain.coloured_windows import coloured_windows
from poolcli.explain.explanation import (
    Colour,
    Element,
    Explanation,
    PlaneExplanation,
    WindowResult,
)
from poolcli.explain.figure.cells import (
    Cell,
    element_cell,
    pixel_cell,
    result_cell,
    result_pixel_cell,
)
from poolcli.explain.figure.grid import Bar, CellRanges, Cells, Grid, GridPair
from poolcli.explain.figure.window_bars import window_bars
from poolcli.explain.palettes import Palette
from poolcli.explain.position_text import Position


class FrameState(NamedTuple):
    """The windows that a frame of an animation shows.

    Attributes
    ----------
    current : (int, int, int), optional
        The output position of the window that is shown.
    filled : int
        The number of output values that are shown, in the order of the output.
    """

    current: Position | None
    filled: int


def make_grids(
    explanation: Explanation, palette: Palette, state: FrameState | None, *, has_text: bool
) -> list[GridPair]:
    """Return the grids of a figure.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    palette : Palette
        The colours of the theme.
    state : FrameState, optional
        The state of an animation; None for a figure of all windows.
    has_text : bool
        Whether the pixels of an image with a single channel have numbers.
    """
    return list(_GridMaker(explanation, palette, state).pairs(has_text))


class _GridMaker:
    """Makes the grids of a figure."""

    def __init__(
        self, explanation: Explanation, palette: Palette, state: FrameState | None
    ) -> None:
        self.explanation, self.palette, self.state = explanation, palette, state
        self.fills: dict[Position, str] = {}
        if state is None:
            for window, number in coloured_windows(explanation).items():
                self.fills[window] = palette.windows[number]
        elif state.current is not None:
            self.fills[state.current] = palette.windows[0]

    def pairs(self, has_text: bool) -> Iterator[GridPair]:
        """Yield input and output of each plane, or of an image."""
        picture, planes = self.explanation.picture, self.explanation.planes
        if picture is None:
            for plane in planes:
                cells = self._element_cells(plane), self._result_cells(plane)
                yield self._pair(plane.name, *cells)
            return
        chosen = {plane.name: self._chosen(plane) for plane in planes}

        def pixel(position: Position, colour: Colour | None, *elements: Element) -> Cell:
            by = [name for name, positions in chosen.items() if position in positions]
            return pixel_cell(colour, elements, chosen_by=by, has_text=has_text)

        def result(colour: Colour, *windows: WindowResult) -> Cell:
            if not self._is_filled(windows[0]):
                return self._empty_cell()
            return result_pixel_cell(colour, windows, has_text=has_text)

        before = _map(pixel, self._positions(), picture.elements, *(p.elements for p in planes))
        after = _map(result, picture.results, *(plane.windows for plane in planes))
        yield self._pair("", before, after)

    def _pair(self, name: str, before: Cells, after: Cells) -> GridPair:
        """Return input and output with labels, borders, bars and outlines."""
        return GridPair(name, self._input_grid(before), self._output_grid(after))

    def _element_cells(self, plane: PlaneExplanation) -> Cells:
        """Return the cells of the elements of a plane of an array."""
        chosen = self._chosen(plane)
        current = {position for each in self._current(plane) for position in each.positions}

        def cell(position: Position, element: Element) -> Cell:
            window = element.coloured_window
            fill = None if window is None else self.fills.get(window)
            if self.state is not None:
                fill = self.palette.windows[0] if position in current else None
            return element_cell(element, self.palette, fill, is_chosen=position in chosen)

        return _map(cell, self._positions(), plane.elements)

    def _result_cells(self, plane: PlaneExplanation) -> Cells:
        """Return the cells of the output values of a plane of an array."""

        def cell(window: WindowResult) -> Cell:
            if not self._is_filled(window):
                return self._empty_cell()
            return result_cell(window, self.palette, self.fills.get(window.position))

        return _map(cell, plane.windows)

    def _empty_cell(self) -> Cell:
        """Return the cell of an output value that an animation does not show yet."""
        return Cell("", self.palette.text, self.palette.background)

    def _is_filled(self, window: WindowResult) -> bool:
        """Return whether an output value is shown."""
        if self.state is None:
            return True
        return self.number_of[window.position] < self.state.filled

    @cached_property
    def number_of(self) -> dict[Position, int]:
        """The number of each window, in the order of the output."""
        windows = self.explanation.planes[0].all_windows
        return {window.position: number for number, window in enumerate(windows)}

    def _current(self, plane: PlaneExplanation) -> list[WindowResult]:
        """Return the window that an animation shows, if there is one."""
        current = None if self.state is None else self.state.current
        return [window for window in plane.all_windows if window.position == current]

    def _chosen(self, plane: PlaneExplanation) -> set[Position]:
        """Return the chosen elements of all windows, or of the window that is shown."""
        windows = plane.all_windows if self.state is None else self._current(plane)
        return {position for window in windows for position in window.chosen}

    def _positions(self) -> list[list[list[Position]]]:
        """Return the position of each cell of the input."""
        slices, rows, columns = (crop.positions for crop in self.explanation.crops)
        return [[[(z, y, x) for x in columns] for y in rows] for z in slices]

    def _input_grid(self, cells: Cells) -> Grid:
        """Return the grid of the input."""
        crops, rank = self.explanation.crops, self.explanation.rank
        data = [_cell_range(crop, crop.data_positions) for crop in crops]
        labels = [crop.position_labels for crop in crops]
        bars = [[] if self.state else self._bars(crop) for crop in crops]
        return Grid(
            cells,
            slice_labels=[f"slice {at}" if at else "padding" for at in labels[0]]
            if rank > 2
            else [""],
            row_labels=labels[1] if rank > 1 else [""],
            column_labels=labels[2],
            data=(data[0], data[1], data[2]),
            row_bars=bars[1] if rank > 1 else [],
            column_bars=bars[2],
            outlines=list(self._outlines()),
            centres=None,
        )

    def _bars(self, crop: AxisCrop) -> list[Bar]:
        """Return the bars of the windows along an axis; with one pooled axis in their colours."""
        if self.explanation.rank == 1:
            fills = {window: self.fills.get((0, 0, window)) for window in crop.windows}
        else:
            fills = dict.fromkeys(crop.disjoint_windows, self.palette.border)
        return window_bars(crop, fills)

    def _outlines(self) -> Iterator[CellRanges]:
        """Yield the cells of the current window, or of windows on an image, which has no tints."""
        is_outlined = self.state is not None or self.explanation.picture is not None
        for window in self.fills if is_outlined else ():
            slices, rows, columns = (
                _cell_range(crop, crop.window_positions(at))
                for crop, at in zip(self.explanation.crops, window, strict=True)
            )
            yield slices, rows, columns

    def _output_grid(self, cells: Cells) -> Grid:
        """Return the grid of the output."""
        crops, rank = self.explanation.crops, self.explanation.rank
        labels = [list(map(str, crop.windows)) for crop in crops]
        current = None if self.state is None else self.state.current
        outlines: list[CellRanges] = []
        if current is not None:
            numbers = (at - crop.windows.start for crop, at in zip(crops, current, strict=True))
            slice_, row, column = (range(number, number + 1) for number in numbers)
            outlines = [(slice_, row, column)]
        return Grid(
            cells,
            slice_labels=[f"slice {at}" for at in labels[0]] if rank > 2 else [""],
            row_labels=labels[1] if rank > 1 else [""],
            column_labels=labels[2],
            data=(range(len(labels[0])), range(len(labels[1])), range(len(labels[2]))),
            row_bars=[],
            column_bars=[],
            outlines=outlines,
            centres=_window_centres(crops[2]) if rank == 1 else None,
        )


def _map(function: Callable[..., Cell], *values: list[list[list[Any]]]) -> Cells:
    """Return the results of a function on the values at each slice, row and column."""
    return [
        [
            [function(*each) for each in zip(*rows, strict=True)]
            for rows in zip(*slices, strict=True)
        ]
        for slices in zip(*values, strict=True)
    ]


def _cell_range(crop: AxisCrop, positions: range) -> range:
    """Return the numbers of the cells that show positions, with those between them."""
    if not positions:
        return range(0)
    return range(positions[0] - crop.positions.start, positions[-1] + 1 - crop.positions.start)


def _window_centres(crop: AxisCrop) -> list[float] | None:
    """Return the middle of each window in columns of the input; None if windows are cut off."""
    if not crop.has_whole_windows:
        return None
    axis, start = crop.axis, crop.positions.start
    return [
        (axis.first_position(window) + axis.last_position(window) + 1) / 2 - start
        for window in crop.windows
    ]
