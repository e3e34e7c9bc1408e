"""An explanation as text for a stream: on a terminal in colour and fitted to its width."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

from rich.text import Text
from rich.theme import Theme

from poolcli.explain.arithmetic_parts import ARITHMETIC_PART
from poolcli.explain.cell_text import ROLE_TEXTS, SKIPPED_PADDING_TEXT
from poolcli.explain.explanation import Explanation, Role
from poolcli.explain.palettes import PALETTES
from poolcli.explain.text_grids import plane_lines, plane_width, window_styles
from poolcli.report.format_values import input_name, printable
from poolcli.report.terminal_printer import TerminalPrinter

WINDOW_COLOURS = PALETTES["light"].windows
"""The backgrounds of windows, for black text."""

WINDOW_COLOURS_OF_16 = ("yellow", "cyan", "green", "magenta")
"""The same for terminals with 16 colours."""

ROLE_SYMBOLS: dict[Role, str] = {
    "chosen": "[ ]",
    "ignored": "{ }",
    "zero padding": "(0)",
    "padding value": "( )",
    "skipped padding": SKIPPED_PADDING_TEXT,
}
"""The mark of an element in a grid by its role, for the legend."""

DEFAULT_WIDTH = 100
"""The width in columns where there is no terminal."""

MAX_POSITIONS = 12
"""The largest number of rows and of columns of the input to show."""

MAX_POSITIONS_IN_SLICES = 8
"""The same if three axes are pooled, so that slices fit side by side."""

CONTINUATION_INDENT = 4
"""The number of spaces in front of the second and later parts of a wrapped line."""

MakeExplanation = Callable[[int, int], Explanation]
"""Returns the explanation with at most some number of columns and some number of rows."""


def render_text(make_explanation: MakeExplanation, path: str, stream: TextIO) -> str:
    """Return an explanation as text for a stream: on a terminal in colour and fitted to its width.

    Parameters
    ----------
    make_explanation : callable
        Returns the explanation, given the largest numbers of columns and rows of the input.
    path : str
        The path of the input.
    stream : text file
        The stream that the text is for.
    """
    printer = TerminalPrinter(stream)
    console, width = printer.console, printer.width if printer.is_terminal else None
    is_coloured = console.color_system is not None and "NO_COLOR" not in os.environ
    lines = explanation_lines(make_explanation, path, width, is_coloured=is_coloured)
    if not is_coloured:
        return "".join(f"{line.plain.rstrip()}\n" for line in lines)
    has_16_colours = console.color_system == "standard"
    console.push_theme(style_theme(WINDOW_COLOURS_OF_16 if has_16_colours else WINDOW_COLOURS))
    with console.capture() as captured:
        for line in lines:
            console.print(line, soft_wrap=True)
    return captured.get()


def style_theme(colours: Sequence[str]) -> Theme:
    """Return the colours of the styles in `window_styles`, plain and bold.

    Parameters
    ----------
    colours : sequence of str
        The backgrounds, as rich names colours.
    """
    styles = {f"window{number}": f"#000000 on {colour}" for number, colour in enumerate(colours)}
    return Theme(styles | {f"{name} bold": f"{style} bold" for name, style in styles.items()})


def explanation_lines(
    make_explanation: MakeExplanation, path: str, width: int | None, *, is_coloured: bool
) -> Iterator[Text]:
    """Yield the lines of an explanation.

    Parameters
    ----------
    make_explanation : callable
        Returns the explanation, given the largest numbers of columns and rows of the input.
    path : str
        The path of the input.
    width : int, optional
        The number of columns of text that no line exceeds; None for no limit.
    is_coloured : bool
        Whether windows have colours, and the legend says which have none.
    """
    explanation = fit_columns(make_explanation, width or DEFAULT_WIDTH)
    for line in _unwrapped_lines(explanation, path, width or DEFAULT_WIDTH, is_coloured):
        yield from [line] if line.no_wrap or width is None else wrap_line(line, width)


def fit_columns(make_explanation: MakeExplanation, width: int) -> Explanation:
    """Return the explanation with as many columns of the input as fit.

    Parameters
    ----------
    make_explanation : callable
        Returns the explanation, given the largest numbers of columns and rows of the input.
    width : int
        The width available, in columns of text.
    """
    explanation = make_explanation(MAX_POSITIONS, MAX_POSITIONS)
    most = MAX_POSITIONS_IN_SLICES if explanation.rank > 2 else MAX_POSITIONS
    for columns in range(most, 0, -1):
        if (columns, most) != (MAX_POSITIONS, MAX_POSITIONS):
            explanation = make_explanation(columns, most)
        if max(plane_width(plane, explanation) for plane in explanation.planes) <= width:
            break
    return explanation


def wrap_line(line: Text, width: int) -> list[Text]:
    """Break a line between numbers, and indent its later parts.

    Parameters
    ----------
    line : Text
        The line.
    width : int
        The width available, in columns of text.

    Examples
    --------
    >>> [part.plain for part in wrap_line(Text("[0, 1]  (10+30+20+1e+20)/4 = 7"), 16)]
    ['[0, 1]  (10+30+', '    20+1e+20)/4', '    = 7']
    """
    breaks, start, available = [], 0, width
    for part in ARITHMETIC_PART.finditer(line.plain):
        end = part.start() + len(part.group().rstrip())
        while part.start() < end and end > start + available:
            start = part.start() if part.start() > start else start + available
            breaks.append(start)
            available = max(width - CONTINUATION_INDENT, 1)
    first, *others = line.divide(breaks)
    lines = [first, *(Text(" " * CONTINUATION_INDENT) + other for other in others)]
    for each in lines:
        each.rstrip()  # rich would wrap trailing spaces to a line of their own
    return lines


def _unwrapped_lines(
    explanation: Explanation, path: str, width: int, is_coloured: bool
) -> Iterator[Text]:
    """Yield all lines. Those of grids must not be wrapped, as their attribute `no_wrap` says."""
    heading_style = "bold" if is_coloured else ""
    yield Text(f"{input_name(path)}: {explanation.heading}", heading_style)
    yield Text(explanation.shapes_and_dtypes)
    if explanation.crop_text:
        yield Text(explanation.crop_text)
    styles = window_styles(explanation)
    for plane in explanation.planes:
        yield Text()
        if plane.name:
            yield Text(plane.name, heading_style)
        yield from plane_lines(plane, explanation, width)
        yield Text()
        for window in plane.all_windows:
            line = Text("  ").append(window.name, styles.get(window.position, ""))
            yield line.append(f"  {window.region}:  {window.arithmetic}")
    yield Text()
    if legend := _legend(explanation, is_coloured):
        yield Text(legend)
    yield from map(Text, explanation.size_formulas)
    for note in explanation.notes:
        yield Text(f"note: {printable(note)}")


def _legend(explanation: Explanation, is_coloured: bool) -> str:
    """Return the meaning of brackets and of missing colours, as far as they occur."""
    planes, styles = explanation.planes, window_styles(explanation)
    elements = [element for plane in planes for element in plane.all_elements]
    roles = {element.role for element in elements}
    entries = [f"{ROLE_SYMBOLS[role]} {text}" for role, text in ROLE_TEXTS.items() if role in roles]
    uncoloured = []
    if any(window.position not in styles for plane in planes for window in plane.all_windows):
        uncoloured.append("overlapping windows")
    if not all(element.is_in_window for element in elements):
        uncoloured.append("unused elements")
    if is_coloured and uncoloured:
        entries.append(f"uncoloured: {', '.join(uncoloured)}")
    return "   ".join(entries)
