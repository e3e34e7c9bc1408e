"""What the engine asks of a kernel, and how a mode's kernel is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.recipe import Recipe
from poolcli.core.taps import Part, Range

State: TypeAlias = tuple[Array, ...]


class Outcome(NamedTuple):
    """What a kernel makes of a block.

    Attributes
    ----------
    values : ndarray
        Not cast yet, but without any loss that the cast would notice.
    places : ndarray of int64, optional
        Where each value stood, where the recipe asks for it.
    empty : ndarray of bool, optional
        Which windows had no element left, where the recipe ignores a value.
    """

    values: Array
    places: Array | None = None
    empty: Array | None = None


class Kernel(Protocol):
    """Computes a mode on pieces of an array, in partial results that can be put together.

    The state is a few arrays of the block's shape, reduced together one axis at a time.
    """

    def lift(self, block: Array, ins: Sequence[Range]) -> State:
        """Turn elements into state. `ins` says where in the input the block lies."""

    def fold(self, state: State, dim: int, part: Part) -> State:
        """Reduce the state along one axis."""

    def merge(self, state: State, other: State) -> State:
        """Put together the states of two pieces of the same windows; may reuse `state`."""

    def finish(self, state: State, outs: Sequence[Range]) -> Outcome:
        """Turn the state into values."""

    def doubtful(self, values: Array) -> Array | None:
        """Which values went wrong and are to be computed by `careful`; None for none."""

    def careful(self) -> Kernel:
        """The slower kernel for doubtful values."""


def kernel_for(recipe: Recipe) -> Kernel:
    """Make the kernel of the recipe's mode."""
    return _factory(recipe.mode.kernel)(recipe)


@cache
def _factory(path: str) -> Callable[[Recipe], Kernel]:
    module, name = path.split(":")
    factory: Callable[[Recipe], Kernel] = getattr(import_module(module), name)
    return factory


def counted(block: Array, value: Any) -> Array:
    """Where a block holds something else than the value that is to be left out."""
    if value is None:
        return np.ones(block.shape, np.bool_)
    return np.logical_not(np.isnan(block)) if value != value else np.not_equal(block, value)
