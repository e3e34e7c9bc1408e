"""Lists of texts in a figure: arithmetic of windows, formulas of sizes, and paragraphs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from poolcli.explain.figure.shapes import CAP_HEIGHT, Label, Rectangle, Shape, text_width
from poolcli.explain.figure.wrap_text import wrap_text
from poolcli.explain.palettes import Palette

LINE_HEIGHT = 1.4
"""The distance between lines of text, in font sizes."""


class ListEntry(NamedTuple):
    """An entry of a list.

    Attributes
    ----------
    name : str
        The text in front, such as the position of a window; empty for none.
    fill : str, optional
        The colour behind it.
    texts : tuple of str
        The paragraphs of the entry.
    """

    name: str
    fill: str | None
    texts: tuple[str, ...]


class TextList:
    """Entries below each other, with aligned texts.

    Parameters
    ----------
    entries : sequence of ListEntry
        The entries.
    size : int
        The font size in pixels.
    width : int
        The width available in pixels.
    line_width : int
        The width of lines in pixels.
    """

    def __init__(
        self, entries: Sequence[ListEntry], size: int, width: int, line_width: int
    ) -> None:
        self.entries, self.size, self.line_width = entries, size, line_width
        names = max((text_width(entry.name, size) for entry in entries), default=0)
        self.name_width = math.ceil(names + 0.8 * size) if names else 0
        self.indent = self.name_width + round(0.6 * size) if names else 0
        self.line_height = round(LINE_HEIGHT * size)
        self.gap = round(0.3 * size)
        self.lines = [
            [line for text in entry.texts for line in wrap_text(text, width - self.indent, size)]
            for entry in entries
        ]

    @property
    def wraps(self) -> int:
        """The number of lines that begin within a paragraph."""
        paragraphs = sum(len(entry.texts) for entry in self.entries)
        return sum(map(len, self.lines)) - paragraphs

    @property
    def width(self) -> int:
        """The width in pixels."""
        widths = [text_width(line, self.size) for lines in self.lines for line in lines]
        return self.indent + math.ceil(max(widths, default=0))

    @property
    def height(self) -> int:
        """The height in pixels."""
        count = sum(map(len, self.lines))
        return count * self.line_height + max(len(self.lines) - 1, 0) * self.gap

    def shapes(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield the shapes of the list.

        Parameters
        ----------
        x, y : int
            The left upper corner in pixels.
        palette : Palette
            The colours.
        """
        size, height, line_width = self.size, self.line_height, self.line_width
        offset = (height + round(CAP_HEIGHT * size)) // 2
        for entry, lines in zip(self.entries, self.lines, strict=True):
            if entry.name:
                fill = entry.fill or palette.background
                box = (x, y + line_width, self.name_width, height - 2 * line_width)
                yield Rectangle(*box, fill, palette.line, line_width)
                middle = x + self.name_width // 2
                yield Label(middle, y + offset, entry.name, size, palette.text, "middle")
            for line in lines:
                yield Label(x + self.indent, y + offset, line, size, palette.text)
                y += height
            y += self.gap


class TextColumns:
    """Entries in as many columns as fit side by side.

    Parameters
    ----------
    entries : sequence of ListEntry
        The entries.
    size : int
        The font size in pixels.
    width : int
        The width available in pixels.
    line_width : int
        The width of lines in pixels.
    """

    def __init__(
        self, entries: Sequence[ListEntry], size: int, width: int, line_width: int
    ) -> None:
        self.gap = 2 * size
        single = TextList(entries, size, width, line_width)
        columns = max(1, min((width + self.gap) // (single.width + self.gap), len(entries)))
        length = -(-len(entries) // columns)
        self.lists = [
            TextList(entries[start : start + length], size, width, line_width)
            for start in range(0, len(entries), length or 1)
        ]
        self.step = single.width + self.gap
        self.wraps = single.wraps

    @property
    def width(self) -> int:
        """The width in pixels."""
        return len(self.lists) * self.step - self.gap if self.lists else 0

    @property
    def height(self) -> int:
        """The height in pixels."""
        return max((each.height for each in self.lists), default=0)

    def shapes(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield the shapes of the columns.

        Parameters
        ----------
        x, y : int
            The left upper corner in pixels.
        palette : Palette
            The colours.
        """
        for number, each in enumerate(self.lists):
            yield from each.shapes(x + number * self.step, y, palette)
