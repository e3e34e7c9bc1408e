"""The style of a figure: theme and width."""

from __future__ import annotations

from typing import NamedTuple

from poolcli.explain.palettes import PALETTES, Palette, ThemeName


class FigureStyle(NamedTuple):
    """The style of a figure.

    Attributes
    ----------
    theme : {"light", "dark"}
        The colours.
    width : int
        The width in pixels; for SVG, which scales, the nominal width.
    """

    theme: ThemeName = "light"
    width: int = 1280

    @property
    def palette(self) -> Palette:
        """The colours of the theme."""
        return PALETTES[self.theme]
