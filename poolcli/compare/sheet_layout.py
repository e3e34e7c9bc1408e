"""The layout of a contact sheet: where tiles and texts are, in pixels."""

from __future__ import annotations

import math
from typing import NamedTuple

from poolcli.compare.comparison import Comparison
from poolcli.compare.measurement_text import sheet_legend, tile_labels
from poolcli.compare.tile_image import TileGrid, tile_grid
from poolcli.compare.tile_label_layout import PlacedText, TileLabelLayout, text_width
from poolcli.core.shape_text import shape_text

GAP = 18
"""The space between tiles in pixels."""

ASPECT_RATIO = 1.5
"""The width of a contact sheet over its height, as far as the tiles allow."""

EMPTY_CELL_COST = 0.3
"""The cost of an empty grid cell, in units of the natural log of the aspect ratio's error."""


class PlacedTile(NamedTuple):
    """The position of a tile: the numbers of its row and its plane, and its corner in pixels."""

    row: int
    plane: int
    left: int
    top: int


class SheetLayout(NamedTuple):
    """A contact sheet.

    Attributes
    ----------
    size : (int, int)
        Its width and height in pixels.
    grid : TileGrid
        The pixels of all tiles.
    tiles : list of PlacedTile
        The tiles.
    texts : list of PlacedText
        The texts.
    """

    size: tuple[int, int]
    grid: TileGrid
    tiles: list[PlacedTile]
    texts: list[PlacedText]


def lay_out_sheet(comparison: Comparison) -> SheetLayout:
    """Return the layout of a contact sheet.

    The tiles of a single plane form a grid. Several planes form a row each, and the names of the
    measurements are on the left.

    Parameters
    ----------
    comparison : Comparison
        The comparison, with at least one row.
    """
    return _Layout(comparison).lay_out()


class _Layout:
    """The sizes of the parts of a contact sheet in pixels."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison, self.planes = comparison, comparison.planes
        self.grid = tile_grid(comparison.rows)
        self.labels = [tile_labels(row, comparison.rows[0]) for row in comparison.rows]
        has_planes = len(self.planes) > 1
        tile_width, self.tile_height = self.grid.size
        label_layout = TileLabelLayout(self.labels, tile_width, is_narrow=has_planes)
        self.label_layout, self.font_size = label_layout, label_layout.font_size
        self.margin = 0
        if has_planes:
            self.margin = label_layout.widest([*label_layout.names, *self.planes]) + GAP
        self.cell_width = label_layout.width + GAP
        self.cell_height = label_layout.height + len(self.planes) * (self.tile_height + GAP)
        self.columns = len(self.labels) if has_planes else self._grid_columns()

    def lay_out(self) -> SheetLayout:
        """Return the layout."""
        title = self.comparison.window + _shown_part(self.grid)
        texts = [PlacedText(GAP, GAP // 2, title, self.font_size)]
        top = GAP // 2 + round(1.8 * self.label_layout.line_height)
        tiles: list[PlacedTile] = []
        for number, labels in enumerate(self.labels):
            left = GAP + self.margin + number % self.columns * self.cell_width
            cell_top = top + number // self.columns * self.cell_height
            texts += self.label_layout.texts(labels, left, cell_top)
            tiles += [
                PlacedTile(number, plane, left, cell_top + self._tile_top(plane))
                for plane in range(len(self.planes))
            ]
        if self.margin:
            texts += self.label_layout.headings(self.labels[0], GAP, top)
            texts += self._plane_names(top)
        width = GAP + self.margin + self.columns * self.cell_width
        width = max(width, 2 * GAP + text_width(title, self.font_size))
        bottom = top + -(-len(self.labels) // self.columns) * self.cell_height
        for line in self.label_layout.wrapped(sheet_legend(self.comparison), " ", width - 2 * GAP):
            texts.append(PlacedText(GAP, bottom, line, self.font_size))
            bottom += self.label_layout.line_height
        return SheetLayout((width, bottom + GAP // 2), self.grid, tiles, texts)

    def _plane_names(self, top: int) -> list[PlacedText]:
        """Return the names of the planes, beside the middles of their tiles."""
        middle = top + (self.tile_height - self.label_layout.line_height) // 2
        return [
            PlacedText(GAP, middle + self._tile_top(plane), name, self.font_size)
            for plane, name in enumerate(self.planes)
        ]

    def _tile_top(self, plane: int) -> int:
        """Return the top of a plane's tile, from the top of its cell."""
        return self.label_layout.height + plane * (self.tile_height + GAP)

    def _grid_columns(self) -> int:
        """Return the number of columns that best fits the aspect ratio with few empty cells."""
        count = len(self.labels)

        def cost(columns: int) -> float:
            lines = -(-count // columns)
            ratio = columns * self.cell_width / (lines * self.cell_height)
            empty_cells = columns * lines - count
            return abs(math.log(ratio / ASPECT_RATIO)) + EMPTY_CELL_COST * empty_cells

        return min(range(1, count + 1), key=cost)


def _shown_part(grid: TileGrid) -> str:
    """Return which part of the planes is shown, as text; empty if all of it is."""
    shown, whole = grid.shown_shape, grid.input_shape
    return "" if shown == whole else f" · the middle {shape_text(shown)} of {shape_text(whole)}"
