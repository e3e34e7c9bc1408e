"""The sheet of a comparison: the input and every mode's result side by side, with labels."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from poolcli.compare.comparison import Comparison, Row
from poolcli.core.size_text import size_text

Pixels = npt.NDArray[np.uint8]


class Theme(NamedTuple):
    """Colours: of the ground, of names, of what is said of them, and of what shows through."""

    ground: str
    name: str
    detail: str
    checks: tuple[int, int]


THEMES = {
    "light": Theme("#ffffff", "#16181d", "#5b616b", (255, 224)),
    "dark": Theme("#15171c", "#f1f3f5", "#a3abb6", (40, 64)),
}

READABLE = 256, 144
"""Small planes are enlarged to about this: a single one, and each of several."""

VIEW = 1024, 256
"""Of larger planes so much is shown, from the middle: of a single one, and of each of several."""

THIN = 24
"""The least height and width of a tile."""

CHECK = 8
"""The side of the squares behind what shows through."""

GAP = 18

SHAPE = 1.5
"""Width over height that a sheet should have."""


def draw(compared: Comparison, theme: str) -> Image.Image:
    """Draw a comparison.

    Parameters
    ----------
    compared : Comparison
        With at least one row.
    theme : {"light", "dark"}
        The colours.

    Returns
    -------
    Image
        RGB. Results are enlarged to the input's size by nearest neighbour. A single plane makes a
        grid; several make a row each.
    """
    return _Sheet(compared, THEMES[theme]).drawn()


class _Sheet:
    """The measures of a sheet."""

    def __init__(self, compared: Comparison, theme: Theme) -> None:
        self.rows, self.planes, self.theme = compared.rows, compared.planes, theme
        self.several = len(self.planes) > 1
        self.title = compared.window + _part(self.rows[0], self.several)
        height, width = self.rows[0].tiles[0].pixels.shape[:2]
        self.rows_shown = _shown(height, VIEW[self.several], READABLE[self.several], width)
        self.columns_shown = _shown(width, VIEW[self.several], READABLE[self.several], height)
        self.high, self.wide = len(self.rows_shown), len(self.columns_shown)
        size = min(26, max(13, self.wide // 20))
        self.big, self.small = _font(size + 3), _font(size)
        self.line = round(1.45 * size)
        texts = [text for row in self.rows for text in _labels(row)[1:]]
        widest = max(_length(text, self.small) for text in texts)
        lines = max(len(_labels(row)) for row in self.rows)
        self.cell = max(self.wide, widest), self.high + lines * self.line + GAP // 2
        self.left = max((_length(name, self.small) for name in self.planes), default=0)
        self.left += GAP if self.left else 0

    def drawn(self) -> Image.Image:
        columns = len(self.rows) if self.several else self._columns()
        lines = len(self.planes) if self.several else -(-len(self.rows) // columns)
        across = self.cell[0] + GAP
        below = (self.high if self.several else self.cell[1]) + GAP
        head = GAP + self.line + GAP // 2
        labels = self.cell[1] - self.high if self.several else 0
        size = (
            max(GAP + self.left + columns * across, 2 * GAP + _length(self.title, self.small)),
            head + labels + lines * below,
        )
        sheet = Image.new("RGB", size, self.theme.ground)
        pen = ImageDraw.Draw(sheet)
        pen.text((GAP, GAP // 2), self.title, self.theme.detail, self.small)
        for number, row in enumerate(self.rows):
            if self.several:
                left = GAP + self.left + number * across
                self._label(pen, row, (left, head))
                for line, tile in enumerate(row.tiles):
                    self._tile(sheet, tile.pixels, (left, head + labels + line * below))
            else:
                left, top = GAP + number % columns * across, head + number // columns * below
                self._label(pen, row, (left, top))
                self._tile(sheet, row.tiles[0].pixels, (left, top + self.cell[1] - self.high))
        if self.several:
            for line, name in enumerate(self.planes):
                top = head + labels + line * below + (self.high - self.line) // 2
                pen.text((GAP, top), name, self.theme.detail, self.small)
        return sheet

    def _columns(self) -> int:
        """As many as leave few places empty and make a sheet of a common shape."""

        def cost(columns: int) -> float:
            lines = -(-len(self.rows) // columns)
            shape = columns * (self.cell[0] + GAP) / (lines * (self.cell[1] + GAP))
            return abs(math.log(shape / SHAPE)) + 0.3 * (columns * lines - len(self.rows))

        return min(range(1, len(self.rows) + 1), key=cost)

    def _label(self, pen: ImageDraw.ImageDraw, row: Row, at: tuple[int, int]) -> None:
        name, *details = _labels(row)
        pen.text(at, name, self.theme.name, self.big)
        for line, text in enumerate(details, 1):
            top = at[1] + line * self.line + 3
            pen.text((at[0], top), text, self.theme.detail, self.small)

    def _tile(self, sheet: Image.Image, pixels: Pixels, at: tuple[int, int]) -> None:
        height, width = self.rows[0].tiles[0].pixels.shape[:2]
        rows = (self.rows_shown * pixels.shape[0] / height).astype(int)
        columns = (self.columns_shown * pixels.shape[1] / width).astype(int)
        large = pixels[rows][:, columns]
        if large.shape[2] == 4:
            large = self._over_checks(large)
        sheet.paste(Image.fromarray(large), at)
        frame = (at[0] - 1, at[1] - 1, at[0] + self.wide, at[1] + self.high)
        ImageDraw.Draw(sheet).rectangle(frame, outline=self.theme.detail)

    def _over_checks(self, large: Pixels) -> Pixels:
        rows, columns = np.indices(large.shape[:2]) // CHECK
        checks = np.where((rows + columns) % 2, *self.theme.checks)[..., None]
        share = large[..., 3:] / 255
        return (large[..., :3] * share + checks * (1 - share) + 0.5).astype(np.uint8)


def _part(first: Row, several: bool) -> str:
    """Which part of the planes is shown, where that is not all."""
    sizes = first.tiles[0].pixels.shape[:2]
    shown = [min(size, VIEW[several]) for size in sizes]
    return (
        "" if tuple(shown) == sizes else f" · the middle {size_text(shown)} of {size_text(sizes)}"
    )


def _shown(size: int, view: int, readable: int, other: int) -> npt.NDArray[np.float64]:
    """Where the pixels along one side of a tile lie in the input, each by its middle."""
    start, count = 0, size
    if size > view:
        start, count = (size - view) // 2, view
    times = max(1, readable // max(size, other), -(-THIN // count))
    return start + (np.arange(count * times) + 0.5) / times


def _labels(row: Row) -> list[str]:
    """Name, shape, size, and how it was drawn where that is not as the input."""
    lines = [row.name, f"{size_text(row.shape)} {row.dtype}", _size(row.nbytes)]
    scale = row.tiles[0].scale
    return [*lines, scale] if scale else lines


def _size(nbytes: int) -> str:
    """A size in the units of memory.

    Examples
    --------
    >>> _size(64), _size(49152), _size(1 << 21)
    ('64 bytes', '48 KiB', '2 MiB')
    """
    if nbytes < 1 << 10:
        return f"{nbytes} bytes"
    return f"{nbytes / 1024:.3g} KiB" if nbytes < 1000 << 10 else f"{nbytes / (1 << 20):.3g} MiB"


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _length(text: str, font: Any) -> int:
    length: float = font.getlength(text)
    return math.ceil(length)
