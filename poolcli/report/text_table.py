"""Tables of text with aligned columns, fitted to a width.

They look like those of rich, which takes 18 ms to load and to draw one: a tenth of a command on
a small file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest

Row = Mapping[str, str]
"""Texts by column heading."""

Paint = Callable[[str, str], str]
"""Returns a text in a style, both given."""

HEADING_STYLE = "bold"

PLAIN_GAP, RULED_GAP = "  ", "   "
"""The space between columns."""


class TextTable:
    """A table; a cell may have several lines.

    Parameters
    ----------
    headings : sequence of str
        The headings of its columns.
    rows : sequence of mapping
        The text of each cell by heading; a row may have more cells than the table has columns.
    right_aligned : sequence of str
        The headings of columns that are aligned to the right.
    is_ruled : bool
        Whether a line is drawn below the headings, and blank lines around the table.

    Attributes
    ----------
    widths : list of int
        The width of each column, in terminal columns: that of its widest line, until it is
        changed. Wider cells are folded.

    Examples
    --------
    >>> rows = [{"file": "a.png", "time": "7 ms"}, {"file": "b.png", "time": "12 ms"}]
    >>> table = TextTable(("file", "time"), rows, right_aligned=("time",))
    >>> table.width
    12
    >>> list(table.lines(80))
    ['file    time', 'a.png   7 ms', 'b.png  12 ms']
    """

    def __init__(
        self,
        headings: Sequence[str],
        rows: Sequence[Row],
        right_aligned: Sequence[str] = (),
        *,
        is_ruled: bool = False,
    ) -> None:
        self._headings = headings
        self._rows = [dict(zip(headings, headings, strict=True)), *rows]
        self._right_aligned = right_aligned
        self._is_ruled = is_ruled
        self._margin, self._gap = (" ", RULED_GAP) if is_ruled else ("", PLAIN_GAP)
        self.widths = [
            max(cell_width(line) for row in self._rows for line in row[heading].split("\n"))
            for heading in headings
        ]

    @property
    def width(self) -> int:
        """The width of the table in terminal columns."""
        gaps = len(self._gap) * (len(self.widths) - 1)
        return sum(self.widths) + gaps + 2 * len(self._margin)

    def lines(
        self,
        max_width: int,
        styles: Sequence[Row] = (),
        paint: Paint = lambda text, style: text,
    ) -> Iterator[str]:
        """Yield the lines of the table; the widest columns are narrowed until it fits.

        Parameters
        ----------
        max_width : int
            The largest width of a line, in terminal columns.
        styles : sequence of mapping
            The styles of the cells of each row by heading; cells may be missing.
        paint : callable
            Applies styles to texts.
        """
        while self.width > max_width and max(self.widths) > 1:
            self.widths[self.widths.index(max(self.widths))] -= 1
        yield from [""] * self._is_ruled
        heading_styles = dict.fromkeys(self._headings, HEADING_STYLE)
        row_styles = [heading_styles, *(styles or [{}] * (len(self._rows) - 1))]
        for row, style in zip(self._rows, row_styles, strict=True):
            cells = [fold(row[head], width) for head, width in self._columns()]
            for parts in zip_longest(*cells, fillvalue=""):
                line = self._gap.join(
                    self._aligned(part, paint(part, style.get(heading, "")), heading, width)
                    for part, (heading, width) in zip(parts, self._columns(), strict=True)
                )
                yield f"{self._margin}{line}".rstrip()
            if row is self._rows[0] and self._is_ruled:
                yield self._margin + "─" * (self.width - 2 * len(self._margin))
        yield from [""] * self._is_ruled

    def _columns(self) -> Iterator[tuple[str, int]]:
        """Return the heading and the width of each column."""
        return zip(self._headings, self.widths, strict=True)

    def _aligned(self, text: str, painted: str, heading: str, width: int) -> str:
        """Return a painted text with the spaces that align it in its column."""
        spaces = " " * (width - cell_width(text))
        return spaces + painted if heading in self._right_aligned else painted + spaces


def cell_width(text: str) -> int:
    """Return the number of terminal columns that a line of text takes.

    Examples
    --------
    >>> cell_width("2x2 → 1x1"), cell_width("日本.png")
    (9, 8)
    """
    if text.isascii() or all(each < "\u0300" or each == "→" for each in text):
        return len(text)
    from rich.cells import cell_len  # imported late, because it takes 3 ms

    return cell_len(text)


def fold(text: str, width: int) -> list[str]:
    """Return the lines of a text, each broken where it gets wider than a column.

    Examples
    --------
    >>> fold("some/photo.png\\n1", 10)
    ['some/photo', '.png', '1']
    """
    lines = []
    for line in text.split("\n"):
        if cell_width(line) <= width:
            lines.append(line)
            continue
        lines.append("")
        for character in line:
            if cell_width(lines[-1] + character) > width:
                lines.append("")
            lines[-1] += character
    return lines
