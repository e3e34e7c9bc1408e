"""The kernel of separable modes, which reduces one axis after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from poolcli.core import blocks
from poolcli.core.axis import Axis
from poolcli.core.blocks import AxisOrder, Ranges, ReadableArray, block_shape
from poolcli.core.dtypes import Array
from poolcli.core.kernels import pairwise_order
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.fast_strided_copy import as_contiguous_rows
from poolcli.core.kernels.footprint_reduction import reduce_footprint
from poolcli.core.kernels.kernel_input_and_result import BlockResult, State, read_input
from poolcli.core.kernels.reduce_with_weights import WeightedReduction
from poolcli.core.kernels.reduction_protocol import Reduction
from poolcli.core.kernels.weighted_footprint_reduction import reduce_weighted_footprint
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, Range

MAX_READS = 16
"""Blocks are not halved if windows overlap so much that each element would be read more often."""

MAX_OVERLAPPING_BLOCKS = 50
"""The largest size of such blocks, in multiples of `blocks.MAX_INPUT_BLOCK_BYTES`."""


MAX_CHUNK_BYTES = 1 << 26
"""The working set up to which a chunk of the input is read at once if windows are read in parts."""


class SeparableKernel(NamedTuple):
    """A kernel that applies reduction steps to blocks.

    Values that the steps report as unreliable are computed again by the slower `fallback` steps.

    Windows larger than `blocks.MAX_INPUT_BLOCK_BYTES` are read in parts, so that windows may be
    larger than memory. If values depend on the order of elements, axes are reduced in the order of
    the input's axes, and windows are split where pairwise order splits them (see
    `poolcli.core.kernels.pairwise_order`). Windows with a footprint are read as a whole.
    """

    recipe: Recipe
    steps: Reduction
    element_bytes: int
    fallback: Reduction | None = None
    order_dependent: bool = False
    gathers_windows: bool = False

    def pool(
        self, source: ReadableArray, block: OutputBlock, plan: BlockPlan, out: Array | None = None
    ) -> BlockResult:
        result = self._result(self.steps, source, block, plan, out)
        unreliable = result.unreliable
        if unreliable is None or self.fallback is None or not unreliable.any():
            return result
        values = result.values.copy()  # it may be memory of the plan
        better = self._result(self.fallback, source, block, plan, None)
        np.copyto(values, better.values, where=unreliable)
        empty = result.empty if better.empty is None else better.empty
        bound = result.error_bound
        if bound is not None and better.error_bound is not None:
            absolute = np.where(unreliable, better.error_bound.absolute, bound.absolute)
            bound = bound._replace(absolute=absolute)
        return BlockResult(values, empty=empty, error_bound=bound)

    def _result(
        self,
        steps: Reduction,
        source: ReadableArray,
        block: OutputBlock,
        plan: BlockPlan,
        out: Array | None,
    ) -> BlockResult:
        """Compute one block with some steps."""
        if self.recipe.footprint is not None:
            elements = read_input(self.recipe, source, block.in_index)
            state = steps.lift(elements, block.in_ranges)
            if isinstance(steps, WeightedReduction):
                state = reduce_weighted_footprint(steps, state, plan)
            else:
                state = reduce_footprint(steps, state, plan)
            return steps.finish(state, plan, out)
        reducers = plan.reducers(steps, self.recipe.axes if self.order_dependent else None)
        if plan.in_elements * self.element_bytes > blocks.MAX_INPUT_BLOCK_BYTES:
            state = self._state_of_large_block(steps, source, block.out_ranges, plan.axis_order)
            return steps.finish(state, plan, out)
        elements = as_contiguous_rows(read_input(self.recipe, source, block.in_index))
        state = steps.lift(elements, block.in_ranges)
        if reducers:
            reducers[-1].out = out
        for reducer in reducers:
            state = steps.reduce(state, reducer)
            reducer.out = None
        return steps.finish(state, plan, out)

    def _state_of_large_block(
        self, steps: Reduction, source: ReadableArray, out_ranges: Ranges, axis_order: AxisOrder
    ) -> State:
        """Return the state of a block that is halved, down to one window, and read in parts."""
        recipe = self.recipe
        in_ranges = recipe.input_ranges(out_ranges)
        sizes = [stop - start for start, stop in in_ranges]
        dims = recipe.axes if self.order_dependent else axis_order
        dims = [dim for dim in dims if recipe.is_reduced(dim)]
        chunk_shape = getattr(source, "chunk_shape", None)
        part_sizes = self._part_sizes(sizes, dims, axis_order, chunk_shape)
        if self._overlap_much(out_ranges, sizes, dims):
            part_sizes = sizes
        for dim in dims:
            first, stop = out_ranges[dim]
            if part_sizes[dim] < sizes[dim] and stop - first > 1:
                middle = (first + stop) // 2
                before, after = out_ranges[:dim], out_ranges[dim + 1 :]
                halves = [(*before, half, *after) for half in ((first, middle), (middle, stop))]
                states = [
                    self._state_of_large_block(steps, source, half, axis_order) for half in halves
                ]
                return tuple(np.concatenate(arrays, dim) for arrays in zip(*states, strict=True))
        return self._reduced_state(steps, source, out_ranges, in_ranges, dims, part_sizes)

    def _overlap_much(self, out_ranges: Ranges, sizes: Sequence[int], dims: Sequence[int]) -> bool:
        """Return whether to read a block once, for windows that share most of their elements."""
        n_windows = math.prod(out_ranges[dim][1] - out_ranges[dim][0] for dim in dims)
        n_reads = n_windows * self.recipe.max_window_elements
        is_shared = n_reads > MAX_READS * math.prod(sizes[dim] for dim in dims)
        max_bytes = MAX_OVERLAPPING_BLOCKS * blocks.MAX_INPUT_BLOCK_BYTES
        return is_shared and math.prod(sizes) * self.element_bytes <= max_bytes

    def _part_sizes(
        self,
        sizes: Sequence[int],
        dims: Sequence[int],
        axis_order: AxisOrder,
        chunk_shape: Sequence[int] | None,
    ) -> list[int]:
        """Return how many positions of each axis are read at a time.

        Only reduced axes can be split. The number of elements of a part is a power of two, as
        `merge_parts` requires. The first axis is split into parts of at least
        `pairwise_order.STRIDED_GROUP_ELEMENTS`. Chunks of the source are not split unless they are
        large.
        """
        total = math.prod(sizes) * self.element_bytes
        if total <= blocks.MAX_INPUT_BLOCK_BYTES:
            return list(sizes)
        axes = self.recipe.axes
        minimum = [1] * len(sizes)
        for dim in dims:
            minimum[dim] = pairwise_order.GROUP_ELEMENTS * axes[dim].dilation
        for dim in [dim for dim in dims if axes[dim].max_elements > 1][:1]:
            minimum[dim] = pairwise_order.STRIDED_GROUP_ELEMENTS * axes[dim].dilation
        if chunk_shape is not None:
            whole = [max(each) for each in zip(minimum, chunk_shape, strict=True)]
            whole_bytes = math.prod(map(min, whole, sizes)) * self.element_bytes
            if whole_bytes <= MAX_CHUNK_BYTES:
                minimum = whole
        split_order = [dim for dim in axis_order if dim in dims]
        part_sizes = block_shape(sizes, total, split_order, blocks.MAX_INPUT_BLOCK_BYTES, minimum)
        for dim in dims:
            dilation = axes[dim].dilation
            if part_sizes[dim] < sizes[dim]:
                n_elements = max(part_sizes[dim] // dilation, 1)
                part_sizes[dim] = pairwise_order.largest_power_of_two(n_elements) * dilation
        return part_sizes

    def _reduced_state(
        self,
        steps: Reduction,
        source: ReadableArray,
        out_ranges: Ranges,
        in_ranges: Ranges,
        dims: Sequence[int],
        part_sizes: Sequence[int],
    ) -> State:
        """Return the state of some ranges, read in parts, with the axes `dims` reduced."""
        if all(part_sizes[dim] >= in_ranges[dim][1] - in_ranges[dim][0] for dim in dims):
            in_index = tuple(slice(*span) for span in in_ranges)
            state = steps.lift(read_input(self.recipe, source, in_index), in_ranges)
            for dim in dims:
                axis_block = AxisBlock(self.recipe.axes[dim], out_ranges[dim], in_ranges[dim])
                state = steps.reduce(state, AxisReducer(dim, axis_block))
            return state
        *earlier_dims, dim = dims
        axis = self.recipe.axes[dim]

        def part_states() -> Iterator[State]:
            for span in _split_range(axis, out_ranges[dim], in_ranges[dim], part_sizes[dim]):
                ranges = (*in_ranges[:dim], span, *in_ranges[dim + 1 :])
                state = self._reduced_state(
                    steps, source, out_ranges, ranges, earlier_dims, part_sizes
                )
                yield steps.reduce(state, AxisReducer(dim, AxisBlock(axis, out_ranges[dim], span)))

        return merge_parts(part_states(), steps.merge)


def merge_parts(parts: Iterable[State], merge: Callable[[State, State], State]) -> State:
    """Merge the states of consecutive parts of one window, in pairwise order.

    Parameters
    ----------
    parts : iterable of tuple of ndarray
        The states. The parts have equal sizes, except the last, which may be smaller. The size is a
        power of two and at least one group, so that each part is a subtree of
        the window's order.
    merge : callable
        Merges two states, as `Reduction.merge`.

    Examples
    --------
    >>> merge_parts([("a",), ("b",), ("c",)], lambda a, b: (f"({a[0]}{b[0]})",))
    ('((ab)c)',)
    """
    subtrees: list[tuple[int, State]] = []  # numbers of parts, decreasing powers of two, and states
    for state in parts:
        n_parts = 1
        while subtrees and subtrees[-1][0] == n_parts:
            state = merge(subtrees.pop()[1], state)
            n_parts *= 2
        subtrees.append((n_parts, state))
    _, state = subtrees.pop()
    while subtrees:
        state = merge(subtrees.pop()[1], state)
    return state


def _split_range(axis: Axis, outs: Range, ins: Range, part_size: int) -> list[Range]:
    """Split a range of an axis into parts; each holds elements of its (only) window."""
    low, high = ins
    if part_size >= high - low:
        return [ins]
    offset = (axis.first_position(outs[0]) - low) % axis.dilation
    return [(at, min(at + part_size, high)) for at in range(low, high - offset, part_size)]
