"""The layout of a figure: the arrangement of its parts that fits best."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

from poolcli.explain.animation_steps import Step
from poolcli.explain.explanation import Explanation
from poolcli.explain.figure.arranged_figure import ArrangedFigure, Arrangement
from poolcli.explain.figure.content import FigureContent
from poolcli.explain.figure.grid_size import MIN_FONT_SIZE
from poolcli.explain.figure.shapes import Figure
from poolcli.explain.figure.style import FigureStyle

TEXT_SIZES = (40, 46, 52, 60, 70, 80)
"""Candidates for the width of the figure in font sizes of its text."""

SMALL_TEXT_SIZES = (11, 12, 13, 14)
"""Further font sizes in pixels, for narrow figures."""

CELL_FONT_SIZES = (2.0, 1.8, 1.6, 1.4, 1.25, 1.1, 1.0, 0.9, 0.8, 0.7)
"""Candidates for the font size of cells, in font sizes of the text."""

SMALLEST_FONT_SIZES = (10, 9, 8, 7, 6, 5, 4)
"""The font sizes of cells where even a single column does not fit otherwise."""

LIST_LENGTHS = {16: 1.0, 8: 0.8, 4: 0.55}
"""The numbers of windows to list, with the factor of the score of a figure that lists so many."""

NARROWEST = Arrangement(
    text_size=MIN_FONT_SIZE,
    cell_font_size=MIN_FONT_SIZE,
    output_is_below=True,
    list_is_beside=False,
    slices_per_line=1,
    planes_are_beside=False,
    list_length=4,
)
"""The arrangement that needs the smallest width."""

ASPECT_RATIO = 16 / 9
"""The smallest width of a figure over its height, as far as the parts allow: that of a slide."""

WRAP_FACTOR = 0.6
"""The factor of the score of a figure that breaks lines of arithmetic or formulas."""

NOT_ALIGNED_FACTOR = 0.5
"""The factor of the score of a figure whose outputs are not below the middles of their windows."""

USUAL_HEIGHT = 400
"""The height in pixels that a figure may have however narrow it is."""


def make_figure(explanation: Explanation, style: FigureStyle, step: Step | None = None) -> Figure:
    """Return the figure of an explanation, or a frame of its animation.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    style : FigureStyle
        The style.
    step : Step, optional
        The state of the animation; None for the figure of all windows.
    """
    return arrange_figure(explanation, style, is_animated=step is not None).figure(step)


def arrange_figure(
    explanation: Explanation, style: FigureStyle, *, is_animated: bool = False
) -> ArrangedFigure:
    """Return the arrangement of a figure that fits best.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    style : FigureStyle
        The style.
    is_animated : bool
        Whether the figure is for the frames of an animation.
    """
    for has_text in (True, False) if explanation.has_numbers_in_cells else (False,):
        content = FigureContent(
            explanation, style.palette, is_animated=is_animated, has_text=has_text
        )
        if found := list(_fitting(content, style.width)):
            return max(found, key=_score)
    for size in SMALLEST_FONT_SIZES:
        figure = ArrangedFigure(content, NARROWEST._replace(cell_font_size=size), style.width)
        if figure.fits:
            break
    return figure


def _fitting(content: FigureContent, width: int) -> Iterator[ArrangedFigure]:
    """Yield the figures that are not too wide, of each arrangement that with the largest cells."""
    slices = len(content.explanation.slices.positions)
    below = (True,) if content.explanation.rank == 1 else (False, True)
    beside = (False,) if content.is_animated else (False, True)
    lengths = [16] if content.is_animated else LIST_LENGTHS
    per_line = sorted({slices, -(-slices // 2), 1})
    planes = (False, True) if len(content.pairs) > 1 else (False,)
    choices = product(_text_sizes(width), below, beside, per_line, planes, lengths)
    for size, is_below, is_beside, slices_per_line, are_beside, length in choices:
        if is_beside and are_beside:
            continue
        cell_sizes = sorted({max(MIN_FONT_SIZE, round(each * size)) for each in CELL_FONT_SIZES})
        for cell_size in reversed(cell_sizes):
            arrangement = Arrangement(
                size, cell_size, is_below, is_beside, slices_per_line, are_beside, length
            )
            figure = ArrangedFigure(content, arrangement, width)
            if figure.fits:
                yield figure
                if figure.height <= _usual_height(width):
                    break


def _text_sizes(width: int) -> list[int]:
    """Return candidates for the font size of text in pixels."""
    sizes = {round(width / each) for each in TEXT_SIZES}
    sizes |= {size for size in SMALL_TEXT_SIZES if size >= min(sizes)}
    return sorted({max(size, MIN_FONT_SIZE) for size in sizes})


def _usual_height(width: int) -> float:
    """Return the height in pixels up to which no figure is too high."""
    return max(width / ASPECT_RATIO, USUAL_HEIGHT)


def _score(figure: ArrangedFigure) -> float:
    """Return the score of a figure: higher for large cells, many windows, the shape of a slide."""
    arrangement = figure.arrangement
    excess = max(1.0, figure.height / _usual_height(figure.total_width))
    cells = min(arrangement.cell_font_size, 1.7 * arrangement.text_size)
    score = cells * math.pow(arrangement.text_size, 1.2) * LIST_LENGTHS[arrangement.list_length]
    score *= WRAP_FACTOR if figure.wraps else 1
    if figure.content.explanation.rank == 1 and not figure.sizes.is_aligned:
        score *= NOT_ALIGNED_FACTOR
    return score / math.pow(excess, 12)
