"""Input and output planes drawn as grids of characters, with windows in colour.

A grid is a list of lines. Of an input with three pooled axes each slice is a grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import zip_longest

from rich.text import Text

from poolcli.explain.cell_text import element_text, result_text
from poolcli.explain.coloured_windows import coloured_windows
from poolcli.explain.explanation import Element, Explanation, PlaneExplanation, WindowResult
from poolcli.explain.position_text import Position

ROLE_BRACKETS = {
    "": (" ", " "),
    "chosen": ("[", "]"),
    "ignored": ("{", "}"),
    "zero padding": (" (", ")"),
    "padding value": (" (", ")"),
    "skipped padding": (" ", " "),
}
"""The characters before and after an element, by its role."""

GAP = "   "
"""The space between grids that are side by side."""

ARROW = " → "
"""The arrow between input and output, in one of their lines."""


def window_styles(explanation: Explanation) -> dict[Position, str]:
    """Return the style of each coloured window by its output position.

    Parameters
    ----------
    explanation : Explanation
        The explanation, for its crops.
    """
    return {
        position: f"window{number}" for position, number in coloured_windows(explanation).items()
    }


def plane_lines(plane: PlaneExplanation, explanation: Explanation, width: int) -> Iterator[Text]:
    """Draw the input with the output beside it, or below it if there is no room.

    Slices are side by side, as many as there is room for.

    Parameters
    ----------
    plane : PlaneExplanation
        The plane.
    explanation : Explanation
        The explanation that the plane belongs to.
    width : int
        The number of columns of text available.
    """
    before, after = _input_grids(plane, explanation), _output_grids(plane, explanation)
    left, right = reduce(_beside, before), reduce(_beside, after)
    if _width(left) + len(GAP) + _width(right) > width:
        yield from _in_bands(before, width)
        yield Text("  ↓", no_wrap=True)
        yield from _in_bands(after, width)
    else:
        yield from _beside(left, right, arrow_line=2 if _has_slices(explanation) else 1)


def plane_width(plane: PlaneExplanation, explanation: Explanation) -> int:
    """Return the number of columns of text that a plane needs at least, with its grids stacked.

    Parameters
    ----------
    plane : PlaneExplanation
        The plane.
    explanation : Explanation
        The explanation that the plane belongs to.
    """
    grids = _input_grids(plane, explanation) + _output_grids(plane, explanation)
    return max(map(_width, grids))


def _width(grid: list[Text]) -> int:
    """Return the number of columns of text that a grid needs."""
    return max(map(len, grid))


def _in_bands(grids: list[list[Text]], width: int) -> Iterator[Text]:
    """Yield the lines of grids, as many side by side as there is room for."""
    band, *others = grids
    for grid in others:
        if _width(band) + len(GAP) + _width(grid) <= width:
            band = _beside(band, grid)
            continue
        yield from band
        yield Text(no_wrap=True)
        band = grid
    yield from band


def _beside(left: list[Text], right: list[Text], arrow_line: int | None = None) -> list[Text]:
    """Return a grid with another one to the right of it, and an arrow between them in one line."""
    lines, width = [], _width(left)
    for number, pair in enumerate(zip_longest(left, right, fillvalue=Text(no_wrap=True))):
        line = pair[0].copy()
        line.pad_right(width - len(line))
        lines.append(line + Text(ARROW if number == arrow_line else GAP) + pair[1])
    return lines


def _has_slices(explanation: Explanation) -> bool:
    return explanation.rank > 2


def _input_grids(plane: PlaneExplanation, explanation: Explanation) -> list[list[Text]]:
    """Return a grid for each slice of the input."""
    styles = window_styles(explanation)
    slices, rows, columns = explanation.crops
    titles = _slice_titles(slices.position_labels, explanation)
    row_boundaries, column_boundaries = rows.boundaries, columns.boundaries
    if row_boundaries is None or column_boundaries is None:
        row_boundaries = column_boundaries = []
    return [
        _grid(
            title,
            [[_element_cell(element, styles) for element in row] for row in lines],
            rows.position_labels if explanation.rank > 1 else [""],
            columns.position_labels,
            [rows.positions.index(position) for position in row_boundaries],
            [columns.positions.index(position) for position in column_boundaries],
        )
        for title, lines in zip(titles, plane.elements, strict=True)
    ]


def _output_grids(plane: PlaneExplanation, explanation: Explanation) -> list[list[Text]]:
    """Return a grid for each slice of the output."""
    styles = window_styles(explanation)
    slices, rows, columns = (list(map(str, crop.windows)) for crop in explanation.crops)
    titles = _slice_titles(slices, explanation)
    return [
        _grid(
            title,
            [[_window_cell(window, styles) for window in row] for row in lines],
            rows if explanation.rank > 1 else [""],
            columns,
        )
        for title, lines in zip(titles, plane.windows, strict=True)
    ]


def _slice_titles(labels: Sequence[str], explanation: Explanation) -> list[str | None]:
    """Return the titles of slices by their labels; None for a slice that is the whole plane."""
    if not _has_slices(explanation):
        return [None]
    return [f"slice {label}" if label else "padding" for label in labels]


def _window_cell(window: WindowResult, styles: dict[Position, str]) -> Text:
    return Text(f" {result_text(window)} ", styles.get(window.position, ""))


def _element_cell(element: Element, styles: dict[Position, str]) -> Text:
    left, right = ROLE_BRACKETS[element.role]
    window = element.coloured_window
    style = "" if window is None else styles.get(window, "")
    bold = " bold" if element.role == "chosen" else ""
    return Text(f"{left}{element_text(element)}{right}", (style + bold).strip())


def _grid(
    title: str | None,
    cells: list[list[Text]],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    row_boundaries: Sequence[int] = (),
    column_boundaries: Sequence[int] = (),
) -> list[Text]:
    """Return cells with a title, labels, and rules before the rows and columns of boundaries."""
    widths = [
        max(len(label) + 1, *(len(row[column]) for row in cells))
        for column, label in enumerate(column_labels)
    ]
    margin = max(map(len, row_labels)) + 3
    header, rule = (Text(" " * margin, no_wrap=True) for _ in range(2))
    for column, label in enumerate(column_labels):
        is_boundary = column in column_boundaries
        header.append(" " * is_boundary).append(f"{label} ".rjust(widths[column]), "dim")
        rule.append("┼" * is_boundary + "─" * widths[column], "dim")
    lines = [] if title is None else [Text(f"  {title}", "dim", no_wrap=True)]
    lines.append(header)
    for number, (row, label) in enumerate(zip(cells, row_labels, strict=True)):
        if number in row_boundaries:
            lines.append(rule)
        line = Text(no_wrap=True).append(f"  {label} ".rjust(margin), "dim")
        for column, cell in enumerate(row):
            line.append("│" * (column in column_boundaries), "dim")
            line.append(cell.plain.rjust(widths[column]), cell.style)
        lines.append(line)
    return lines
