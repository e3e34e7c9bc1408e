"""The three reports: a table, JSON lines, nothing; and a page beside each.

Failures go to standard error in each.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Protocol, TextIO

from poolcli.errors import OutputExistsError
from poolcli.report.formatting import abandon, put, safe
from poolcli.report.left_out_files import LeftOut, Reason, left_out_words
from poolcli.report.record import Record
from poolcli.report.totals import RunFacts
from poolcli.request import STDIN_OR_STDOUT, Request

FEW = 5
"""So many outputs that exist are named one by one."""

REPLACE, SKIP = "--overwrite", "--skip-existing"
"""The options for outputs that exist."""


class Reporter(Protocol):
    """What a run tells its records to."""

    def tell(self, record: Record) -> None:
        """Take one record, as soon as it is there."""

    def finish(self) -> None:
        """Say what is to be said at the end."""


def make(request: Request, stream: TextIO, facts: RunFacts) -> Reporter:
    """The report that was asked for, on a stream; its page; and failures on standard error.

    Raises
    ------
    OutputError
        If the page cannot be begun.
    """
    reporters: list[Reporter] = [FailureLines(), _on_stream(request, stream, facts)]
    if request.html is None or request.dry_run:
        return Together(reporters)
    from poolcli.report.html.page import Page

    # The page comes first: the reader of the report may have gone away.
    return Together([Page(request.html, request, facts), *reporters])


def _on_stream(request: Request, stream: TextIO, facts: RunFacts) -> Reporter:
    if request.report == "json":
        return JsonReport(stream, facts)
    if request.report == "none":
        return Silence()
    from poolcli.report.table import TableReport  # rich takes its time to load

    return TableReport(stream, request, facts)


def complain(record: Record) -> None:
    """Say on standard error why an input failed."""
    if record.error is not None:
        name = "standard input" if record.input == STDIN_OR_STDOUT else safe(record.input) or "''"
        _say(f"{name}: {safe(record.error.message)}")


def _say(words: str) -> None:
    try:
        put(sys.stderr, f"poolcli: {words}\n")
    except BrokenPipeError:
        raise
    except OSError:
        abandon(2)  # a full disk, say: that costs no other file, and the exit code still tells


class FailureLines:
    """Says on standard error why inputs failed; of many outputs that exist, how many in one line.

    Inputs whose outputs exist are told of at the end, all others at once.
    """

    def __init__(self) -> None:
        self._existing: list[Record] = []
        self._count = 0

    def tell(self, record: Record) -> None:
        """Print an error, or count it."""
        if not _says_output_exists(record):
            complain(record)
            return
        self._count += 1
        if self._count <= FEW:
            self._existing.append(record)

    def finish(self) -> None:
        """Print a line for each output that exists, or one for many."""
        if self._count > FEW:
            ways = f"{REPLACE} replaces them, {SKIP} passes over them"
            _say(f"{self._count} files exist already; {ways}")
            return
        for record in self._existing:
            complain(record)


def _says_output_exists(record: Record) -> bool:
    """True if an input failed because its output exists, and is not another input's."""
    error = record.error
    if error is None or error.type != OutputExistsError.__name__:
        return False
    return REPLACE in error.message


class JsonReport:
    """One JSON object a line; files of other types are counted on standard error."""

    def __init__(self, stream: TextIO, facts: RunFacts) -> None:
        from json import dumps  # takes its time to load

        self.stream, self.facts, self.dumps = stream, facts, dumps

    def tell(self, record: Record) -> None:
        """Print a record at once, so that a pipeline can follow."""
        # ASCII, so that names of any bytes come through any encoding.
        self.stream.write(self.dumps(record.as_json(), allow_nan=False) + "\n")
        self.stream.flush()

    def finish(self) -> None:
        """Say how many files were left out that nobody asked to leave out."""
        reason = Reason.OTHER_TYPE
        for words in left_out_words(LeftOut({reason: self.facts.left_out[reason]})):
            _say(words)


class Silence:
    """Nothing."""

    def tell(self, record: Record) -> None:
        """Take a record, and say nothing of it."""

    def finish(self) -> None:
        """Nothing is left to say."""


class Together:
    """Several reports of one run."""

    def __init__(self, reporters: list[Reporter]) -> None:
        self.reporters = reporters

    def tell(self, record: Record) -> None:
        """Give a record to each."""
        for each in self.reporters:
            each.tell(record)

    def finish(self) -> None:
        """Finish each, also where one before it fails."""
        with ExitStack() as stack:
            for each in reversed(self.reporters):
                stack.callback(each.finish)
