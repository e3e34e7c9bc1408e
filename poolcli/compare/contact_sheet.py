"""The contact sheet of a comparison: the input and every mode's result side by side, labelled."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from poolcli.compare.comparison import Comparison, Row
from poolcli.core.shape_text import shape_text

Pixels = npt.NDArray[np.uint8]


class Theme(NamedTuple):
    """The colours of a contact sheet.

    Attributes
    ----------
    background, name, detail : str
        The colours of the background, of the names of modes, and of all other text and frames.
    checkerboard : (int, int)
        The two grey values behind transparent pixels.
    """

    background: str
    name: str
    detail: str
    checkerboard: tuple[int, int]


THEMES = {
    "light": Theme("#ffffff", "#16181d", "#5b616b", (255, 224)),
    "dark": Theme("#15171c", "#f1f3f5", "#a3abb6", (40, 64)),
}

ENLARGED_SIDE = 256, 144
"""Small planes are enlarged to about this side in pixels: one plane, and each of several."""

MAX_SHOWN_SIDE = 1024, 256
"""The longest side in elements that is shown, from the middle: of one plane, each of several."""

MIN_TILE_SIDE = 24
"""The shortest side of a tile in pixels."""

CHECK_SIDE = 8
"""The side of a square of the checkerboard in pixels."""

GAP = 18
"""The space between tiles in pixels."""

ASPECT_RATIO = 1.5
"""The width of a contact sheet over its height, as far as the tiles allow."""

EMPTY_CELL_COST = 0.3
"""The cost of an empty grid cell, in units of the natural log of the aspect ratio's error."""


def draw_contact_sheet(comparison: Comparison, theme: str) -> Image.Image:
    """Draw a comparison.

    Results are enlarged to the input's size by nearest neighbour. The tiles of a single plane form
    a grid. Several planes form a row each.

    Parameters
    ----------
    comparison : Comparison
        The comparison, with at least one row.
    theme : {"light", "dark"}
        The colours.

    Returns
    -------
    Image
        The contact sheet, in RGB.
    """
    return _ContactSheet(comparison, THEMES[theme]).draw()


