"""The parts of a figure that only the frames of an animation have."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from poolcli.explain.animation_steps import progress_text
from poolcli.explain.figure.legend import CELL_SIDE
from poolcli.explain.figure.shapes import CAP_HEIGHT, Label, Shape, text_width
from poolcli.explain.palettes import Palette


class SpaceForArithmetic(NamedTuple):
    """The space that the arithmetic of every window of an animation fits into.

    Attributes
    ----------
    width, height : int
        The size in pixels.
    """

    width: int
    height: int

    def shapes(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield no shapes.

        Parameters
        ----------
        x, y : int
            The left upper corner in pixels.
        palette : Palette
            The colours.
        """
        yield from ()


class ProgressText(NamedTuple):
    """The number of outputs that a frame shows, as right-aligned text.

    Attributes
    ----------
    text : str
        The progress.
    size : int
        The font size in pixels.
    width : int
        The width of the longest text.
    """

    text: str
    size: int
    width: int

    @classmethod
    def longest(cls, count: int, size: int) -> ProgressText:
        """Return the progress of the last window.

        Parameters
        ----------
        count : int
            The number of outputs.
        size : int
            The font size in pixels.
        """
        text = progress_text(count, count)
        return cls(text, size, math.ceil(text_width(text, size)))

    @property
    def height(self) -> int:
        """The height in pixels, that of a line of the legend."""
        return round(CELL_SIDE * self.size)

    def shapes(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield the text.

        Parameters
        ----------
        x, y : int
            The left upper corner in pixels.
        palette : Palette
            The colours.
        """
        if self.text:
            baseline = y + (self.height + round(CAP_HEIGHT * self.size)) // 2
            yield Label(x + self.width, baseline, self.text, self.size, palette.muted, "end")
