"""Sums of bytes whose windows take neighbours two by two: both bytes in one 16-bit number."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from poolcli.core.cut import Ranges, Readable, box
from poolcli.core.fold import fold
from poolcli.core.kernel import Outcome, is_reduced, reach
from poolcli.core.recipe import Recipe
from poolcli.core.running import is_tiled
from poolcli.core.separable import Separable
from poolcli.core.taps import Part

PAIR = np.dtype(np.uint16)
MOST = (1 << 16) // 255
"""The sum of so many bytes fits into a pair."""


def fits(recipe: Recipe) -> bool:
    """Whether windows of bytes reach over rows, and take whole pairs of columns, side by side."""
    rank = len(recipe.shape)
    if recipe.source != np.uint8 or recipe.ignore is not None or sys.byteorder != "little":
        return False
    if [dim for dim in range(rank) if is_reduced(recipe, dim)] != [rank - 2, rank - 1]:
        return False
    columns = recipe.axes[rank - 1]
    paired = columns.kernel % 2 == 0 and is_tiled(columns) and columns.is_even(False)
    return paired and recipe.window_elements <= MOST


@dataclass(frozen=True, slots=True)
class Pairs:
    """Adds rows of pairs, then the two halves of each sum.

    The sum of pairs ``low + 256 * high`` may overflow; the sum of their high halves, taken apart,
    makes it that of both: 255 times it is subtracted, and the remainder modulo 2**16 is exact. Fast
    because all of it is whole-row arithmetic on numbers as dense as the bytes were, where adding
    bytes into 16 bits takes twice the memory and a conversion.
    """

    recipe: Recipe
    plain: Separable
    gathers: bool = False

    @property
    def itemsize(self) -> int:
        """Bytes that an element takes: its own, and its part of the high half."""
        return self.plain.itemsize

    def pool(self, source: Readable, outs: Ranges, order: Sequence[int]) -> Outcome:
        recipe = self.recipe
        ins = reach(recipe, outs)
        block = np.asarray(box(source, ins))
        rows, columns = block.ndim - 2, block.ndim - 1
        if block.strides[-1] != 1:
            return self.plain.pool(source, outs, order)
        pairs = block.view(PAIR)
        if not pairs.flags.aligned:
            return self.plain.pool(source, outs, order)
        part = Part(recipe.axes[rows], outs[rows], ins[rows])
        total = fold(np.add, pairs, rows, part, 0, PAIR)
        high = fold(np.add, pairs >> 8, rows, part, 0, PAIR)
        high *= PAIR.type(255)
        total -= high
        half = recipe.axes[columns].kernel // 2
        if half > 1:
            axis = replace(recipe.axes[columns], size=total.shape[-1], kernel=half, stride=half)
            part = Part(axis, outs[columns], (0, total.shape[-1]))
            part = replace(part, outs=(0, outs[columns][1] - outs[columns][0]))
            total = fold(np.add, total, columns, part, 0, PAIR)
        return self.plain.steps.finish((total,), outs)
