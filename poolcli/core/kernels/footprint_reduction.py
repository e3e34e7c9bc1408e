"""Reduction of windows with a footprint, by the steps of any separable mode.

A footprint consists of runs: elements that are adjacent along the last pooled axis. Windows of 1,
2, 4, 8, … elements along this axis are reduced at every position, each from the one before. Each
distinct run is put together from them, and takes part in the result of a window as often as the
footprint has it. It is fast because a disk of n rows has about n / 2 distinct runs, but
about 0.8 * n ** 2 elements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, groupby
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_input_and_result import State, slice_state
from poolcli.core.kernels.reduction_protocol import Reduction
from poolcli.core.taps import AxisBlock, Range, Windows

Index: TypeAlias = tuple[slice, ...]
FootprintPlan = TypeVar("FootprintPlan")


class _FootprintPlan(NamedTuple):
    """The plan of a reduction for blocks of one shape.

    Attributes
    ----------
    dim, dilation : int
        The axis along which runs lie, and the distance of a run's elements.
    extensions : list of AxisReducer
        They extend the block by elements in the padding, so that all windows are complete.
    runs : dict of (int, int) to list of tuple of slice
        By run: where the footprint has it, as the positions of the runs of all windows. The runs
        are in the order of their lengths.
    """

    dim: int
    dilation: int
    extensions: list[AxisReducer]
    runs: dict[Range, list[Index]]


def reduce_footprint(steps: Reduction, state: State, plan: BlockPlan) -> State:
    """Return the state of windows with a footprint.

    The order in which elements are combined depends on the footprint alone.

    Parameters
    ----------
    steps : Reduction
        The steps of the mode.
    state : tuple of ndarray
        The elements of the block, as `steps.lift` returns them.
    plan : BlockPlan
        The plan of the block, of a recipe with a footprint.

    Returns
    -------
    tuple of ndarray
        New arrays: one state per window of the block.
    """
    return _reduce(steps, state, keep_footprint_plan(steps, plan, _plan))


def keep_footprint_plan(
    steps: Reduction, plan: BlockPlan, make: Callable[[Array, list[int], Windows], FootprintPlan]
) -> FootprintPlan:
    """Return the plan of a reduction over a footprint, which is made once for blocks of one shape.

    Parameters
    ----------
    steps : Reduction
        The steps of the mode.
    plan : BlockPlan
        The plan of the block, of a recipe with a footprint.
    make : callable
        Takes the footprint, the pooled axes in the order of the input's axes, and the windows along
        each axis. Returns the plan.
    """
    footprint, axes = plan.recipe.footprint, list(plan.recipe.axes)
    assert footprint is not None
    # With the plan, `steps` is kept, so that no other object gets the same id.
    key = "footprint", id(steps)
    return plan.keep(key, lambda: (steps, make(footprint, axes, plan.windows)))[1]


def reduce_gathered_windows(
    steps: Reduction, state: State, footprint: Array, dims: Sequence[int]
) -> State:
    """Return the state of windows whose elements are gathered, bit for bit as in a block.

    Parameters
    ----------
    steps : Reduction
        The steps of the mode.
    state : tuple of ndarray
        The elements: one axis per pooled axis, and one axis of windows.
    footprint : ndarray of bool
        Of the shape of a window, with a last axis of size 1.
    dims : sequence of int
        The pooled axes in the order of the input's axes.

    Returns
    -------
    tuple of ndarray
        New arrays: one state per window; the pooled axes have size 1.
    """
    windows: list[AxisBlock | None] = [
        AxisBlock(Axis(size, 1, size), (0, 1), (0, size)) for size in footprint.shape[:-1]
    ]
    return _reduce(steps, state, _plan(footprint, dims, [*windows, None]))


def _reduce(steps: Reduction, state: State, plan: _FootprintPlan) -> State:
    for extension in plan.extensions:
        state = steps.reduce(state, extension)
    windows = _PowerOfTwoWindows(steps, state, plan.dim, plan.dilation)
    runs = plan.runs
    result: State | None = None
    for length, runs_of_length in groupby(runs, lambda run: run[1] - run[0]):
        reduced = windows.reduce_run(length)
        for index in chain.from_iterable(runs[run] for run in runs_of_length):
            part = tuple(array[index] for array in reduced)
            result = part if result is None else steps.merge(result, part)
    assert result is not None  # a footprint has elements
    is_single = sum(map(len, runs.values())) == 1
    return tuple(array.copy() for array in result) if is_single else result


class _PowerOfTwoWindows:
    """Windows of 1, 2, 4, 8, … elements along one axis, reduced at every position.

    Parameters
    ----------
    steps : Reduction
        The steps of the mode.
    state : tuple of ndarray
        One element at every position.
    dim, dilation : int
        The axis, and the distance of a window's elements.
    """

    def __init__(self, steps: Reduction, state: State, dim: int, dilation: int) -> None:
        self.steps, self.dim, self.dilation = steps, dim, dilation
        self.states = [state]

    def reduce_run(self, length: int) -> State:
        """Return runs of some elements, one for each position at which a run begins.

        Their number is that of the positions at which all elements of a run exist.
        """
        exponent = length.bit_length() - 1
        while len(self.states) <= exponent:
            last = self.states[-1]
            self.states.append(self._join(last, last, 1 << (len(self.states) - 1)))
        run, n_elements = self.states[exponent], 1 << exponent
        if self.steps.is_idempotent and n_elements < length:
            return self._join(run, run, length - n_elements)
        for lower in reversed(range(exponent)):
            if length >> lower & 1:
                run = self._join(run, self.states[lower], n_elements)
                n_elements += 1 << lower
        return run

    def _join(self, first: State, second: State, distance: int) -> State:
        """Merge windows with those that begin some elements later."""
        offset = distance * self.dilation
        size = second[0].shape[self.dim] - offset
        one = slice_state(first, self.dim, slice(0, size))
        return self.steps.merge(one, slice_state(second, self.dim, slice(offset, offset + size)))


def _plan(footprint: Array, dims: Sequence[int], axis_blocks: Windows) -> _FootprintPlan:
    """Return the plan for the pooled axes `dims`, in the order of the input's axes."""
    rank = len(axis_blocks)
    windows = {dim: block for dim, block in enumerate(axis_blocks) if block is not None}
    reduced = [dim for dim in dims if dim in windows]
    # Runs lie along the last axis on which the kernel has several elements.
    several = [dim for dim in reduced if footprint.shape[dim] > 1]
    dim = (several or reduced)[-1]
    order = [each for each in reduced if each != dim]
    others = [each for each in range(rank) if each not in reduced]
    mask = footprint.transpose([*order, dim, *others])
    mask = mask.reshape(mask.shape[: len(reduced)])
    runs: dict[Range, list[Index]] = {}
    for taps in np.ndindex(mask.shape[:-1]):
        for start, stop in runs_of_row(mask[taps]):
            index = [slice(None)] * rank
            for each, tap in zip([*order, dim], [*taps, start], strict=True):
                index[each] = tap_positions(windows[each], tap)
            runs.setdefault((start, stop), []).append(tuple(index))
    # Runs along an axis need its elements in the dtype of the reduced state.
    extended = [each for each in reduced if each == dim or not is_complete(windows[each])]
    extensions = [AxisReducer(each, every_position(windows[each])) for each in extended]
    by_length = dict(sorted(runs.items(), key=lambda item: item[0][1] - item[0][0]))
    return _FootprintPlan(dim, windows[dim].axis.dilation, extensions, by_length)


