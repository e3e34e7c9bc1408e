"""The summaries of the arrays of a complete store, which the report shows."""

from __future__ import annotations

from typing import Any, NamedTuple

from poolcli.batch.array_summary import ArraySummary, summarize
from poolcli.batch.pooled_axes import drawn_axes
from poolcli.batch.zarr_stores.box_queue import BoxQueue
from poolcli.batch.zarr_stores.planned_levels import PlannedLevels
from poolcli.batch.zarr_stores.store_input import StoreInput
from poolcli.batch.zarr_stores.store_plan import PoolStep, SourceArray
from poolcli.core.engine.statistics import Statistics
from poolcli.io.zarr.output_store import open_output_array
from poolcli.io.zarr.zarr_source import ZarrSource


class LevelSummary(NamedTuple):
    """The summaries of the input and the result of one level, for the report.

    Attributes
    ----------
    before, after : ArraySummary
        What is pooled, and the result.
    drawn_axes : tuple of int
        The axes of the result of which the report draws the last two.
    """

    before: ArraySummary
    after: ArraySummary
    drawn_axes: tuple[int, ...] = ()


def planned_summaries(opened: StoreInput, levels: PlannedLevels) -> list[LevelSummary]:
    """Return the shapes and dtypes of all levels, before anything is computed.

    Parameters
    ----------
    opened : StoreInput
        The input.
    levels : PlannedLevels
        The levels.
    """
    planned = levels.planned
    shape, dtype = tuple(opened.source.shape), opened.source.dtype
    summaries = []
    for number, (spec, recipe) in enumerate(zip(planned.levels, planned.recipes, strict=True)):
        before = ArraySummary(shape, dtype.name, Statistics())
        after = ArraySummary(spec.shape, recipe.out_dtype.name, Statistics())
        summaries.append(LevelSummary(before, after))
        if planned.stacked is not None:
            values = planned.stacked[number].unrounded or planned.stacked[number].written
            shape, dtype = spec.shape, values.out_dtype
    return summaries


def summaries_of_boxes(
    opened: StoreInput, levels: PlannedLevels, queue: BoxQueue
) -> list[LevelSummary]:
    """Return what the report shows of all levels; small arrays are read, and thumbnails made.

    Parameters
    ----------
    opened : StoreInput
        The input.
    levels : PlannedLevels
        The levels.
    queue : BoxQueue
        The complete boxes. The store still has its temporary arrays.
    """
    request, item = levels.request, opened.item
    own = drawn_axes(item, request, tuple(levels.windows))
    dims = levels.planned.source.dims
    ordered = tuple(dims.index(axis) for axis in own)
    found = {}
    source, drawn = levels.planned.source, own
    statistics = Statistics()
    for number, step in enumerate(queue.plan.steps):
        if not isinstance(step, PoolStep):
            continue
        if step.measures_source:
            source, statistics = step.source, queue.source_statistics.get(number, Statistics())
            drawn = own if source == levels.planned.source else ordered
        array = _array(opened, levels, source)
        before = summarize(array, item, request, drawn, statistics)
        for output in step.outputs:
            if output.level is None:
                continue
            spec = levels.planned.levels[output.level - 1]
            result = ZarrSource(open_output_array(queue.plan.location, spec.path), spec.path)
            after = summarize(
                result, item, request, ordered, queue.level_statistics.get(output.level), statistics
            )
            found[output.level] = LevelSummary(before, after, ordered)
    return [found[level] for level in sorted(found)]


def _array(opened: StoreInput, levels: PlannedLevels, source: SourceArray) -> Any:
    if source == levels.planned.source:
        return opened.source
    return ZarrSource(open_output_array(source.location, source.path), source.path)
