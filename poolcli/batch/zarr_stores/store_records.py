"""The records of the levels of a Zarr store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poolcli.batch.array_summary import MAX_VALUES_BY_DEFAULT
from poolcli.batch.likely_mistakes import (
    looks_channels_last,
    padding_for_exponent,
    padding_mode_without_padding,
)
from poolcli.batch.records import LEVELS_FROM_THE_LEVEL_BEFORE
from poolcli.batch.tasks import Task
from poolcli.batch.zarr_stores.planned_levels import StoreLevels
from poolcli.batch.zarr_stores.store_input import StoreInput
from poolcli.core.engine.statistics import Statistics
from poolcli.report.record import ArrayInfo, Record
from poolcli.request_description import window_data

NO_OME_AXES = (
    "the group has no multiscales metadata: OME-Zarr has 2 or 3 spatial axes, and at most one for "
    "time and one other; --layout names axes"
)

UNLIKE_WINDOWS = "windows are of unlike size: the scale is that of their mean"


def store_records(
    task: Task,
    opened: StoreInput,
    levels: StoreLevels,
    output: str,
    before: Mapping[int, Statistics],
    after: Mapping[int, Statistics],
) -> list[Record]:
    """Return one record for each pooled level.

    Parameters
    ----------
    task : Task
        The task.
    opened : StoreInput
        The input.
    levels : StoreLevels
        The levels.
    output : str
        The path or URL of the store.
    before, after : mapping of int to Statistics
        The statistics of what each level pools, and of its values, by level; empty if nothing was
        computed.
    """
    request, planned = levels.request, levels.planned
    records = []
    shape, dtype = tuple(opened.source.shape), opened.source.dtype
    source_layout, letters = request.layout, _letters(levels)
    for number, spec, recipe in zip(levels.numbers, planned.levels, planned.recipes, strict=True):
        key = number or 1
        stats = before.get(key, Statistics())
        records.append(
            Record(
                input=task.input,
                status="planned" if request.dry_run else "ok",
                mode=request.mode,
                member=opened.path or None,
                level=number,
                output=output,
                window=window_data(request.window, levels.windows.values()),
                before=_info(shape, dtype, source_layout, stats),
                after=_info(spec.shape, recipe.out_dtype, letters, after.get(key, Statistics())),
                notes=_notes(opened, levels, number),
            )
        )
        if planned.stacked is not None:
            stacked = planned.stacked[key - 1]
            values = stacked.unrounded or stacked.written
            shape, dtype, source_layout = spec.shape, values.out_dtype, letters
    return records


def _info(
    shape: tuple[int, ...], dtype: np.dtype[Any], layout: str | None, stats: Statistics
) -> ArrayInfo:
    return ArrayInfo(list(shape), dtype.name, layout, stats.min, stats.mean, stats.max)


def _letters(levels: StoreLevels) -> str | None:
    """Return the layout of the arrays of the store."""
    layout = levels.request.layout
    if levels.axes is None or layout is None:
        return layout
    return "".join(layout[dim] for dim in levels.planned.source.dims)


def _notes(opened: StoreInput, levels: StoreLevels, number: int | None) -> list[str]:
    request = levels.request
    notes = [*opened.notes, *padding_for_exponent(request)]
    if levels.planned.stacked is not None and number is not None and number > 1:
        notes.append(LEVELS_FROM_THE_LEVEL_BEFORE)
    notes += padding_mode_without_padding(request.window)
    if levels.axes is None:
        notes.append(NO_OME_AXES)
    elif any(None in each.scalings.values() for each in levels.geometries):
        notes.append(UNLIKE_WINDOWS)
    if request.layout is None:
        notes += looks_channels_last(opened.source.shape, None, request.window)
    return notes


def shows_values(levels: StoreLevels, opened: StoreInput) -> bool:
    """Return whether the report shows all values of the first level, because there are few."""
    request = levels.request
    if request.values is not None:
        return request.values
    return int(np.prod(opened.source.shape)) <= MAX_VALUES_BY_DEFAULT