def tap_positions(windows: AxisBlock, tap: int) -> slice:
    """Return the positions of a tap of all windows, counted from the first window's first one."""
    axis, (first, stop) = windows.axis, windows.out_range
    start = tap * axis.dilation
    return slice(start, start + (stop - first - 1) * axis.stride + 1, axis.stride)


def is_complete(windows: AxisBlock) -> bool:
    """Return whether the block holds all positions of all windows, and no others."""
    axis, (first, stop) = windows.axis, windows.out_range
    span = axis.first_position(first), axis.last_position(stop - 1) + 1
    return span == windows.in_range


def every_position(windows: AxisBlock) -> AxisBlock:
    """Return windows of one element at every position from the first window's to the last's."""
    axis, (first, stop) = windows.axis, windows.out_range
    start, end = axis.first_position(first), axis.last_position(stop - 1) + 1
    every = Axis(axis.size, end - start, kernel_size=1, pad_before=-start)
    return AxisBlock(every, (0, end - start), windows.in_range)


def runs_of_row(row: Array) -> Iterator[Range]:
    """Yield the ranges of adjacent elements of a footprint's row.

    Examples
    --------
    >>> list(runs_of_row(np.array([True, False, True, True])))
    [(0, 1), (2, 4)]
    """
    start = 0
    for is_element, group in groupby(row.tolist()):
        stop = start + len(list(group))
        if is_element:
            yield start, stop
        start = stop
