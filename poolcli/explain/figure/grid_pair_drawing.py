"""Input and output of a plane beside or below each other, with the arrow between them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from poolcli.explain.figure.grid import GridPair
from poolcli.explain.figure.grid_shapes import grid_shapes
from poolcli.explain.figure.grid_size import MIN_FONT_SIZE, CellSize, GridSize, cell_size
from poolcli.explain.figure.shapes import Label, Polygon, Shape, text_width
from poolcli.explain.figure.text_list import LINE_HEIGHT
from poolcli.explain.figure.wrap_text import wrap_text
from poolcli.explain.palettes import Palette

CAPTION_SIZE = 0.85
"""The font size of captions, in that of the text."""

CAPTION_WIDTH = 10
"""The smallest width of captions, in font sizes."""


class GridPairSizes(NamedTuple):
    """The sizes that are the same for all pairs of a figure.

    Attributes
    ----------
    before, after : CellSize
        The sizes of the cells of input and output.
    text_size : int
        The font size of text in pixels.
    output_is_below : bool
        Whether the output is below the input, else beside it.
    slices_per_line : int
        The number of slices of the input side by side.
    line_width : int
        The width of lines in pixels.
    is_aligned : bool
        Whether each value of a single row of output stands below the middle of its window.
    width : int
        The width available in pixels.
    """

    before: CellSize
    after: CellSize
    text_size: int
    output_is_below: bool
    slices_per_line: int
    line_width: int
    is_aligned: bool
    width: int


def grid_pair_sizes(
    pairs: Sequence[GridPair],
    text_size: int,
    cell_font_size: int,
    output_is_below: bool,
    slices_per_line: int,
    line_width: int,
    width: int,
) -> GridPairSizes:
    """Return the sizes of pairs with cells that hold all texts.

    Parameters
    ----------
    pairs : sequence of GridPair
        The pairs of the figure.
    text_size, cell_font_size : int
        The font sizes of text and of cells, in pixels.
    output_is_below : bool
        Whether the output is below the input, else beside it.
    slices_per_line : int
        The number of slices of the input side by side.
    line_width : int
        The width of lines in pixels.
    width : int
        The width available in pixels.
    """
    before = cell_size([pair.before for pair in pairs], cell_font_size)
    after = cell_size([pair.after for pair in pairs], cell_font_size)
    pitch = _aligned_pitch(pairs[0], before, after) if output_is_below else None
    is_aligned = pitch is not None and pitch * len(pairs[0].before.column_labels) < width
    if pitch is not None and is_aligned:
        before = before._replace(width=pitch)
    return GridPairSizes(
        before, after, text_size, output_is_below, slices_per_line, line_width, is_aligned, width
    )


def _aligned_pitch(pair: GridPair, before: CellSize, after: CellSize) -> int | None:
    """Return the width of input cells with which outputs fit below the middles of windows."""
    centres = pair.after.centres
    if centres is None:
        return None
    edge = min(centres[0], len(pair.before.column_labels) - centres[-1])
    spacing = min([2 * edge, *(right - left for left, right in pairwise(centres))])
    return max(before.width, math.ceil((after.width + 1) / spacing)) if spacing > 0 else None


class GridPairDrawing:
    """Input and output with captions, and the arrow between them.

    Parameters
    ----------
    pair : GridPair
        Input and output.
    sizes : GridPairSizes
        The sizes.
    captions : (str, str)
        What stands above input and output; empty for nothing.
    """

    def __init__(self, pair: GridPair, sizes: GridPairSizes, captions: tuple[str, str]) -> None:
        self.sizes = sizes
        after = pair.after if sizes.is_aligned else pair.after._replace(centres=None)
        self.before = GridSize(pair.before, sizes.before, sizes.slices_per_line, sizes.line_width)
        self.after = GridSize(
            after, sizes.after, sizes.slices_per_line, sizes.line_width, sizes.before.width
        )
        self.caption_size = max(MIN_FONT_SIZE, round(CAPTION_SIZE * sizes.text_size))
        self.caption_step = round(LINE_HEIGHT * self.caption_size)
        self.before_lines = self._caption_lines(captions[0], self.before)
        self.after_lines = self._caption_lines(captions[1], self.after)
        self.before_width = self._part_width(self.before, self.before_lines)
        self.after_width = self._part_width(self.after, self.after_lines)
        self.arrow = round(1.8 * sizes.text_size)
        self.gap = round(0.8 * sizes.text_size)

    def _caption_lines(self, caption: str, grid: GridSize) -> list[str]:
        """Return a caption in lines as wide as the grid below it."""
        if not caption:
            return []
        width = max(grid.width - grid.left, CAPTION_WIDTH * self.caption_size)
        return wrap_text(caption, min(width, self.sizes.width - grid.left), self.caption_size)

    def _part_width(self, grid: GridSize, lines: list[str]) -> int:
        """Return the width of a grid with its caption."""
        widths = [text_width(line, self.caption_size) for line in lines]
        return max(grid.width, grid.left + math.ceil(max(widths, default=0)))

    @property
    def width(self) -> int:
        """The width in pixels."""
        if self.sizes.output_is_below:
            return max(self.before_width, self.after_width)
        return self.before_width + self.arrow + 2 * self.gap + self.after_width

    @property
    def height(self) -> int:
        """The height in pixels."""
        before = len(self.before_lines) * self.caption_step + self.before.height
        after = len(self.after_lines) * self.caption_step + self.after.height
        if self.sizes.output_is_below:
            return before + self.gap + self.arrow + self.gap // 2 + after
        lines = max(len(self.before_lines), len(self.after_lines))
        return lines * self.caption_step + max(self.before.height, self.after.height)

    def shapes(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield the shapes.

        Parameters
        ----------
        x, y : int
            The left upper corner in pixels.
        palette : Palette
            The colours.
        """
        before, after = len(self.before_lines), len(self.after_lines)
        if self.sizes.output_is_below:
            yield from self._caption(self.before_lines, x + self.before.left, y, palette)
            y += before * self.caption_step
            yield from grid_shapes(self.before, x, y, palette)
            y += self.before.height + self.gap
            middle = min(self.before.cells_width, self.after.cells_width) // 2
            yield _arrow_down(x + self.before.left + middle, y, self.arrow, palette.border)
            y += self.arrow + self.gap // 2
            yield from self._caption(self.after_lines, x + self.after.left, y, palette)
            yield from grid_shapes(self.after, x, y + after * self.caption_step, palette)
            return
        lines = max(before, after)
        for grid, texts, left in (
            (self.before, self.before_lines, x),
            (self.after, self.after_lines, x + self.width - self.after_width),
        ):
            top = y + (lines - len(texts)) * self.caption_step
            yield from self._caption(texts, left + grid.left, top, palette)
            yield from grid_shapes(grid, left, y + lines * self.caption_step, palette)
        middle = min(self.before.cells_height, self.after.cells_height) // 2
        top = y + lines * self.caption_step + max(self.before.top, self.after.top) + middle
        yield _arrow_right(x + self.before_width + self.gap, top, self.arrow, palette.border)

    def _caption(self, lines: list[str], x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield the lines of a caption."""
        for line in lines:
            yield Label(x, y + self.caption_size, line, self.caption_size, palette.muted)
            y += self.caption_step


def _arrow_right(x: int, y: int, length: int, colour: str) -> Polygon:
    """Return an arrow to the right that starts at a point."""
    shaft, head = max(1, length // 16), max(3, length // 5)
    neck = x + length - round(1.5 * head)
    corners = (
        (x, y - shaft), (neck, y - shaft), (neck, y - head), (x + length, y),
        (neck, y + head), (neck, y + shaft), (x, y + shaft),
    )  # fmt: skip
    return Polygon(corners, colour)


def _arrow_down(x: int, y: int, length: int, colour: str) -> Polygon:
    """Return an arrow downwards that starts at a point."""
    corners = _arrow_right(0, 0, length, colour).corners
    return Polygon(tuple((x + down, y + right) for right, down in corners), colour)
