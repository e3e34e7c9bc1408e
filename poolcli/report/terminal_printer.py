"""Printing text and tables: fitted to the width of a terminal, and plain everywhere else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from functools import cached_property
from textwrap import wrap
from typing import TYPE_CHECKING, TextIO

from poolcli.report.text_table import Row, TextTable
from poolcli.report.write_encodable_text import write_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

UNLIMITED_WIDTH = 1 << 20
"""The width in columns where there is no terminal, so that nothing is wrapped."""

EMPHASES = {"bold": "1", "dim": "2"}
"""Styles without a colour, and their ANSI codes (ECMA-48, 8.3.117)."""

COLOURS = {"red": "31", "yellow": "33", "cyan": "36"}
"""Colours, and their ANSI codes."""


class TerminalPrinter:
    """Prints text and tables on a stream.

    Parameters
    ----------
    stream : text file
        The stream. On a terminal, output is fitted to its width and may be coloured.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.is_terminal = stream.isatty()
        self.width = shutil.get_terminal_size().columns if self.is_terminal else UNLIMITED_WIDTH
        self._styles = _supported_styles(is_terminal=self.is_terminal)

    @cached_property
    def console(self) -> Console:
        """The console of rich for the stream; rich takes 16 ms to import."""
        from rich.console import Console

        return Console(
            file=self.stream, width=self.width, highlight=False, emoji=False, markup=False
        )

    def print_lines(self, *lines: str) -> None:
        """Print lines of text, wrapped between words; empty lines are not printed."""
        for line in lines:
            for part in wrap(line, max(self.width - 1, 1), break_on_hyphens=False):
                write_text(self.stream, f"{part}\n")

    def print_rows(self, rows: Sequence[Row], droppable: Sequence[str]) -> None:
        """Print a table. A line below it names the columns left out on a narrow terminal.

        Parameters
        ----------
        rows : sequence of mapping
            The cells of each row by column heading. All rows have the headings of the first.
        droppable : sequence of str
            The headings of columns to leave out on a narrow terminal, in that order.
        """
        for count in range(len(droppable) + 1):
            dropped = droppable[:count]
            headings = [heading for heading in rows[0] if heading not in dropped]
            table = self.table(headings, rows, right_aligned=headings[1:])
            if table.width <= self.width:
                break
        self.print_table(table)
        if dropped:
            self.print_lines(f"columns left out on this narrow terminal: {', '.join(dropped)}")

    def table(
        self, headings: Sequence[str], rows: Sequence[Row], right_aligned: Sequence[str]
    ) -> TextTable:
        """Return a table, ruled on a terminal; see `TextTable`."""
        return TextTable(headings, rows, right_aligned, is_ruled=self.is_terminal)

    def print_table(self, table: TextTable, styles: Sequence[Row] = ()) -> None:
        """Print a table.

        Parameters
        ----------
        table : TextTable
            The table; its columns are narrowed if it is too wide.
        styles : sequence of mapping
            The keys of `EMPHASES` and `COLOURS` for the cells of each row by heading; cells may be
            missing.
        """
        lines = table.lines(self.width, styles, self._paint)
        write_text(self.stream, "".join(f"{line}\n" for line in lines))

    def _paint(self, text: str, style: str) -> str:
        """Return a text in a style, if the stream has it."""
        code = self._styles.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if code and text else text

    def print_renderables(self, renderables: Iterable[Text]) -> None:
        """Print what rich draws, without spaces at the ends of lines."""
        with self.console.capture() as captured:
            for renderable in renderables:
                self.console.print(renderable)
        lines = captured.get().splitlines()
        write_text(self.stream, "".join(f"{line.rstrip()}\n" for line in lines))


def _supported_styles(*, is_terminal: bool) -> dict[str, str]:
    """Return the styles of a stream; the environment decides in the same way as for rich."""
    has_styles = is_terminal or os.environ.get("FORCE_COLOR")
    if not has_styles or os.environ.get("TERM", "").lower() in ("dumb", "unknown"):
        return {}
    return EMPHASES if os.environ.get("NO_COLOR") else EMPHASES | COLOURS