class _ContactSheet:
    """The dimensions of a contact sheet in pixels, and its drawing."""

    def __init__(self, comparison: Comparison, theme: Theme) -> None:
        self.rows, self.planes, self.theme = comparison.rows, comparison.planes, theme
        self.has_planes = len(self.planes) > 1
        self.title = comparison.window + _shown_part(self.rows[0], self.has_planes)
        height, width = self.rows[0].tiles[0].pixels.shape[:2]
        limits = MAX_SHOWN_SIDE[self.has_planes], ENLARGED_SIDE[self.has_planes]
        self.row_centres = _pixel_centres(height, *limits, other_size=width)
        self.column_centres = _pixel_centres(width, *limits, other_size=height)
        self.tile_height, self.tile_width = len(self.row_centres), len(self.column_centres)
        font_size = min(26, max(13, self.tile_width // 20))
        self.name_font = ImageFont.load_default(font_size + 3)
        self.detail_font = ImageFont.load_default(font_size)
        self.line_height = round(1.45 * font_size)
        details = [text for row in self.rows for text in _labels(row)[1:]]
        label_width = max(map(self._text_width, details))
        line_count = max(len(_labels(row)) for row in self.rows)
        self.label_height = line_count * self.line_height + GAP // 2
        self.cell_width = max(self.tile_width, label_width) + GAP
        self.cell_height = self.label_height + len(self.planes) * (self.tile_height + GAP)
        self.margin = max(map(self._text_width, self.planes))
        self.margin += GAP if self.margin else 0

    def draw(self) -> Image.Image:
        """Return the contact sheet."""
        columns = len(self.rows) if self.has_planes else self._grid_columns()
        lines = -(-len(self.rows) // columns)
        top = GAP + self.line_height + GAP // 2
        tile_step = self.tile_height + GAP
        title_width = 2 * GAP + self._text_width(self.title)
        grid_width = GAP + self.margin + columns * self.cell_width
        size = max(grid_width, title_width), top + lines * self.cell_height
        sheet = Image.new("RGB", size, self.theme.background)
        pen = ImageDraw.Draw(sheet)
        pen.text((GAP, GAP // 2), self.title, self.theme.detail, self.detail_font)
        for number, row in enumerate(self.rows):
            left = GAP + self.margin + number % columns * self.cell_width
            cell_top = top + number // columns * self.cell_height
            self._draw_labels(pen, row, left, cell_top)
            for line, tile in enumerate(row.tiles):
                tile_top = cell_top + self.label_height + line * tile_step
                self._draw_tile(sheet, tile.pixels, left, tile_top)
        for line, name in enumerate(self.planes):
            middle = top + self.label_height + line * tile_step
            middle += (self.tile_height - self.line_height) // 2
            pen.text((GAP, middle), name, self.theme.detail, self.detail_font)
        return sheet

    def _text_width(self, text: str) -> int:
        """Return the width of a text in the font of details, in pixels."""
        return math.ceil(self.detail_font.getlength(text))

    def _grid_columns(self) -> int:
        """Return the number of columns that best fits the aspect ratio with few empty cells."""

        def cost(columns: int) -> float:
            lines = -(-len(self.rows) // columns)
            ratio = columns * self.cell_width / (lines * self.cell_height)
            empty_cells = columns * lines - len(self.rows)
            return abs(math.log(ratio / ASPECT_RATIO)) + EMPTY_CELL_COST * empty_cells

        return min(range(1, len(self.rows) + 1), key=cost)

    def _draw_labels(self, pen: ImageDraw.ImageDraw, row: Row, left: int, top: int) -> None:
        name, *details = _labels(row)
        pen.text((left, top), name, self.theme.name, self.name_font)
        for line, text in enumerate(details, 1):
            line_top = top + line * self.line_height + 3
            pen.text((left, line_top), text, self.theme.detail, self.detail_font)

    def _draw_tile(self, sheet: Image.Image, pixels: Pixels, left: int, top: int) -> None:
        """Draw a tile at the input's size, with a frame around it."""
        height, width = self.rows[0].tiles[0].pixels.shape[:2]
        rows = (self.row_centres * pixels.shape[0] / height).astype(int)
        columns = (self.column_centres * pixels.shape[1] / width).astype(int)
        enlarged = pixels[rows][:, columns]
        if enlarged.shape[2] == 4:
            enlarged = self._over_checkerboard(enlarged)
        sheet.paste(Image.fromarray(enlarged), (left, top))
        frame = (left - 1, top - 1, left + self.tile_width, top + self.tile_height)
        ImageDraw.Draw(sheet).rectangle(frame, outline=self.theme.detail)

    def _over_checkerboard(self, pixels: Pixels) -> Pixels:
        """Return RGBA pixels blended with a checkerboard, as RGB."""
        rows, columns = np.indices(pixels.shape[:2]) // CHECK_SIDE
        background = np.where((rows + columns) % 2, *self.theme.checkerboard)[..., None]
        alpha = pixels[..., 3:] / 255
        return (pixels[..., :3] * alpha + background * (1 - alpha) + 0.5).astype(np.uint8)


def _shown_part(original: Row, has_planes: bool) -> str:
    """Return which part of the planes is shown, as text; empty if all of it is."""
    sizes = original.tiles[0].pixels.shape[:2]
    shown = tuple(min(size, MAX_SHOWN_SIDE[has_planes]) for size in sizes)
    return "" if shown == sizes else f" · the middle {shape_text(shown)} of {shape_text(sizes)}"


def _pixel_centres(
    size: int, max_shown: int, enlarged_side: int, *, other_size: int
) -> npt.NDArray[np.float64]:
    """Return the centre of each pixel along one side of a tile, in elements of the input."""
    count = min(size, max_shown)
    scale = max(1, enlarged_side // max(size, other_size), -(-MIN_TILE_SIDE // count))
    return (size - count) // 2 + (np.arange(count * scale) + 0.5) / scale


def _labels(row: Row) -> list[str]:
    """Return name, shape and size of a result, and its range if that is not the input's."""
    labels = [row.name, f"{shape_text(row.shape)} {row.dtype}", _memory_text(row.nbytes)]
    note = row.tiles[0].range_note
    return [*labels, note] if note else labels


def _memory_text(nbytes: int) -> str:
    """Return a number of bytes as text.

    Examples
    --------
    >>> _memory_text(64), _memory_text(49152), _memory_text(1 << 21)
    ('64 bytes', '48 KiB', '2 MiB')
    """
    if nbytes < 1 << 10:
        return f"{nbytes} bytes"
    return f"{nbytes / 1024:.3g} KiB" if nbytes < 1000 << 10 else f"{nbytes / (1 << 20):.3g} MiB"
