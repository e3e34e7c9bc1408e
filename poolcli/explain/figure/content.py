"""The content of a figure: its texts, grids and lists, before sizes and places are chosen."""

from __future__ import annotations

from collections.abc import Iterator

from poolcli.explain.cell_text import ROLE_TEXTS
from poolcli.explain.coloured_windows import coloured_windows
from poolcli.explain.explanation import Explanation
from poolcli.explain.figure.cells import PADDING_ROLES, Cell
from poolcli.explain.figure.grid import GridPair
from poolcli.explain.figure.legend import LegendEntry
from poolcli.explain.figure.make_grids import FrameState, make_grids
from poolcli.explain.figure.text_list import ListEntry
from poolcli.explain.palettes import Palette
from poolcli.explain.position_text import region_text

DESCRIBED_WINDOWS = 16
"""The number of windows in the description of a figure."""


MIN_LISTED_WINDOWS = 2
"""The smallest number of windows in the list of a plane."""


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
        self.colours = coloured_windows(explanation)
        self.window_count = len(explanation.planes[0].all_windows)
        self.pairs = self.grids(FrameState(None, self.window_count) if is_animated else None)
        before, _, after = explanation.shapes_and_dtypes.partition(" → ")
        self.captions = f"input {before}{self._shown_region()}", f"output {after}"
        self.size_formulas = [] if is_animated else explanation.size_formulas
        self.legend = list(self._legend())

    def grids(self, state: FrameState | None) -> list[GridPair]:
        """Return the grids of the figure, or of a state of the animation.

        Parameters
        ----------
        state : FrameState, optional
            The state of the animation.
        """
        return make_grids(self.explanation, self.palette, state, has_text=self.has_text)

    @property
    def title(self) -> str:
        """The title: mode, window and options."""
        return self.explanation.heading

    @property
    def description(self) -> str:
        """The description of the figure, for readers who do not see it."""
        windows = [
            f"{entry.name}: {'; '.join(entry.texts)}" if entry.name else entry.texts[0]
            for entries in self.lists(DESCRIBED_WINDOWS)
            for entry in entries
        ]
        return ". ".join([*self.captions, *windows])

    def _shown_region(self) -> str:
        """Return which part of the input is shown, as text; empty if all of it is."""
        crops, rank = self.explanation.crops, self.explanation.rank
        if all(crop.is_whole_axis for crop in crops):
            return ""
        part = "" if self.explanation.has_whole_windows else ", part of a window"
        return f": {region_text([crop.data_positions for crop in crops], rank)}{part}"

    def lists(self, length: int) -> list[list[ListEntry]]:
        """Return the arithmetic of the first windows, for each pair of grids.

        Parameters
        ----------
        length : int
            The number of windows to list in all.
        """
        explanation, planes = self.explanation, self.explanation.planes
        if self.is_animated:
            return [[] for _ in self.pairs]
        count = max(MIN_LISTED_WINDOWS, length // len(planes))
        count = self.window_count if self.window_count <= count + 1 else count
        if explanation.picture is not None:
            return [self._list([explanation.arithmetic_lines(each) for each in range(count)])]
        return [
            self._list([[window.arithmetic] for window in plane.all_windows[:count]])
            for plane in planes
        ]

    def _list(self, texts: list[list[str]]) -> list[ListEntry]:
        """Return the first windows with their texts, and how many are left out."""
        entries = []
        windows = self.explanation.planes[0].all_windows
        for window, paragraphs in zip(windows, texts, strict=False):
            number = None if self.explanation.picture else self.colours.get(window.position)
            fill = None if number is None else self.palette.windows[number]
            entries.append(ListEntry(window.name, fill, tuple(paragraphs)))
        left = self.window_count - len(texts)
        return [*entries, ListEntry("", None, (f"… and {left} more windows",))] if left else entries

    def _legend(self) -> Iterator[LegendEntry]:
        """Yield the kinds of cells that are drawn, apart from plain ones."""
        palette, explanation = self.palette, self.explanation
        elements = [element for plane in explanation.planes for element in plane.all_elements]
        roles = {element.role for element in elements}
        plain = Cell("", palette.text, palette.background)
        padding = Cell("", palette.muted, None, is_padding=True)
        cells = {
            "chosen": plain._replace(ring=palette.chosen),
            "ignored": plain._replace(text="v", is_ignored=True),
            "zero padding": padding._replace(text="0"),
            "padding value": padding._replace(text="v"),
            "skipped padding": padding,
        }
        for role, text in ROLE_TEXTS.items():
            if role in roles:
                yield LegendEntry(cells[role], text)
        is_used = [element.is_in_window or element.role in PADDING_ROLES for element in elements]
        if explanation.picture is None and not all(is_used):
            yield LegendEntry(plain._replace(text="v", text_colour=palette.muted), "in no window")
        if self.is_animated:
            return
        if self.pairs[0].before.row_bars or self.pairs[0].before.column_bars:
            axis = "an axis" if explanation.rank > 1 else "the axis"
            yield LegendEntry(None, f"windows along {axis} (hollow: overlapping)")
            return
        if any(each.position not in self.colours for each in explanation.planes[0].all_windows):
            yield LegendEntry(plain, "window that overlaps a coloured one")
