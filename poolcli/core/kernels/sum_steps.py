"""Sums along axes: the steps of separable modes whose states are sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.kernel_input_and_result import State
from poolcli.core.recipe import Recipe


@dataclass(frozen=True, slots=True)
class SumSteps:
    """The steps `reduce` and `merge` of modes whose states are sums; see `Reduction`.

    Attributes
    ----------
    recipe : Recipe
    dtypes : tuple of dtype
        The dtypes of the state's arrays once an axis is reduced; may be longer than the state.
    """

    recipe: Recipe
    dtypes: tuple[DType, ...]
    is_idempotent: ClassVar[bool] = False

    def reduce(self, state: State, reducer: AxisReducer) -> State:
        return sum_axis(state, reducer, self.dtypes)

    def merge(self, state: State, other: State) -> State:
        return tuple(np.add(a, b) for a, b in zip(state, other, strict=True))


def sum_axis(
    state: Sequence[Array], reducer: AxisReducer, dtypes: Sequence[DType], first_number: int = 0
) -> State:
    """Sum each array of a state along one axis.

    Parameters
    ----------
    state : sequence of ndarray
    reducer : AxisReducer
    dtypes : sequence of dtype
        The dtype to sum each array in; may be longer than the state.
    first_number : int
        The number of the first array in its state.

    Returns
    -------
    tuple of ndarray
        With one element per window along the axis.
    """
    return tuple(
        reducer.reduce(np.add, array, 0, dtype, number)
        for number, (array, dtype) in enumerate(zip(state, dtypes, strict=False), first_number)
    )
