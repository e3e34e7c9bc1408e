"""The three reports: a table, JSON lines, nothing; and a page beside each.

Failures go to standard error in each.
"""

from __future__ import annotations

import sys
from typing import Protocol, TextIO

from poolcli.report.record import Record
from poolcli.report.text import abandon, put, safe
from poolcli.request import STREAM, Request


class Reporter(Protocol):
    """What a run tells its records to."""

    def tell(self, record: Record) -> None:
        """Take one record, as soon as it is there."""

    def finish(self) -> None:
        """Say what is to be said at the end."""


def make(request: Request, stream: TextIO) -> Reporter:
    """The report that was asked for, on a stream, and its page.

    Raises
    ------
    OutputError
        If the page cannot be begun.
    """
    usual = _on_stream(request, stream)
    if request.html is None or request.dry_run:
        return usual
    from poolcli.report.page import Page

    return Beside(usual, Page(request.html, request))


def _on_stream(request: Request, stream: TextIO) -> Reporter:
    if request.report == "json":
        return JsonReport(stream)
    if request.report == "none":
        return Silence()
    from poolcli.report.table import TableReport  # rich takes its time to load

    return TableReport(stream, verbose=request.verbose, preview=request.preview, complain=complain)


def complain(record: Record) -> None:
    """Say on standard error why an input failed."""
    if record.error is not None:
        name = "standard input" if record.input == STREAM else safe(record.input) or "''"
        try:
            put(sys.stderr, f"poolcli: {name}: {safe(record.error.message)}\n")
        except BrokenPipeError:
            raise
        except OSError:
            abandon(2)  # a full disk, say: that costs no other file, and the exit code still tells


class JsonReport:
    """One JSON object a line."""

    def __init__(self, stream: TextIO) -> None:
        from json import dumps  # takes its time to load

        self.stream, self.dumps = stream, dumps

    def tell(self, record: Record) -> None:
        """Print a record at once, so that a pipeline can follow."""
        complain(record)
        # ASCII, so that names of any bytes come through any encoding.
        self.stream.write(self.dumps(record.as_json(), allow_nan=False) + "\n")
        self.stream.flush()

    def finish(self) -> None:
        """Nothing is left to say."""


class Silence:
    """Nothing but failures."""

    def tell(self, record: Record) -> None:
        """Say it where an input failed."""
        complain(record)

    def finish(self) -> None:
        """Nothing is left to say."""


class Beside:
    """A report, and a page beside it."""

    def __init__(self, usual: Reporter, page: Reporter) -> None:
        self.usual, self.page = usual, page

    def tell(self, record: Record) -> None:
        """Tell both, the page first: the reader of the report may have gone away."""
        self.page.tell(record)
        self.usual.tell(record)

    def finish(self) -> None:
        """Finish both, the report also where the page cannot be written."""
        try:
            self.page.finish()
        finally:
            self.usual.finish()
