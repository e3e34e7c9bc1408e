"""The grids of an explanation's page: input and output of each plane as HTML tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from poolcli.explain.cell_text import ROLE_TEXTS, element_text, result_text
from poolcli.explain.coloured_windows import coloured_windows
from poolcli.explain.explanation import Element, Explanation, Picture, Role, WindowResult
from poolcli.explain.html.style_sheet import colour_class, colours_in_order
from poolcli.explain.position_text import Position
from poolcli.report.html.escaped_text import escaped

ROLE_CLASSES: dict[Role, str] = {
    "": "",
    "chosen": "chosen",
    "ignored": "ignored",
    "zero padding": "padding",
    "padding value": "padding",
    "skipped padding": "padding",
}
"""The classes of the roles in the style sheet."""


def planes_html(explanation: Explanation) -> str:
    """Return input and output of all planes. A picture comes in its colours, then as numbers.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    """
    picture = explanation.picture
    if picture is None:
        return "\n".join(_planes_as_numbers(explanation))
    if explanation.has_numbers_in_cells:
        return _picture_html(explanation, picture)
    numbers = "\n".join(_planes_as_numbers(explanation))
    return (
        f"{_picture_html(explanation, picture)}\n"
        f"<details><summary>Pixels as numbers</summary>\n{numbers}\n</details>"
    )


def legend_html(explanation: Explanation) -> str:
    """Return the meaning of the marks that occur, as a list; empty if there are none.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    """
    elements = [element for plane in explanation.planes for element in plane.all_elements]
    entries = []
    if explanation.picture is None and any(element.coloured_window for element in elements):
        entries.append(("window0", "windows that share no element are coloured"))
    roles = {element.role for element in elements}
    entries += [(ROLE_CLASSES[role], text) for role, text in ROLE_TEXTS.items() if role in roles]
    items = [f'<li><span class="{name}"></span>{text}</li>' for name, text in entries]
    if any(map(_has_gaps, explanation.planes[0].all_windows)):
        items.append('<li hidden><span class="gap"></span>between the elements of the window</li>')
    return f'<ul class="legend">{"".join(items)}</ul>' if items else ""


def _has_gaps(window: WindowResult) -> bool:
    """Return whether dilation or footprint leave out positions between a window's elements."""
    positions = window.positions
    along_axes = [[position[axis] for position in positions] for axis in range(3)]
    return len(positions) < prod(max(each) - min(each) + 1 for each in along_axes if each)


def _planes_as_numbers(explanation: Explanation) -> Iterator[str]:
    """Yield the grids of each plane, with its values as numbers."""
    is_array = explanation.picture is None
    colours = coloured_windows(explanation) if is_array else {}
    boundaries = _boundary_classes(explanation)

    def window_class(window: Position | None) -> str:
        return f"window{colours[window]}" if window in colours else ""

    for number, plane in enumerate(explanation.planes):
        elements = [
            _cell(
                _element_html(element),
                ROLE_CLASSES[element.role],
                window_class(element.coloured_window),
                *boundary,
            )
            for element, boundary in zip(plane.all_elements, boundaries, strict=True)
        ]
        windows = plane.all_windows
        texts = list(map(result_text, windows))
        classes = [window_class(window.position) for window in windows]
        if is_array:
            results = _result_cells(windows, texts, classes, has_ids=number == 0)
        else:
            results = [_cell(escaped(text)) for text in texts]
        grids = _grids(explanation, plane.name, elements, results)
        yield f'<div class="plane" data-plane="{number}">{grids}</div>'


def _picture_html(explanation: Explanation, picture: Picture) -> str:
    """Return the grids of a picture, with cells in its colours."""
    has_numbers = explanation.has_numbers_in_cells
    channels = zip(*(plane.all_elements for plane in explanation.planes), strict=True)
    elements = [
        _cell(
            _element_html(elements[0]) if has_numbers else "",
            *_merged_role_classes(elements),
            colour_class(colour),
        )
        for elements, colour in zip(channels, colours_in_order(picture.elements), strict=True)
    ]
    windows = explanation.planes[0].all_windows
    texts = [result_text(window) if has_numbers else "" for window in windows]
    classes = list(map(colour_class, colours_in_order(picture.results)))
    results = _result_cells(windows, texts, classes, has_ids=True)
    plane = ' data-plane="0"' if has_numbers else ""
    return f'<div class="plane picture"{plane}>{_grids(explanation, "", elements, results)}</div>'


