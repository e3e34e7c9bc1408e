"""The layout of a figure: which arrangement of its parts fits best, and the place of each part."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import product
from typing import NamedTuple

from poolcli.explain.explanation import Explanation
from poolcli.explain.figure_arrangement import ArrangedFigure, Arrangement
from poolcli.explain.figure_content import FigureContent
from poolcli.explain.figure_grid_drawing import MIN_FONT_SIZE
from poolcli.explain.figure_shapes import Figure
from poolcli.explain.figure_style import FigureStyle

TEXT_SIZES = (40, 46, 52, 60, 70, 80)
"""Candidates for the width of the figure in font sizes of its text."""

CELL_FONT_SIZES = (2.0, 1.8, 1.6, 1.4, 1.25, 1.1, 1.0, 0.9, 0.8, 0.7)
"""Candidates for the font size of cells, in font sizes of the text."""

SMALLEST_FONT_SIZES = (10, 9, 8, 7, 6, 5, 4)
"""The font sizes of cells where even a single column does not fit otherwise."""

LIST_LENGTHS = {16: 1.0, 8: 0.8, 4: 0.65}
"""The numbers of windows to list, with the worth of a layout that lists so many."""

ASPECT_RATIO = 16 / 9
"""The smallest width of a figure over its height, as far as the parts allow: that of a slide."""


def lay_out(explanation: Explanation, style: FigureStyle, step: Step | None = None) -> Figure:
    """Return the figure of an explanation, or a frame of its animation.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    style : FigureStyle
        The look.
    step : Step, optional
        The state of the animation; None for the figure of all windows.
    """
    return FigureLayout(explanation, style, is_animated=step is not None).figure(step)
