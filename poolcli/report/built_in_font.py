"""Pillow's own font, in which contact sheets and figures are written."""

from __future__ import annotations

from functools import cache

from PIL import ImageFont


@cache
def built_in_font(size: int) -> ImageFont.FreeTypeFont:
    """Return Pillow's own font, which has ASCII and a few other characters.

    Parameters
    ----------
    size : int
        The size in pixels.
    """
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
