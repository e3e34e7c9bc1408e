"""The size of a grid: of its cells, its labels and its bars."""

from __future__ import annotations

import math
from typing import NamedTuple

from poolcli.explain.figure.grid import Bar, Grid
from poolcli.explain.figure.shapes import text_width

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


class GridSize:
    """The size of a grid and of its parts, in pixels.

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
