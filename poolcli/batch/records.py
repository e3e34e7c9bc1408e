"""The records of results: what the report says of each output of a task."""

from __future__ import annotations

from poolcli.batch.array_summary import ArraySummary
from poolcli.batch.choose_output import Output
from poolcli.batch.likely_mistakes import (
    looks_channels_last,
    padding_for_exponent,
    padding_mode_without_padding,
)
from poolcli.batch.pooled_level import PooledLevel, Results, can_be_stacked
from poolcli.batch.tasks import Task
from poolcli.core.engine.statistics import Statistics
from poolcli.io.document import Document
from poolcli.report.record import ArrayInfo, Record, SmallArrays, Thumbnail, ThumbnailPair
from poolcli.request import Request
from poolcli.request_description import window_data

LEVELS_FROM_PREVIOUS_LEVEL = (
    "windows do not tile (stride = kernel size, no padding, no dilation, no footprint from a "
    "file): each level pools the unrounded previous level"
)


def records_of_level(
    task: Task,
    request: Request,
    document: Document,
    output: Output,
    results: Results,
    level: int | None,
) -> list[Record]:
    """Return the records of one level of a document: one per member, or one for all frames.

    Parameters
    ----------
    task : Task
        The task, which has the input's name.
    request : Request
        The request, for the mode, the window and the report.
    document : Document
        The input.
    output : Output
        The output of this level.
    results : sequence of PooledLevel
        The results of all items at this level; at least one.
    level : int, optional
        The level of a pyramid, from 1; None without `--levels`.

    Returns
    -------
    list of Record
        One record per array of a file with several, in order; else one record.
    """
    groups = [[each] for each in results] if results[0].member is not None else [list(results)]
    return [_record(task, request, document, output, group, level) for group in groups]


def layout_of(document: Document, first: ArraySummary, request: Request) -> str | None:
    """Return the layout of an input: ``HW`` or ``HWC`` for an image, else that of `--layout`.

    Parameters
    ----------
    document : Document
        The input.
    first : ArraySummary
        The summary of its first item, whose number of axes decides for an image.
    request : Request
        The request, for its layout.

    Returns
    -------
    str or None
        One letter for each axis; None for an array without `--layout`.

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> request = Request((), "max", Window.fixed(2), layout="NHW")
    >>> summary = ArraySummary((4, 6, 3), "uint8", Statistics())
    >>> layout_of(Document("PNG", 1, list), summary, request)
    'HWC'
    >>> layout_of(Document("NPY", 1, list), summary, request)
    'NHW'
    """
    if not document.is_image or document.layout is not None:
        return document.layout or request.layout
    return "HWC" if len(first.shape) == 3 else "HW"


def array_info(summaries: list[ArraySummary], layout: str | None) -> ArrayInfo:
    """Return the statistics of all arrays together, with the shape and dtype of the first.

    Parameters
    ----------
    summaries : list of ArraySummary
        The summaries of the frames of an image, or of one array; at least one.
    layout : str, optional
        One letter for each axis of the first array.

    Returns
    -------
    ArrayInfo

    Examples
    --------
    >>> frames = [
    ...     ArraySummary((2, 2), "uint8", Statistics(min=0, sum=8.0, max=5, count=4)),
    ...     ArraySummary((2, 2), "uint8", Statistics(min=1, sum=20.0, max=9, count=4)),
    ... ]
    >>> info = array_info(frames, "HW")
    >>> info.shape, info.layout, info.min, info.mean, info.max
    ([2, 2], 'HW', 0, 3.5, 9)
    """
    stats = sum((each.stats for each in summaries), Statistics())
    return ArrayInfo(
        shape=list(summaries[0].shape),
        dtype=summaries[0].dtype,
        layout=layout,
        min=stats.min,
        mean=stats.mean,
        max=stats.max,
    )


def _record(
    task: Task,
    request: Request,
    document: Document,
    output: Output,
    group: list[PooledLevel],
    level: int | None,
) -> Record:
    first = group[0]
    layout = layout_of(document, first.before, request)
    after = array_info([each.after for each in group], layout)
    if len(group) > 1 and not output.is_image and can_be_stacked(group):
        after.shape = [len(group), *first.after.shape]
        after.layout = f"N{layout}"
    small_arrays = None
    if first.before.values is not None and first.after.values is not None:
        small_arrays = SmallArrays(first.before.values, first.after.values, first.drawn_axes)
    return Record(
        input=task.input,
        status="planned" if request.dry_run else "ok",
        mode=request.mode,
        member=first.member,
        level=level,
        frames=document.count if document.is_image else None,
        output=output.path,
        window=window_data(request.window, first.axes.values()),
        before=array_info([each.before for each in group], layout),
        after=after,
        notes=_notes(request, document, output, group, level),
        seconds=sum(each.seconds for each in group),
        small_arrays=small_arrays,
        thumbnails=thumbnail_pair(first.before, first.after),
    )


def _notes(
    request: Request,
    document: Document,
    output: Output,
    group: list[PooledLevel],
    level: int | None,
) -> list[str]:
    notes = [*document.notes, *output.notes, *padding_for_exponent(request)]
    if level is not None and level > 1 and not request.window.tiles:
        notes.append(LEVELS_FROM_PREVIOUS_LEVEL)
    notes += padding_mode_without_padding(request.window)
    if len({each.before.dtype for each in group}) > 1:
        notes.append("frames differ in dtype; the report shows that of the first")
    if not document.is_image and request.layout is None and document.layout is None:
        notes += looks_channels_last(group[0].before.shape, None, request.window)
    return notes


def thumbnail_pair(before: ArraySummary, after: ArraySummary) -> ThumbnailPair | None:
    """Return the encoded thumbnails of an input and its result; None if the report shows none.

    They are encoded in the worker: several work at a time, and less data is sent.
    """
    if before.thumb is None or after.thumb is None:
        return None
    from poolcli.io.images.report_thumbnails import encode_thumbnail  # rarely needed

    one, other = (
        Thumbnail(*encode_thumbnail(small), (small.shape[1], small.shape[0]))
        for small in (before.thumb, after.thumb)
    )
    return ThumbnailPair(one, other)
