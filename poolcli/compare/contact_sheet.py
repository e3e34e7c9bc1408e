"""The contact sheet of a comparison: the input and every mode's result side by side, labelled."""

from __future__ import annotations

from PIL import Image, ImageDraw

from poolcli.compare.comparison import Comparison
from poolcli.compare.sheet_layout import lay_out_sheet
from poolcli.compare.sheet_theme import THEMES
from poolcli.compare.tile_image import draw_tiles
from poolcli.report.built_in_font import built_in_font


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
    layout, colours = lay_out_sheet(comparison), THEMES[theme]
    sheet = Image.new("RGB", layout.size, colours.background)
    pen = ImageDraw.Draw(sheet)
    for left, top, text, size, role in layout.texts:
        pen.text((left, top), text, getattr(colours, role), built_in_font(size))
    width, height = layout.grid.size
    images = [draw_tiles(row, layout.grid, colours) for row in comparison.rows]
    for row, plane, left, top in layout.tiles:
        sheet.paste(images[row][plane], (left, top))
        pen.rectangle((left - 1, top - 1, left + width, top + height), outline=colours.muted)
    return sheet
