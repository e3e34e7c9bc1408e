"""The HTML page of a comparison: a summary, then measurements and images of each input."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO
from urllib.parse import quote

from poolcli.compare.compare_file import ComparisonSettings
from poolcli.compare.comparison_record import ComparisonRecord
from poolcli.compare.comparison_summary import ComparisonSummary
from poolcli.compare.comparison_table import legend_lines, table_rows
from poolcli.compare.page_thumbnails import MAX_TILE_SIDE
from poolcli.io.output_paths import STDIN_OR_STDOUT, is_special_file
from poolcli.report.format_values import input_name, output_name
from poolcli.report.html.escaped_text import breakable, escaped
from poolcli.report.html.external_sort import SortedRows
from poolcli.report.html.package_files import package_file
from poolcli.report.html.page import HtmlReporter
from poolcli.report.html.table_rows import MIN_IMAGE_SIDE
from poolcli.report.record import Record, Thumbnail
from poolcli.report.run_totals import RunContext
from poolcli.request_description import describe_window, output_tag


class ComparisonPage(HtmlReporter):
    """Collects the records of a comparison and writes them as a page when the run ends.

    Parameters
    ----------
    path : str
        The path of the page.
    settings : ComparisonSettings
        The settings of the run.
    context : RunContext
        Facts that the records do not hold.
    has_summary : bool
        Whether the page shows statistics over all inputs.

    Raises
    ------
    OutputError
        If nothing can be written at the path.
    """

    def __init__(
        self, path: str, settings: ComparisonSettings, context: RunContext, *, has_summary: bool
    ) -> None:
        super().__init__(path, settings.requests[0], context)
        self.settings = settings
        self.has_summary = has_summary
        self.summary = ComparisonSummary([each.mode for each in settings.requests])

    def add(self, record: Record) -> None:
        """Take a record."""
        if isinstance(record, ComparisonRecord) and record.comparison is not None:
            self.summary.add(record.comparison.rows)
        super().add(record)

    def title_fields(self) -> dict[str, str]:
        """Return the fields of the template that say what the page shows, and how, as HTML."""
        theme = self.settings.theme
        return {
            "mode": "compare",
            "description": escaped(f"compare, {describe_window(self.request)}"),
            "tag": escaped(output_tag(self.request)),
            "theme": "" if theme is None else f' data-theme="{theme}"',
            "style": "".join(
                package_file("poolcli.report.html", name) for name in ("page.css", "comparison.css")
            ),
        }

    def row_html(self, record: Record) -> str:
        """Return the part of the page that shows a record."""
        if record.status == "failed":
            return super().row_html(record)
        name = f"<bdi>{breakable(input_name(record.input, record.member))}</bdi>"
        parts = [f'<h2 class="searchable">{name}</h2>', self._sheet_html(record)]
        parts += [f'<p class="note searchable">{escaped(note)}</p>' for note in record.notes]
        if isinstance(record, ComparisonRecord) and record.comparison is not None:
            parts += [_tiles_html(record), self._measurements_html(record)]
        else:
            parts.append("<p>skipped: the output exists already</p>")
        return f'<article data-status="{record.status}">\n{"".join(parts)}</article>\n'

    def write_results(self, file: BinaryIO, rows: SortedRows) -> None:
        """Write the summary, then the inputs."""
        lines: Iterable[str] = legend_lines(self.settings.noise, with_ratios=not self.has_summary)
        if self.has_summary and self.summary.count:
            caption = "<caption>All inputs</caption>"
            file.write(_table_html(self.summary.rows(), caption).encode())
            lines = self.summary.legend(self.settings.noise)
        items = "".join(f"<li>{escaped(line)}</li>" for line in lines)
        file.write(f'<ul class="legend">{items}</ul>\n<section class="inputs">\n'.encode())
        file.writelines(rows)
        file.write(b"</section>\n")

    def _measurements_html(self, record: ComparisonRecord) -> str:
        """Return the table of an input; closed at first if there are many inputs."""
        assert record.comparison is not None
        table = _table_html(table_rows(record.comparison, with_ratios=not self.has_summary))
        if record.sheet is None:
            return table
        return f"<details><summary>Measurements</summary>{table}</details>"

    def _sheet_html(self, record: Record) -> str:
        """Return the name of the contact sheet, a link if that is a file, with its thumbnail."""
        if record.output is None:
            return ""
        image, name = "", f"<bdi>{breakable(output_name(record.output))}</bdi>"
        if isinstance(record, ComparisonRecord) and record.sheet is not None:
            image = _image_html(record.sheet, "contact sheet", record.sheet.size)
        if record.output != STDIN_OR_STDOUT and not is_special_file(self.path):
            folder = os.path.dirname(os.path.abspath(self.path))  # noqa: PTH100, PTH120
            link = quote(os.fsencode(os.path.relpath(record.output, folder)))
            image, name = (f'<a href="{link}">{each}</a>' if each else "" for each in (image, name))
        return f'<p class="output">→ {name}</p>{image}'


def _table_html(rows: Sequence[Mapping[str, str]], caption: str = "") -> str:
    """Return a table of measurements."""
    heads = "".join(f'<th scope="col">{escaped(heading)}</th>' for heading in rows[0])
    lines = []
    for row in rows:
        name, *cells = map(escaped, row.values())
        lines.append(
            f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        )
    body = "\n".join(lines)
    return (
        f'<div class="scroll"><table class="numbers">{caption}\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>\n"
    )


def _tiles_html(record: ComparisonRecord) -> str:
    """Return the images of all tiles, all at the size of the input's; empty without images."""
    if not record.tiles:
        return ""
    assert record.comparison is not None
    size = record.tiles[0].images[0].size
    scale = max(1, MAX_TILE_SIDE / max(size))
    width, height = (max(MIN_IMAGE_SIDE, round(side * scale)) for side in size)
    figures = []
    for row, tiles in zip(record.comparison.rows, record.tiles, strict=True):
        shown = "".join(_image_html(each, row.name, (width, height)) for each in tiles.images)
        name = f"{escaped(row.name)} <small>{escaped(tiles.caption)}</small>"
        figures.append(f"<figure><div>{shown}</div><figcaption>{name}</figcaption></figure>\n")
    return f'<div class="tiles">{"".join(figures)}</div>\n'


def _image_html(image: Thumbnail, alt: str, size: tuple[int, int]) -> str:
    data = f"data:image/{image.format};base64,{b64encode(image.data).decode()}"
    return (
        f'<img src="{data}" alt="{escaped(alt)}" width="{size[0]}" height="{size[1]}" '
        'loading="lazy" decoding="async">'
    )
