"""The data of an explanation: elements, windows, their arithmetic and colours, plane by plane."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from poolcli.explain.axis_crop import AxisCrop, Crops
from poolcli.explain.position_text import Position

Role = Literal["", "chosen", "ignored", "zero padding", "padding value", "skipped padding"]
"""The role of an element in the windows.

A chosen element is the result of a window, or one of those it is computed from (median, quantile).
Zero padding counts as an element of value 0; a padding value is an element that `--padding-mode`
puts into the padding. Skipped padding does not count.
"""

Colour = tuple[int, int, int, int]
"""Red, green, blue and alpha, each from 0 to 255."""


class Element(NamedTuple):
    """An element of the input, or of the padding around it.

    Attributes
    ----------
    value : scalar or tuple of scalar, optional
        A Python number, or the channels of a whole pixel; None for padding that does not count.
    role : str
        See `Role`.
    coloured_window : (int, int, int), optional
        The output position of the window that contains the element, among the windows that get a
        colour because they share no element with each other.
    is_in_window : bool
        Whether any window contains the element.
    """

    value: Any
    role: Role
    coloured_window: Position | None
    is_in_window: bool


class WindowResult(NamedTuple):
    """A window, its output value, and how the value is computed.

    Attributes
    ----------
    position : (int, int, int)
        The position of the value in the output.
    name : str
        The position as text, as NumPy indexes.
    region : str
        The elements that the window covers, as text.
    arithmetic : str
        How the value is computed.
    value : scalar or tuple of scalar
        The output value, as a Python number, unrounded.
    positions : list of (int, int, int)
        The positions in the input of the window's elements that are shown, those in the padding
        included. They are all its elements, unless the crop shows only a part of a window.
    chosen : list of (int, int, int)
        The chosen elements among them: the result, or those that it is computed from.
    """

    position: Position
    name: str
    region: str
    arithmetic: str
    value: Any
    positions: list[Position]
    chosen: list[Position]


class PlaneExplanation(NamedTuple):
    """The part of a plane that is shown; a plane has one axis for each pooled axis.

    Attributes
    ----------
    name : str
        The index of the plane, the name of the channel, or both; empty for the only plane.
    elements : list of list of list of Element
        By slice, row and column, in the order of the positions of the crops.
    windows : list of list of list of WindowResult
        By slice, row and column, in the order of the windows of the crops.
    """

    name: str
    elements: list[list[list[Element]]]
    windows: list[list[list[WindowResult]]]

    @property
    def all_elements(self) -> list[Element]:
        """All elements, slice by slice and row by row."""
        return [element for rows in self.elements for row in rows for element in row]

    @property
    def all_windows(self) -> list[WindowResult]:
        """All windows, slice by slice and row by row."""
        return [window for rows in self.windows for row in rows for window in row]


class Picture(NamedTuple):
    """The colours of the part of an image that is shown, all channels together.

    Attributes
    ----------
    elements : list of list of list of (int, int, int, int), optional
        The colours of the input by slice, row and column, like the elements of a plane; None for
        padding that does not count.
    results : list of list of list of (int, int, int, int)
        The colours of the output as it is written to an image, like the windows of a plane.
    """

    elements: list[list[list[Colour | None]]]
    results: list[list[list[Colour]]]


class Explanation(NamedTuple):
    """The explanation of a pooling.

    Attributes
    ----------
    heading : str
        Mode, window and options.
    shapes_and_dtypes : str
        Shape and dtype of input and output.
    slices, rows, columns : AxisCrop
        The windows and positions shown. An input with two pooled axes has a single slice, one with
        a single pooled axis also a single row.
    rank : int
        The number of pooled axes, 1, 2 or 3.
    planes : list of PlaneExplanation
        The planes, or the channels of an image.
    crop_text : str, optional
        Where the crop is; None if everything is shown.
    size_formulas : list of str
        How the output size of each axis is computed.
    notes : list of str
        Notes on the input and on what is not shown.
    picture : Picture, optional
        The colours of an image; None for an array, and for an image of which only rows or only
        columns are pooled.
    """

    heading: str
    shapes_and_dtypes: str
    slices: AxisCrop
    rows: AxisCrop
    columns: AxisCrop
    rank: int
    planes: list[PlaneExplanation]
    crop_text: str | None
    size_formulas: list[str]
    notes: list[str]
    picture: Picture | None

    @property
    def crops(self) -> Crops:
        """The crops along slices, rows and columns."""
        return self.slices, self.rows, self.columns

    @property
    def has_whole_windows(self) -> bool:
        """Whether all elements of the windows are shown."""
        return all(crop.has_whole_windows for crop in self.crops)

    @property
    def has_numbers_in_cells(self) -> bool:
        """Whether a cell has one number; it has none if it is a pixel of several channels."""
        plane, *others = self.planes
        is_number = not isinstance(plane.all_windows[0].value, tuple)
        return self.picture is None or (not others and is_number)

    def arithmetic_lines(self, window: int) -> list[str]:
        """Return the arithmetic of a window in each plane, after the name of the plane.

        Parameters
        ----------
        window : int
            The number of the window, in the order of slices, rows and columns.
        """
        return [
            f"{plane.name}  {plane.all_windows[window].arithmetic}".lstrip()
            for plane in self.planes
        ]
