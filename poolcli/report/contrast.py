"""Contrast of colours (WCAG 2.2): relative luminance, and the colour of text that can be read."""

from __future__ import annotations

from collections.abc import Sequence

BLACK, WHITE = "#000000", "#ffffff"


def luminance(colour: Sequence[int]) -> float:
    """Return the relative luminance of a colour, from 0 to 1 (WCAG 2.2).

    Parameters
    ----------
    colour : sequence of int
        Red, green and blue, 0 to 255.

    Examples
    --------
    >>> luminance((0, 0, 0)), round(luminance((255, 255, 255)), 6)
    (0.0, 1.0)
    """
    red, green, blue = (_linear(channel / 255) for channel in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    """Return a channel of sRGB, from 0 to 1, as a share of linear light."""
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


def text_colour(background: Sequence[int]) -> str:
    """Return black or white, whichever has the higher contrast; it is at least 4.5.

    Parameters
    ----------
    background : sequence of int
        Red, green and blue, 0 to 255.

    Examples
    --------
    >>> text_colour((128, 128, 128)), text_colour((204, 0, 51))
    ('#000000', '#ffffff')
    """
    return BLACK if (luminance(background) + 0.05) ** 2 > 1.05 * 0.05 else WHITE
