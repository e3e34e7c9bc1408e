"""Looking at inputs: what they are, without pooling them."""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

from poolcli.batch.array_hints import looks_channels_last, would_make
from poolcli.batch.array_statistics import Side
from poolcli.batch.pool_file import attempt
from poolcli.batch.pool_item import spatial_axes
from poolcli.batch.records import info_of
from poolcli.batch.tasks import Task
from poolcli.core.engine.statistics import Statistics, compute_statistics
from poolcli.io.document import Document, Item
from poolcli.io.open_document import open_document
from poolcli.report.record import Record
from poolcli.request import Request


def look(task: Task, request: Request) -> list[Record]:
    """Tell what an input is: one record for each array of an npz, else one.

    What is wrong with it ends up in the record.
    """
    return attempt(task, None, request.debug, lambda: _look(task, request))


def _look(task: Task, request: Request) -> list[Record]:
    # The colours of a palette are what most modes work on, but its indices are what is there.
    with open_document(task.input, request.max_pixels, indexed=True) as document:
        seen = []
        start = perf_counter()
        for item in document.items():
            known = _see(item, request)
            seen.append(known._replace(seconds=perf_counter() - start))
            start = perf_counter()
        is_picture = document.format not in ("NPY", "NPZ")
        groups = [seen] if is_picture else [[each] for each in seen]
        return [_record(task, request, document, group) for group in groups]


class _Seen(NamedTuple):
    key: str | None
    side: Side
    would_make: dict[str, list[int] | None]
    notes: tuple[str, ...]
    seconds: float = 0.0


def _see(item: Item, request: Request) -> _Seen:
    axes = spatial_axes(item, request)
    notes = looks_channels_last(item.source.shape, axes, request.window)
    if item.source.dtype.kind not in "biufc":
        notes.append("is not numeric, which is not pooled")
        stats, made = Statistics(), {}
    else:
        stats = compute_statistics(item.source, request.ignore, alpha=item.has_alpha)
        made = would_make(item.source.shape, axes)
    if item.palette is not None:
        notes.append("holds indices into a palette: mode pools them, all others its colours")
    if item.one_bit:
        notes.append("holds one bit a pixel, told as 0 and 255")
    side = Side(tuple(item.source.shape), item.source.dtype.name, stats)
    return _Seen(item.key, side, made, tuple(notes))


def _record(task: Task, request: Request, document: Document, seen: list[_Seen]) -> Record:
    is_picture = document.format not in ("NPY", "NPZ")
    shape = seen[0].side.shape
    layout = request.layout
    if is_picture:
        layout = "HWC" if len(shape) == 3 else "HW"
    notes = [*document.notes, *dict.fromkeys(note for each in seen for note in each.notes)]
    if len({each.side.shape for each in seen}) > 1:
        notes.append("frames are of unlike size; the one told is the first's")
    return Record(
        input=task.input,
        status="ok",
        format=document.format,
        would_make=seen[0].would_make,
        member=seen[0].key,
        frames=document.count if is_picture else None,
        before=info_of([each.side for each in seen], layout),
        notes=notes,
        seconds=sum(each.seconds for each in seen),
    )
