"""The crop of an input that a figure shows: as much of it as fits into the width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolcli.explain.explanation import Explanation
from poolcli.explain.figure.arranged_figure import ArrangedFigure
from poolcli.explain.figure.choose_arrangement import NARROWEST
from poolcli.explain.figure.content import FigureContent
from poolcli.explain.figure.style import FigureStyle

if TYPE_CHECKING:
    from poolcli.explain.explainer import Explainer

MAX_POSITIONS = 16
"""The largest number of rows and of columns in a figure."""

MAX_SLICES, MAX_POSITIONS_IN_SLICES = 4, 8
"""The largest number of slices in a figure, and of rows and columns in each of several slices."""


def max_positions(explainer: Explainer) -> int:
    """Return the largest number of rows and of columns to show of an input.

    Parameters
    ----------
    explainer : Explainer
        The explainer of the input.
    """
    return MAX_POSITIONS_IN_SLICES if len(explainer.recipe.axes) > 2 else MAX_POSITIONS


def explain_for_figure(
    explainer: Explainer, at: tuple[int, ...] | None, style: FigureStyle
) -> Explanation:
    """Return the explanation of as many columns as fit into a figure.

    Parameters
    ----------
    explainer : Explainer
        The explainer of an input.
    at : tuple of int, optional
        The position of the element to show.
    style : FigureStyle
        The style of the figure.
    """
    limit = max_positions(explainer)
    for columns in range(limit, 0, -1):
        explanation = explainer.explain(at, columns, limit, MAX_SLICES)
        content = FigureContent(explanation, style.palette, is_animated=False, has_text=False)
        if ArrangedFigure(content, NARROWEST, style.width).fits:
            break
    return explanation
