"""The colours of contact sheets: light and dark."""

from __future__ import annotations

from typing import NamedTuple


class Theme(NamedTuple):
    """The colours of a contact sheet.

    Attributes
    ----------
    background, text, muted : str
        The colours of the background, of modes and measured values, and of all other text and
        outlines.
    checkerboard : (int, int)
        The two grey values behind transparent pixels.
    """

    background: str
    text: str
    muted: str
    checkerboard: tuple[int, int]


THEMES = {
    "light": Theme("#ffffff", "#16181d", "#5b616b", (255, 224)),
    "dark": Theme("#15171c", "#f1f3f5", "#a3abb6", (40, 64)),
}
