"""Small images for the page of a comparison: of tiles, and of contact sheets."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from poolcli.compare.comparison import Row, Tile
from poolcli.compare.comparison_record import RowTiles
from poolcli.compare.sheet_theme import THEMES
from poolcli.compare.tile_image import draw_tiles, fit_tile_numbers, tile_grid
from poolcli.io.images.report_thumbnails import encode_thumbnail
from poolcli.report.record import Thumbnail

MAX_TILE_SIDE = 160
"""The longest side of the image of a tile in pixels."""

MAX_SHEET_SIDE = 192
"""The longest side of the image of a contact sheet in pixels."""


def tile_thumbnails(rows: Sequence[Row], theme: str) -> list[RowTiles]:
    """Return the tiles of each row as PNG images, which have the exact colours of elements.

    A map that is small enough has numbers in its cells, as on the contact sheet. Of a large plane
    evenly spaced elements are drawn.

    Parameters
    ----------
    rows : sequence of Row
        The rows of a comparison, with their tiles.
    theme : {"light", "dark"}
        The colours of the lines between cells with numbers.
    """
    grid = tile_grid(rows)
    has_numbers = any(fit_tile_numbers(row, grid) is not None for row in rows)
    tiles = []
    for row in rows:
        drawn = map(_evenly_spaced, row.tiles)
        images = draw_tiles(row, grid, THEMES[theme]) if has_numbers else drawn
        tiles.append(RowTiles([_as_png(image) for image in images], row.tiles[0].caption))
    return tiles


def _evenly_spaced(tile: Tile) -> Image.Image:
    """Return a tile with at most `MAX_TILE_SIDE` elements a side."""
    height, width = tile.pixels.shape[:2]
    step = max(1.0, max(height, width) / MAX_TILE_SIDE)
    rows, columns = (
        ((np.arange(max(1, round(size / step))) + 0.5) * step).astype(int).clip(max=size - 1)
        for size in (height, width)
    )
    return Image.fromarray(tile.pixels[rows][:, columns])


def _as_png(image: Image.Image) -> Thumbnail:
    file = io.BytesIO()
    image.save(file, "png")
    return Thumbnail("png", file.getvalue(), image.size)


def sheet_thumbnail(sheet: Image.Image) -> Thumbnail:
    """Return a small image of a contact sheet."""
    small = sheet.copy()
    small.thumbnail((MAX_SHEET_SIDE, MAX_SHEET_SIDE), Image.Resampling.BOX, reducing_gap=1.0)
    return Thumbnail(*encode_thumbnail(np.asarray(small)), small.size)
