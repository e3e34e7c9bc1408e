"""The table report: a row a file; for many files totals and failures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from poolcli.report.record import ArrayInfo, Record
from poolcli.report.text import cross, number, put, safe
from poolcli.report.values import lines
from poolcli.request import STREAM

MANY = 20
"""More results than this are summed up."""

UNBOUNDED = 1 << 20

RANGE = "min · mean · max"

HEADINGS = ("file", "shape", "dtype", RANGE, "time")

LOOKED_AT = ("file", "format", "shape", "dtype", RANGE)
"""The headings where nothing was pooled."""

DROPPED = ("time", "dtype", RANGE)
"""What a narrow terminal goes without, first to last."""

NARROW = 16
"""Names are folded to this width before columns are left out."""

BREAK = "\n→ "


class TableReport:
    """Collects records and prints them when the run ends; failures come at once."""

    def __init__(
        self, stream: TextIO, *, verbose: bool, complain: Callable[[Record], None]
    ) -> None:
        self.stream = stream
        self.verbose = verbose
        self.complain = complain
        self.shown: list[Record] = []
        self.counts = {"ok": 0, "skipped": 0, "failed": 0, "planned": 0}
        self.seconds = 0.0

    def tell(self, record: Record) -> None:
        """Take a record."""
        self.complain(record)
        self.counts[record.status] += 1
        self.seconds += record.seconds or 0.0
        # Beyond what can be shown only counts are kept, however many files there are.
        if self.verbose or len(self.shown) <= MANY:
            self.shown.append(record)

    def finish(self) -> None:
        """Print the table, or the totals."""
        if not any(self.counts.values()):
            return
        if sum(self.counts.values()) > MANY and not self.verbose:
            put(self.stream, self.totals() + "\n")
            return
        self.print_table()
        for record in self.shown:
            if record.values is not None:
                first = f", the first of {record.frames} frames" if _is_animation(record) else ""
                put(self.stream, f"{safe(_name(record))}{first}\n")
                put(self.stream, "".join(f"{line}\n" for line in lines(record.values)))
        for record in self.shown:
            for note in record.notes:
                put(self.stream, f"note: {safe(_name(record))}: {safe(note)}\n")
        if len(self.shown) > 1:
            put(self.stream, self.totals() + "\n")

    def totals(self) -> str:
        """How many results there were, in one line."""
        words = [f"{count} {status}" for status, count in self.counts.items() if count]
        return f"{', '.join(words)} in {self.seconds:.2f} s"

    def print_table(self) -> None:
        """Print a row a record: within the width of a terminal, elsewhere as wide as it is."""
        terminal = self.stream.isatty()
        width = shutil.get_terminal_size().columns if terminal else UNBOUNDED
        console = Console(file=self.stream, width=width, highlight=False, emoji=False, markup=False)
        with console.capture() as captured:
            console.print(_fitting(self.shown, console, width, terminal=terminal))
        put(self.stream, "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _fitting(records: list[Record], console: Console, width: int, *, terminal: bool) -> Table:
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
    table = Table(box=SIMPLE_HEAD if boxed else None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in columns:
        justify: JustifyMethod = "right" if heading == "time" else "left"
        table.add_column(heading, overflow="fold", justify=justify)
    for record in records:
        cells = _row(record, turn)
        table.add_row(*(Text(cells[heading]) for heading in columns))
    return table


def _name(record: Record) -> str:
    name = "standard input" if record.input == STREAM else record.input
    if record.member is not None:
        name += f":{record.member}"
    if record.level is not None:
        name += f" L{record.level}"
    return f"{name} → {record.output}" if record.status == "planned" else name


def _is_animation(record: Record) -> bool:
    return record.frames is not None and record.frames > 1


def _row(record: Record, turn: str) -> dict[str, str]:
    """The cells of a record by their headings."""
    spent = "" if record.seconds is None else _time(record.seconds)
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
            RANGE: _range(before),
        }
    same = before.dtype == after.dtype
    return cells | {
        "shape": f"{cross(before.shape)}{turn}{cross(after.shape)}{frames}",
        "dtype": before.dtype or "" if same else f"{before.dtype}{turn}{after.dtype}",
        RANGE: f"{_range(before)}{turn}{_range(after)}",
    }


def _range(info: ArrayInfo) -> str:
    return " · ".join(number(value) for value in (info.min, info.mean, info.max))


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
