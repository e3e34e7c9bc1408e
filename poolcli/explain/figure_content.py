"""The content of a figure: its texts, grids and lists, before sizes and places are chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from poolcli.explain.animation_steps import Step, arithmetic_lines
from poolcli.explain.coloured_windows import coloured_windows
from poolcli.explain.explanation import Explanation, PlaneExplanation
from poolcli.explain.figure_cells import PADDING_ROLES, Cell
from poolcli.explain.figure_grids import Grid, GridPair, Progress, make_grids
from poolcli.explain.figure_list import Entry
from poolcli.explain.figure_style import Palette
from poolcli.explain.position_text import region_text


class LegendEntry(NamedTuple):
    """What a kind of cell means."""

    cell: Cell
    text: str


class FigureContent:
    """The content of a figure.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    palette : Palette
        The colours of the theme.
    is_animated : bool
        Whether the figure is a frame of an animation.
    has_text : bool
        Whether the pixels of an image with a single channel have numbers.
    """

    def __init__(
        self, explanation: Explanation, palette: Palette, *, is_animated: bool, has_text: bool
    ) -> None:
        self.explanation, self.palette = explanation, palette
        self.is_animated, self.has_text = is_animated, has_text
        self.heading = explanation.heading
        before, _, after = explanation.shapes.partition(" → ")
        self.captions = f"input {before}{self._shown_region()}", f"output {after}"
        self.size_formulas = [] if is_animated else explanation.size_formulas
        self.n_windows = sum(1 for _ in all_windows(explanation.planes[0]))
        self.pairs = self.grids(Progress(None, self.n_windows) if is_animated else None)
        self.legend = list(self._legend())

    def _shown_region(self) -> str:
        """Return which part of the input is shown, as text; empty if all of it is."""
        crops, rank = self.explanation.crops, self.explanation.rank
        if all(crop.is_whole_axis for crop in crops):
            return ""
        return f": {region_text([crop.data_positions for crop in crops], rank)}"

    def grids(self, progress: Progress | None) -> list[GridPair]:
        """Return the grids of the figure, or of a state of the animation."""
        return make_grids(self.explanation, self.palette, progress, has_text=self.has_text)
