"""The palettes of figures, of the page and of the terminal: light and dark."""

from __future__ import annotations

from typing import Literal, NamedTuple

ThemeName = Literal["light", "dark"]


class Palette(NamedTuple):
    """The colours of a theme, as ``#rrggbb``.

    Attributes
    ----------
    background : str
        The background of the page, and of elements outside coloured windows.
    text : str
        Text; its contrast with `background` and all `windows` is at least 4.5 (WCAG 2.2, 1.4.3).
    muted : str
        Secondary text on `background`, with the same contrast.
    line : str
        The lines between elements.
    border : str
        The border around the data, and arrows.
    padding : str
        The dashed outlines of padding.
    chosen : str
        The ring around a chosen element; its contrast with all `windows` is at least 3.
    windows : tuple of str
        The fills of windows. They differ in hue and in lightness, so that they stay apart for
        colour-blind readers and in greyscale.
    """

    background: str
    text: str
    muted: str
    line: str
    border: str
    padding: str
    chosen: str
    windows: tuple[str, str, str, str]


PALETTES: dict[ThemeName, Palette] = {
    "light": Palette(
        background="#ffffff",
        text="#15171c",
        muted="#5b616b",
        line="#b9bec7",
        border="#4a4f58",
        padding="#868c97",
        chosen="#15171c",
        windows=("#f6e5a4", "#97d4f2", "#f1a07b", "#a790d3"),
    ),
    "dark": Palette(
        background="#15171c",
        text="#f6f7f9",
        muted="#a3abb6",
        line="#4b515c",
        border="#b4bac4",
        padding="#828995",
        chosen="#f6f7f9",
        windows=("#806a2d", "#1c5f81", "#703425", "#3f2465"),
    ),
}
"""The palettes by the names of `--theme`."""
