"""A figure whose parts have sizes and places."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple, Protocol

from poolcli.explain.animation_steps import Step, arithmetic_lines
from poolcli.explain.figure_content import FigureContent
from poolcli.explain.figure_grid_drawing import MIN_FONT_SIZE
from poolcli.explain.figure_grids import GridPair, Progress
from poolcli.explain.figure_legend import Legend
from poolcli.explain.figure_list import Entry, TextColumns, TextList
from poolcli.explain.figure_pair import PairDrawing, pair_sizes
from poolcli.explain.figure_shapes import Figure, Shape, text_width
from poolcli.explain.figure_style import Palette


class Arrangement(NamedTuple):
    """The choices of a layout.

    Attributes
    ----------
    text_size, cell_font_size : int
        The font sizes of text and of cells in pixels.
    output_is_below : bool
        Whether the output is below the input, else beside it.
    list_is_beside : bool
        Whether the arithmetic is beside the grids, else below them.
    slices_per_line : int
        The number of slices of the input side by side.
    list_length : int
        The number of windows to list.
    """

    text_size: int
    cell_font_size: int
    output_is_below: bool
    list_is_beside: bool
    slices_per_line: int
    list_length: int


class Part(Protocol):
    """A part of a figure that knows its size."""

    @property
    def width(self) -> int:
        """The width in pixels."""

    @property
    def height(self) -> int:
        """The height in pixels."""

    def shapes(self, x: int, y: int, palette: Palette) -> Iterator[Shape]:
        """Yield the shapes of the part at a place."""


class PlacedPart(NamedTuple):
    """A part at its place, the distance from the left and upper edge of all parts."""

    x: int
    y: int
    part: Part


class ArithmeticOfStep(TextList):
    """The arithmetic of the current window of an animation."""


class ArrangedFigure:
    """A figure in one arrangement.

    Parameters
    ----------
    content : FigureContent
        What the figure shows.
    arrangement : Arrangement
        The choices.
    width : int
        The width of the figure in pixels.
    """

    def __init__(self, content: FigureContent, arrangement: Arrangement, width: int) -> None:
        self.content, self.arrangement, self.total_width = content, arrangement, width
        self.size = arrangement.text_size
        self.small_size = max(MIN_FONT_SIZE, round(0.85 * self.size))
        self.gap = self.size
        self.line_width = max(1, round(width / 1280))
        self.margin = max(8, width // 36)
        self.width = width - 2 * self.margin
        self.sizes = pair_sizes(
            content.pairs, self.size, arrangement.cell_font_size, arrangement.output_is_below,
            arrangement.slices_per_line, self.line_width, self.width,
        )  # fmt: skip
        self.pairs = self._draw_pairs(content.pairs)
        self.grids_width = max(pair.width for pair in self.pairs)
        self.list_x = self.grids_width + 2 * self.size if arrangement.list_is_beside else 0
        self.list_width = self.width - self.list_x
        self.fits = self.grids_width <= self.width and self.list_width >= 14 * self.size

    @cached_property
    def parts(self) -> list[PlacedPart]:
        """The parts of the figure without those that change in an animation."""
        heading = self._text(self.content.title, round(1.1 * self.size))
        parts = [PlacedPart(0, 0, heading)]
        y = heading.height + self.gap
        lists = self.content.lists(self.arrangement.list_length)
        for number, (pair, entries) in enumerate(zip(self.pairs, lists, strict=True)):
            if name := self.content.pairs[number].name:
                parts.append(PlacedPart(0, y, self._text(name, self.size)))
                y += parts[-1].part.height
            is_last = number == len(lists) - 1
            texts = self._texts(entries, self.content.size_formulas if is_last else [])
            top = y if self.arrangement.list_is_beside else y + pair.height + self.gap
            parts.append(PlacedPart(0, y, pair))
            y += pair.height
            for part in texts:
                parts.append(PlacedPart(self.list_x, top, part))
                top += part.height + self.gap
            y = max(y + self.gap, top)
        if self.content.is_animated:
            parts.append(PlacedPart(0, y, self._longest_lines()))
            y += parts[-1].part.height + self.gap
        if self.content.legend:
            legend = Legend(self.content.legend, self.small_size, self.width, self.line_width)
            parts.append(PlacedPart(0, y, legend))
        return parts

    @property
    def height(self) -> int:
        """The height of the figure in pixels."""
        return max(each.y + each.part.height for each in self.parts) + 2 * self.margin

    def figure(self, step: Step | None) -> Figure:
        """Return the figure, or the frame of a state of an animation.

        Parameters
        ----------
        step : Step, optional
            The state; None for the figure of all windows.
        """
        x, palette = self._left_edge, self.content.palette
        shapes: list[Shape] = []
        for each in self.parts if step is None else self._parts_of(step):
            shapes += each.part.shapes(x + each.x, self.margin + each.y, palette)
        texts = self.content.title, self.content.description
        return Figure(self.total_width, self.height, palette.background, shapes, *texts)

    def _parts_of(self, step: Step) -> Iterator[PlacedPart]:
        """Yield the parts of a frame."""
        grids = self.content.grids(Progress(step.current, step.filled))
        pairs = iter(self._draw_pairs(grids))
        for each in self.parts:
            if isinstance(each.part, PairDrawing):
                yield each._replace(part=next(pairs))
            elif not isinstance(each.part, ArithmeticOfStep):
                yield each
            elif step.current is not None:
                yield each._replace(part=self._lines_of(step.filled - 1))

    def _lines_of(self, number: int) -> ArithmeticOfStep:
        """Return the arithmetic of a window, in all planes."""
        explanation = self.content.explanation
        window = explanation.planes[0].all_windows[number]
        lines = tuple(arithmetic_lines(explanation, number))
        fill = self.content.palette.windows[0]
        entries = [Entry(window.name, fill, lines)]
        return ArithmeticOfStep(entries, self.size, self.list_width, self.line_width)

    def _longest_lines(self) -> ArithmeticOfStep:
        """Return the arithmetic that needs most space."""
        lists = map(self._lines_of, range(self.content.window_count))
        return max(lists, key=lambda each: each.height)

    @property
    def _left_edge(self) -> int:
        """The left edge of all parts, which are in the middle of the figure."""
        width = max(each.x + each.part.width for each in self.parts)
        return max(self.margin, (self.total_width - width) // 2)

    def _draw_pairs(self, pairs: list[GridPair]) -> list[PairDrawing]:
        """Return input and output of each plane, the first pair with captions."""
        captions = [self.content.captions, *[("", "")] * (len(pairs) - 1)]
        return [
            PairDrawing(pair, self.sizes, texts)
            for pair, texts in zip(pairs, captions, strict=True)
        ]

    def _text(self, text: str, size: int) -> TextList:
        """Return a paragraph over the whole width."""
        return TextList([Entry("", None, (text,))], size, self.width, self.line_width)

    def _list(self, entries: list[Entry], size: int) -> TextList:
        """Return a list in the space for it."""
        return TextList(entries, size, self.list_width, self.line_width)

    def _texts(self, entries: list[Entry], formulas: list[str]) -> Iterator[Part]:
        """Yield the list of windows and the formulas of the output size."""
        if entries and self.arrangement.list_is_beside:
            yield self._list(entries, self.size)
        elif entries:
            yield TextColumns(entries, self.size, self.width, self.line_width)
        if formulas:
            yield self._list([Entry("", None, self._formula(each)) for each in formulas], self.size)

    def _formula(self, formula: str) -> tuple[str, ...]:
        """Return the formula of the output size of an axis on one line, or below its name."""
        name, _, formula = formula.partition(": ")
        line = f"output {name}:  {formula}"
        if text_width(line, self.size) <= self.list_width:
            return (line,)
        return f"output {name}:", formula
