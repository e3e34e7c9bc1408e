"""An explanation as text: the input with its windows, the output beside it, a line a window."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO, TypeAlias

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text
from rich.theme import Theme

from poolcli.report.formatting import format_element, printable
from poolcli.request import STDIN_OR_STDOUT

if TYPE_CHECKING:
    from poolcli.explain.axis_crop import Strip
    from poolcli.explain.explanation import Explanation, Plane
    from poolcli.explain.formulas import Place
    from poolcli.explain.plane import Element

COLOURS = ("#a6cee3", "#fdd49e", "#c7e9b4", "#dcc6e8")
"""Backgrounds for black: neighbours differ, those that touch at a corner too."""

FEW_COLOURS = ("cyan", "yellow", "green", "magenta")
"""The same where a terminal has but 16."""

BRACKETS = {
    "": (" ", " "),
    "chosen": ("[", "]"),
    "ignored": ("{", "}"),
    "zero": (" (", ")"),
    "unseen": (" ", " "),
}

LEGEND = {
    "chosen": "[ ] chosen",
    "ignored": "{ } ignored",
    "zero": "(0) padding, counts as 0",
    "unseen": "· padding, never seen",
}

UNBOUNDED = 1 << 20

PAGE = 100
"""How wide planes are where there is no terminal, and all lines of a page or a drawing."""

LEAST = 50
"""How wide they are at least."""

MOST = 12
"""So many columns of the input are shown where there is room."""

INDENT = 4

BREAK = re.compile(r"[^ +,]*(?:(?<=\de)\+[^ +,]*)*[ +,]*")
"""What is not broken at the end of a line: numbers, with the sign behind them."""

FORMAT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>poolcli explain</title>
<style>
body {{ color: {foreground}; background: {background}; }}
pre {{ font-family: ui-monospace, Menlo, Consolas, monospace; }}
</style>
</head>
<body><pre>{code}</pre></body>
</html>
"""
"""A page for rich to fill in."""

FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""What rich would load from the network; any monospaced font does."""

Make: TypeAlias = "Callable[[int], Explanation]"
"""Explains with at most so many columns of the input."""


def printed(make: Make, name: str, stream: TextIO) -> str:
    """An explanation as a stream is to have it: coloured and fitted to a terminal, or plain."""
    console = Console(file=stream, width=UNBOUNDED, highlight=False, emoji=False, markup=False)
    width = shutil.get_terminal_size().columns if stream.isatty() else None
    coloured = console.is_terminal and console.color_system and "NO_COLOR" not in os.environ
    drawn = lines(make, name, width, coloured=bool(coloured))
    console.push_theme(_theme(FEW_COLOURS if console.color_system == "standard" else COLOURS))
    if not coloured:
        return "".join(f"{line.plain.rstrip()}\n" for line in drawn)
    with console.capture() as captured:
        for line in drawn:
            console.print(line, soft_wrap=True)
    return captured.get()


def export(make: Make, name: str, kind: Literal["svg", "html"]) -> str:
    """An explanation as a drawing or a page, in colours."""
    drawn = list(lines(make, name, PAGE, coloured=True))
    console = Console(
        file=io.StringIO(), record=True, width=max(LEAST, *(line.cell_len for line in drawn)),
        force_terminal=True, color_system="truecolor", highlight=False, emoji=False, markup=False,
    )  # fmt: skip
    console.push_theme(_theme(COLOURS))
    for line in drawn:
        console.print(line, soft_wrap=True)
    if kind == "html":
        return console.export_html(
            inline_styles=True, theme=DEFAULT_TERMINAL_THEME, code_format=FORMAT
        )
    drawing = console.export_svg(title="poolcli explain", theme=DEFAULT_TERMINAL_THEME)
    return FONTS.sub("", drawing)


def _theme(colours: Sequence[str]) -> Theme:
    """What the names of styles stand for."""
    named = {f"window{number}": f"#000000 on {colour}" for number, colour in enumerate(colours)}
    return Theme(named | {f"{name} bold": f"{style} bold" for name, style in named.items()})


def lines(make: Make, name: str, width: int | None, *, coloured: bool) -> Iterator[Text]:
    """The lines of an explanation, none wider than `width`, if there is one."""
    explanation = fitting(make, width or PAGE)
    for line, is_text in _lines(explanation, name, width or PAGE, coloured):
        yield from wrapped(line, width) if is_text and width else [line]


def fitting(make: Make, width: int) -> Explanation:
    """The explanation with as many columns of the input as fit."""
    for columns in range(MOST, 0, -1):
        explanation = make(columns)
        if max(_breadth(plane, explanation) for plane in explanation.planes) <= width:
            break
    return explanation


def wrapped(line: Text, width: int) -> list[Text]:
    """Break a line where no number is broken; the rest is indented.

    Examples
    --------
    >>> [part.plain for part in wrapped(Text("[0, 1]  (10+30+20+1e+20)/4 = 7"), 16)]
    ['[0, 1]  (10+30+', '    20+1e+20)/4', '    = 7']
    """
    ends, start, room = [], 0, width
    for token in BREAK.finditer(line.plain):
        end = token.start() + len(token.group().rstrip())
        while token.start() < end and end > start + room:
            start = token.start() if token.start() > start else start + room
            ends.append(start)
            room = max(width - INDENT, 1)
    first, *others = line.divide(ends)
    parts = [first, *(Text(" " * INDENT) + other for other in others)]
    for part in parts:
        part.rstrip()  # spaces at the end would go onto a line of their own
    return parts


def _lines(
    explanation: Explanation, name: str, width: int, coloured: bool
) -> Iterator[tuple[Text, bool]]:
    """All lines, and whether each may be broken."""
    name = "standard input" if name == STDIN_OR_STDOUT else printable(name)
    yield Text(f"{name}: {explanation.heading}", "bold" if coloured else ""), True
    yield Text(explanation.shapes), True
    if explanation.place:
        yield Text(explanation.place), True
    colours = _colours(explanation)
    for plane in explanation.planes:
        yield Text(), False
        if plane.name:
            yield Text(plane.name, "bold" if coloured else ""), True
        for line in _pair(plane, explanation, width):
            yield line, False
        yield Text(), False
        for case in chain.from_iterable(plane.cases):
            told = Text("  ").append(case.name, colours.get(case.out, ""))
            yield told.append(f"  {case.where}:  {case.text}"), True
    yield Text(), False
    for words in (_legend(explanation, coloured), *explanation.sizes):
        if words:
            yield Text(words), True
    for note in explanation.notes:
        yield Text(f"note: {printable(note)}"), True


def _legend(explanation: Explanation, coloured: bool) -> str:
    planes, colours = explanation.planes, _colours(explanation)
    elements = [each for plane in planes for row in plane.elements for each in row]
    signs = {each.sign for each in elements}
    found = [words for sign, words in LEGEND.items() if sign in signs]
    cases = chain.from_iterable(chain.from_iterable(plane.cases for plane in planes))
    bare = []
    if any(case.out not in colours for case in cases):
        bare.append("windows that overlap those in colour")
    if not all(each.held for each in elements):
        bare.append("elements of no window")
    if coloured and bare:
        found.append(f"no colour: {', '.join(bare)}")
    return "   ".join(found)


class Cell(NamedTuple):
    """What stands in a grid, with its brackets."""

    text: str
    style: str


def _pair(plane: Plane, explanation: Explanation, width: int) -> Iterator[Text]:
    """The input, and the output beside it, or below it where there is no room."""
    before, after = _input(plane, explanation), _output(plane, explanation)
    breadth = max(map(len, before))
    if breadth + 3 + max(map(len, after)) > width:
        yield from before
        yield Text("  ↓")
        yield from after
        return
    for at, (one, other) in enumerate(zip_longest(before, after, fillvalue=Text())):
        line = one.copy()
        line.pad_right(breadth - len(one))
        yield line + Text(" → " if at == 1 else "   ") + other


def _breadth(plane: Plane, explanation: Explanation) -> int:
    grids = _input(plane, explanation), _output(plane, explanation)
    return max(len(line) for line in chain(*grids))


def _input(plane: Plane, explanation: Explanation) -> list[Text]:
    colours = _colours(explanation)
    cells = [[_cell(element, colours) for element in row] for row in plane.elements]
    rows, columns = explanation.rows, explanation.columns
    cuts = rows.cuts, columns.cuts
    down = [rows.places.index(at) for at in cuts[0] or [] if cuts[1] is not None]
    across = [columns.places.index(at) for at in cuts[1] or [] if cuts[0] is not None]
    above = _labels(rows) if explanation.rank > 1 else [""]
    return _grid(cells, above, _labels(columns), down, across)


def _output(plane: Plane, explanation: Explanation) -> list[Text]:
    colours = _colours(explanation)
    cells = [[Cell(f" {format_element(each.value)} ", colours.get(each.out, "")) for each in row]
             for row in plane.cases]  # fmt: skip
    above = [str(at) for at in explanation.rows.windows] if explanation.rank > 1 else [""]
    return _grid(cells, above, [str(at) for at in explanation.columns.windows], [], [])


def _labels(strip: Strip) -> list[str]:
    """The positions of data; padding has none."""
    return [str(at) if at in strip.data else "" for at in strip.places]


def _cell(element: Element, colours: dict[Place, str]) -> Cell:
    left, right = BRACKETS[element.sign]
    text = (
        "0"
        if element.sign == "zero"
        else "·"
        if element.value is None
        else format_element(element.value)
    )
    style = "" if element.owner is None else colours.get(element.owner, "")
    bold = " bold" if element.sign == "chosen" else ""
    return Cell(f"{left}{text}{right}", (style + bold).strip())


def _colours(explanation: Explanation) -> dict[Place, str]:
    """Of the windows that share no element, so that each is seen as a whole."""
    return {
        (row, column): f"window{i % 2 * 2 + j % 2}"
        for i, row in enumerate(explanation.rows.apart)
        for j, column in enumerate(explanation.columns.apart)
    }


def _grid(
    cells: list[list[Cell]],
    rows: Sequence[str],
    columns: Sequence[str],
    down: Sequence[int],
    across: Sequence[int],
) -> list[Text]:
    """Cells with labels, and lines before the rows `down` and the columns `across`."""
    widths = [max(len(label) + 1, *(len(row[at].text) for row in cells))
              for at, label in enumerate(columns)]  # fmt: skip
    margin = max(map(len, rows)) + 3
    top = Text(" " * margin)
    rule = Text(" " * margin)
    for at, label in enumerate(columns):
        top.append(" " * (at in across)).append(f"{label} ".rjust(widths[at]), "dim")
        rule.append("┼" * (at in across) + "─" * widths[at], "dim")
    found = [top]
    for at, (row, label) in enumerate(zip(cells, rows, strict=True)):
        if at in down:
            found.append(rule)
        line = Text().append(f"  {label} ".rjust(margin), "dim")
        for place, cell in enumerate(row):
            line.append("│" * (place in across), "dim")
            line.append(cell.text.rjust(widths[place]), cell.style)
        found.append(line)
    return found
