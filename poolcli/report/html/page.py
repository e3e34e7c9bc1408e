"""The report as a page: one HTML file that needs nothing else, with small pictures of all results.

Rows wait in files without a name, failures apart from the rest, so that memory does not grow with
the number of files, failures come first, and each table is in the order of its inputs' names.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from base64 import b64encode
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import BinaryIO

from poolcli import __version__
from poolcli.errors import OutputError
from poolcli.io.atomic_write import TEMPORARY, told, writing
from poolcli.io.paths import is_special
from poolcli.io.publish_file import check_output
from poolcli.report.formatting import cross, duration, safe, spread
from poolcli.report.record import Record, Thumb
from poolcli.report.sorted_rows import SortedRows
from poolcli.report.totals import RunFacts, Totals
from poolcli.request import STDIN_OR_STDOUT, Request
from poolcli.window_description import describe_request, output_tag

BOX = 96
"""The longest side of a picture on the page; smaller ones are enlarged to it."""

THINNEST = 4
"""The shortest side, so that a line of pixels can be seen."""

HEADINGS = ("file", "before", "after", "shape", "dtype", "min · mean · max", "time")

STATUSES = ("ok", "failed", "skipped")


class Page:
    """Takes records and writes them as a page when the run ends, however it ends.

    Parameters
    ----------
    path : str
        The page's file.
    facts : RunFacts, optional
        What the records do not tell.

    Raises
    ------
    OutputError
        If nothing can be written where the page is to be.
    """

    def __init__(self, path: str, request: Request, facts: RunFacts | None = None) -> None:
        self.path = path
        self.request = request
        self.totals = Totals(request, RunFacts() if facts is None else facts)
        self.lost: OutputError | None = None
        check_output(path, direct=True)
        folder = None if is_special(path) else Path(os.path.realpath(path)).parent
        with told(path):
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            self.failures, self.results = (
                SortedRows(_nameless(folder), _nameless(folder)) for _ in range(2)
            )

    def tell(self, record: Record) -> None:
        """Take a record; a page that cannot be written costs no result, and is told at the end."""
        row = _row(record).encode()
        if self.lost is None:
            rows = self.failures if record.status == "failed" else self.results
            try:
                with told(self.path):
                    rows.add(record.input, row)
            except OutputError as error:
                self.lost = error
        self.totals.add(record)

    def finish(self) -> None:
        """Put the page together.

        Raises
        ------
        OutputError
            If it cannot be written, unless something else ends the run.
        """
        ended = sys.exception() is not None
        try:
            if self.lost is not None:
                raise self.lost
            with writing(self.path, replace=self.request.overwrite, direct=True) as file:
                self._write(file, ended)
        except OutputError:
            if not ended:
                raise
        finally:
            for rows in (self.failures, self.results):
                with contextlib.suppress(OSError):  # a full disk, say
                    rows.close()

    def _write(self, file: BinaryIO, ended: bool) -> None:
        head, foot = _beside("page.html").split("$tables\n")
        file.write(Template(head).substitute(self._top(ended)).encode())
        failed = self.totals.counts["failed"]
        if failed:
            _table(file, "Failures", ("file", "what is wrong"), self.failures)
        if self.totals.count > failed:
            _table(file, "Results", HEADINGS, self.results)
        now = time.localtime()
        bottom = {
            "version": _html(__version__),
            "stamp": time.strftime("%Y-%m-%dT%H:%M:%S%z", now),
            "time": time.strftime("%Y-%m-%d %H:%M", now),
            "script": _beside("page.js"),
        }
        file.write(Template(foot).substitute(bottom).encode())

    def _top(self, ended: bool) -> dict[str, str]:
        """What stands above the tables."""
        request = self.request
        counts = {status: self.totals.counts[status] for status in STATUSES}
        totals = [
            f'<li class="{status if count else "none"}"><b>{count}</b> {status}</li>'
            for status, count in counts.items()
        ]
        totals.append(f"<li><b>{self.totals.seconds:.2f}</b> s</li>")
        totals += [f"<li>{_html(words)}</li>" for words in filter(None, [self.totals.left_out()])]
        return {
            "mode": _html(request.mode),
            "description": _html(describe_request(request)),
            "tag": _html(output_tag(request)),
            "totals": "".join(totals),
            "early": self._early(ended),
            "statuses": "".join(f"<option>{status}</option>" for status in STATUSES),
            "style": _beside("page.css"),
        }

    def _early(self, ended: bool) -> str:
        """What may have kept the run from being complete."""
        if ended:
            return "The run was ended before all files were done."
        if self.request.fail_fast and self.totals.counts["failed"]:
            return "After the first failure nothing more was begun."
        return ""


def _table(file: BinaryIO, caption: str, headings: tuple[str, ...], rows: SortedRows) -> None:
    # Roles are named, for some browsers forget them where tables are laid out as something else.
    cells = (f'<th scope="col" role="columnheader">{heading}</th>' for heading in headings)
    start = f"""<table class="{caption.lower()}" role="table">
