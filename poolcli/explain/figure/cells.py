"""The cells of a figure's grids: what each element and each result looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from poolcli.explain.cell_text import element_text, result_text
from poolcli.explain.explanation import Colour, Element, WindowResult
from poolcli.explain.palettes import Palette
from poolcli.explain.picture_colours import hex_colour, over_grey
from poolcli.report.contrast import text_colour

CHECKERBOARD = 255, 208
"""The two grey values behind transparent pixels."""

PADDING_ROLES = ("zero padding", "padding value", "skipped padding")
"""The roles of elements that are padding."""


class Cell(NamedTuple):
    """A cell of a grid.

    Attributes
    ----------
    text : str
        The text in it; empty for none.
    text_colour : str
        The colour of the text.
    fill : str, optional
        The colour of the cell; None for padding that has neither a colour nor a window.
    checks : str, optional
        The second colour of the checkerboard of a transparent pixel.
    is_padding : bool
        Whether the cell has the dashed outline of padding.
    ring : str, optional
        The colour of the ring of a chosen element; None for no ring.
    is_ignored : bool
        Whether the cell is struck through.
    mark : str
        The channels that choose a pixel, if an image has several.
    """

    text: str
    text_colour: str
    fill: str | None
    checks: str | None = None
    is_padding: bool = False
    ring: str | None = None
    is_ignored: bool = False
    mark: str = ""


def element_cell(element: Element, palette: Palette, fill: str | None, *, is_chosen: bool) -> Cell:
    """Return the cell of an element of an array.

    Parameters
    ----------
    element : Element
        The element.
    palette : Palette
        The colours of the theme.
    fill : str, optional
        The colour of the element's window, if that has one.
    is_chosen : bool
        Whether the element gets a ring.
    """
    is_padding = element.role in PADDING_ROLES
    is_ignored = element.role == "ignored"
    is_muted = fill is None and (is_padding or is_ignored or not element.is_in_window)
    return Cell(
        text="" if element.value is None else element_text(element),
        text_colour=palette.muted if is_muted else palette.text,
        fill=fill or (None if is_padding else palette.background),
        is_padding=is_padding,
        ring=palette.chosen if is_chosen else None,
        is_ignored=is_ignored,
    )


def result_cell(window: WindowResult, palette: Palette, fill: str | None) -> Cell:
    """Return the cell of an output value.

    Parameters
    ----------
    window : WindowResult
        The window.
    palette : Palette
        The colours of the theme.
    fill : str, optional
        The colour of the window, if it has one.
    """
    return Cell(result_text(window), palette.text, fill or palette.background)


def pixel_cell(
    colour: Colour | None,
    elements: Sequence[Element],
    *,
    chosen_by: Sequence[str],
    has_text: bool,
) -> Cell:
    """Return the cell of a pixel of the input.

    Parameters
    ----------
    colour : (int, int, int, int), optional
        The colour; None for padding that does not count.
    elements : sequence of Element
        The elements of its channels.
    chosen_by : sequence of str
        The channels in which the pixel is chosen.
    has_text : bool
        Whether the value is written if there is a single channel.
    """
    roles = [element.role for element in elements]
    text = element_text(elements[0]) if has_text and len(elements) == 1 else ""
    cell = _colour_cell("" if colour is None else text, colour)
    return cell._replace(
        is_padding=roles[0] in PADDING_ROLES,
        ring=cell.text_colour if chosen_by else None,
        is_ignored=all(role == "ignored" for role in roles),
        mark=_channels_text(chosen_by) if len(elements) > 1 else "",
    )


def _channels_text(names: Sequence[str]) -> str:
    """Return names of channels as one short text.

    Examples
    --------
    >>> _channels_text(["R", "B"]), _channels_text(["grey", "A"])
    ('RB', 'grey A')
    """
    return ("" if all(len(name) == 1 for name in names) else " ").join(names)


def result_pixel_cell(colour: Colour, windows: Sequence[WindowResult], *, has_text: bool) -> Cell:
    """Return the cell of a pixel of the output.

    Parameters
    ----------
    colour : (int, int, int, int)
        The colour.
    windows : sequence of WindowResult
        The windows of its channels.
    has_text : bool
        Whether the value is written if there is a single channel.
    """
    text = result_text(windows[0]) if has_text and len(windows) == 1 else ""
    return _colour_cell(text, colour)


def _colour_cell(text: str, colour: Colour | None) -> Cell:
    """Return a cell of a colour, with text that is visible on it."""
    if colour is None:
        return Cell(text, "#000000", None)
    light, dark = (over_grey(colour, grey) for grey in CHECKERBOARD)
    checks = None if light == dark else hex_colour(dark)
    return Cell(text, text_colour(light), hex_colour(light), checks)
