"""An example of a new mode, the midrange of each window, made as CONTRIBUTING.md describes."""

from __future__ import annotations

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.kernels.kernel_input_and_result import BlockResult, State
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.modes import Mode, register_mode
from poolcli.core.recipe import Recipe


class MidrangeSteps:
    """The steps of the mode; the state is the maximum and the minimum."""

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        return block, block

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        maximum, minimum = state
        return (
            reducer.reduce(np.maximum, maximum, 0, maximum.dtype, number=0),
            reducer.reduce(np.minimum, minimum, 0, minimum.dtype, number=1),
        )

    def merge(self, state: State, other: State) -> State:
        return np.maximum(state[0], other[0]), np.minimum(state[1], other[1])

    def finish(self, state: State, plan: BlockPlan, out: Array | None) -> BlockResult:
        return BlockResult(np.add(*state, dtype=np.float64) / 2)


def midrange_kernel(recipe: Recipe) -> SeparableKernel:
    """Return the kernel of the mode."""
    return SeparableKernel(recipe, MidrangeSteps(), recipe.in_dtype.itemsize)


def register_midrange() -> None:
    """Add the mode to the table of modes."""
    register_mode(
        Mode(
            name="midrange",
            summary="the mean of the largest and the smallest value",
            kernel="tests.core.example_mode:midrange_kernel",
            arguments=frozenset({"q"}),
        )
    )
