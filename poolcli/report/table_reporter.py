"""The table report: a row for each result; for many files totals and failures."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TextIO

from poolcli.core.shape_text import shape_text
from poolcli.report import format_values
from poolcli.report.input_and_note_summaries import InputSummary, NoteSummary
from poolcli.report.record import Record
from poolcli.report.run_totals import RunContext, Totals
from poolcli.report.small_arrays import small_array_lines
from poolcli.report.terminal_printer import TerminalPrinter
from poolcli.report.text_table import Row, TextTable, cell_width
from poolcli.report.write_encodable_text import write_text
from poolcli.request import Request

MAX_LISTED_INPUTS = 20
"""The number of inputs that are listed one by one; more are summarized."""

STATISTICS = "min · mean · max"
PIXEL_SIZE = "pixel size"

POOLING_HEADINGS = ("file", "shape", "dtype", STATISTICS, "time")

INSPECTION_HEADINGS = ("file", "format", "shape", "dtype", STATISTICS, PIXEL_SIZE)
"""The headings of `poolcli info`; the last one only if a file gives the size of a pixel."""

DROPPABLE_HEADINGS = ("time", "dtype", STATISTICS, PIXEL_SIZE)
"""The columns that are left out on a narrow terminal, in this order."""

MIN_NAME_WIDTH = 16
"""Names are folded to this width in columns before other columns are left out."""

STATUS_COLOURS = {"failed": "red", "skipped": "yellow", "planned": "cyan"}

ARROW, ARROW_ON_NEW_LINE = " → ", "\n→ "
"""The separators of input and output in a cell."""


class TableReporter:
    """Collects records and prints them as a table when the run ends."""

    def __init__(self, stream: TextIO, request: Request, context: RunContext) -> None:
        self.stream = stream
        self.verbose = request.verbose
        self.preview = request.preview
        self.listed: list[Record] = []
        self.totals = Totals(request, context)
        self.notes = NoteSummary()
        self.inspected = InputSummary()

    def add(self, record: Record) -> None:
        """Take a record. Beyond what can be listed, only counts are kept, to bound memory."""
        self.totals.add(record)
        whole = record if record.level is None else replace(record, member=None)
        name = format_values.input_name(whole.input, whole.member)
        self.notes.add(name, list(map(format_values.printable, record.notes)))
        if record.mode is None and record.status == "ok":
            self.inspected.add(record)
        if self._lists_inputs:
            self.listed.append(record if self.preview else replace(record, thumbnails=None))

    @property
    def _lists_inputs(self) -> bool:
        """Whether inputs are listed one by one."""
        return self.verbose or self.totals.input_count <= MAX_LISTED_INPUTS

    def finish(self) -> None:
        """Print the table or the summary, then previews, notes, files left out and totals."""
        if self.totals.record_count == 0:
            return
        printer = TerminalPrinter(self.stream)
        if self._lists_inputs:
            printer.print_lines(self.totals.context.heading)
            printer.print_table(
                _fitting_table(self.listed, printer), list(map(_styles, self.listed))
            )
            self._print_small_arrays()
            self._print_common_windows(printer)
            self._print_levels(printer)
        elif rows := self.inspected.rows():
            printer.print_rows(rows, droppable=("min · max", "dtype"))
        if self.preview:
            self._print_previews(printer)
        self._print_notes(printer)
        printer.print_lines(self.totals.left_out_text(), self.totals.last_line())

    def _print_small_arrays(self) -> None:
        """Print the elements of small inputs and outputs."""
        for record in self.listed:
            if record.small_arrays is not None:
                frames = f", the first of {record.frames} frames" if record.is_animation else ""
                lines = (f"{_row_name(record)}{frames}", *small_array_lines(record.small_arrays))
                write_text(self.stream, "".join(f"{line}\n" for line in lines))

    def _print_common_windows(self, printer: TerminalPrinter) -> None:
        """Print, for `poolcli info`, the output shapes of common windows."""
        records = [record for record in self.listed if record.would_make]
        options = dict.fromkeys(option for record in records for option in record.would_make or {})
        rows = []
        for record in records:
            row = {"would become": _row_name(record)} | dict.fromkeys(options, "-")
            for option, shape in (record.would_make or {}).items():
                row[option] = "does not fit" if shape is None else shape_text(shape)
            rows.append(row)
        if rows:
            write_text(self.stream, "\n")
            printer.print_rows(rows, droppable=tuple(reversed(options)))

    def _print_levels(self, printer: TerminalPrinter) -> None:
        """Print, for `poolcli info`, the storage of the arrays of Zarr stores."""
        rows = [row for record in self.listed for row in _level_rows(record)]
        if rows:
            used = [heading for heading in rows[0] if any(row[heading] for row in rows)]
            droppable = tuple(each for each in ("codecs", "shards", PIXEL_SIZE) if each in used)
            write_text(self.stream, "\n")
            printer.print_rows([{each: row[each] for each in used} for row in rows], droppable)

    def _print_previews(self, printer: TerminalPrinter) -> None:
        """Draw the thumbnails."""
        from poolcli.report.terminal_preview import preview_lines

        width = shutil.get_terminal_size().columns
        for record in self.listed:
            if record.thumbnails is not None:
                write_text(self.stream, f"{_row_name(record)}\n")
                printer.print_renderables(preview_lines(record.thumbnails, printer.console, width))

    def _print_notes(self, printer: TerminalPrinter) -> None:
        """Print the notes: each text once, or with `--verbose` the notes on each file."""
        if not self.verbose:
            printer.print_lines(*self.notes.lines())
            return
        for record in self.listed:
            for note in record.notes:
                printer.print_lines(f"note: {_row_name(record)}: {format_values.printable(note)}")


def _fitting_table(records: list[Record], printer: TerminalPrinter) -> TextTable:
    """Return the fullest table that fits.

    If there is little room, rows break at the arrow, then names are folded, then columns left out.
    """
    longest = max(map(cell_width, ("file", *map(_row_name, records))))
    folded = min(longest, MIN_NAME_WIDTH)
    layouts = [(ARROW, longest, 0), (ARROW_ON_NEW_LINE, longest, 0)]
    layouts += [(ARROW_ON_NEW_LINE, folded, n) for n in range(len(DROPPABLE_HEADINGS) + 1)]
    is_pooling = records[0].mode is not None
    headings: tuple[str, ...] = POOLING_HEADINGS if is_pooling else INSPECTION_HEADINGS
    if not any(record.pixel_size for record in records):
        headings = tuple(each for each in headings if each != PIXEL_SIZE)
    for arrow, name_width, dropped in layouts:
        kept = [heading for heading in headings if heading not in DROPPABLE_HEADINGS[:dropped]]
        rows = [_cells(record, arrow) for record in records]
        table = printer.table(kept, rows, right_aligned=("time",))
        table.widths[0] = name_width
        spare = printer.width - table.width
        if spare >= 0:
            table.widths[0] = min(longest, name_width + spare)
            break
    return table


def _styles(record: Record) -> Row:
    """Return the styles of the cells of a record by column heading."""
    return {"shape": STATUS_COLOURS.get(record.status, ""), "time": "dim"}


def _row_name(record: Record) -> str:
    """Return the printable name of a result: its input, with member, level and planned output."""
    name = format_values.input_name(record.input, record.member)
    if record.level is not None:
        name += f" L{record.level}"
    if record.status == "planned" and record.output is not None:
        name += f" → {format_values.output_name(record.output)}"
    return name


def _level_rows(record: Record) -> list[dict[str, str]]:
    """Return a row for each array of a Zarr store."""
    return [
        {
            "array": format_values.input_name(record.input)
            + (f":{format_values.printable(level.path)}" if level.path else ""),
            "shape": shape_text(level.shape),
            "chunks": shape_text(level.chunks),
            "shards": "" if level.shards is None else shape_text(level.shards),
            "codecs": ", ".join(map(format_values.printable, level.codecs)) or "none",
            PIXEL_SIZE: format_values.format_pixel_size(level.pixel_size),
        }
        for level in ([] if record.store is None else record.store.levels)
    ]


def _cells(record: Record, arrow: str) -> dict[str, str]:
    """Return the cells of a record by column heading."""
    cells = dict.fromkeys((*POOLING_HEADINGS, *INSPECTION_HEADINGS), "")
    cells |= {"file": _row_name(record), "format": record.format or ""}
    if record.seconds is not None:
        cells["time"] = format_values.format_duration(record.seconds)
    if record.status not in ("ok", "planned"):
        return cells | {"shape": record.status}
    before, after = record.before, record.after
    separator = "\n" if arrow == ARROW_ON_NEW_LINE else " "
    frames = f"{separator}({record.frames} frames)" if record.is_animation else ""
    if record.mode is None:
        return cells | {
            "shape": f"{before.shape_text}{frames}",
            "dtype": before.dtype or "",
            STATISTICS: format_values.format_statistics(before),
            PIXEL_SIZE: format_values.format_pixel_size(record.pixel_size),
        }
    same_dtype = before.dtype == after.dtype
    return cells | {
        "shape": f"{before.shape_text}{arrow}{after.shape_text}{frames}",
        "dtype": before.dtype or "" if same_dtype else f"{before.dtype}{arrow}{after.dtype}",
        STATISTICS: arrow.join(map(format_values.format_statistics, (before, after))),
    }
