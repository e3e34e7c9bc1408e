"""The rows of the HTML page's tables."""

from __future__ import annotations

from base64 import b64encode

from poolcli.report import format_values
from poolcli.report.html.escaped_text import breakable, escaped
from poolcli.report.record import Record, Thumbnail

IMAGE_SIDE = 96
"""The longest side of an image on the page in pixels. Smaller images are enlarged to it."""

MIN_IMAGE_SIDE = 4
"""The shortest side of an image in pixels, so that a single row of pixels can be seen."""

HEADINGS = ("file", "before", "after", "shape", "dtype", "min · mean · max", "time")
"""The column headings of the table of results."""


def row_html(record: Record) -> str:
    """Return the table row of a record.

    The page's filter searches the text of the cells with class ``searchable``.
    """
    if record.error is not None:
        cells = _cell(breakable(record.error.message), ' class="searchable"')
    elif record.status != "ok":
        text = f"{record.status}: the output exists already"
        cells = _cell(text, f' colspan="{len(HEADINGS) - 1}"')
    else:
        before, after = record.before, record.after
        dtypes = dict.fromkeys((before.dtype or "", after.dtype or ""))
        columns = [
            (before.shape_text, after.shape_text),
            tuple(dtypes),
            tuple(map(format_values.format_statistics, (before, after))),
            (format_values.format_duration(record.seconds or 0.0),),
        ]
        texts = ("<br>→ ".join(map(escaped, column)) for column in columns)
        cells = "".join(map(_cell, (*_images(record), *texts)))
    return (
        f'<tr role="row" data-status="{record.status}">'
        f'<th scope="row" role="rowheader" class="searchable">{_file_cell(record)}</th>'
        f"{cells}</tr>\n"
    )


def _cell(content: str, attributes: str = "") -> str:
    return f'<td role="cell"{attributes}>{content}</td>'


def _file_cell(record: Record) -> str:
    """Return the content of the first cell: input, member, level, frames, output and notes."""
    details = [] if record.member is None else [f"member {record.member}"]
    if record.level is not None:
        details.append(f"level {record.level}")
    if record.is_animation:
        details.append(f"{record.frames} frames")
    content = f"<bdi>{breakable(format_values.input_name(record.input))}</bdi>"
    if details:
        content += f" <small>{escaped(', '.join(details))}</small>"
    if record.output is not None:
        path = breakable(format_values.output_name(record.output))
        content += f'<p class="output">→ <bdi>{path}</bdi></p>'
    return content + "".join(f'<p class="note">{escaped(note)}</p>' for note in record.notes)


def _images(record: Record) -> tuple[str, str]:
    """Return the images of input and output, both at the input's size on the page."""
    thumbnails = record.thumbnails
    if thumbnails is None:
        return "", ""
    scale = IMAGE_SIDE / max(thumbnails.before.size)
    width, height = (max(MIN_IMAGE_SIDE, round(side * scale)) for side in thumbnails.before.size)
    name = escaped(format_values.input_name(record.input))

    def image(thumbnail: Thumbnail, which: str) -> str:
        data = f"data:image/{thumbnail.format};base64,{b64encode(thumbnail.data).decode()}"
        return (
            f'<img src="{data}" alt="{name}, {which}" width="{width}" height="{height}" '
            'loading="lazy" decoding="async">'
        )

    return image(thumbnails.before, "before"), image(thumbnails.after, "after")