def _grids(explanation: Explanation, name: str, elements: list[str], results: list[str]) -> str:
    """Return the grids of input and output, with an arrow between them."""
    crops, caption = explanation.crops, f" {name}" if name else ""
    positions = [crop.position_labels for crop in crops]
    windows = [list(map(str, crop.windows)) for crop in crops]
    inputs = _tables(f"Input{caption}", elements, positions, explanation.rank)
    outputs = _tables(f"Output{caption}", results, windows, explanation.rank)
    return (
        f'<div class="input">{inputs}</div><span aria-hidden="true"></span>'
        f'<div class="output">{outputs}</div>'
    )


def _tables(caption: str, cells: list[str], labels: list[list[str]], rank: int) -> str:
    """Return a table for each slice.

    Parameters
    ----------
    caption : str
        The caption of all tables, without the slice.
    cells : list of str
        The cells in the order of slices, rows and columns.
    labels : list of list of str
        The labels of slices, rows and columns.
    rank : int
        The number of pooled axes, which have labels.
    """
    slices, rows, columns = labels
    remaining = iter(cells)
    head = "".join(f'<th scope="col">{_label(label)}</th>' for label in columns)
    corner = "<td></td>" if rank > 1 else ""
    tables = []
    for slice_ in slices:
        title = caption if rank < 3 else f"{caption}, {f'slice {slice_}' if slice_ else 'padding'}"
        body = []
        for row in rows:
            start = f'<th scope="row">{_label(row)}</th>' if rank > 1 else ""
            body.append(f"<tr>{start}{''.join(next(remaining) for _ in columns)}</tr>")
        tables.append(
            f"<table><caption>{escaped(title)}</caption>\n<thead><tr>{corner}{head}</tr></thead>\n"
            f"<tbody>{chr(10).join(body)}</tbody></table>"
        )
    return "".join(tables)


def _label(label: str) -> str:
    """Return the heading of a row or column; that of padding is for screen readers alone."""
    return label or "<i>padding</i>"


def _result_cells(
    windows: list[WindowResult], texts: list[str], classes: list[str], *, has_ids: bool
) -> list[str]:
    """Return cells that link to the items of the list of windows."""
    cells = []
    for number, (window, text, name) in enumerate(zip(windows, texts, classes, strict=True)):
        label = "" if text else f' aria-label="{escaped(window.name)}"'
        link = f'<a href="#window{number}"{label}>{escaped(text)}</a>'
        cells.append(_cell(link, name, attributes=f' id="result{number}"' if has_ids else ""))
    return cells


def _cell(content: str, *classes: str, attributes: str = "") -> str:
    """Return a cell with classes of the style sheet; empty ones are left out."""
    names = " ".join(filter(None, classes))
    return f"<td{attributes}{f' class={chr(34)}{names}{chr(34)}' if names else ''}>{content}</td>"


def _element_html(element: Element) -> str:
    """Return the text of an element, with its role for readers who do not see the marks."""
    text = escaped(element_text(element))
    return f"{text}<i> {ROLE_TEXTS[element.role]}</i>" if element.role else text


def _merged_role_classes(elements: Sequence[Element]) -> list[str]:
    """Return the classes of a pixel: chosen in any channel, ignored in all of them."""
    classes = {ROLE_CLASSES[element.role] for element in elements}
    return sorted(classes if len(classes) == 1 else classes - {"ignored"})


def _boundary_classes(explanation: Explanation) -> list[list[str]]:
    """Return the classes of elements before which a window starts or ends, if none overlap."""
    rows, columns = explanation.rows, explanation.columns
    above, before = rows.boundaries, columns.boundaries
    if above is None or before is None:
        above = before = []
    positions = product(explanation.slices.positions, rows.positions, columns.positions)
    return [
        ["above"] * (row in above) + ["before"] * (column in before) for _, row, column in positions
    ]
