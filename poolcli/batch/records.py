"""Turning results into records."""

from __future__ import annotations

from poolcli.batch.array_hints import looks_channels_last, padding_for_exponent
from poolcli.batch.array_statistics import Side
from poolcli.batch.output_format import Output, Results, are_alike
from poolcli.batch.pool_item import Level
from poolcli.batch.tasks import Task
from poolcli.core.engine.statistics import Statistics
from poolcli.io.document import Document
from poolcli.report.record import (
    ArrayInfo,
    Record,
    SmallArrays,
    Thumbnail,
    ThumbnailPair,
)
from poolcli.request import STDIN_OR_STDOUT, Request
from poolcli.window_description import window_data


def records_of(
    task: Task,
    request: Request,
    document: Document,
    output: Output,
    results: Results,
    level: int | None,
) -> list[Record]:
    """The records of one level of a document: one a member, or one for all frames."""
    groups = [[each] for each in results] if results[0].key is not None else [list(results)]
    return [_record(task, request, document, output, group, level) for group in groups]


def _record(
    task: Task,
    request: Request,
    document: Document,
    output: Output,
    group: list[Level],
    level: int | None,
) -> Record:
    first = group[0]
    is_picture = document.format not in ("NPY", "NPZ")
    layout = request.layout
    if is_picture:
        layout = "HWC" if len(first.before.shape) == 3 else "HW"
    before = info_of([each.before for each in group], layout)
    after = info_of([each.after for each in group], layout)
    stacked = len(group) > 1 and not output.is_image
    if stacked and are_alike(group):
        after.shape = [len(group), *first.after.shape]
        after.layout = f"N{layout}"
    notes = [*document.notes, *output.notes, *padding_for_exponent(request)]
    if len({each.before.dtype for each in group}) > 1:
        notes.append("frames differ in dtype; the one told is the first's")
    if not is_picture and request.layout is None:
        notes += looks_channels_last(first.before.shape, None, request.window)
    small_arrays = None
    if first.before.values is not None and first.after.values is not None:
        small_arrays = SmallArrays(first.before.values, first.after.values, tuple(first.axes))
    return Record(
        input=task.input,
        status="planned" if request.dry_run else "ok",
        mode=request.mode,
        member=first.key,
        level=level,
        frames=document.count if is_picture else None,
        output=output.path if output.path != STDIN_OR_STDOUT else STDIN_OR_STDOUT,
        window=window_data(request.window, first.axes.values()),
        before=before,
        after=after,
        notes=notes,
        seconds=sum(each.seconds for each in group),
        small_arrays=small_arrays,
        thumbnails=_thumbnails(first),
    )


def _thumbnails(level: Level) -> ThumbnailPair | None:
    """Coded here, where there are several workers, and little is sent."""
    before, after = level.before.thumb, level.after.thumb
    if before is None or after is None:
        return None
    from poolcli.io.images.thumbnails import encode_thumbnail  # seldom needed

    sizes = [(small.shape[1], small.shape[0]) for small in (before, after)]
    return ThumbnailPair(
        Thumbnail(*encode_thumbnail(before), sizes[0]),
        Thumbnail(*encode_thumbnail(after), sizes[1]),
    )


def info_of(sides: list[Side], layout: str | None) -> ArrayInfo:
    """What there is to say of arrays: of all of them the values, of the first the rest."""
    stats = sum((side.stats for side in sides), Statistics())
    return ArrayInfo(
        shape=list(sides[0].shape),
        dtype=sides[0].dtype,
        layout=layout,
        min=stats.min,
        mean=stats.mean,
        max=stats.max,
    )
