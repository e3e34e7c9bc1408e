"""A mode that poolcli does not have, the range of each window, made as CONTRIBUTING.md says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.base import Outcome
from poolcli.core.kernels.fold import fold
from poolcli.core.kernels.separable import Separable, State
from poolcli.core.modes import Mode, register_mode
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, Range


class Extent:
    """The state is the greatest and the least."""

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        return block, block

    def fold(self, state: State, dim: int, part: AxisBlock) -> State:
        both = zip((np.maximum, np.minimum), state, strict=True)
        return tuple(fold(ufunc, each, dim, part, 0, each.dtype) for ufunc, each in both)

    def merge(self, state: State, other: State) -> State:
        return np.maximum(state[0], other[0]), np.minimum(state[1], other[1])

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        return Outcome(state[0] - state[1])


def kernel(recipe: Recipe) -> Separable:
    """Its kernel."""
    return Separable(recipe, Extent(), recipe.in_dtype.itemsize)


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
