"""What the engine asks of a kernel, and how a mode's kernel is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol

import numpy as np

from poolcli.core.cut import Ranges, Readable
from poolcli.core.dtypes import Array
from poolcli.core.recipe import Recipe


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
    """

    values: Array
    places: Array | None = None
    empty: Array | None = None
    doubt: Array | None = None


class Kernel(Protocol):
    """Computes a mode on a block of the result.

    Attributes
    ----------
    itemsize : int
        Bytes that an element takes while it is worked on.
    gathers : bool
        Whether all elements of all windows of a block stand side by side while it is worked on.
    """

    @property
    def itemsize(self) -> int: ...

    @property
    def gathers(self) -> bool: ...

    def pool(self, source: Readable, outs: Ranges, order: Sequence[int]) -> Outcome:
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
        recipe.axes[dim].reach(*span) if dim in recipe.axes else span
        for dim, span in enumerate(outs)
    )


def is_reduced(recipe: Recipe, dim: int) -> bool:
    """Whether windows reach over more than one element of an axis."""
    return dim in recipe.axes and not recipe.axes[dim].trivial


def counted(block: Array, value: Any, *, alpha: bool = False) -> Array:
    """Where a block holds something else than the value that is to be left out.

    With `alpha` the last channel is alpha, which always counts.
    """
    if value is None:
        return np.ones(block.shape, np.bool_)
    seen: Array = np.logical_not(np.isnan(block)) if value != value else np.not_equal(block, value)
    if alpha:
        seen[..., -1] = True
    return seen


def left_out(block: Array, seen: Array, value: Any) -> Array:
    """A copy of a block with a value where it is not seen.

    Integers of a byte, or 0 instead of integers, take arithmetic: it does not branch as selecting
    does, and is three to ten times as fast.
    """
    if block.dtype.kind in "iu" and (block.dtype.itemsize == 1 or value == 0):
        seen = seen.view(block.dtype) if block.dtype.itemsize == 1 else seen
        if not value:
            kept: Array = np.multiply(block, seen, dtype=block.dtype)
            return kept
        kept = np.bitwise_xor(block, value)
        np.multiply(kept, seen, out=kept, dtype=block.dtype)
        kept ^= value
        return kept
    kept = block.copy()
    np.copyto(kept, value, where=~seen)
    return kept
