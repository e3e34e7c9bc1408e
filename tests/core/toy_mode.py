"""A mode that poolcli does not have, the range of each window, made as CONTRIBUTING.md says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.base import BlockResult
from poolcli.core.kernels.pairwise_reduce import State
from poolcli.core.kernels.reduce_axis import reduce_axis
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.modes import Mode, register_mode
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, Range


class Extent:
    """The state is the greatest and the least."""

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        return block, block

    def reduce(self, state: State, dim: int, part: AxisBlock) -> State:
        both = zip((np.maximum, np.minimum), state, strict=True)
        return tuple(reduce_axis(ufunc, each, dim, part, 0, each.dtype) for ufunc, each in both)

    def merge(self, state: State, other: State) -> State:
        return np.maximum(state[0], other[0]), np.minimum(state[1], other[1])

    def finish(self, state: State, outs: Sequence[Range]) -> BlockResult:
        return BlockResult(state[0] - state[1])


def kernel(recipe: Recipe) -> SeparableKernel:
    """Its kernel."""
    return SeparableKernel(recipe, Extent(), recipe.in_dtype.itemsize)


def enter() -> None:
    """Its one entry."""
    register_mode(
        Mode(
            name="range",
            summary="the largest value less the smallest",
            kernel="tests.core.toy_mode:kernel",
            result_dtype="input",
            arguments=frozenset({"q"}),
        )
    )
