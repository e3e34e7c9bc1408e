"""The grids of a figure: cells with their labels, the windows beside them and around them."""

from __future__ import annotations

from typing import NamedTuple

from poolcli.explain.figure.cells import Cell

Cells = list[list[list[Cell]]]
"""Cells by slice, row and column."""

CellRanges = tuple[range, range, range]
"""The numbers of cells along slices, rows and columns."""


class Bar(NamedTuple):
    """A window along one axis, drawn beside a grid.

    Attributes
    ----------
    cells : list of int
        The numbers of the window's cells along the axis.
    lane : int
        The number of the line that the bar is on. Bars on a line do not overlap.
    fill : str, optional
        The colour; None for a hollow bar, of windows without a colour.
    """

    cells: list[int]
    lane: int
    fill: str | None


class Grid(NamedTuple):
    """Cells with their labels, one grid for each slice.

    Attributes
    ----------
    cells : list of list of list of Cell
        The cells by slice, row and column.
    slice_labels, row_labels, column_labels : list of str
        The labels; empty texts for padding and for axes that are not pooled.
    data : (range, range, range)
        The cells that are not padding, which have a border.
    row_bars, column_bars : list of Bar
        The windows along both axes if they overlap.
    outlines : list of (range, range, range)
        The cells that get an outline each.
    centres : list of float, optional
        The middle of each column in columns of the grid above; None for columns side by side.
    """

    cells: Cells
    slice_labels: list[str]
    row_labels: list[str]
    column_labels: list[str]
    data: CellRanges
    row_bars: list[Bar]
    column_bars: list[Bar]
    outlines: list[CellRanges]
    centres: list[float] | None


class GridPair(NamedTuple):
    """Input and output of a plane, or of an image, as grids."""

    name: str
    before: Grid
    after: Grid