<caption>{caption}</caption>
<thead role="rowgroup"><tr role="row">{"".join(cells)}</tr></thead>
<tbody role="rowgroup">
"""
    file.write(start.encode())
    file.writelines(rows)
    file.write(b"</tbody>\n</table>\n")


def _row(record: Record) -> str:
    """A row of a table; `said` is what the filter looks at."""
    if record.error is not None:
        cells = _cell(_path(record.error.message), ' class="said"')
    elif record.status != "ok":
        cells = _cell(f"{record.status}: it is there already", f' colspan="{len(HEADINGS) - 1}"')
    else:
        before, after = record.before, record.after
        texts = [
            (cross(before.shape), cross(after.shape)),
            tuple(dict.fromkeys((before.dtype or "", after.dtype or ""))),
            (spread(before), spread(after)),
            (duration(record.seconds or 0.0),),
        ]
        parts = [*_pictures(record), *("<br>→ ".join(map(_html, each)) for each in texts)]
        cells = "".join(map(_cell, parts))
    return (
        f'<tr role="row" data-status="{record.status}">'
        f'<th scope="row" role="rowheader" class="said">{_file(record)}</th>{cells}</tr>\n'
    )


def _cell(inside: str, more: str = "") -> str:
    return f'<td role="cell"{more}>{inside}</td>'


def _file(record: Record) -> str:
    """Which file it is, where the result went, what is to be said."""
    parts = [] if record.member is None else [f"member {record.member}"]
    if record.level is not None:
        parts.append(f"level {record.level}")
    if record.frames is not None and record.frames > 1:
        parts.append(f"{record.frames} frames")
    more = f" <small>{_html(', '.join(parts))}</small>" if parts else ""
    goal = "standard output" if record.output == STDIN_OR_STDOUT else record.output
    output = "" if goal is None else f'<p class="output">→ <bdi>{_path(goal)}</bdi></p>'
    notes = "".join(f'<p class="note">{_html(note)}</p>' for note in record.notes)
    return f"<bdi>{_path(_name(record))}</bdi>{more}{output}{notes}"


def _pictures(record: Record) -> tuple[str, str]:
    """The pictures before and after, both in a box of one size."""
    thumbs = record.thumbs
    if thumbs is None:
        return "", ""
    scale = BOX / max(thumbs.before.size)
    box = [max(THINNEST, round(side * scale)) for side in thumbs.before.size]
    name = _html(_name(record))
    before = _picture(thumbs.before, f"{name}, before", box)
    return before, _picture(thumbs.after, f"{name}, after", box)


def _picture(thumb: Thumb, alt: str, box: list[int]) -> str:
    return (
        f'<img src="{_data(thumb)}" alt="{alt}" width="{box[0]}" height="{box[1]}" '
        'loading="lazy" decoding="async">'
    )


def _data(thumb: Thumb) -> str:
    """A picture as a data URI."""
    return f"data:image/{thumb.kind};base64,{b64encode(thumb.data).decode()}"


def _name(record: Record) -> str:
    return "standard input" if record.input == STDIN_OR_STDOUT else record.input


def _html(text: str) -> str:
    return escape(safe(text), quote=True)


def _path(text: str) -> str:
    """Text that may be broken after the slashes of a path."""
    return _html(text).replace("/", "/<wbr>")


def _beside(name: str) -> str:
    return files("poolcli.report.html").joinpath(name).read_text("utf-8")


def _nameless(folder: Path | None) -> BinaryIO:
    return tempfile.TemporaryFile(dir=folder, prefix=TEMPORARY)
