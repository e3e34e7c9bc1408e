"""Windows that hold all elements of an axis: they are equal, so that they are computed once.

With a kernel larger than the axis and as much padding, most windows cover the whole axis. A kernel
and a padding that are smaller by the same number of elements give the same windows, without most of
the repeated ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.blocks import ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.compute_block import compute_block
from poolcli.core.kernels.kernel_input_and_result import BlockResult
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.output_blocks import OutputBlock, one_block
from poolcli.core.recipe import Recipe
from poolcli.core.taps import Range


class Repeats(NamedTuple):
    """Windows of an axis that repeat the windows before them.

    Attributes
    ----------
    first, period : int
        The windows from `first` on, `period` of them, are repeated in turn. Windows with a dilation
        cover the axis in several ways, so that the period may be longer than 1.
    n_repeats : int
        The number of windows after them that repeat them.
    """

    first: int
    period: int
    n_repeats: int

    def distinct(self, window: Array) -> Array:
        """Return the number that a window has if the windows that repeat others are left out."""
        in_period = self.first + (window - self.first) % self.period
        stop = self.first + self.period + self.n_repeats
        return np.where(
            window < self.first, window, np.where(window < stop, in_period, window - self.n_repeats)
        )

    def distinct_range(self, windows: Range) -> tuple[Range, Array]:
        """Return the range of distinct windows that hold a range of windows, and an index of it.

        Returns
        -------
        distinct : (int, int)
            A range of the windows that are left if those that repeat others are left out.
        index : ndarray of int
            The place in this range of each of `windows`.
        """
        numbers = self.distinct(np.arange(*windows))
        low = int(numbers.min(initial=windows[0]))
        return (low, int(numbers.max(initial=low)) + 1), numbers - low


class RepeatedWindowsKernel(NamedTuple):
    """A kernel that computes the distinct windows of a block with another kernel, and repeats them.

    Attributes
    ----------
    recipe : Recipe
        The recipe without repeated windows, from `without_repeats`.
    repeats : dict of int to Repeats
        The repeated windows of each axis that has some.
    kernel : Kernel
        The kernel of `recipe`.
    """

    recipe: Recipe
    repeats: Mapping[int, Repeats]
    kernel: Kernel

    @property
    def element_bytes(self) -> int:
        return self.kernel.element_bytes

    @property
    def gathers_windows(self) -> bool:
        return self.kernel.gathers_windows

    @property
    def order_dependent(self) -> bool:
        return self.kernel.order_dependent

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        ranges, index_of = list(block.out_ranges), {}
        for dim, repeats in self.repeats.items():
            ranges[dim], index_of[dim] = repeats.distinct_range(block.out_ranges[dim])
        distinct = one_block(self.recipe, tuple(ranges))
        distinct_plan = BlockPlan(self.recipe, distinct, plan.axis_order)
        values, indices = compute_block(self.recipe, self.kernel, source, distinct, distinct_plan)
        for dim, index in index_of.items():
            values = values.take(index, axis=dim)
            indices = None if indices is None else indices.take(index, axis=dim)
        return BlockResult(values, indices)


@lru_cache(maxsize=256)
def without_repeats(recipe: Recipe) -> tuple[Recipe, dict[int, Repeats]]:
    """Return the recipe for the distinct windows alone, and the windows that are left out.

    Parameters
    ----------
    recipe : Recipe

    Returns
    -------
    recipe : Recipe
        The same recipe if no windows repeat others.
    repeats : dict of int to Repeats
        By axis.
    """
    if recipe.footprint is not None or recipe.mode.has_positional_weights:
        # The values of windows with the same elements depend on the places of these.
        return recipe, {}
    axes, out_shape, repeats = dict(recipe.axes), list(recipe.out_shape), {}
    for dim, axis in recipe.axes.items():
        found = find_repeats(axis)
        if found is not None:
            repeats[dim] = found
            axes[dim] = remove_repeats(axis, found)
            out_shape[dim] = axes[dim].out_size
    return (replace(recipe, axes=axes, out_shape=tuple(out_shape)) if repeats else recipe), repeats


def find_repeats(axis: Axis) -> Repeats | None:
    """Return the windows of an axis that hold all its elements like windows before them.

    Windows that reach past the padding (`ceil_mode`) are none of them, because their means have
    another divisor.

    Examples
    --------
    >>> find_repeats(Axis(size=3, out_size=9, kernel_size=8, pad_before=7, pad_after=6))
    Repeats(first=2, period=1, n_repeats=5)
    """
    if axis.is_adaptive or axis.kernel_size < axis.max_elements + 1:
        return None
    extent = (axis.kernel_size - 1) * axis.dilation
    first = max(0, -(-(axis.size - 1 - extent + axis.pad_before) // axis.stride))
    last = min(axis.out_size - 1, axis.pad_before // axis.stride)
    if axis.last_position(last) >= axis.size + axis.pad_after:
        last -= 1
    period = axis.dilation // math.gcd(axis.dilation, axis.stride)
    n_repeats = (last - first + 1) // period * period - period
    return Repeats(first, period, n_repeats) if n_repeats > 0 else None


def remove_repeats(axis: Axis, repeats: Repeats) -> Axis:
    """Return an axis with the same windows except for those that repeat others.

    Examples
    --------
    >>> axis = Axis(size=3, out_size=9, kernel_size=8, pad_before=7, pad_after=6)
    >>> smaller = remove_repeats(axis, find_repeats(axis))
    >>> smaller.out_size, smaller.kernel_size, smaller.pad_before, smaller.pad_after
    (4, 3, 2, 1)
    """
    shift = repeats.n_repeats * axis.stride
    n_taps = shift // axis.dilation
    return axis._replace(
        out_size=axis.out_size - repeats.n_repeats,
        kernel_size=axis.kernel_size - n_taps,
        pad_before=axis.pad_before - shift,
        pad_after=axis.pad_after - shift,
        extra_padding=n_taps,
    )
