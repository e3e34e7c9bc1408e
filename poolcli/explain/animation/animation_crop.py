"""The crop of an input that an animation shows: as much of it as can be read on a slide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolcli.explain.explanation import Explanation
from poolcli.explain.figure.arranged_figure import ArrangedFigure
from poolcli.explain.figure.choose_arrangement import arrange_figure
from poolcli.explain.figure.figure_crop import MAX_SLICES, max_positions
from poolcli.explain.figure.grid_size import MIN_FONT_SIZE
from poolcli.explain.figure.style import FigureStyle

if TYPE_CHECKING:
    from poolcli.explain.explainer import Explainer

POSITIONS = 16, 15, 14, 12, 10, 8, 6, 5, 4, 3, 2, 1
"""The numbers of positions along an axis to try, from the largest one that a figure may have."""

MIN_POSITIONS = 4
"""The number of positions below which to go only if the figure does not fit otherwise."""

MIN_FONT_SHARE = 0.01
"""The smallest font size of numbers in cells, in widths of the animation."""

FONT_SHARE_OF_COLOURS = 0.7
"""The smallest font size of cells that have colours only, in that of cells with numbers."""

MAX_HEIGHT_SHARE, MAX_HEIGHT_OF_NARROW = 0.6, 440
"""The largest height, in widths of the animation, and in pixels for a narrow one.

A slide has 0.5625. A narrow animation cannot have that, because text has a smallest size.
"""


def legible_explanations(
    explainer: Explainer, at: tuple[int, ...] | None, style: FigureStyle
) -> Iterator[Explanation]:
    """Yield explanations of as much of an input as can be read on a slide, each of less.

    Parameters
    ----------
    explainer : Explainer
        The explainer of an input.
    at : tuple of int, optional
        The position of the element to show.
    style : FigureStyle
        The style of the animation.

    Yields
    ------
    Explanation
        At most 16 by 16 positions, of several slices 8 by 8; fewer if numbers would be small or
        the frames high. Windows are cut off, and less than 4 positions shown, only if no more fit.
    """
    largest = max_positions(explainer)
    found: list[Explanation] = []
    is_any_legible = does_last_fit = False
    for limit in (each for each in POSITIONS if each <= largest):
        explanation = explainer.explain(at, limit, limit, MAX_SLICES)
        if found and explanation.crops == found[-1].crops:
            continue
        is_cut = bool(found) and found[0].has_whole_windows and not explanation.has_whole_windows
        if does_last_fit and (is_cut or limit < MIN_POSITIONS):
            break
        found.append(explanation)
        arranged = arrange_figure(explanation, style, is_animated=True)
        does_last_fit = arranged.fits
        if is_legible(arranged):
            is_any_legible = True
            yield explanation
    if not is_any_legible:
        yield found[-1]


def is_legible(arranged: ArrangedFigure) -> bool:
    """Return whether the numbers of an animation can be read, and its frames are not too high.

    Parameters
    ----------
    arranged : ArrangedFigure
        The figure. In the colours of an image with several channels there are no numbers.
    """
    explanation, width = arranged.content.explanation, arranged.total_width
    has_numbers = explanation.has_numbers_in_cells
    font_size = max(MIN_FONT_SIZE, width * MIN_FONT_SHARE)
    if not has_numbers:
        font_size *= FONT_SHARE_OF_COLOURS
    is_large = arranged.arrangement.cell_font_size >= font_size
    height = max(width * MAX_HEIGHT_SHARE, MAX_HEIGHT_OF_NARROW)
    return is_large and arranged.height <= height and (arranged.content.has_text or not has_numbers)
