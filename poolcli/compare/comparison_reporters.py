"""The reporters of `compare`: the table of one input, or of many, and what goes with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from poolcli.compare.compare_file import ComparisonSettings
from poolcli.compare.comparison_json import ComparisonJsonReporter
from poolcli.compare.comparison_record import ComparisonRecord
from poolcli.compare.comparison_summary import ComparisonSummary
from poolcli.compare.comparison_table import print_comparison, print_measurements
from poolcli.report.format_values import input_name, printable
from poolcli.report.input_and_note_summaries import NoteSummary
from poolcli.report.record import Record
from poolcli.report.reporters import FailureReporter, Reporter, finishing
from poolcli.report.run_totals import RunContext, Totals
from poolcli.report.terminal_printer import TerminalPrinter
from poolcli.report.write_encodable_text import write_text

NOT_MEASURED = "note: skipped inputs are not measured; --overwrite measures them again"


@contextmanager
def open_comparison_report(
    settings: ComparisonSettings, stream: TextIO, context: RunContext, *, has_several_inputs: bool
) -> Iterator[Callable[[Record], None]]:
    """Start the report of a comparison: the requested kind, the HTML page and the failures.

    Parameters
    ----------
    settings : ComparisonSettings
        The settings of the run.
    stream : text file
        The stream for the table or the JSON lines.
    context : RunContext
        Facts that the records do not hold.
    has_several_inputs : bool
        Whether the table shows statistics over all inputs, not the measurements of one.

    Yields
    ------
    callable
        To be called with each record, as soon as it is complete.

    Raises
    ------
    OutputError
        If the HTML page cannot be written at its path.
    """
    request = settings.requests[0]
    reporters: list[Reporter] = [FailureReporter(with_diagrams=request.report == "table")]
    if request.report == "json":
        reporters.append(ComparisonJsonReporter(stream, context, settings.noise))
    elif request.report == "table":
        kind = SummaryReporter if has_several_inputs else OneInputReporter
        reporters.append(kind(stream, settings, context))
    if request.html is not None and not request.dry_run:
        from poolcli.compare.comparison_page import ComparisonPage  # 10 ms, rarely needed

        # The page comes first, because the stream may have been closed by its reader.
        page = ComparisonPage(request.html, settings, context, has_summary=has_several_inputs)
        reporters.insert(0, page)
    with finishing(reporters, stream) as add:
        yield add


class OneInputReporter:
    """Prints the table of the only input.

    Parameters
    ----------
    stream : text file
        The stream for the table.
    settings : ComparisonSettings
        The settings of the run.
    context : RunContext
        Facts that the records do not hold.
    """

    def __init__(self, stream: TextIO, settings: ComparisonSettings, context: RunContext) -> None:
        self.stream, self.noise = stream, settings.noise
        self.totals = Totals(settings.requests[0], context)
        self.record: Record | None = None

    def add(self, record: Record) -> None:
        """Take the record."""
        self.totals.add(record)
        self.record = record

    def finish(self) -> None:
        """Print the table; where the sheet would be, or is if it exists and stays."""
        record = self.record
        if record is None or record.error is not None:
            return
        if isinstance(record, ComparisonRecord) and record.comparison is not None:
            written = record.output if record.status == "ok" else None
            print_comparison(record.comparison, self.noise, written, self.stream)
        if record.status != "ok":
            TerminalPrinter(self.stream).print_lines(self.totals.last_line())


class SummaryReporter:
    """Prints statistics over all inputs, for each mode; with `--verbose` also each input's table.

    Parameters
    ----------
    stream : text file
        The stream for the table.
    settings : ComparisonSettings
        The settings of the run.
    context : RunContext
        Facts that the records do not hold.
    """

    def __init__(self, stream: TextIO, settings: ComparisonSettings, context: RunContext) -> None:
        request = settings.requests[0]
        self.stream, self.noise, self.verbose = stream, settings.noise, request.verbose
        self.totals = Totals(request, context)
        self.summary = ComparisonSummary([each.mode for each in settings.requests])
        self.notes = NoteSummary()
        self.listed: list[ComparisonRecord] = []

    def add(self, record: Record) -> None:
        """Take a record. Without `--verbose` only sums and counts are kept, to bound memory."""
        self.totals.add(record)
        if not isinstance(record, ComparisonRecord) or record.comparison is None:
            return
        self.summary.add(record.comparison.rows)
        name = input_name(record.input, record.member)
        if self.verbose:
            self.listed.append(record)
        else:
            self.notes.add(name, list(map(printable, record.notes)))

    def finish(self) -> None:
        """Print the tables, the notes, files left out and totals."""
        if self.totals.record_count == 0:
            return
        printer = TerminalPrinter(self.stream)
        for record in self.listed:
            self._print_one(record, printer)
        if rows := self.summary.rows():
            printer.print_lines(self.totals.context.heading)
            printer.print_rows(rows, droppable=("kept", "mean", "peaks"))
            printer.print_lines(*self.summary.legend(self.noise))
        if self.totals.counts["skipped"]:
            printer.print_lines(NOT_MEASURED)
        printer.print_lines(*self.notes.lines())
        printer.print_lines(self.totals.left_out_text(), self.totals.last_line())

    def _print_one(self, record: ComparisonRecord, printer: TerminalPrinter) -> None:
        """Print the measurements of an input and its notes."""
        assert record.comparison is not None
        name = input_name(record.input, record.member)
        printer.print_lines(name)
        print_measurements(record.comparison, printer)
        printer.print_lines(*(f"note: {name}: {printable(note)}" for note in record.notes))
        write_text(self.stream, "\n")
