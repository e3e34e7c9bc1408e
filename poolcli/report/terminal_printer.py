"""Printing text and tables: fitted to the width of a terminal, and plain everywhere else."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from poolcli.report.write_encodable_text import write_text

UNLIMITED_WIDTH = 1 << 20
"""The width in columns where there is no terminal, so that nothing is wrapped."""


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
        self.console = Console(
            file=stream, width=self.width, highlight=False, emoji=False, markup=False
        )

    def print_lines(self, *lines: str) -> None:
        """Print lines of text, wrapped between words; empty lines are not printed."""
        for line in lines:
            for part in wrap(line, max(self.width - 1, 1), break_on_hyphens=False):
                write_text(self.stream, f"{part}\n")

    def print_rows(self, rows: list[dict[str, str]], droppable: Sequence[str]) -> None:
        """Print a table. A line below it names the columns left out on a narrow terminal.

        Parameters
        ----------
        rows : list of dict
            The cells of each row by column heading. All rows have the headings of the first.
        droppable : sequence of str
            The headings of columns to leave out on a narrow terminal, in that order.
        """
        for count in range(len(droppable) + 1):
            dropped = droppable[:count]
            headings = [heading for heading in rows[0] if heading not in dropped]
            table = self.empty_table(headings, right_aligned=headings[1:])
            for row in rows:
                table.add_row(*(Text(row[heading]) for heading in headings))
            if self.natural_width(table) <= self.width:
                break
        self.print_renderables([table])
        if dropped:
            self.print_lines(f"columns left out on this narrow terminal: {', '.join(dropped)}")

    def print_renderables(self, renderables: Iterable[Table | Text]) -> None:
        """Print what rich draws, without spaces at the ends of lines."""
        with self.console.capture() as captured:
            for renderable in renderables:
                self.console.print(renderable)
        lines = captured.get().splitlines()
        write_text(self.stream, "".join(f"{line.rstrip()}\n" for line in lines))

    def empty_table(self, headings: Sequence[str], right_aligned: Sequence[str]) -> Table:
        """Return a table without rows.

        Parameters
        ----------
        headings : sequence of str
            The column headings.
        right_aligned : sequence of str
            The headings of columns that are aligned to the right.
        """
        box = SIMPLE_HEAD if self.is_terminal else None
        table = Table(box=box, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in headings:
            justify: JustifyMethod = "right" if heading in right_aligned else "left"
            table.add_column(heading, overflow="fold", justify=justify)
        return table

    def natural_width(self, table: Table) -> int:
        """Return the width in columns of a table that is not squeezed."""
        unlimited = self.console.options.update(width=UNLIMITED_WIDTH)
        return self.console.measure(table, options=unlimited).maximum
