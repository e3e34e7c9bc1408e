"""Input and output planes drawn as grids of characters, with windows in colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from rich.text import Text

from poolcli.explain.axis_crop import AxisCrop
from poolcli.explain.explanation import Element, Explanation, PlaneExplanation, WindowResult
from poolcli.explain.position_text import Position
from poolcli.report.format_values import format_element

ROLE_BRACKETS = {
    "": (" ", " "),
    "chosen": ("[", "]"),
    "ignored": ("{", "}"),
    "zero padding": (" (", ")"),
    "padding value": (" (", ")"),
    "skipped padding": (" ", " "),
}
"""The characters before and after an element, by its role."""

COLUMN_GAP = 3
"""The number of columns between input and output, which hold the arrow."""


def window_styles(explanation: Explanation) -> dict[Position, str]:
    """Return the style of each coloured window by its output position.

    Windows are coloured if they share no element, so that each is visible as a whole. The four
    styles alternate, so that neighbours differ, also across corners.
    """
    return {
        (row, column): f"window{i % 2 * 2 + j % 2}"
        for i, row in enumerate(explanation.rows.disjoint_windows)
        for j, column in enumerate(explanation.columns.disjoint_windows)
    }


def plane_lines(plane: PlaneExplanation, explanation: Explanation, width: int) -> Iterator[Text]:
    """Draw the input with the output beside it, or below it if there is no room.

    Parameters
    ----------
    plane : PlaneExplanation
        The plane.
    explanation : Explanation
        The explanation that the plane belongs to.
    width : int
        The number of columns available.
    """
    before, after = _input_lines(plane, explanation), _output_lines(plane, explanation)
    input_width = max(map(len, before))
    if input_width + COLUMN_GAP + max(map(len, after)) > width:
        yield from before
        yield Text("  ↓", no_wrap=True)
        yield from after
        return
    pairs = zip_longest(before, after, fillvalue=Text(no_wrap=True))
    for number, (left, right) in enumerate(pairs):
        line = left.copy()
        line.pad_right(input_width - len(left))
        yield line + Text(" → " if number == 1 else " " * COLUMN_GAP) + right


def plane_width(plane: PlaneExplanation, explanation: Explanation) -> int:
    """Return the width in columns that a plane needs at least, with the output below the input.

    Parameters
    ----------
    plane : PlaneExplanation
        The plane.
    explanation : Explanation
        The explanation that the plane belongs to.
    """
    lines = chain(_input_lines(plane, explanation), _output_lines(plane, explanation))
    return max(map(len, lines))


def _input_lines(plane: PlaneExplanation, explanation: Explanation) -> list[Text]:
    styles = window_styles(explanation)
    rows, columns = explanation.rows, explanation.columns
    row_boundaries, column_boundaries = rows.boundaries, columns.boundaries
    if row_boundaries is None or column_boundaries is None:
        row_boundaries = column_boundaries = []
    return _grid(
        [[_element_cell(element, styles) for element in row] for row in plane.elements],
        _position_labels(rows) if explanation.rank > 1 else [""],
        _position_labels(columns),
        [rows.positions.index(position) for position in row_boundaries],
        [columns.positions.index(position) for position in column_boundaries],
    )


def _output_lines(plane: PlaneExplanation, explanation: Explanation) -> list[Text]:
    styles = window_styles(explanation)
    return _grid(
        [[_window_cell(window, styles) for window in row] for row in plane.windows],
        list(map(str, explanation.rows.windows)) if explanation.rank > 1 else [""],
        list(map(str, explanation.columns.windows)),
    )


def _position_labels(crop: AxisCrop) -> list[str]:
    """Return the labels of the positions shown; padding has none."""
    return [str(position) if position in crop.data_positions else "" for position in crop.positions]


def _window_cell(window: WindowResult, styles: dict[Position, str]) -> Text:
    return Text(f" {format_element(window.value)} ", styles.get(window.position, ""))


def _element_cell(element: Element, styles: dict[Position, str]) -> Text:
    left, right = ROLE_BRACKETS[element.role]
    text = "·" if element.value is None else format_element(element.value)
    window = element.coloured_window
    style = "" if window is None else styles.get(window, "")
    bold = " bold" if element.role == "chosen" else ""
    return Text(f"{left}{text}{right}", (style + bold).strip())


def _grid(
    cells: list[list[Text]],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    row_boundaries: Sequence[int] = (),
    column_boundaries: Sequence[int] = (),
) -> list[Text]:
    """Return cells with labels, and rules before the rows and columns of the boundaries."""
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
    lines = [header]
    for number, (row, label) in enumerate(zip(cells, row_labels, strict=True)):
        if number in row_boundaries:
            lines.append(rule)
        line = Text(no_wrap=True).append(f"  {label} ".rjust(margin), "dim")
        for column, cell in enumerate(row):
            line.append("│" * (column in column_boundaries), "dim")
            line.append(cell.plain.rjust(widths[column]), cell.style)
        lines.append(line)
    return lines
