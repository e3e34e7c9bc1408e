"""Reporters, which print the records of a run: as a table, as JSON lines, or not at all.

Each of them goes with a reporter that prints failures on standard error, and with one that writes
the HTML page if `--html` is given.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Protocol, TextIO

from poolcli.errors import OutputExistsError
from poolcli.report.format_values import input_name, printable
from poolcli.report.left_out_files import LeftOutCounts, LeftOutReason, left_out_phrases
from poolcli.report.record import Record
from poolcli.report.run_totals import RunContext
from poolcli.report.write_encodable_text import fits_terminal, redirect_to_null, write_text
from poolcli.request import Request

MAX_NAMED_OUTPUTS = 5
"""The number of existing outputs that are named one by one; more are counted in one line."""


MAX_DIAGRAMS = 3
"""The number of unlike diagrams of windows that a run prints below its errors."""


class Reporter(Protocol):
    """The interface of all reporters."""

    def add(self, record: Record) -> None:
        """Take one record, as soon as it is complete."""

    def finish(self) -> None:
        """Print what belongs at the end of the report."""


@contextmanager
def open_report(
    request: Request, stream: TextIO, context: RunContext
) -> Iterator[Callable[[Record], None]]:
    """Start the report of a run: the requested kind, the HTML page and the failures.

    All of it is finished at the end, even if an error or a signal ends the run.

    Parameters
    ----------
    request : Request
        The request, for its options.
    stream : text file
        The stream for the table or the JSON lines.
    context : RunContext
        Facts that the records do not hold.

    Yields
    ------
    callable
        To be called with each record, as soon as it is complete.

    Raises
    ------
    OutputError
        If the HTML page cannot be written at its path.
    """
    # Programs read the other reports, and often standard error too, line by line.
    reporters: list[Reporter] = [FailureReporter(with_diagrams=request.report == "table")]
    if request.report == "json":
        reporters.append(JsonReporter(stream, context))
    elif request.report == "table":
        from poolcli.report.table_reporter import TableReporter  # other reports do not need it

        reporters.append(TableReporter(stream, request, context))
    if request.html is not None and not request.dry_run:
        from poolcli.report.html.page import HtmlReporter

        # The page comes first, because the stream may have been closed by its reader.
        reporters.insert(0, HtmlReporter(request.html, request, context))
    with finishing(reporters, stream) as add:
        yield add


@contextmanager
def finishing(reporters: Sequence[Reporter], stream: TextIO) -> Iterator[Callable[[Record], None]]:
    """Give all records to several reporters, and finish each of them, even after an error.

    Parameters
    ----------
    reporters : sequence of Reporter
        The reporters, in the order in which they are finished.
    stream : text file
        The stream that is flushed at the end.

    Yields
    ------
    callable
        To be called with each record, as soon as it is complete.
    """

    def add(record: Record) -> None:
        for reporter in reporters:
            reporter.add(record)

    try:
        yield add
    finally:
        with ExitStack() as stack:  # finishes each reporter, even if one before it fails
            for reporter in reversed(reporters):
                stack.callback(reporter.finish)
        stream.flush()


def print_failure(record: Record, *, with_diagram: bool = True) -> None:
    """Print on standard error why an input failed.

    Parameters
    ----------
    record : Record
        The record of the input.
    with_diagram : bool
        Whether the diagram of the window follows, if the error has one and it is no wider than the
        terminal.
    """
    error = record.error
    if error is None:
        return
    name = input_name(record.input, record.member)
    diagram = record.window_diagram
    if not (with_diagram and fits_terminal(diagram)):
        diagram = ()
    _print_error("\n".join((f"{name}: {printable(error.message)}", *diagram)))


def _print_error(message: str) -> None:
    """Print a message on standard error."""
    try:
        write_text(sys.stderr, f"poolcli: {message}\n")
    except BrokenPipeError:
        raise
    except OSError:  # for example a full disk; the exit code still reports the failure
        redirect_to_null(2)


class FailureReporter:
    """Prints failures on standard error: at once, or at the end if an output exists.

    If many outputs exist, one line gives their number. Of equal diagrams of windows the first is
    printed, and at most `MAX_DIAGRAMS`: the files of a batch often fail for one reason.

    Parameters
    ----------
    with_diagrams : bool
        Whether diagrams of windows are printed.
    """

    def __init__(self, *, with_diagrams: bool = True) -> None:
        self._records: list[Record] = []
        self._count = 0
        self._with_diagrams = with_diagrams
        self._diagrams: set[tuple[str, ...]] = set()

    def add(self, record: Record) -> None:
        """Print the error of a record, or keep it if its output exists."""
        error = record.error
        if error is None:
            return
        # A message without --overwrite means that another input writes this output.
        if error.type != OutputExistsError.__name__ or "--overwrite" not in error.message:
            print_failure(record, with_diagram=self._is_new_diagram(record.window_diagram))
            return
        self._count += 1
        if self._count <= MAX_NAMED_OUTPUTS:
            self._records.append(record)

    def _is_new_diagram(self, diagram: tuple[str, ...]) -> bool:
        """Return whether a diagram is to be printed, and remember it."""
        if not self._with_diagrams or len(self._diagrams) == MAX_DIAGRAMS:
            return False
        is_new = diagram not in self._diagrams
        self._diagrams.update([diagram] if diagram else [])
        return is_new

    def finish(self) -> None:
        """Print a line for each existing output, or one line for many."""
        if self._count > MAX_NAMED_OUTPUTS:
            _print_error(
                f"{self._count} files exist already; "
                "--overwrite replaces them, --skip-existing skips them"
            )
            return
        for record in self._records:
            print_failure(record)


class JsonReporter:
    """Prints one JSON object per line, and on standard error the number of files left out."""

    def __init__(self, stream: TextIO, context: RunContext) -> None:
        from json import dumps  # slow to import

        self.stream, self.context, self.dumps = stream, context, dumps

    def add(self, record: Record) -> None:
        """Print a record at once, so that a pipeline can follow the run."""
        # ASCII, so that names with any bytes survive any encoding.
        self.stream.write(self.dumps(record.as_json(), allow_nan=False) + "\n")
        self.stream.flush()

    def finish(self) -> None:
        """Print how many files of other types were left out; filters and links are intended."""
        reason = LeftOutReason.OTHER_TYPE
        for phrase in left_out_phrases(LeftOutCounts({reason: self.context.left_out[reason]})):
            _print_error(phrase)
