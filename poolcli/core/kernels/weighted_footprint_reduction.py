"""Weighted sums of windows with a footprint, if the weight of an element depends on its place.

A footprint consists of runs: elements that are adjacent along the last pooled axis. The weighted
sum of each distinct run is computed once; a run that contains the one before adds only the other
elements to it. Then it takes part in the windows as often as the footprint has it, with the weights
along the other axes.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.footprint_reduction import (
    every_position,
    keep_footprint_plan,
    runs_of_row,
    tap_positions,
)
from poolcli.core.kernels.kernel_input_and_result import State, slice_state
from poolcli.core.kernels.reduce_with_weights import WeightedReduction
from poolcli.core.taps import AxisBlock, Range, Windows


class _Run(NamedTuple):
    """A distinct run of a footprint.

    Attributes
    ----------
    continues : bool
        Whether its sum is that of the run before, and the terms of `taps`.
    taps : list of int
        Elements along the last pooled axis.
    rows : list of tuple of int
        The taps of the other pooled axes at which the footprint has the run.
    """

    continues: bool
    taps: list[int]
    rows: list[tuple[int, ...]]


class _Plan(NamedTuple):
    """The plan of a reduction for blocks of one shape: pooled axes, of which runs lie on the last.

    Attributes
    ----------
    dims : list of int
    windows : list of AxisBlock
        Along each of `dims`.
    extensions : list of AxisReducer
        They extend the block by elements in the padding, so that all windows are complete.
    runs : list of _Run
    """

    dims: list[int]
    windows: list[AxisBlock]
    extensions: list[AxisReducer]
    runs: list[_Run]


def reduce_weighted_footprint(steps: WeightedReduction, state: State, plan: BlockPlan) -> State:
    """Return the weighted sums of windows with a footprint.

    The order in which elements are combined depends on the footprint alone.

    Parameters
    ----------
    steps : WeightedReduction
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
    prepared = keep_footprint_plan(steps, plan, _plan)
    for extension in prepared.extensions:
        state = steps.reduce(state, extension)
    *dims, dim = prepared.dims
    *others, last = prepared.windows
    shape = (1,) * state[0].ndim
    run_sum = total = state
    for number, run in enumerate(prepared.runs):
        for at, tap in enumerate(run.taps):
            elements = slice_state(state, dim, tap_positions(last, tap))
            term = steps.weigh(elements, last.axis.kernel_size, tap, tap + 1, shape)
            run_sum = steps.merge(run_sum, term) if run.continues or at else term
        for at, row in enumerate(run.rows):
            term = run_sum
            for axis, windows, tap in zip(dims, others, row, strict=True):
                term = slice_state(term, axis, tap_positions(windows, tap))
                term = steps.weigh(term, windows.axis.kernel_size, tap, tap + 1, shape)
            total = steps.merge(total, term) if number or at else term
    return total


def _plan(footprint: Array, dims: list[int], axis_blocks: Windows) -> _Plan:
    """Return the plan for the pooled axes, in the order of the input's axes."""
    windows = {dim: block for dim in dims if (block := axis_blocks[dim]) is not None}
    order = list(windows)
    others = [each for each in range(len(axis_blocks)) if each not in windows]
    mask = footprint.transpose([*order, *others])
    mask = mask.reshape(mask.shape[: len(order)])
    rows: dict[Range, list[tuple[int, ...]]] = {}
    for taps in np.ndindex(mask.shape[:-1]):
        for run in runs_of_row(mask[taps]):
            rows.setdefault(run, []).append(taps)
    by_length = sorted(rows, key=lambda run: (run[1] - run[0], run))
    runs = [_Run(False, list(range(*run)), rows[run]) for run in by_length[:1]]
    for before, run in pairwise(by_length):
        contained = run[0] <= before[0] and before[1] <= run[1]
        taps_left = [tap for tap in range(*run) if not contained or tap not in range(*before)]
        runs.append(_Run(contained, taps_left, rows[run]))
    extensions = [AxisReducer(dim, every_position(windows[dim])) for dim in order]
    return _Plan(order, [windows[dim] for dim in order], extensions, runs)
