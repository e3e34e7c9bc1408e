"""Drawing a grid: the sizes of its cells, labels and bars, and its shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple

from poolcli.explain.figure_cells import Cell
from poolcli.explain.figure_grids import Bar, Box, Grid
from poolcli.explain.figure_shapes import CAP_HEIGHT, Label, Rectangle, Shape, text_width
from poolcli.explain.figure_style import Palette

MIN_FONT_SIZE = 11
"""The smallest font size in pixels."""

CELL_HEIGHT = 1.9
"""The height of a cell, in font sizes."""

CELL_PADDING = 0.4
"""The space on both sides of the widest text in cells, in font sizes."""


class CellSize(NamedTuple):
    """The size of the cells of a grid.

    Attributes
    ----------
    font_size : int
        The size of the text in cells, in pixels.
    width, height : int
        The distance from a cell to the next one, in pixels.
    """

    font_size: int
    width: int
    height: int


def cell_size(grids: list[Grid], font_size: int) -> CellSize:
    """Return the size of cells that hold the text of all grids.

    Parameters
    ----------
    grids : list of Grid
        The grids.
    font_size : int
        The size of the text in pixels.
    """
    height = round(CELL_HEIGHT * font_size)
    cells = [cell for grid in grids for slice_ in grid.cells for row in slice_ for cell in row]
    widest = max(text_width(text, font_size) for text in {cell.text for cell in cells})
    label = max(text_width(text, label_size(font_size)) for g in grids for text in g.column_labels)
    needed = max(widest + 2 * CELL_PADDING * font_size, label + 4)
    return CellSize(font_size, max(height, math.ceil(needed)), height)


def label_size(font_size: int) -> int:
    """Return the font size of the labels of rows and columns.

    Parameters
    ----------
    font_size : int
        The font size of cells in pixels.
    """
    return max(MIN_FONT_SIZE, round(0.62 * font_size))


class GridDrawing:
    """A grid with its sizes in pixels.

    Parameters
    ----------
    grid : Grid
        The grid.
    cell : CellSize
        The size of its cells.
    slices_per_line : int
        The number of slices side by side.
    line_width : int
        The width of lines in pixels.
    pitch : int
        The width of a column in the unit of the grid's centres.
    """

    def __init__(
        self, grid: Grid, cell: CellSize, slices_per_line: int, line_width: int, pitch: int = 0
    ) -> None:
        self.grid, self.cell, self.line_width, self.pitch = grid, cell, line_width, pitch
        self.slices_per_line = slices_per_line
        self.label_size = label_size(cell.font_size)
        self.lane = max(4, round(0.3 * cell.font_size))
        self.mark_size = self._mark_size()
        label_width = max(text_width(text, self.label_size) for text in grid.row_labels)
        self.label_width = math.ceil(label_width + 0.5 * self.label_size) if label_width else 0
        self.left = self.label_width + self._bar_space(grid.row_bars)
        self.label_height = round(1.35 * self.label_size)
        self.title_height = self.label_height if any(grid.slice_labels) else 0
        bars = self._bar_space(grid.column_bars)
        self.bars_are_below = len(grid.row_labels) == 1 and bool(grid.column_bars)
        self.top = self.title_height + self.label_height + (0 if self.bars_are_below else bars)
        self.bottom = bars if self.bars_are_below else 0
        self.gap = 2 * self.label_size

    def _mark_size(self) -> int:
        """Return the font size of the channels that choose a pixel; 0 if there is no room."""
        marks = {cell.mark for slice_ in self.grid.cells for row in slice_ for cell in row}
        width = max(text_width(mark, MIN_FONT_SIZE) for mark in marks)
        size = int(MIN_FONT_SIZE * (self.cell.width - 12 * self.line_width) / width) if width else 0
        size = min(size, round(0.8 * self.cell.font_size))
        return size if size >= MIN_FONT_SIZE else 0

    def _bar_space(self, bars: list[Bar]) -> int:
        """Return the space that bars need."""
        lanes = 1 + max((bar.lane for bar in bars), default=-1)
        return lanes * (self.lane + 2 * self.line_width) + self.lane if lanes else 0

    @property
    def cells_width(self) -> int:
        """The width of the cells of a slice."""
        count = len(self.grid.column_labels)
        if self.grid.centres is not None:
            return math.ceil(self.grid.centres[-1] * self.pitch + self.cell.width / 2)
        return count * self.cell.width + self.line_width

    @property
    def cells_height(self) -> int:
        """The height of the cells of a slice."""
        return len(self.grid.row_labels) * self.cell.height + self.line_width

    @property
    def width(self) -> int:
        """The width of the grid."""
        step = self.left + self.cells_width + self.gap
        return min(len(self.grid.cells), self.slices_per_line) * step - self.gap

    @property
    def height(self) -> int:
        """The height of the grid."""
        lines = -(-len(self.grid.cells) // self.slices_per_line)
        step = self.top + self.cells_height + self.bottom + self.gap // 2
        return lines * step - self.gap // 2

    def shapes(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield the shapes of the grid.

        Parameters
        ----------
        x, y : int
            The left upper corner in pixels.
        palette : Palette
            The colours.
        """
        for number in range(len(self.grid.cells)):
            line, column = divmod(number, self.slices_per_line)
            left = x + column * (self.left + self.cells_width + self.gap)
            top = y + line * (self.top + self.cells_height + self.bottom + self.gap // 2)
            yield from _SliceDrawing(self, number, left, top, palette).shapes()


class _SliceDrawing:
    """One slice of a grid at its place."""

    def __init__(
        self, drawing: GridDrawing, number: int, left: int, top: int, palette: Palette
    ) -> None:
        self.drawing, self.grid, self.cell = drawing, drawing.grid, drawing.cell
        self.number, self.left, self.top, self.palette = number, left, top, palette
        self.line = drawing.line_width
        self.first_x, self.first_y = left + drawing.left, top + drawing.top

    def shapes(self) -> Iterator[Shape]:
        """Yield the shapes, from back to front."""
        cells = [
            (row, column, cell)
            for row, line in enumerate(self.grid.cells[self.number])
            for column, cell in enumerate(line)
        ]
        for row, column, cell in cells:
            yield from self._background(row, column, cell)
        slices, rows, columns = self.grid.data
        if self.number in slices and self.grid.centres is None:
            yield self._box(rows, columns, 2 * self.line, 0)
        for outline in self.grid.outlines:
            if self.number in outline[0]:
                yield from self._outline(outline)
        for row, column, cell in cells:
            yield from self._content(row, column, cell)
        yield from self._labels()
        yield from self._bars()

    def _x(self, column: int) -> int:
        """Return the left edge of a column."""
        if self.grid.centres is not None:
            middle = self.grid.centres[column] * self.drawing.pitch
            return self.first_x + round(middle - self.cell.width / 2)
        return self.first_x + column * self.cell.width

    def _y(self, row: int) -> int:
        """Return the upper edge of a row."""
        return self.first_y + row * self.cell.height

    def _box(self, rows: range, columns: range, width: int, outset: int) -> Rectangle:
        """Return a frame around cells, in the colour of borders."""
        x, y = self._x(columns[0]) - outset, self._y(rows[0]) - outset
        right = self._x(columns[-1]) + self.cell.width + self.line + outset
        bottom = self._y(rows[-1]) + self.cell.height + self.line + outset
        return Rectangle(x, y, right - x, bottom - y, None, self.palette.border, width)

    def _outline(self, outline: Box) -> Iterator[Shape]:
        """Yield the outline of a window: dark with a light edge, visible on every colour."""
        _, rows, columns = outline
        wide, narrow = 4 * self.line, 2 * self.line
        yield self._box(rows, columns, wide, self.line)._replace(outline=self.palette.background)
        yield self._box(rows, columns, narrow, 0)._replace(outline=self.palette.chosen)

    def _background(self, row: int, column: int, cell: Cell) -> Iterator[Shape]:
        """Yield the colour and the frame of a cell."""
        x, y = self._x(column), self._y(row)
        width, height = self.cell.width + self.line, self.cell.height + self.line
        outline = None if cell.is_padding else self.palette.line
        if cell.fill is not None:
            yield Rectangle(x, y, width, height, cell.fill, outline, self.line)
        if cell.checks is not None:
            half = width // 2, height // 2
            yield Rectangle(x + half[0], y, width - half[0], half[1], cell.checks)
            yield Rectangle(x, y + half[1], half[0], height - half[1], cell.checks)
        if cell.is_padding:
            inset, palette = 3 * self.line, self.palette
            colour = palette.padding if cell.fill is None else palette.border
            box = x + inset, y + inset, width - 2 * inset, height - 2 * inset
            yield Rectangle(*box, None, colour, self.line, is_dashed=True)

    def _content(self, row: int, column: int, cell: Cell) -> Iterator[Shape]:
        """Yield the text and the marks of a cell."""
        drawing, x, y, size = self.drawing, self._x(column), self._y(row), self.cell.font_size
        width, height = self.cell.width + self.line, self.cell.height + self.line
        if cell.ring is not None:
            inset, ring = 3 * self.line, max(2 * self.line, round(size / 12))
            box = (x + inset, y + inset, width - 2 * inset, height - 2 * inset)
            yield Rectangle(*box, None, cell.ring, ring)
        baseline = y + (height + round(CAP_HEIGHT * size)) // 2
        if cell.text:
            yield Label(x + width // 2, baseline, cell.text, size, cell.text_colour, "middle")
        elif cell.mark and drawing.mark_size:
            baseline = y + (height + round(CAP_HEIGHT * drawing.mark_size)) // 2
            at = x + width // 2, baseline
            yield Label(*at, cell.mark, drawing.mark_size, cell.text_colour, "middle")
        if cell.is_ignored:
            length = max(size, round(text_width(cell.text, size) + 0.4 * size))
            thickness = max(self.line, round(size / 14))
            yield Rectangle(
                x + (width - length) // 2, y + (height - thickness) // 2, length, thickness,
                cell.text_colour,
            )  # fmt: skip

    def _labels(self) -> Iterator[Shape]:
        """Yield the numbers of the slice, the rows and the columns."""
        drawing, size, colour = self.drawing, self.drawing.label_size, self.palette.muted
        title = self.grid.slice_labels[self.number]
        if title:
            yield Label(self.first_x, self.top + size, title, size, colour)
        baseline = self.top + drawing.title_height + size
        for column, text in enumerate(self.grid.column_labels):
            if text:
                x = self._x(column) + (self.cell.width + self.line) // 2
                yield Label(x, baseline, text, size, colour, "middle")
        for row, text in enumerate(self.grid.row_labels):
            if text:
                height = self.cell.height + self.line + round(CAP_HEIGHT * size)
                x, y = self.left + drawing.label_width - size // 2, self._y(row) + height // 2
                yield Label(x, y, text, size, colour, "end")

    def _bars(self) -> Iterator[Shape]:
        """Yield the bars of windows that overlap."""
        drawing, lane = self.drawing, self.drawing.lane
        pitch = lane + 2 * self.line
        for bar in self.grid.row_bars:
            x = self.left + drawing.label_width + bar.lane * pitch
            for start, length, width in self._bar_parts(bar, self._y, self.cell.height):
                box = x + (lane - width) // 2, start, width, length
                yield Rectangle(*box, bar.fill or self.palette.background, self.palette.border)
        below, above = self.first_y + drawing.cells_height + lane, self.first_y - 2 * lane
        for bar in self.grid.column_bars:
            y = below + bar.lane * pitch if drawing.bars_are_below else above - bar.lane * pitch
            for start, length, width in self._bar_parts(bar, self._x, self.cell.width):
                box = start, y + (lane - width) // 2, length, width
                yield Rectangle(*box, bar.fill or self.palette.background, self.palette.border)

    def _bar_parts(
        self, bar: Bar, start_of: Callable[[int], int], step: int
    ) -> Iterator[tuple[int, int, int]]:
        """Yield start, length and width of the line of a bar, and of each run of its cells."""
        inset = 2 * self.line
        runs = [
            [cell for _, cell in run]
            for _, run in groupby(enumerate(bar.cells), lambda pair: pair[1] - pair[0])
        ]
        spans = [(start_of(run[0]) + inset, len(run) * step - 2 * inset) for run in runs]
        if len(spans) > 1:
            start, end = spans[0][0], sum(spans[-1])
            yield start, end - start, 2 * self.line
        for start, length in spans:
            yield start, length + self.line, self.drawing.lane
