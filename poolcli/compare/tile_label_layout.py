"""The layout of the texts above the tiles of a contact sheet, in pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from poolcli.compare.measurement_text import TileLabels
from poolcli.report.built_in_font import built_in_font

FONT_SIZES = 14, 26
"""The sizes of the smallest and the largest font of details in pixels."""

TILE_WIDTH_OF_FONT = 20
"""The width of a tile over the size of the font, between these sizes."""

NAME_SCALE = 1.7
"""The size of the font of modes over that of details."""

LINE_SCALE = 1.35
"""The height of a line of details over the size of their font."""

SPACE_ABOVE_TILE = 6
"""The space between the texts and the tile in pixels."""


class PlacedText(NamedTuple):
    """A line of text.

    Attributes
    ----------
    left, top : int
        Its position in pixels.
    text : str
        The text.
    size : int
        The size of the font in pixels.
    colour : {"text", "muted"}
        The colour of the theme.
    """

    left: int
    top: int
    text: str
    size: int
    colour: Literal["text", "muted"] = "muted"


class TileLabelLayout:
    """The sizes of the texts above a tile, which are the same for all tiles.

    Parameters
    ----------
    labels : sequence of TileLabels
        The texts above each tile.
    tile_width : int
        The width of a tile in pixels.
    is_narrow : bool
        Whether the names of the measurements are on the left of the sheet, and the original's
        values only in its own column.

    Attributes
    ----------
    font_size, line_height : int
        The size of the font of details, and the height of their lines.
    width, height : int
        The size of the texts; the width is at least that of a tile.
    """

    def __init__(self, labels: Sequence[TileLabels], tile_width: int, *, is_narrow: bool) -> None:
        self.is_narrow = is_narrow
        self.font_size = min(FONT_SIZES[1], max(FONT_SIZES[0], tile_width // TILE_WIDTH_OF_FONT))
        self.line_height = round(LINE_SCALE * self.font_size)
        self.name_size = round(NAME_SCALE * self.font_size)
        measurements = [each for tile in labels for each in tile.measurements]
        self.names = [each.name for each in labels[0].measurements]
        self.value_left = 0 if is_narrow else self.widest(self.names) + self.font_size
        values = self.widest(each.value for each in measurements)
        self.note_left = self.value_left + values + self.font_size
        notes = 0 if is_narrow else self.widest(each.note for each in measurements)
        names = text_width(max(labels, key=lambda tile: len(tile.name)).name, self.name_size)
        sizes = self.widest(line for tile in labels for line in self._sizes(tile))
        self.width = max(tile_width, self.note_left + notes, names, sizes)
        captions = [self._caption(tile) for tile in labels]
        self.width = max(self.width, self.widest(line for lines in captions for line in lines))
        self.caption_lines = max(map(len, captions))
        line_count = len(self._sizes(labels[0])) + len(self.names) + self.caption_lines
        self.name_height = round(1.2 * self.name_size)
        self.height = self.name_height + line_count * self.line_height + SPACE_ABOVE_TILE

    def texts(self, labels: TileLabels, left: int, top: int) -> Iterator[PlacedText]:
        """Yield the texts above a tile.

        Parameters
        ----------
        labels : TileLabels
            The texts.
        left, top : int
            Their corner in pixels.
        """
        size = self.font_size
        yield PlacedText(left, top, labels.name, self.name_size, "text")
        top += self.name_height
        for text in self._sizes(labels):
            yield PlacedText(left, top, text, size)
            top += self.line_height
        for name, value, note in labels.measurements:
            if not self.is_narrow:
                yield PlacedText(left, top, name, size)
                yield PlacedText(left + self.note_left, top, note, size)
            yield PlacedText(left + self.value_left, top, value, size, "text")
            top += self.line_height
        caption = self._caption(labels)
        top += (self.caption_lines - len(caption)) * self.line_height
        for text in caption:
            yield PlacedText(left, top, text, size)
            top += self.line_height

    def headings(self, labels: TileLabels, left: int, top: int) -> Iterator[PlacedText]:
        """Yield the names of the measurements beside the values of all tiles.

        Parameters
        ----------
        labels : TileLabels
            The texts above one of the tiles.
        left, top : int
            The left side of the names, and the top of the texts above the tiles.
        """
        top += self.name_height + len(self._sizes(labels)) * self.line_height
        for name in self.names:
            yield PlacedText(left, top, name, self.font_size)
            top += self.line_height

    def widest(self, texts: Iterable[str]) -> int:
        """Return the width in pixels of the widest of some texts in the font of details."""
        return max((text_width(text, self.font_size) for text in texts), default=0)

    def wrapped(self, text: str, separator: str, width: int) -> list[str]:
        """Return the lines of a text, broken at separators where it gets wider than a width.

        Parameters
        ----------
        text, separator : str
            The text, and the separator of its parts.
        width : int
            The width in pixels.
        """
        first, *parts = text.split(separator)
        lines = [first]
        for part in parts:
            longer = f"{lines[-1]}{separator}{part}"
            if text_width(longer, self.font_size) <= width:
                lines[-1] = longer
            else:
                lines[-1] += separator.rstrip()
                lines.append(part)
        return lines if text else []

    def _sizes(self, labels: TileLabels) -> list[str]:
        """Return the lines with shape, dtype and size."""
        sizes = [labels.shape_and_dtype, labels.memory]
        return sizes if self.is_narrow else [" · ".join(sizes)]

    def _caption(self, labels: TileLabels) -> list[str]:
        """Return the lines of a caption."""
        return self.wrapped(labels.caption, ", ", self.width)


def text_width(text: str, size: int) -> int:
    """Return the width of a text in pixels.

    Parameters
    ----------
    text : str
        The text.
    size : int
        The size of the font in pixels.
    """
    return math.ceil(built_in_font(size).getlength(text))
