"""The records of `info`: what inputs are, without pooling them."""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

from poolcli.batch.array_summary import ArraySummary
from poolcli.batch.axes_of_store import with_axes_of_document, with_axes_of_item
from poolcli.batch.ignored_nodata import with_nodata
from poolcli.batch.likely_mistakes import looks_channels_last
from poolcli.batch.output_shapes_of_common_windows import would_make
from poolcli.batch.pooled_axes import pooled_axes
from poolcli.batch.records import array_info, layout_of
from poolcli.batch.result_or_failure import timed_records
from poolcli.batch.tasks import Task, request_of_task
from poolcli.core.dtypes import not_numeric_message
from poolcli.core.engine.statistics import Statistics, compute_statistics, has_statistics
from poolcli.core.errors import WindowError
from poolcli.core.exact_numbers import number_text
from poolcli.io.document import Document, Item
from poolcli.io.open_document import open_document
from poolcli.report.record import Record
from poolcli.request import Request


def inspect(task: Task, request: Request) -> list[Record]:
    """Return what an input is: one record for each array of a file with several, else one.

    An input that cannot be read gives a failed record.

    Parameters
    ----------
    task : Task
        The task, which has the input's name.
    request : Request
        The request, for the layout, the window, the ignored values and the limit of pixels.

    Returns
    -------
    list of Record
        Without a mode; each has the input's format and the output shapes of common windows.
    """
    return timed_records(task, None, request.debug, lambda: _inspect(task, request))


class _InspectedItem(NamedTuple):
    member: str | None
    summary: ArraySummary
    would_make: dict[str, list[int] | None]
    notes: tuple[str, ...]
    seconds: float = 0.0


def _inspect(task: Task, request: Request) -> list[Record]:
    # A palette image is described by its indices, although most modes pool its colours.
    request = request_of_task(task, request)
    with open_document(
        task.input,
        request.max_pixels,
        indexed=True,
        layout=request.layout,
        members=request.member,
    ) as document:
        try:
            request = with_axes_of_document(request, document)
        except WindowError as error:  # it cannot be pooled so, but it can be described
            document.notes.append(str(error))
            request = request._replace(layout=document.layout, axes=None)
        inspected = []
        start = perf_counter()
        for item in document.items():
            each = _inspect_item(item, document, request)
            inspected.append(each._replace(seconds=perf_counter() - start))
            start = perf_counter()
        groups = [inspected] if document.is_image else [[each] for each in inspected]
        return [_record(task, request, document, group) for group in groups]


def _inspect_item(item: Item, document: Document, request: Request) -> _InspectedItem:
    request = with_nodata(with_axes_of_item(request, document, item), document, item)
    axes = pooled_axes(item, request)
    notes = looks_channels_last(item.source.shape, axes, request.window)
    dtype = item.source.dtype
    if not (has_statistics(dtype) or dtype.kind == "c"):
        notes.append(f"is not pooled: {not_numeric_message(dtype)}")
        stats, shapes = Statistics(), {}
    else:
        stats, measured_notes = _statistics(item, document, request)
        notes += measured_notes
        shapes = {} if axes == () else would_make(item.source.shape, axes)
    if item.palette is not None:
        notes.append(
            "holds indices into a palette: mode pools the indices, other modes the colours"
        )
    if item.one_bit:
        notes.append("holds one bit a pixel, shown as 0 and 255")
    summary = ArraySummary(tuple(item.source.shape), item.source.dtype.name, stats)
    return _InspectedItem(item.key, summary, shapes, tuple(notes))


def _statistics(item: Item, document: Document, request: Request) -> tuple[Statistics, list[str]]:
    """Return the statistics of an item, and the notes on what was measured."""
    if document.zarr_image is not None:
        from poolcli.batch.statistics_of_store import statistics_of_store  # rarely needed

        return statistics_of_store(document.zarr_image, request)
    return compute_statistics(item.source, request.ignore, alpha=item.has_alpha), []


def _record(
    task: Task, request: Request, document: Document, group: list[_InspectedItem]
) -> Record:
    first = group[0]
    notes = [*document.notes]
    is_ignored = any(note.startswith("the file's nodata") for note in notes)
    if document.nodata is not None and not is_ignored:
        notes.append(f"the file's nodata is {number_text(document.nodata)}")
    notes += [*dict.fromkeys(note for each in group for note in each.notes)]
    if len({each.summary.shape for each in group}) > 1:
        notes.append("frames differ in size; the report shows that of the first")
    pixel_size, store = None, None
    if document.zarr_image is not None:
        from poolcli.io.zarr.store_description import describe_store  # rarely needed

        store = describe_store(document.zarr_image)
        pixel_size = store.levels[0].pixel_size
    if document.format == "TIFF" and document.metadata:
        from poolcli.io.tiff.output_descriptions import as_utf8, description_of  # few are TIFF
        from poolcli.io.tiff.page_axes import layout_note
        from poolcli.io.tiff.pixel_size import find_pixel_size

        pixel_size = find_pixel_size(document.metadata[0])
        text = as_utf8(description_of(document.metadata[0]))
        hint = layout_note(text, len(group), len(first.summary.shape))
        notes += [] if hint is None else [hint]
    return Record(
        input=task.input,
        status="ok",
        format=document.format,
        would_make=first.would_make,
        nodata=document.nodata,
        pixel_size=pixel_size,
        store=store,
        member=first.member,
        frames=document.count if document.is_image else None,
        before=array_info(
            [each.summary for each in group], layout_of(document, first.summary, request)
        ),
        notes=notes,
        seconds=sum(each.seconds for each in group),
    )
