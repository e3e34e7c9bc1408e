"""The computation of all levels of a pyramid from one block of the source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple, Protocol

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import AxisOrder, Ranges, WritableArray, split_by_bytes
from poolcli.core.dtypes import Array
from poolcli.core.engine.split_output import working_set_bytes
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.compute_block import compute_block
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.output_blocks import one_block
from poolcli.core.recipe import Recipe

MAX_PLANS = 4
"""The number of plans of blocks that a thread keeps for all levels; each may hold several working
sets."""


class LevelsKernel(Protocol):
    """A computation of all levels of a mode at once, by one thread.

    Attributes
    ----------
    has_large_scratch : bool
        Whether the scratch memory is several times a block.
    """

    @property
    def has_large_scratch(self) -> bool: ...

    def pool(self, block: Array) -> list[Array] | None:
        """Return the levels of a block of the source.

        Parameters
        ----------
        block : ndarray
            The elements of the windows of all levels, which begin with its first element. It is not
            written to.

        Returns
        -------
        list of ndarray or None
            The values of the finest levels, as many as are computed at once and have a window in
            the block; None if the levels of this block are computed one by one faster. The next
            call may overwrite them.
        """


def levels_kernel(recipes: Sequence[Recipe]) -> LevelsKernel | None:
    """Return the mode's computation of all levels at once; None if it has none for the recipes.

    Parameters
    ----------
    recipes : sequence of Recipe
        The recipes of the levels, the finest first, each for the source.
    """
    if not recipes[0].mode.levels_kernel:
        return None
    module, name = recipes[0].mode.levels_kernel.split(":")
    kernel: LevelsKernel | None = getattr(import_module(module), name)(recipes)
    return kernel


class Level(NamedTuple):
    """One level that is computed from blocks.

    Attributes
    ----------
    recipe : Recipe
        From the source.
    from_before : Recipe or None
        From the level before, if it is computed from that.
    kernel : Kernel
        Computes `from_before`, or else `recipe`.
    out : WritableArray
        Receives the values.
    """

    recipe: Recipe
    from_before: Recipe | None
    kernel: Kernel
    out: WritableArray

    def ranges_of(self, in_ranges: Ranges) -> Ranges:
        """Return the ranges of the level whose windows begin in a block of the source."""
        ranges = list(in_ranges)
        for dim, axis in self.recipe.axes.items():
            start, stop = (-(-end // axis.kernel_size) for end in in_ranges[dim])
            ranges[dim] = start, min(stop, axis.out_size)
        return tuple(ranges)


@dataclass(frozen=True, slots=True)
class BlockInMemory:
    """A block of an array, which is read by the indices of the array."""

    values: Array
    ranges: Ranges

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        return self.values[
            tuple(
                slice(part.start - start, part.stop - start)
                for part, (start, _) in zip(index, self.ranges, strict=True)
            )
        ]


class BlockLevels:
    """The computation of all levels of a block of the source, by one thread."""

    def __init__(self, levels: list[Level], axis_order: AxisOrder) -> None:
        self.levels = levels
        self.axis_order = axis_order
        self.kernel = levels_kernel([level.recipe for level in levels])
        self.plans: dict[tuple[int, object], BlockPlan] = {}

    def __call__(self, values: Array, in_ranges: Ranges) -> None:
        """Compute and write all levels of a block.

        Parameters
        ----------
        values : ndarray
            The block; it is not written to.
        in_ranges : tuple of (int, int)
            Its ranges in the source, one per axis.
        """
        at_once = None if self.kernel is None else self.kernel.pool(values)
        source = before = BlockInMemory(values, in_ranges)
        for number, level in enumerate(self.levels):
            ranges = level.ranges_of(in_ranges)
            if any(start >= stop for start, stop in ranges):
                return  # coarser levels have no window here either
            index = tuple(slice(*span) for span in ranges)
            if at_once is not None and number < len(at_once):
                level.out[index] = at_once[number]
                continue
            if isinstance(level.out, np.ndarray):
                result = level.out[index]
            else:
                result = np.empty([stop - start for start, stop in ranges], level.recipe.out_dtype)
            finer, before = before, BlockInMemory(result, ranges)
            self._compute(number, source if level.from_before is None else finer, before)
            if not isinstance(level.out, np.ndarray):
                level.out[index] = result

    def _compute(self, number: int, source: BlockInMemory, result: BlockInMemory) -> None:
        """Compute one level of a block, in parts of the working set's size."""
        level, plans = self.levels[number], self.plans
        recipe = level.recipe if level.from_before is None else level.from_before
        total_bytes = working_set_bytes(recipe, level.kernel, self.axis_order)
        element_bytes = math.ceil(total_bytes / math.prod(recipe.out_shape))
        max_bytes = 1.5 * blocks.MAX_WORKING_SET_BYTES
        for ranges in split_by_bytes(result.ranges, element_bytes, self.axis_order, max_bytes):
            block = one_block(recipe, ranges)
            key = number, block.shape_key
            plan = plans.get(key)
            if plan is None:
                if len(plans) >= MAX_PLANS:
                    del plans[next(iter(plans))]
                plan = plans[key] = BlockPlan(recipe, block, self.axis_order)
            target = result[block.out_index]
            out = target if target.flags.c_contiguous else None
            values, _ = compute_block(recipe, level.kernel, source, block, plan, out)
            if values is not out:
                target[...] = values
