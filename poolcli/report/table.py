"""The table report: a row a file; for many files totals and failures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from textwrap import wrap
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from poolcli.report.formatting import cross, duration, put, safe, spread
from poolcli.report.input_summary import Kinds
from poolcli.report.notes import Notes
from poolcli.report.record import Record
from poolcli.report.small_arrays import lines
from poolcli.report.totals import RunFacts, Totals
from poolcli.request import STDIN_OR_STDOUT, Request

MANY = 20
"""More files than this are summed up."""

UNBOUNDED = 1 << 20

RANGE = "min · mean · max"

HEADINGS = ("file", "shape", "dtype", RANGE, "time")

LOOKED_AT = ("file", "format", "shape", "dtype", RANGE)
"""The headings where nothing was pooled."""

DROPPED = ("time", "dtype", RANGE)
"""What a narrow terminal goes without, first to last."""

NARROW = 16
"""Names are folded to this width before columns are left out."""

COLOURS = {"failed": "red", "skipped": "yellow", "planned": "cyan"}
"""Of what is not as most are."""

BREAK = "\n→ "


class TableReport:
    """Collects records and prints them when the run ends."""

    def __init__(self, stream: TextIO, request: Request, facts: RunFacts) -> None:
        self.stream = stream
        self.verbose = request.verbose
        self.preview = request.preview
        self.shown: list[Record] = []
        self.totals = Totals(request, facts)
        self.notes = Notes()
        self.kinds = Kinds()

    def tell(self, record: Record) -> None:
        """Take a record."""
        self.totals.add(record)
        self.notes.add(safe(_name(record)), list(map(safe, record.notes)))
        if record.mode is None and record.status == "ok":
            self.kinds.add(record)
        # Beyond what can be shown only counts are kept, however many files there are.
        if self.verbose or self.totals.inputs <= MANY:
            self.shown.append(record if self.preview else replace(record, thumbs=None))

    def finish(self) -> None:
        """Print the table, or a summary of many files; then what was left out, and the totals."""
        if self.totals.count == 0:
            return
        if self.totals.inputs > MANY and not self.verbose:
            if rows := self.kinds.rows():
                put_cells(self.stream, rows, dropped=("min · max", "dtype"))
            self.draw()
            self.print_notes()
        else:
            self.print_all()
        put_lines(self.stream, *filter(None, [self.totals.left_out()]), self.totals.line())

    def print_all(self) -> None:
        """Print the window, the table, and below it what does not fit into a row."""
        put_lines(self.stream, *filter(None, [self.totals.facts.heading]))
        self.print_table()
        for record in self.shown:
            if record.values is not None:
                first = f", the first of {record.frames} frames" if _is_animation(record) else ""
                put(self.stream, f"{safe(_name(record))}{first}\n")
                put(self.stream, "".join(f"{line}\n" for line in lines(record.values)))
        self.print_would_make()
        self.draw()
        self.print_notes()

    def print_notes(self) -> None:
        """Print the notes: of each file where all are listed on demand, else each text once."""
        if not self.verbose:
            put_lines(self.stream, *self.notes.lines())
            return
        for record in self.shown:
            for note in record.notes:
                put_lines(self.stream, f"note: {safe(_name(record))}: {safe(note)}")

    def print_would_make(self) -> None:
        """Say what common windows would make of what was only looked at."""
        looked_at = [record for record in self.shown if record.would_make]
        flags = dict.fromkeys(flag for record in looked_at for flag in record.would_make or {})
        rows = [
            {"would become": safe(_name(record))} | {flag: _would(record, flag) for flag in flags}
            for record in looked_at
        ]
        if rows:
            put(self.stream, "\n")
            put_cells(self.stream, rows, dropped=tuple(reversed(flags)))

    def draw(self) -> None:
        """Draw what was asked to be looked at."""
        pairs = [(_name(record), record.thumbs) for record in self.shown if record.thumbs]
        if not (self.preview and pairs):
            return
        from poolcli.report.preview import drawn

        width = shutil.get_terminal_size().columns
        console = _console(self.stream, width)
        for name, thumbs in pairs:
            put(self.stream, f"{safe(name)}\n")
            _show(self.stream, console, *drawn(thumbs, console, width))

    def print_table(self) -> None:
        """Print a row a record: within the width of a terminal, elsewhere as wide as it is."""
        _print(self.stream, partial(_fitting, self.shown))


def put_cells(stream: TextIO, rows: list[dict[str, str]], dropped: Sequence[str]) -> None:
    """Print a table whose headings are the rows' keys.

    Parameters
    ----------
    dropped : sequence of str
        The headings that a narrow terminal goes without, first to last.
    """
    gone: list[str] = []

    def fit(console: Console, width: int, terminal: bool) -> Table:
        unbounded = console.options.update(width=UNBOUNDED)
        for count in range(len(dropped) + 1):
            gone[:] = dropped[:count]
            left = [heading for heading in rows[0] if heading not in gone]
            table = _bare(left[:1], left[1:], boxed=terminal)
            for row in rows:
                table.add_row(*(Text(row[heading]) for heading in left))
            if console.measure(table, options=unbounded).maximum <= width:
                break
        return table

    _print(stream, fit)
    if gone:
        put_lines(stream, f"left out for want of room: {', '.join(gone)}")


def put_lines(stream: TextIO, *lines: str) -> None:
    """Print text, on a terminal broken between words."""
    width = shutil.get_terminal_size().columns if stream.isatty() else UNBOUNDED
    for line in lines:
        for part in wrap(line, max(width - 1, 1), break_on_hyphens=False) or [""]:
            put(stream, f"{part}\n")


def _print(stream: TextIO, fit: Callable[[Console, int, bool], Table]) -> None:
    """Print a table within the width of a terminal; elsewhere plain, and as wide as it is."""
    terminal = stream.isatty()
    width = shutil.get_terminal_size().columns if terminal else UNBOUNDED
    console = _console(stream, width)
    _show(stream, console, fit(console, width, terminal))


def _console(stream: TextIO, width: int) -> Console:
    return Console(file=stream, width=width, highlight=False, emoji=False, markup=False)


def _show(stream: TextIO, console: Console, *shown: Table | Text) -> None:
    with console.capture() as captured:
        for each in shown:
            console.print(each)
    put(stream, "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _bare(left: Sequence[str], right: Sequence[str], *, boxed: bool) -> Table:
    """A table without rows; its headings are aligned to the left or the right."""
    table = Table(box=SIMPLE_HEAD if boxed else None, pad_edge=False, padding=(0, 2, 0, 0))
    justified: list[tuple[JustifyMethod, Sequence[str]]] = [("left", left), ("right", right)]
    for justify, headings in justified:
        for heading in headings:
            table.add_column(heading, overflow="fold", justify=justify)
    return table


def _fitting(records: list[Record], console: Console, width: int, terminal: bool) -> Table:
    """The fullest table that fits.

    First rows are broken at the arrow, then names are folded, then columns left out.
    """
    longest = max(cell_len(text) for text in ("file", *(safe(_name(each)) for each in records)))
    folded = min(longest, NARROW)
    shapes = [(" → ", longest, 0), (BREAK, longest, 0)]
    shapes += [(BREAK, folded, count) for count in range(len(DROPPED) + 1)]
    headings = HEADINGS if records[0].mode is not None else LOOKED_AT
    unbounded = console.options.update(width=UNBOUNDED)
    for turn, name, count in shapes:
        columns = [heading for heading in headings if heading not in DROPPED[:count]]
        table = _table(records, columns, turn, boxed=terminal)
        table.columns[0].width = name
        spare = width - console.measure(table, options=unbounded).maximum
        if spare >= 0:
            table.columns[0].width = min(longest, name + spare)
            return table
    table.columns[0].width = None  # rich folds what is left
    return table


def _table(records: list[Record], columns: list[str], turn: str, *, boxed: bool) -> Table:
    """The table; `turn` stands between what went in and what came out."""
    right = [heading for heading in columns if heading == "time"]
    table = _bare([heading for heading in columns if heading not in right], right, boxed=boxed)
    for record in records:
        cells = _row(record, turn)
        colours = {"shape": COLOURS.get(record.status, ""), "time": "dim"}
        table.add_row(*(Text(cells[each], colours.get(each, "")) for each in columns))
    return table


def _would(record: Record, flag: str) -> str:
    made = record.would_make or {}
    shape = made.get(flag)
    return "does not fit" if flag in made and shape is None else cross(shape)


def _name(record: Record) -> str:
    name = "standard input" if record.input == STDIN_OR_STDOUT else record.input
    if record.member is not None:
        name += f":{record.member}"
    if record.level is not None:
        name += f" L{record.level}"
    return f"{name} → {record.output}" if record.status == "planned" else name


def _is_animation(record: Record) -> bool:
    return record.frames is not None and record.frames > 1


def _row(record: Record, turn: str) -> dict[str, str]:
    """The cells of a record by their headings."""
    spent = "" if record.seconds is None else duration(record.seconds)
    cells = dict.fromkeys((*HEADINGS, *LOOKED_AT), "")
    cells |= {"file": safe(_name(record)), "time": spent, "format": record.format or ""}
    if record.status not in ("ok", "planned"):
        return cells | {"shape": record.status}
    before, after = record.before, record.after
    gap = "\n" if turn == BREAK else " "
    frames = f"{gap}({record.frames} frames)" if _is_animation(record) else ""
    if record.mode is None:
        return cells | {
            "shape": f"{cross(before.shape)}{frames}",
            "dtype": before.dtype or "",
            RANGE: spread(before),
        }
    same = before.dtype == after.dtype
    return cells | {
        "shape": f"{cross(before.shape)}{turn}{cross(after.shape)}{frames}",
        "dtype": before.dtype or "" if same else f"{before.dtype}{turn}{after.dtype}",
        RANGE: f"{spread(before)}{turn}{spread(after)}",
    }
