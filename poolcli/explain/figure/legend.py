"""The legend of a figure: kinds of cells with what they mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from poolcli.explain.figure.cells import Cell
from poolcli.explain.figure.grid import Grid
from poolcli.explain.figure.grid_shapes import grid_shapes
from poolcli.explain.figure.grid_size import MIN_FONT_SIZE, CellSize, GridSize
from poolcli.explain.figure.shapes import CAP_HEIGHT, Label, Rectangle, Shape, text_width
from poolcli.explain.figure.text_list import LINE_HEIGHT
from poolcli.explain.figure.wrap_text import wrap_text
from poolcli.explain.palettes import Palette

CELL_SIDE = 1.5
"""The side of a cell of the legend, in font sizes."""

ENTRY_GAP = 2
"""The space between entries, in font sizes."""


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
        self.indent = self.side + round(0.6 * size)
        self.line_height = round(LINE_HEIGHT * size)
        self.text_width = width - self.indent
        self.lines: list[list[LegendEntry]] = [[]]
        for entry in entries:
            if self.lines[-1] and self._line_width([*self.lines[-1], entry]) > width:
                self.lines.append([])
            self.lines[-1].append(entry)

    def _texts(self, entry: LegendEntry) -> list[str]:
        """Return the text of an entry in lines that fit."""
        return wrap_text(entry.text, self.text_width, self.size)

    def _entry_width(self, entry: LegendEntry) -> int:
        """Return the width of an entry."""
        widths = [text_width(text, self.size) for text in self._texts(entry)]
        return self.indent + math.ceil(max(widths))

    def _line_width(self, line: Sequence[LegendEntry]) -> int:
        """Return the width of a line."""
        return sum(map(self._entry_width, line)) + ENTRY_GAP * self.size * (len(line) - 1)

    def _line_height(self, line: Sequence[LegendEntry]) -> int:
        """Return the height of a line with the space below it."""
        heights = [self.line_height * (len(self._texts(entry)) - 1) for entry in line]
        return round(1.3 * self.side) + max(heights, default=0)

    @property
    def width(self) -> int:
        """The width in pixels."""
        return max(map(self._line_width, self.lines))

    @property
    def height(self) -> int:
        """The height in pixels."""
        return sum(map(self._line_height, self.lines))

    def shapes(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield the shapes of the legend.

        Parameters
        ----------
        x, y : int
            The left upper corner in pixels.
        palette : Palette
            The colours.
        """
        for line in self.lines:
            left = x
            for entry in line:
                yield from self._symbol(entry.cell, left, y, palette)
                baseline = y + (self.side + round(CAP_HEIGHT * self.size)) // 2
                for text in self._texts(entry):
                    yield Label(left + self.indent, baseline, text, self.size, palette.text)
                    baseline += self.line_height
                left += self._entry_width(entry) + ENTRY_GAP * self.size
            y += self._line_height(line)

    def _symbol(self, cell: Cell | None, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield the cell of an entry, or bars."""
        if cell is None:
            yield from self._bars(x, y, palette)
            return
        size = CellSize(max(MIN_FONT_SIZE, round(0.8 * self.size)), self.side, self.side)
        nothing = range(0), range(0), range(0)
        grid = Grid([[[cell]]], [""], [""], [""], nothing, [], [], [], None)
        measured = GridSize(grid, size, 1, self.line_width)
        yield from grid_shapes(measured, x, y - measured.top, palette)

    def _bars(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield two bars of windows that overlap."""
        height, width = max(4, self.side // 5), round(0.65 * self.side)
        top = y + self.side // 2 - height - self.line_width
        colours = palette.border, palette.border, self.line_width
        yield Rectangle(x, top, width, height, *colours)
        right, below = x + self.side - width, top + height + 2 * self.line_width
        yield Rectangle(right, below, width, height, palette.background, *colours[1:])
