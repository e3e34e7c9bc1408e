"""The legend of a figure: kinds of cells with what they mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from poolcli.explain.figure_cells import Cell
from poolcli.explain.figure_grid_drawing import CellSize, GridDrawing
from poolcli.explain.figure_grids import Grid
from poolcli.explain.figure_shapes import CAP_HEIGHT, Label, Rectangle, Shape, text_width
from poolcli.explain.figure_style import Palette

CELL_SIDE = 1.5
"""The side of a cell of the legend, in font sizes."""


class LegendEntry(NamedTuple):
    """A kind of cell, or bars if that is None, and what it means."""

    cell: Cell | None
    text: str


class Legend:
    """The entries of a legend beside each other, in lines.

    Parameters
    ----------
    entries : sequence of LegendEntry
        The entries.
    size : int
        The font size in pixels.
    width : int
        The width available in pixels.
    line_width : int
        The width of lines in pixels.
    """

    def __init__(
        self, entries: Sequence[LegendEntry], size: int, width: int, line_width: int
    ) -> None:
        self.size, self.line_width = size, line_width
        self.side = round(CELL_SIDE * size)
        self.lines: list[list[LegendEntry]] = [[]]
        for entry in entries:
            if self.lines[-1] and self._line_width([*self.lines[-1], entry]) > width:
                self.lines.append([])
            self.lines[-1].append(entry)

    def _entry_width(self, entry: LegendEntry) -> int:
        """Return the width of an entry with the space after it."""
        return self.side + math.ceil(text_width(entry.text, self.size)) + 2 * self.size

    def _line_width(self, line: Sequence[LegendEntry]) -> int:
        """Return the width of a line."""
        return sum(map(self._entry_width, line)) - round(1.4 * self.size)

    @property
    def width(self) -> int:
        """The width in pixels."""
        return max(map(self._line_width, self.lines))

    @property
    def height(self) -> int:
        """The height in pixels."""
        return sum(round(1.3 * self.side) for line in self.lines if line)

    def shapes(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield the shapes of the legend.

        Parameters
        ----------
        x, y : int
            The left upper corner in pixels.
        palette : Palette
            The colours.
        """
        size = CellSize(round(0.8 * self.size), self.side, self.side)
        nothing = range(0), range(0), range(0)
        for line in self.lines:
            left = x
            for cell, text in line:
                if cell is None:
                    yield from self._bars(left, y, palette)
                else:
                    grid = Grid([[[cell]]], [""], [""], [""], nothing, [], [], [], None)
                    drawing = GridDrawing(grid, size, 1, self.line_width)
                    yield from drawing.shapes(left, y - drawing.top, palette)
                text_x = left + self.side + round(0.6 * self.size)
                baseline = y + (self.side + round(CAP_HEIGHT * self.size)) // 2
                yield Label(text_x, baseline, text, self.size, palette.text)
                left += self._entry_width(LegendEntry(cell, text))
            y += round(1.3 * self.side)

    def _bars(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield two bars of windows that overlap."""
        height, width = max(4, self.side // 5), round(0.65 * self.side)
        top = y + self.side // 2 - height - self.line_width
        colours = palette.border, palette.border, self.line_width
        yield Rectangle(x, top, width, height, *colours)
        right, below = x + self.side - width, top + height + 2 * self.line_width
        yield Rectangle(right, below, width, height, palette.background, *colours[1:])
