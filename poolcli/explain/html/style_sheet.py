"""The style sheet of an explanation's page: colours of theme and picture, sizes that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from poolcli.explain.cell_text import element_text, result_text
from poolcli.explain.explanation import Colour, Explanation
from poolcli.explain.palettes import PALETTES, Palette, ThemeName
from poolcli.explain.picture_colours import over_grey
from poolcli.report.contrast import BLACK, text_colour
from poolcli.report.html.package_files import package_file

CELL_SIZE = 2.2
"""The height and the smallest width of a cell in em, as in the style sheet."""

LABEL_SIZE = 0.8
"""The font size of labels in em, as in the style sheet."""

LOW_CELL_HEIGHT = 1.7
"""The height of cells with long numbers in em."""

BORDER = 0.15
"""The mean width of the border beside a cell in em, at most."""

GAP = 1.5
"""The space beside a grid in em, at most."""

ARROW_WIDTH = 4
"""The width of the arrow between input and output in em."""

MIN_FONT_SIZE = 0.625
"""The smallest font size of grids in rem."""

MARGIN = 2.5
"""The space beside grids in rem."""

SPACE_FOR_TEXT = 20
"""The space for the heading above the grids, and for the arithmetic below them, in rem."""

CELL_PADDING = 0.9
"""The space beside the text of a cell in em, as in the style sheet."""

CHARACTER_WIDTH = 0.6
"""The width of a digit in em, at most."""


def page_style(explanation: Explanation, theme: ThemeName | None) -> str:
    """Return the style sheet of a page.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    theme : {"light", "dark"}, optional
        The colours; by default those that the reader's system prefers. Prints are always light.
    """
    style = package_file("poolcli.explain.html", "page.css")
    rules = [*_theme_rules(theme), style, *_size_rules(explanation), *_colour_rules(explanation)]
    return "\n".join(rules)


def colour_class(colour: Colour | None) -> str:
    """Return the classes of a cell of a picture: its colour, and whether it is light or dark.

    Parameters
    ----------
    colour : (int, int, int, int), optional
        The colour; None for padding without a value.

    Examples
    --------
    >>> colour_class((255, 128, 0, 255)), colour_class(None)
    ('rgb-ff8000ff light', 'blank')
    """
    if colour is None:
        return "blank"
    is_light = text_colour(over_grey(colour, 255)) == BLACK
    return f"rgb-{bytes(colour).hex()} {'light' if is_light else 'dark'}"


def colours_in_order(
    colours: Sequence[Sequence[Sequence[Colour | None]]],
) -> list[Colour | None]:
    """Return the colours of a picture slice by slice and row by row.

    Parameters
    ----------
    colours : sequence of sequence of sequence
        The colours by slice, row and column.
    """
    return list(chain.from_iterable(chain.from_iterable(colours)))


def _theme_rules(theme: ThemeName | None) -> Iterator[str]:
    """Yield the rules that define the colours of the theme."""
    light, dark = (_palette_rule(PALETTES[name]) for name in ("light", "dark"))
    schemes = theme or "light dark"
    yield f":root {{ color-scheme: {schemes}; }}"
    yield light
    if theme == "dark":
        yield f"@media screen {{ {dark} }}"
    elif theme is None:
        yield f"@media screen and (prefers-color-scheme: dark) {{ {dark} }}"


def _palette_rule(palette: Palette) -> str:
    """Return a rule that defines the colours of a palette as properties."""
    colours = palette._asdict()
    windows = colours.pop("windows")
    colours |= {f"window{number}": colour for number, colour in enumerate(windows)}
    properties = " ".join(f"--{name}: {colour};" for name, colour in colours.items())
    return f":root {{ {properties} }}"


def _size_rules(explanation: Explanation) -> Iterator[str]:
    """Yield the rules that make grids fit the screen, as long as they can be read then."""
    planes, rows, columns = explanation.planes, explanation.rows, explanation.columns
    inputs = [[element_text(element) for element in plane.all_elements] for plane in planes]
    results = [[result_text(window) for window in plane.all_windows] for plane in planes]
    widths = [
        max(_table_width(texts, positions, rows.positions) for texts in of_planes)
        for of_planes, positions in ((inputs, columns.positions), (results, columns.windows))
    ]
    yield from _sizes("[data-plane]", widths, explanation)
    if not explanation.has_numbers_in_cells:
        widths = [
            _table_width([""] * len(positions), positions, rows.positions)
            for positions in (columns.positions, columns.windows)
        ]
        yield from _sizes(".picture:not([data-plane])", widths, explanation)


def _sizes(planes: str, widths: Sequence[float], explanation: Explanation) -> Iterator[str]:
    """Yield rules for input above output, and for input beside output where there is room.

    Parameters
    ----------
    planes : str
        The selector of the planes; those with numbers have the attribute ``data-plane``.
    widths : sequence of float
        The width of a table of the input, and of the output, in em.
    explanation : Explanation
        The explanation.
    """
    slices, rows, columns = explanation.crops
    is_wide = widths[0] > 1.5 * CELL_SIZE * (len(columns.positions) + 1)
    row_height = LOW_CELL_HEIGHT if is_wide else CELL_SIZE
    heights = [(len(each) + 3) * row_height for each in (rows.positions, rows.windows)]
    if is_wide:
        yield f"{planes} :is(th, tbody td) {{ height: {row_height}em; }}"
        yield f"{planes} td a {{ padding-block: 0.2em; }}"
    counts = len(slices.positions), len(slices.windows)
    totals = [(width + GAP) * count for width, count in zip(widths, counts, strict=True)]
    yield f"{planes} table {{ font-size: {_font_size(max(totals), sum(heights))}; }}"
    width = sum(totals) + ARROW_WIDTH
    yield f"""@media (min-width: {max(40, MIN_FONT_SIZE * width + MARGIN):.1f}rem) {{
{planes} {{ flex-direction: row; align-items: center; }}
{planes} > span::before {{ content: "→"; }}
{planes} table {{ font-size: {_font_size(width, max(heights))}; }}
}}"""


def _font_size(width: float, height: float) -> str:
    """Return the font size with which something of a size in em fits the screen."""
    return (
        f"clamp({MIN_FONT_SIZE}rem, min((100vw - {MARGIN}rem) / {width:.1f}, "
        f"(100vh - {SPACE_FOR_TEXT}rem) / {height:.1f}), 1rem)"
    )


def _table_width(texts: Sequence[str], columns: range, rows: range) -> float:
    """Return the width of a table with labels in em.

    Parameters
    ----------
    texts : sequence of str
        The texts of the cells, row by row.
    columns, rows : range
        The positions or windows, for their labels.
    """
    width = CELL_SIZE / 2 + LABEL_SIZE * CHARACTER_WIDTH * len(str(rows[-1]))
    for number, column in enumerate(columns):
        longest = max(map(len, texts[number :: len(columns)]))
        label = LABEL_SIZE * (CHARACTER_WIDTH * len(str(column)) + 0.5)
        width += max(longest * CHARACTER_WIDTH + CELL_PADDING, label, CELL_SIZE) + BORDER
    return width


def _colour_rules(explanation: Explanation) -> Iterator[str]:
    """Yield a rule for each colour of a picture."""
    picture = explanation.picture
    if picture is None:
        return
    found = {*colours_in_order(picture.elements), *colours_in_order(picture.results)}
    for colour in sorted(colour for colour in found if colour is not None):
        code = bytes(colour).hex()
        yield f".rgb-{code} {{ --colour: #{code}; }}"
