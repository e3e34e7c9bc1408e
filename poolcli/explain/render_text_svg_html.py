"""An explanation as an SVG drawing or as an HTML page."""

from __future__ import annotations

import io
import re
from importlib.resources import files
from typing import Literal

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from poolcli.explain.text_drawing import (
    DEFAULT_WIDTH,
    WINDOW_COLOURS,
    MakeExplanation,
    explanation_lines,
    style_theme,
)

MIN_EXPORT_WIDTH = 50
"""The smallest width in columns of a drawing or a page."""

SVG_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""The fonts that rich's SVG would load from the network."""


def render_file(
    make_explanation: MakeExplanation, path: str, file_format: Literal["svg", "html"]
) -> str:
    """Return an explanation as the content of an SVG or HTML file.

    Parameters
    ----------
    make_explanation : callable
        Returns the explanation, given the largest numbers of columns and rows of the input.
    path : str
        The path of the input.
    file_format : {"svg", "html"}
        The format.
    """
    lines = list(explanation_lines(make_explanation, path, DEFAULT_WIDTH, is_coloured=True))
    console = Console(
        file=io.StringIO(), record=True,
        width=max(MIN_EXPORT_WIDTH, *(line.cell_len for line in lines)),
        force_terminal=True, color_system="truecolor", highlight=False, emoji=False, markup=False,
    )  # fmt: skip
    console.push_theme(style_theme(WINDOW_COLOURS))
    for line in lines:
        console.print(line, soft_wrap=True)
    if file_format == "html":
        template = files("poolcli.explain").joinpath("page.html").read_text("utf-8")
        return console.export_html(
            inline_styles=True, theme=DEFAULT_TERMINAL_THEME, code_format=template
        )
    drawing = console.export_svg(title="poolcli explain", theme=DEFAULT_TERMINAL_THEME)
    return SVG_FONT_FACE.sub("", drawing)
