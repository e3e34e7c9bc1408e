"""The cells of a figure's grids: what each element and each result looks like."""

from __future__ import annotations

from typing import NamedTuple

from poolcli.explain.axis_crop import AxisCrop, window_positions
from poolcli.explain.cell_text import element_text, result_text
from poolcli.explain.explanation import Colour, Element, Explanation, PlaneExplanation, Position
from poolcli.explain.figure_style import Palette

MAX_LANES = 6
"""The largest number of overlapping windows along an axis that are drawn as bars."""


class Cell(NamedTuple):
    """A cell of a grid.

    Attributes
    ----------
    text : str
        The text in it; empty for none.
    fill : str, optional
        The colour of the cell; None for padding that has neither a value nor a window.
    text_colour : str
        The colour of the text.
    is_padding : bool
        Whether the cell has the dashed frame of padding.
    is_chosen : bool
        Whether the cell has the ring of a chosen element.
    is_ignored : bool
        Whether the text is struck through.
    mark : str
        A short text in the corner, such as the channels that choose a pixel.
    """

    text: str
    fill: str | None
    text_colour: str
    is_padding: bool = False
    is_chosen: bool = False
    is_ignored: bool = False
    mark: str = ""


class Bar(NamedTuple):
    """A window along one axis, drawn beside the grid.

    Attributes
    ----------
    cells : list of int
        The numbers of the cells shown that the window has along the axis.
    lane : int
        The number of the line on which the bar is. Bars on a line do not overlap.
    fill : str, optional
        The colour; None for a hollow bar.
    """

    cells: list[int]
    lane: int
    fill: str | None


class Grid(NamedTuple):
    """A grid of cells, one for each slice.

    Attributes
    ----------
    cells : list of list of list of Cell
        The cells by slice, row and column.
    slice_labels, row_labels, column_labels : list of str
        The labels; empty texts for none.
    data : (range, range, range), optional
        The numbers of the slices, rows and columns that are not padding, and get a frame.
    row_bars, column_bars : list of Bar
        The windows along both axes, where they overlap or have gaps.
    outlines : list of (range, range, range)
        Cells to outline: windows on coloured cells, or the current window.
    centres : list of float, optional
        The middle of each column, in columns of the grid above; None for columns side by side.
    """

    cells: list[list[list[Cell]]]
    slice_labels: list[str]
    row_labels: list[str]
    column_labels: list[str]
    data: tuple[range, range, range] | None = None
    row_bars: list[Bar] = []  # noqa: RUF012
    column_bars: list[Bar] = []  # noqa: RUF012
    outlines: list[tuple[range, range, range]] = []  # noqa: RUF012
    centres: list[float] | None = None
