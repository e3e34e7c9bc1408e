"""The data of an explanation: elements, windows and their arithmetic, plane by plane."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from poolcli.explain.axis_crop import AxisCrop
from poolcli.explain.position_text import Position

Role = Literal["", "chosen", "ignored", "zero padding", "padding value", "skipped padding"]
"""The role of an element in the windows.

A chosen element is the result of a window, or one of those it is computed from (median, quantile).
Zero padding counts as an element of value 0; a padding value is an element that `--padding-mode`
puts into the padding. Skipped padding does not count.
"""


class Element(NamedTuple):
    """An element of the input, or of the padding around it.

    Attributes
    ----------
    value : scalar or tuple of scalar, optional
        A Python number, or the channels of a whole pixel; None for padding that does not count.
    role : str
        See `Role`.
    coloured_window : (int, int), optional
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
    position : (int, int)
        The position of the value in the output.
    name : str
        The position as text, as NumPy indexes.
    region : str
        The elements that the window covers, as text.
    arithmetic : str
        How the value is computed.
    value : scalar or tuple of scalar
        The output value, as a Python number, unrounded.
    """

    position: Position
    name: str
    region: str
    arithmetic: str
    value: Any


class PlaneExplanation(NamedTuple):
    """The part of a plane that is shown: its elements and its windows, both row by row."""

    name: str
    elements: list[list[Element]]
    windows: list[list[WindowResult]]


class Explanation(NamedTuple):
    """The explanation of a pooling.

    Attributes
    ----------
    heading : str
        Mode, window and options.
    shapes : str
        Shape and dtype of input and output.
    rows, columns : AxisCrop
        The windows and positions shown. An input with one pooled axis has a single row.
    rank : int
        The number of pooled axes, 1 or 2.
    planes : list of PlaneExplanation
        The planes, or the channels of an image.
    crop : str, optional
        Where the crop is; None if everything is shown.
    size_formulas : list of str
        How the output size of each axis is computed.
    notes : list of str
        Notes on the input and on what is not shown.
    """

    heading: str
    shapes: str
    rows: AxisCrop
    columns: AxisCrop
    rank: int
    planes: list[PlaneExplanation]
    crop: str | None
    size_formulas: list[str]
    notes: list[str]
