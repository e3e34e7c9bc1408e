"""Where `max` and `min` stood, in windows of few elements."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.blocks import Ranges, ReadableArray, read_block
from poolcli.core.dtypes import Array
from poolcli.core.kernels.base import Outcome, is_reduced, reach
from poolcli.core.kernels.separable import Separable
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, AxisIndex, taps

MOST = 64
"""Windows of more elements are better folded with their places."""


def fits(recipe: Recipe) -> bool:
    """Whether windows are small enough, and all alike."""
    axes = recipe.axes.values()
    alike = not any(axis.is_adaptive for axis in axes)
    return recipe.ignored is None and alike and math.prod(axis.kernel_size for axis in axes) <= MOST


class Places(NamedTuple):
    """Finds the values first, at their full speed, and then which element of the window each was.

    Fast because that element's number is a byte: a comparison and a maximum of bytes for each,
    and one look-up in a table of flat places at the end.
    """

    recipe: Recipe
    values: Separable
    itemsize: int
    gathers: bool = False
    ordered: bool = False

    def pool(self, source: ReadableArray, outs: Ranges, order: Sequence[int]) -> Outcome:
        recipe = self.recipe
        best = self.values.pool(source, outs, order).values
        ins = reach(recipe, outs)
        block = np.asarray(read_block(source, ins)).astype(recipe.in_dtype, copy=False)
        elements = list(self._elements(outs, ins))
        # From the end, so that the greatest number is that of the first of equals; 0 is nowhere.
        size = len(elements)
        code = np.zeros(best.shape, np.uint8)
        for number, (there, here) in enumerate(elements):
            matches = (block[here] == best[there]).view(np.uint8)
            np.maximum(code[there], matches * np.uint8(size - number), out=code[there])
        if best.dtype.kind == "f" and np.isnan(best).any():
            last = np.zeros_like(code)
            for number, (there, here) in enumerate(elements):
                matches = np.isnan(block[here]).view(np.uint8)
                np.maximum(last[there], matches * np.uint8(number + 1), out=last[there])
            code = np.where(last, np.uint8(size + 1) - last, code)
        return Outcome(best, places=self._places(code, outs))

    def _elements(
        self, outs: Ranges, ins: Ranges
    ) -> Iterator[tuple[tuple[AxisIndex, ...], tuple[AxisIndex, ...]]]:
        """The elements of a window in their order: the outputs that have each, and where it is."""
        along: list[list[tuple[AxisIndex, AxisIndex]]] = []
        for dim in range(len(outs)):
            if is_reduced(self.recipe, dim):
                part = AxisBlock(self.recipe.axes[dim], outs[dim], ins[dim])
                along.append(list(taps(part, skip=False)))
            else:
                along.append([(slice(None), slice(None))])
        for each in product(*along):
            yield tuple(there for there, _ in each), tuple(here for _, here in each)

    def _places(self, code: npt.NDArray[np.uint8], outs: Ranges) -> npt.NDArray[np.int64]:
        """From numbers of elements to flat places over the spatial axes."""
        recipe = self.recipe
        offsets, steps, step = [], {}, 1
        for dim in reversed(recipe.axes):
            steps[dim], step = step, step * recipe.shape[dim]
        starts: Array = np.zeros((), np.int64)
        for dim, axis in recipe.axes.items():
            first = axis.first_position(np.arange(*outs[dim], dtype=np.int64)) * steps[dim]
            starts = starts + first.reshape([-1 if d == dim else 1 for d in range(code.ndim)])
            reduced = range(axis.kernel_size) if is_reduced(recipe, dim) else range(1)
            offsets.append([tap * axis.dilation * steps[dim] for tap in reduced])
        sums = [sum(each) for each in product(*offsets)]
        places: Array = np.array([0, *reversed(sums)])[code]
        places += starts
        if not code.all():
            np.copyto(places, -1, where=code == 0)
        return places
