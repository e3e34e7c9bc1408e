"""The shapes of a figure, in whole pixels, and the widths of its texts."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal, NamedTuple

from poolcli.report.built_in_font import built_in_font

Anchor = Literal["start", "middle", "end"]
"""The position of the anchor of a text: its start, its middle or its end."""

ANCHOR_OFFSETS: dict[Anchor, float] = {"start": 0, "middle": 0.5, "end": 1}
"""The distance from the start of a text to its point, in widths of the text."""

MEASURED_SIZE = 1000
"""The font size at which widths of characters are measured."""

MIN_CHARACTER_WIDTH = 0.28
"""The width of spaces and punctuation in Helvetica and Arial, in font sizes. In Pillow's own font
they are narrower; all other characters of figures are about as wide or wider."""

CAP_HEIGHT = 0.7
"""The height of digits and capital letters, in font sizes."""


class Rectangle(NamedTuple):
    """A rectangle. Its outline lies inside it.

    Attributes
    ----------
    x, y, width, height : int
        The left upper corner and the size in pixels.
    fill, outline : str, optional
        The colours.
    line_width : int
        The width of the outline in pixels.
    is_dashed : bool
        Whether the outline is dashed.
    """

    x: int
    y: int
    width: int
    height: int
    fill: str | None = None
    outline: str | None = None
    line_width: int = 1
    is_dashed: bool = False


class Polygon(NamedTuple):
    """A filled polygon, such as an arrow; its corners are ``(x, y)`` in pixels."""

    corners: tuple[tuple[int, int], ...]
    fill: str


class Label(NamedTuple):
    """A line of text.

    Attributes
    ----------
    x, y : int
        The point of the anchor on the baseline, in pixels.
    text : str
        The text.
    size : int
        The font size in pixels.
    colour : str
        The colour.
    anchor : {"start", "middle", "end"}
        Where the point is.
    """

    x: int
    y: int
    text: str
    size: int
    colour: str
    anchor: Anchor = "start"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The left, upper, right and lower edge of the text, without descenders."""
        width = text_width(self.text, self.size)
        left = self.x - width * ANCHOR_OFFSETS[self.anchor]
        return left, self.y - CAP_HEIGHT * self.size, left + width, float(self.y)


Shape = Rectangle | Polygon | Label


class Figure(NamedTuple):
    """A drawing as a flat list of shapes.

    Attributes
    ----------
    width, height : int
        The size in pixels.
    background : str
        The colour below all shapes.
    shapes : list of Rectangle, Polygon or Label
        The shapes, from back to front.
    title, description : str
        What the figure shows, for readers who do not see it.
    """

    width: int
    height: int
    background: str
    shapes: list[Shape]
    title: str
    description: str


@lru_cache(1 << 14)
def _relative_width(text: str) -> float:
    """Return the width of a text in font sizes, without kerning."""
    return sum(map(_character_width, text), 0.0)


@cache
def _character_width(character: str) -> float:
    """Return the width of a character in font sizes, in Pillow's own font or in Arial."""
    width = built_in_font(MEASURED_SIZE).getlength(character) / MEASURED_SIZE
    return max(width, MIN_CHARACTER_WIDTH)


def text_width(text: str, size: float) -> float:
    """Return the width of a text in pixels, in the wider one of the fonts that may show it.

    Examples
    --------
    >>> round(text_width("1.5", 100)), text_width("", 100)
    (144, 0.0)
    """
    return size * _relative_width(text)
