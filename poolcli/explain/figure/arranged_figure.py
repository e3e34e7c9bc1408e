"""A figure whose parts have sizes and places."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple, Protocol

from poolcli.explain.animation_steps import Step
from poolcli.explain.figure.animated_parts import ProgressText, SpaceForArithmetic
from poolcli.explain.figure.content import FigureContent
from poolcli.explain.figure.grid import GridPair
from poolcli.explain.figure.grid_pair_drawing import GridPairDrawing, grid_pair_sizes
from poolcli.explain.figure.grid_size import MIN_FONT_SIZE
from poolcli.explain.figure.legend import Legend
from poolcli.explain.figure.make_grids import FrameState
from poolcli.explain.figure.shapes import Figure, Shape, text_width
from poolcli.explain.figure.text_list import ListEntry, TextColumns, TextList
from poolcli.explain.palettes import Palette

MIN_LIST_WIDTH = 14
"""The smallest width of a list beside grids, in font sizes."""


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
        The number of slices side by side.
    planes_are_beside : bool
        Whether planes are beside each other, else below each other.
    list_length : int
        The number of windows to list.
    """

    text_size: int
    cell_font_size: int
    output_is_below: bool
    list_is_beside: bool
    slices_per_line: int
    planes_are_beside: bool
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
        self.columns = len(content.pairs) if arrangement.planes_are_beside else 1
        self.column_width = (self.width + 2 * self.gap) // self.columns - 2 * self.gap
        self.sizes = grid_pair_sizes(
            content.pairs, self.size, arrangement.cell_font_size, arrangement.output_is_below,
            arrangement.slices_per_line, self.line_width, self.column_width,
        )  # fmt: skip
        self.pairs = self._draw_pairs(content.pairs)
        self.grids_width = max(pair.width for pair in self.pairs)
        self.list_x = self.grids_width + 2 * self.gap if arrangement.list_is_beside else 0
        self.list_width = self.column_width - self.list_x
        has_narrow_list = arrangement.list_is_beside or (
            self.columns > 1 and not content.is_animated
        )
        least = MIN_LIST_WIDTH * self.size if has_narrow_list else 0
        self.fits = self.grids_width <= self.column_width and self.list_width >= least

    @cached_property
    def parts(self) -> list[PlacedPart]:
        """The parts of the figure without those that change in an animation."""
        heading = self._text(self.content.title, round(1.1 * self.size))
        parts = [PlacedPart(0, 0, heading)]
        y = heading.height + self.gap
        x, bottom = 0, y
        for block in self._blocks():
            top = y if self.columns > 1 else bottom
            parts += [PlacedPart(x + each.x, top + each.y, each.part) for each in block]
            bottom = max(each.y + each.part.height for each in parts) + self.gap
            if self.columns > 1:
                x = max(each.x + each.part.width for each in parts[1:]) + 2 * self.gap
        y = bottom
        if self.content.size_formulas and not self.arrangement.list_is_beside:
            parts.append(PlacedPart(0, y, self._formulas(self.width)))
            y += parts[-1].part.height + self.gap
        if self.content.is_animated:
            parts.append(PlacedPart(0, y, self._space_for_lines()))
            y += parts[-1].part.height + self.gap
        return [*parts, *self._last_line(parts, y)]

    def _blocks(self) -> Iterator[list[PlacedPart]]:
        """Yield name, grids and list of each plane, at their places in the block."""
        lists = self.content.lists(self.arrangement.list_length)
        for pair, drawing, entries in zip(self.content.pairs, self.pairs, lists, strict=True):
            block, y = [], 0
            if pair.name:
                block.append(PlacedPart(0, 0, self._text(pair.name, self.size)))
                y = block[0].part.height
            block.append(PlacedPart(0, y, drawing))
            if not self.arrangement.list_is_beside:
                y += drawing.height + self.gap
            if entries:
                block.append(PlacedPart(self.list_x, y, self._list(entries)))
                y += block[-1].part.height + self.gap
            if self.arrangement.list_is_beside and drawing is self.pairs[-1]:
                block.append(PlacedPart(self.list_x, y, self._formulas(self.list_width)))
            yield block

    def _last_line(self, parts: list[PlacedPart], y: int) -> Iterator[PlacedPart]:
        """Yield the legend, and at the right of it the progress of an animation."""
        progress = ProgressText.longest(self.content.window_count, self.small_size)
        is_animated, gap = self.content.is_animated, 2 * self.size
        width = self.width - (progress.width + gap if is_animated else 0)
        legend = Legend(self.content.legend, self.small_size, width, self.line_width)
        if self.content.legend:
            yield PlacedPart(0, y, legend)
        if is_animated:
            right = max(each.x + each.part.width for each in parts)
            yield PlacedPart(max(right - progress.width, legend.width + gap), y, progress)

    @property
    def wraps(self) -> int:
        """The number of lines of the lists of windows that begin within their arithmetic."""
        parts = (each.part for each in self.parts[1:])
        return sum(each.wraps for each in parts if isinstance(each, TextList | TextColumns))

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
        grids = self.content.grids(FrameState(step.current, step.filled))
        pairs = iter(self._draw_pairs(grids))
        for each in self.parts:
            if isinstance(each.part, GridPairDrawing):
                yield each._replace(part=next(pairs))
            elif isinstance(each.part, ProgressText):
                yield each._replace(part=each.part._replace(text=step.progress))
            elif not isinstance(each.part, SpaceForArithmetic):
                yield each
            elif step.current is not None:
                yield each._replace(part=self._lines_of(step.filled - 1))

    def _lines_of(self, number: int) -> TextList:
        """Return the arithmetic of a window, in all planes."""
        explanation = self.content.explanation
        window = explanation.planes[0].all_windows[number]
        lines = tuple(explanation.arithmetic_lines(number))
        fill = self.content.palette.windows[0]
        entries = [ListEntry(window.name, fill, lines)]
        return TextList(entries, self.size, self.width, self.line_width)

    def _space_for_lines(self) -> SpaceForArithmetic:
        """Return the space that the arithmetic of every window fits into."""
        lists = [self._lines_of(number) for number in range(self.content.window_count)]
        width = max(each.width for each in lists)
        return SpaceForArithmetic(width, max(each.height for each in lists))

    @property
    def _left_edge(self) -> int:
        """The left edge of all parts, which are in the middle of the figure."""
        width = max(each.x + each.part.width for each in self.parts)
        return max(self.margin, (self.total_width - width) // 2)

    def _draw_pairs(self, pairs: list[GridPair]) -> list[GridPairDrawing]:
        """Return input and output of each plane, the first pair with captions."""
        others = self.content.captions if self.columns > 1 else ("", "")
        captions = [self.content.captions, *[others] * (len(pairs) - 1)]
        return [
            GridPairDrawing(pair, self.sizes, texts)
            for pair, texts in zip(pairs, captions, strict=True)
        ]

    def _text(self, text: str, size: int) -> TextList:
        """Return a paragraph over the whole width."""
        return TextList([ListEntry("", None, (text,))], size, self.width, self.line_width)

    def _list(self, entries: list[ListEntry]) -> Part:
        """Return the list of a plane."""
        make_list = TextList if self.arrangement.list_is_beside else TextColumns
        return make_list(entries, self.size, self.list_width, self.line_width)

    def _formulas(self, width: int) -> TextList:
        """Return the formulas of the output size, each on one line or below its name."""
        entries = []
        for formula in self.content.size_formulas:
            name, _, value = formula.partition(": ")
            line = f"output {name}:  {value}"
            is_short = text_width(line, self.size) <= width
            entries.append(ListEntry("", None, (line,) if is_short else (f"output {name}:", value)))
        return TextList(entries, self.size, width, self.line_width)
