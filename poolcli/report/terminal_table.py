"""Tables and text that fit the width of a terminal, and are plain everywhere else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from poolcli.report.text_stream import write_text

UNLIMITED_WIDTH = 1 << 20
"""The width in columns where there is no terminal, so that nothing is wrapped."""


def print_rows(stream: TextIO, rows: list[dict[str, str]], droppable: Sequence[str]) -> None:
    """Print a table. A line below it names the columns left out on a narrow terminal.

    Parameters
    ----------
    stream : text file
        The stream.
    rows : list of dict
        The cells of each row by column heading. All rows have the headings of the first.
    droppable : sequence of str
        The headings of columns to leave out on a narrow terminal, in that order.
    """
    dropped: Sequence[str] = ()

    def fit(console: Console, width: int, is_terminal: bool) -> Table:
        nonlocal dropped
        for count in range(len(droppable) + 1):
            dropped = droppable[:count]
            headings = [heading for heading in rows[0] if heading not in dropped]
            table = empty_table(headings[:1], headings[1:], boxed=is_terminal)
            for row in rows:
                table.add_row(*(Text(row[heading]) for heading in headings))
            if natural_width(table, console) <= width:
                break
        return table

    print_fitted(stream, fit)
    if dropped:
        print_lines(stream, f"columns left out on this narrow terminal: {', '.join(dropped)}")


def print_lines(stream: TextIO, *lines: str) -> None:
    """Print lines of text, wrapped between words on a terminal; empty lines are not printed."""
    width = shutil.get_terminal_size().columns if stream.isatty() else UNLIMITED_WIDTH
    for line in lines:
        for part in wrap(line, max(width - 1, 1), break_on_hyphens=False):
            write_text(stream, f"{part}\n")


def print_fitted(stream: TextIO, fit: Callable[[Console, int, bool], Table]) -> None:
    """Print a table that is made for the width of the stream.

    Parameters
    ----------
    stream : text file
        The stream.
    fit : callable
        Returns the table, given the console, its width in columns, and whether it is a terminal.
    """
    is_terminal = stream.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else UNLIMITED_WIDTH
    console = make_console(stream, width)
    print_renderables(stream, console, fit(console, width, is_terminal))


def make_console(stream: TextIO, width: int) -> Console:
    """Return a rich console that prints text as it is, without markup, emoji or highlighting."""
    return Console(file=stream, width=width, highlight=False, emoji=False, markup=False)


def print_renderables(stream: TextIO, console: Console, *renderables: Table | Text) -> None:
    """Print what rich draws, without spaces at the ends of lines."""
    with console.capture() as captured:
        for renderable in renderables:
            console.print(renderable)
    write_text(stream, "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def empty_table(left: Sequence[str], right: Sequence[str], *, boxed: bool) -> Table:
    """Return a table without rows.

    Parameters
    ----------
    left, right : sequence of str
        The headings of the columns aligned to the left, and of those after them, to the right.
    boxed : bool
        Whether there is a line below the headings.
    """
    table = Table(box=SIMPLE_HEAD if boxed else None, pad_edge=False, padding=(0, 2, 0, 0))
    aligned: list[tuple[JustifyMethod, Sequence[str]]] = [("left", left), ("right", right)]
    for justify, headings in aligned:
        for heading in headings:
            table.add_column(heading, overflow="fold", justify=justify)
    return table


def natural_width(table: Table, console: Console) -> int:
    """Return the width in columns of a table that is not squeezed."""
    return console.measure(table, options=console.options.update(width=UNLIMITED_WIDTH)).maximum
