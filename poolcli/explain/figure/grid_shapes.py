"""The shapes of a grid: cells, labels, and the windows around and beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from poolcli.explain.figure.cells import Cell
from poolcli.explain.figure.grid import Bar, CellRanges
from poolcli.explain.figure.grid_size import GridSize
from poolcli.explain.figure.shapes import CAP_HEIGHT, Label, Rectangle, Shape, text_width
from poolcli.explain.palettes import Palette


def grid_shapes(size: GridSize, x: int, y: int, palette: Palette) -> Iterator[Shape]:
    """Yield the shapes of a grid.

    Parameters
    ----------
    size : GridSize
        The grid with its size.
    x, y : int
        The left upper corner in pixels.
    palette : Palette
        The colours.
    """
    for number in range(len(size.grid.cells)):
        line, column = divmod(number, size.slices_per_line)
        left = x + column * (size.left + size.cells_width + size.gap)
        top = y + line * (size.top + size.cells_height + size.bottom + size.gap // 2)
        yield from _SliceDrawing(size, number, left, top, palette).shapes()


class _SliceDrawing:
    """One slice of a grid at its place."""

    def __init__(self, size: GridSize, number: int, left: int, top: int, palette: Palette) -> None:
        self.size, self.grid, self.cell = size, size.grid, size.cell
        self.number, self.left, self.top, self.palette = number, left, top, palette
        self.line = size.line_width
        self.first_x, self.first_y = left + size.left, top + size.top

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
            middle = self.grid.centres[column] * self.size.pitch
            return self.first_x + round(middle - self.cell.width / 2)
        return self.first_x + column * self.cell.width

    def _y(self, row: int) -> int:
        """Return the upper edge of a row."""
        return self.first_y + row * self.cell.height

    def _box(self, rows: range, columns: range, width: int, outset: int) -> Rectangle:
        """Return a border around cells."""
        x, y = self._x(columns[0]) - outset, self._y(rows[0]) - outset
        right = self._x(columns[-1]) + self.cell.width + self.line + outset
        bottom = self._y(rows[-1]) + self.cell.height + self.line + outset
        return Rectangle(x, y, right - x, bottom - y, None, self.palette.border, width)

    def _outline(self, outline: CellRanges) -> Iterator[Shape]:
        """Yield the outline of a window: dark with a light edge, visible on every colour."""
        _, rows, columns = outline
        narrow = (3 if len(self.grid.outlines) == 1 else 2) * self.line
        wide = narrow + 2 * self.line
        yield self._box(rows, columns, wide, self.line)._replace(outline=self.palette.background)
        yield self._box(rows, columns, narrow, 0)._replace(outline=self.palette.chosen)

    def _background(self, row: int, column: int, cell: Cell) -> Iterator[Shape]:
        """Yield the colour and the outline of a cell."""
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
        x, y, size = self._x(column), self._y(row), self.cell.font_size
        width, height = self.cell.width + self.line, self.cell.height + self.line
        if cell.ring is not None:
            inset = (5 if self.grid.outlines else 3) * self.line
            ring = max(2 * self.line, round(size / 12))
            inset = max(min(inset, (min(width, height) - 1) // 2 - ring), 0)
            box = (x + inset, y + inset, width - 2 * inset, height - 2 * inset)
            yield Rectangle(*box, None, cell.ring, ring)
        baseline = y + (height + round(CAP_HEIGHT * size)) // 2
        if cell.text:
            yield Label(x + width // 2, baseline, cell.text, size, cell.text_colour, "middle")
        elif cell.mark and self.size.mark_size:
            baseline = y + (height + round(CAP_HEIGHT * self.size.mark_size)) // 2
            at = x + width // 2, baseline
            yield Label(*at, cell.mark, self.size.mark_size, cell.text_colour, "middle")
        if cell.is_ignored:
            length = max(size, round(text_width(cell.text, size) + 0.4 * size))
            thickness = max(self.line, round(size / 14))
            yield Rectangle(
                x + (width - length) // 2, y + (height - thickness) // 2, length, thickness,
                cell.text_colour,
            )  # fmt: skip

    def _labels(self) -> Iterator[Shape]:
        """Yield the numbers of the slice, the rows and the columns."""
        size, colour = self.size.label_size, self.palette.muted
        title = self.grid.slice_labels[self.number]
        if title:
            yield Label(self.first_x, self.top + size, title, size, colour)
        baseline = self.top + self.size.title_height + size
        for column, text in enumerate(self.grid.column_labels):
            if text:
                x = self._x(column) + (self.cell.width + self.line) // 2
                yield Label(x, baseline, text, size, colour, "middle")
        for row, text in enumerate(self.grid.row_labels):
            if text:
                height = self.cell.height + self.line + round(CAP_HEIGHT * size)
                x, y = self.left + self.size.label_width - size // 2, self._y(row) + height // 2
                yield Label(x, y, text, size, colour, "end")

    def _bars(self) -> Iterator[Shape]:
        """Yield the bars of windows that overlap."""
        size, lane = self.size, self.size.lane
        pitch = lane + 2 * self.line
        for bar in self.grid.row_bars:
            x = self.left + size.label_width + bar.lane * pitch
            for start, length, width in self._bar_parts(bar, self._y, self.cell.height):
                box = x + (lane - width) // 2, start, width, length
                yield Rectangle(*box, bar.fill or self.palette.background, self.palette.border)
        below, above = self.first_y + size.cells_height + lane, self.first_y - 2 * lane
        for bar in self.grid.column_bars:
            y = below + bar.lane * pitch if size.bars_are_below else above - bar.lane * pitch
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
            yield start, length + self.line, self.size.lane
