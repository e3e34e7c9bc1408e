"""The records of the levels of a Zarr store."""

from __future__ import annotations

from collections.abc import Sequence

from poolcli.batch.likely_mistakes import (
    looks_channels_last,
    padding_for_exponent,
    padding_mode_without_padding,
)
from poolcli.batch.records import LEVELS_FROM_PREVIOUS_LEVEL, array_info, thumbnail_pair
from poolcli.batch.tasks import Task
from poolcli.batch.zarr_stores.planned_levels import PlannedLevels
from poolcli.batch.zarr_stores.store_input import StoreInput
from poolcli.batch.zarr_stores.store_summaries import LevelSummary
from poolcli.report.record import Record, SmallArrays
from poolcli.request_description import window_data

NO_OME_AXES = (
    "no OME-Zarr metadata (multiscales) were written: OME-Zarr has 2 or 3 spatial axes, at most "
    "one time axis and one other; name the axes with --layout"
)

UNLIKE_WINDOWS = "windows differ in size: the scale in the OME-Zarr metadata is their mean size"


def store_records(
    task: Task,
    opened: StoreInput,
    levels: PlannedLevels,
    output: str,
    summaries: Sequence[LevelSummary],
) -> list[Record]:
    """Return one record for each pooled level.

    Parameters
    ----------
    task : Task
        The task.
    opened : StoreInput
        The input.
    levels : PlannedLevels
        The levels.
    output : str
        The path or URL of the store.
    summaries : sequence of LevelSummary
        What the report shows of each level.
    """
    request, letters = levels.request, _letters(levels)
    records = []
    source_layout = request.layout
    for number, (before, after, axes) in zip(levels.numbers, summaries, strict=True):
        small_arrays = None
        if before.values is not None and after.values is not None:
            small_arrays = SmallArrays(before.values, after.values, axes)
        records.append(
            Record(
                input=task.input,
                status="planned" if request.dry_run else "ok",
                mode=request.mode,
                member=opened.item.key,
                level=number,
                output=output,
                window=window_data(request.window, levels.windows.values()),
                before=array_info([before], source_layout),
                after=array_info([after], letters),
                notes=_notes(opened, levels, number),
                small_arrays=small_arrays,
                thumbnails=thumbnail_pair(before, after),
            )
        )
        if levels.planned.stacked is not None:
            source_layout = letters
    return records


def _letters(levels: PlannedLevels) -> str | None:
    """Return the layout of the arrays of the store."""
    layout = levels.request.layout
    if levels.axes is None or layout is None:
        return layout
    return "".join(layout[dim] for dim in levels.planned.source.dims)


def _notes(opened: StoreInput, levels: PlannedLevels, number: int | None) -> list[str]:
    request = levels.request
    notes = [*opened.document.notes, *padding_for_exponent(request)]
    if levels.planned.stacked is not None and number is not None and number > 1:
        notes.append(LEVELS_FROM_PREVIOUS_LEVEL)
    notes += padding_mode_without_padding(request.window)
    if levels.axes is None:
        notes.append(NO_OME_AXES)
    elif any(None in each.scalings.values() for each in levels.geometries):
        notes.append(UNLIKE_WINDOWS)
    if request.layout is None:
        notes += looks_channels_last(opened.source.shape, None, request.window)
    return notes
