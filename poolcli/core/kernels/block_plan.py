"""The plan of blocks of one shape: slices, NumPy calls, scratch memory and element counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

import numpy as np

from poolcli.core.blocks import AxisOrder
from poolcli.core.dtypes import Array
from poolcli.core.kernels.axis_reducer import AxisReducer
from poolcli.core.kernels.kernel_input_and_result import State
from poolcli.core.output_blocks import OutputBlock
from poolcli.core.recipe import Recipe
from poolcli.core.taps import Windows

Kept = TypeVar("Kept")


class BlockPlan:
    """The slices, NumPy calls, scratch memory and element counts for all blocks of one shape.

    They are made for the first block and kept for the others. Each thread has plans of its own.

    Attributes
    ----------
    recipe : Recipe
        The pooling.
    axis_order : sequence of int
        The axes of the source from the outermost in memory to the innermost.
    windows : tuple of AxisBlock or None
        As in `OutputBlock`.
    out_shape : tuple of int
        The shape of the blocks of the output.
    in_elements : int
        The number of elements of the blocks of the input.
    """

    def __init__(self, recipe: Recipe, block: OutputBlock, axis_order: AxisOrder) -> None:
        self.recipe = recipe
        self.axis_order = axis_order
        self.windows: Windows = block.windows
        self.out_shape = block.out_shape
        self.in_elements = math.prod(stop - start for start, stop in block.in_ranges)
        self._counts: dict[bool, int | Array] = {}
        self._reducers: dict[int, tuple[object, list[AxisReducer]]] = {}
        self._kept: dict[Hashable, Any] = {}

    def keep(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Return what `make` returns; it is called once for each key."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: Kept = self._kept[key]
        return kept

    def reducers(self, steps: object, dims: Iterable[int] | None = None) -> list[AxisReducer]:
        """Return the reducers of axes, the same ones whenever `steps` is the same object.

        Parameters
        ----------
        steps : object
            The steps that use the reducers.
        dims : iterable of int, optional
            The axes in the order in which they are reduced; by default all, in memory order.
        """
        _, found = self._reducers.get(id(steps), (None, None))
        if found is None:
            found = [
                AxisReducer(dim, windows)
                for dim in (self.axis_order if dims is None else dims)
                if (windows := self.windows[dim]) is not None
            ]
            self._reducers[id(steps)] = steps, found  # no other object gets the same id
        return found

    def element_counts(self, padded: bool) -> int | Array:
        """Return what `Recipe.element_counts` returns for these blocks; it is called once.

        Parameters
        ----------
        padded : bool
            Whether elements in the padding count too.
        """
        if padded not in self._counts:
            self._counts[padded] = self.recipe.element_counts(self.windows, padded)
        return self._counts[padded]

    def counts_and_empty(self, counted: State) -> tuple[int | Array, Array]:
        """Return the number of elements of each window, and the mask of empty windows.

        Parameters
        ----------
        counted : tuple of ndarray
            Empty, or the numbers of valid elements (or a mask of windows with some).

        Returns
        -------
        counts : int or ndarray
            Broadcasts against the block. Without `counted` it is computed from the geometry.
        empty : ndarray of bool
            Of the block's shape; read-only.
        """
        counts = counted[0] if counted else self.element_counts(padded=False)
        return counts, np.broadcast_to(np.equal(counts, 0), self.out_shape)
