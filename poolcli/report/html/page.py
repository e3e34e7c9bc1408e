"""The HTML page of a run: one file that loads nothing else, with thumbnails of all results.

Rows wait in unnamed temporary files, so that memory does not grow with the number of files.
Failures come first, and each table is sorted by input name.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path
from string import Template
from typing import BinaryIO

from poolcli import __version__
from poolcli.errors import OutputError
from poolcli.io.atomic_write import TEMPORARY_PREFIX, atomic_write
from poolcli.io.output_paths import is_special_file
from poolcli.io.publish_file import check_output_path, wrap_write_errors
from poolcli.report.html.escaped_text import escaped
from poolcli.report.html.external_sort import SortedRows
from poolcli.report.html.package_files import package_file
from poolcli.report.html.table_rows import HEADINGS, row_html
from poolcli.report.record import Record
from poolcli.report.run_totals import RunContext, Totals
from poolcli.request import Request
from poolcli.request_description import describe_request, output_tag

STATUSES = ("ok", "failed", "skipped")


class HtmlReporter:
    """Collects records and writes them as an HTML page when the run ends, even by a signal.

    Parameters
    ----------
    path : str
        The path of the page.
    request : Request
        The request, which is described at the top of the page.
    context : RunContext
        Facts that the records do not hold.

    Raises
    ------
    OutputError
        If nothing can be written at the path.
    """

    def __init__(self, path: str, request: Request, context: RunContext) -> None:
        self.path = path
        self.request = request
        self.totals = Totals(request, context)
        self._error: OutputError | None = None
        check_output_path(path, allow_special=True)
        folder = None if is_special_file(path) else Path(os.path.realpath(path)).parent
        with wrap_write_errors(path):
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self._failures, self._results = (SortedRows(_unnamed_file(folder)) for _ in range(2))

    def add(self, record: Record) -> None:
        """Take a record. If its row cannot be stored, `finish` raises the error, not this."""
        if self._error is None:
            rows = self._failures if record.status == "failed" else self._results
            try:
                with wrap_write_errors(self.path):
                    rows.add(record.input, self.row_html(record).encode())
            except OutputError as error:
                self._error = error
        self.totals.add(record)

    def finish(self) -> None:
        """Write the page.

        Raises
        ------
        OutputError
            If it cannot be written, unless another exception already ends the run.
        """
        is_unwinding = sys.exception() is not None
        try:
            if self._error is not None:
                raise self._error
            with atomic_write(
                self.path, replace=self.request.overwrite, allow_special=True
            ) as file:
                self._write(file, is_unwinding)
        except OutputError:
            if not is_unwinding:
                raise
        finally:
            for rows in (self._failures, self._results):
                with contextlib.suppress(OSError):  # for example a full disk
                    rows.close()

    def _write(self, file: BinaryIO, is_unwinding: bool) -> None:
        head, foot = package_file("poolcli.report.html", "page.html").split("$tables\n")
        fields = self._header_fields(is_unwinding) | self.title_fields()
        file.write(Template(head).substitute(fields).encode())
        failed = self.totals.counts["failed"]
        if failed:
            _write_table(file, "Failures", ("file", "error"), self._failures)
        if self.totals.record_count > failed:
            self.write_results(file, self._results)
        now = time.localtime()
        footer_fields = {
            "version": escaped(__version__),
            "stamp": time.strftime("%Y-%m-%dT%H:%M:%S%z", now),
            "time": time.strftime("%Y-%m-%d %H:%M", now),
            "script": package_file("poolcli.report.html", "page.js"),
        }
        file.write(Template(foot).substitute(footer_fields).encode())

    def _header_fields(self, is_unwinding: bool) -> dict[str, str]:
        """Return the fields of the template above the tables, as HTML."""
        counts = {status: self.totals.counts[status] for status in STATUSES}
        totals = [
            f'<li class="{status if count else "none"}"><b>{count}</b> {status}</li>'
            for status, count in counts.items()
        ]
        totals.append(f"<li><b>{self.totals.elapsed_seconds:.2f}</b> s</li>")
        if left_out := self.totals.left_out_text():
            totals.append(f"<li>{escaped(left_out)}</li>")
        return {
            "totals": "".join(totals),
            "incomplete": self._incompleteness(is_unwinding),
            "statuses": "".join(f"<option>{status}</option>" for status in STATUSES),
        }

    def title_fields(self) -> dict[str, str]:
        """Return the fields of the template that say what the page shows, and how, as HTML."""
        return {
            "mode": escaped(self.request.mode),
            "description": escaped(describe_request(self.request)),
            "tag": escaped(output_tag(self.request)),
            "theme": "",
            "style": package_file("poolcli.report.html", "page.css"),
        }

    def row_html(self, record: Record) -> str:
        """Return the part of the page that shows a record."""
        return row_html(record)

    def write_results(self, file: BinaryIO, rows: SortedRows) -> None:
        """Write the results that have not failed.

        Parameters
        ----------
        file : binary file
            The page.
        rows : iterable of bytes
            What `row_html` returned, sorted by the names of the inputs.
        """
        _write_table(file, "Results", HEADINGS, rows)

    def _incompleteness(self, is_unwinding: bool) -> str:
        """Return a sentence that says why inputs may be missing; empty if none are."""
        if is_unwinding:
            return "The run was interrupted before all files were done."
        if self.request.fail_fast and self.totals.counts["failed"]:
            return "The run stopped at the first failure."
        return ""


def _write_table(file: BinaryIO, caption: str, headings: tuple[str, ...], rows: SortedRows) -> None:
    # The roles are explicit because some browsers drop them where CSS lays tables out as grids.
    cells = (f'<th scope="col" role="columnheader">{heading}</th>' for heading in headings)
    start = f"""<table class="{caption.lower()}" role="table">
<caption>{caption}</caption>
<thead role="rowgroup"><tr role="row">{"".join(cells)}</tr></thead>
<tbody role="rowgroup">
"""
    file.write(start.encode())
    file.writelines(rows)
    file.write(b"</tbody>\n</table>\n")


def _unnamed_file(folder: Path | None) -> BinaryIO:
    """Return a temporary file without a name, in a folder or in the system's."""
    return tempfile.TemporaryFile(dir=folder, prefix=TEMPORARY_PREFIX)
