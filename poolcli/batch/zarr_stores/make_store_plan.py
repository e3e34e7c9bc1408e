"""Making of the plan of a Zarr store: its arrays, and the steps and boxes that compute them."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from poolcli.batch.zarr_stores.boxes import MAX_BOX_BYTES, BoxGrid, choose_boxes
from poolcli.batch.zarr_stores.store_plan import (
    BoxOutput,
    CopyStep,
    PoolStep,
    SourceArray,
    Step,
    StorePlan,
    grid_shape,
    strides_of,
)
from poolcli.core.exact_numbers import Number
from poolcli.core.levels import recipe_from_level_before
from poolcli.core.recipe import Recipe
from poolcli.io.zarr.array_spec import ArraySpec, array_spec

if TYPE_CHECKING:
    from poolcli.batch.pool_item import StackedLevel

TEMPORARY_PREFIX = "poolcli-temporary-"
"""The beginning of the paths of arrays that are removed when the store is complete."""


class LevelArrays(NamedTuple):
    """The arrays of a store and the recipes of its levels, before boxes are chosen.

    Attributes
    ----------
    source : SourceArray
        The input.
    copy : ArraySpec, optional
        Level 0, the input itself, if the store holds it.
    levels : tuple of ArraySpec
        The pooled levels.
    recipes : tuple of Recipe
        Those of the levels; each pools the input, or with `stacked` the level before.
    stacked : sequence of StackedLevel, optional
        The levels that pool the unrounded level before; None if windows tile.
    """

    source: SourceArray
    copy: ArraySpec | None
    levels: tuple[ArraySpec, ...]
    recipes: tuple[Recipe, ...]
    stacked: Sequence[StackedLevel] | None = None


def make_store_plan(
    planned: LevelArrays,
    name: str,
    location: str,
    *,
    level_numbers: Sequence[int],
    ignore: tuple[Number, ...],
    measures: bool,
) -> StorePlan:
    """Return the plan of a store.

    Parameters
    ----------
    planned : LevelArrays
        The arrays of the store.
    name : str
        The path or URL of the finished store, for error messages.
    location : str
        The absolute path or the URL of the group that the arrays are written into.
    level_numbers : sequence of int
        The number of each level.
    ignore : tuple of number
        Values that statistics leave out.
    measures : bool
        Whether the report shows statistics.
    """
    maker = _PlanMaker(planned, location, level_numbers)
    maker.add_steps()
    arrays = (() if planned.copy is None else (planned.copy,)) + planned.levels
    stages = tuple(tuple(stage) for stage in maker.stages if stage)
    identifier = os.urandom(8).hex()
    temporary = tuple(maker.temporary)
    return StorePlan(identifier, name, location, arrays, temporary, stages, ignore, measures)


class _PlanMaker:
    """The stages and the temporary arrays of a plan that is being made."""

    def __init__(self, planned: LevelArrays, location: str, level_numbers: Sequence[int]) -> None:
        self.planned = planned
        self.location = location
        self.level_numbers = level_numbers
        self.stages: list[list[Step]] = [[], []]
        self.temporary: list[ArraySpec] = []

    def add_steps(self) -> None:
        if self.planned.stacked is not None:
            self._add_stacked_levels(self.planned.stacked)
        else:
            self._add_levels_of_the_input()

    def _add_levels_of_the_input(self) -> None:
        """Plan one step that computes all levels whose windows fit in a box of the input."""
        planned, recipes = self.planned, self.planned.recipes
        together = max(1, sum(map(_fits_in_box, recipes)))
        first, last = recipes[0], recipes[together - 1]
        pairs = zip(planned.levels, recipes, strict=True)
        covered = [_times(spec.unit, strides_of(r)) for spec, r in pairs]
        copied = [] if planned.copy is None else [planned.copy.unit]
        wanted = [covered[0], *copied, *covered[1:together], *_larger_boxes(first, covered[0])]
        shape, itemsize = grid_shape(first), first.in_dtype.itemsize
        grid = choose_boxes(shape, itemsize, strides_of(last), planned.source.chunks, wanted)
        outputs = []
        for number in range(together):
            spec, recipe = planned.levels[number], recipes[number]
            path = spec.path
            if not grid.holds_whole(covered[number]):
                path = self._add_rechunking(spec, recipe, grid)
            outputs.append(BoxOutput(path, self.level_numbers[number], recipe))
        copy_path = self._copy_path(grid)
        step = PoolStep(planned.source, tuple(outputs), len(recipes) > 1, copy_path, True, grid)
        self.stages[0].insert(0, step)
        for number in range(together, len(recipes)):
            self._add_huge_windows(number)

    def _copy_path(self, grid: BoxGrid) -> str | None:
        """Return the path of level 0 if boxes hold whole chunks of it; else plan its copy."""
        spec = self.planned.copy
        if spec is not None and grid.holds_whole(spec.unit):
            return spec.path
        if spec is not None:
            self._add_copy(0, self.planned.source, spec)
        return None

    def _add_copy(self, stage: int, source: SourceArray, spec: ArraySpec) -> None:
        """Plan a step that copies an array into one with other chunks."""
        itemsize = np.dtype(spec.dtype).itemsize
        boxes = choose_boxes(spec.shape, itemsize, spec.unit, source.chunks)
        self.stages[stage].append(CopyStep(source, spec.path, boxes))

    def _add_rechunking(self, spec: ArraySpec, recipe: Recipe, grid: BoxGrid) -> str:
        """Plan a temporary array whose chunks are what boxes give; return its path.

        A later step copies them into the larger chunks of the level.
        """
        chunks = tuple(box // step for box, step in zip(grid.box, strides_of(recipe), strict=True))
        chunks = tuple(max(1, min(pair)) for pair in zip(chunks, spec.shape, strict=True))
        temporary = self._add_temporary(spec.path, spec.shape, spec.dtype, chunks)
        self._add_copy(1, self._array_of_store(temporary), spec)
        return temporary.path

    def _add_temporary(
        self, path: str, shape: tuple[int, ...], dtype: Any, chunks: tuple[int, ...]
    ) -> ArraySpec:
        name = TEMPORARY_PREFIX + path.replace("/", "-")
        spec = array_spec(name, shape, dtype, chunks=chunks)
        self.temporary.append(spec)
        return spec

    def _array_of_store(self, spec: ArraySpec) -> SourceArray:
        dims = tuple(range(len(spec.shape)))
        return SourceArray(self.location, spec.path, False, dims, spec.chunks)

    def _add_huge_windows(self, number: int) -> None:
        """Plan a level whose windows do not fit in a box.

        It pools the previous level if that gives the same values, else the input.
        """
        planned, spec = self.planned, self.planned.levels[number]
        recipe: Recipe = planned.recipes[number]
        source, stage = planned.source, 0
        step = recipe_from_level_before(recipe, planned.recipes[number - 1])
        if step is not None:
            before = planned.levels[number - 1]
            source, recipe = self._array_of_store(before), step
            stage = len(self.stages)
            self.stages.append([])
        self._add_pooling(
            stage,
            source,
            [(spec, self.level_numbers[number], recipe)],
            measures_source=False,
        )

    def _add_stacked_levels(self, stacked: Sequence[StackedLevel]) -> None:
        """Plan a step for each level, which pools the unrounded previous level."""
        planned = self.planned
        source = planned.source
        for number, (spec, recipes) in enumerate(zip(planned.levels, stacked, strict=True)):
            outputs: list[tuple[ArraySpec, int | None, Recipe]] = [
                (spec, self.level_numbers[number], recipes.written)
            ]
            values = spec
            if recipes.unrounded is not None:
                dtype = recipes.unrounded.out_dtype
                values = self._add_temporary(spec.path, spec.shape, dtype, spec.unit)
                outputs.append((values, None, recipes.unrounded))
            if number >= len(self.stages):
                self.stages.append([])
            self._add_pooling(number, source, outputs, measures_source=True)
            source = self._array_of_store(values)
        if planned.copy is not None:
            self._add_copy(0, planned.source, planned.copy)

    def _add_pooling(
        self,
        stage: int,
        source: SourceArray,
        outputs: Sequence[tuple[ArraySpec, int | None, Recipe]],
        *,
        measures_source: bool,
    ) -> None:
        """Plan a step whose boxes hold whole chunks of the output, however large."""
        spec, _, recipe = outputs[0]
        covered = _times(spec.unit, strides_of(recipe))
        shape = grid_shape(recipe)
        required = [min(pair) for pair in zip(covered, _rounded_up(shape, recipe), strict=True)]
        wanted = _larger_boxes(recipe, required)
        grid = choose_boxes(shape, recipe.in_dtype.itemsize, required, source.chunks, wanted)
        made = tuple(BoxOutput(each.path, level, step) for each, level, step in outputs)
        self.stages[stage].append(PoolStep(source, made, False, None, measures_source, grid))


def _larger_boxes(recipe: Recipe, box: Sequence[int]) -> list[tuple[int, ...]]:
    """Return multiples of a box if windows overlap, else none.

    Larger boxes share fewer elements with their neighbours, which are read for each of them.
    """
    overlaps = any(
        axis.last_position(0) - axis.first_position(0) >= axis.stride
        for axis in recipe.axes.values()
        if not axis.is_adaptive
    )
    return [tuple(factor * size for size in box) for factor in (2, 4, 8)] if overlaps else []


def _fits_in_box(recipe: Recipe) -> bool:
    """Return whether a box can hold a whole window."""
    sizes = [min(pair) for pair in zip(strides_of(recipe), recipe.shape, strict=True)]
    return recipe.in_dtype.itemsize * math.prod(sizes) <= MAX_BOX_BYTES


def _times(unit: Sequence[int], strides: Sequence[int]) -> tuple[int, ...]:
    return tuple(size * step for size, step in zip(unit, strides, strict=True))


def _rounded_up(shape: Sequence[int], recipe: Recipe) -> tuple[int, ...]:
    """Return a shape rounded up to whole steps of the outputs, at least one along each axis."""
    steps = strides_of(recipe)
    return tuple(-(-max(size, 1) // step) * step for size, step in zip(shape, steps, strict=True))
