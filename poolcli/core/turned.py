"""Arrays whose axes do not stand as they lie in memory, turned so that they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Turned:
    """A source or a result whose axis ``order[i]`` is seen as axis ``i``."""

    whole: Any
    order: tuple[int, ...]

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        return np.asarray(self.whole[self._plain(index)]).transpose(self.order)

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        back = sorted(range(len(self.order)), key=self.order.__getitem__)
        self.whole[self._plain(index)] = value.transpose(back)

    def _plain(self, index: tuple[slice, ...]) -> tuple[slice, ...]:
        plain = [slice(None)] * len(index)
        for axis, each in zip(self.order, index, strict=True):
            plain[axis] = each
        return tuple(plain)


def may_turn(recipe: Recipe, order: Sequence[int]) -> bool:
    """Whether turning changes anything, and nothing hangs on which axis is which."""
    fixed = recipe.indices or recipe.alpha or recipe.pixels
    return list(order) != sorted(order) and not fixed


def turn(recipe: Recipe, order: Sequence[int]) -> Recipe:
    """The recipe for a turned array.

    Kernels fold fastest along rows, which are the last axis only in C order.
    """
    return replace(
        recipe,
        shape=tuple(recipe.shape[dim] for dim in order),
        out_shape=tuple(recipe.out_shape[dim] for dim in order),
        axes={place: recipe.axes[dim] for place, dim in enumerate(order) if dim in recipe.axes},
    )
