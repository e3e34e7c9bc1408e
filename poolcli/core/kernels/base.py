"""What the engine asks of a kernel, and how a mode's kernel is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from poolcli.core.blocks import Ranges, ReadableArray
from poolcli.core.dtypes import Array
from poolcli.core.recipe import Recipe


class Rounding(NamedTuple):
    """The error bound of values, and the exact test for integer results that it leaves undecided.

    The error of a value is at most ``relative * abs(value) + absolute``, and `per_magnitude` times
    the largest magnitude in its window more.

    Attributes
    ----------
    relative, per_magnitude : float
    absolute : ndarray or float
    reaches : callable
        Takes `round_half_up.Elements` and odd integers, one for each window. Returns whether
        the exact value of each window is at least half its integer.
    degree : int
        To which power `reaches` raises elements and integers at most.
    """

    reaches: Callable[[Any, Array], Array]
    degree: int = 1
    relative: float = 0.0
    absolute: Any = 0.0
    per_magnitude: float = 0.0


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
    doubt : ndarray of bool, optional
        Which values may have gone wrong on the way, and are to be computed with more care.
    rounding : Rounding, optional
        Where an integer result is wanted of values that were rounded as floats.
    """

    values: Array
    places: Array | None = None
    empty: Array | None = None
    doubt: Array | None = None
    rounding: Rounding | None = None


class Kernel(Protocol):
    """Computes a mode on a block of the result.

    Attributes
    ----------
    itemsize : int
        Bytes that an element takes while it is worked on.
    gathers : bool
        Whether all elements of all windows of a block stand side by side while it is worked on.
    ordered : bool
        Whether values depend on the order in which elements are put together, as rounded sums do.
    """

    @property
    def itemsize(self) -> int: ...

    @property
    def gathers(self) -> bool: ...

    @property
    def ordered(self) -> bool: ...

    def pool(self, source: ReadableArray, outs: Ranges, order: Sequence[int]) -> Outcome:
        """Compute the outputs `outs`; `order` is that of the axes in memory."""


@lru_cache(maxsize=256)
def kernel_for(recipe: Recipe) -> Kernel:
    """Make the kernel of the recipe's mode, or take the one that was made for it before."""
    return _factory(recipe.mode.kernel)(recipe)


@cache
def _factory(path: str) -> Callable[[Recipe], Kernel]:
    module, name = path.split(":")
    factory: Callable[[Recipe], Kernel] = getattr(import_module(module), name)
    return factory


def reach(recipe: Recipe, outs: Ranges) -> Ranges:
    """The box of the input that a block of windows looks at."""
    return tuple(
        recipe.axes[dim].input_range(*span) if dim in recipe.axes else span
        for dim, span in enumerate(outs)
    )


def is_reduced(recipe: Recipe, dim: int) -> bool:
    """Whether windows reach over more than one element of an axis."""
    return dim in recipe.axes and not recipe.axes[dim].is_identity
