"""The blocks of an unpooling.

A block is a part of the output that no other block shares: a range of each axis that is not pooled,
and of the pooled axes all, or a range of the flat index if a plane is too large for one block.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from poolcli.core import blocks
from poolcli.core.blocks import Ranges
from poolcli.core.taps import Range
from poolcli.core.unpool_recipe import UnpoolRecipe

INDEX_BYTES = 8
"""The size of an index."""

CHUNKS_PER_BLOCK = 8
"""The values of a plane that is split are read in chunks of this share of a block. A chunk whose
indices belong to two blocks is read twice."""

SCATTERED_GROWTH = 8
"""Parts of a plane that lies in memory with its last axis outermost (Fortran order) are larger by
this factor: its rows are scattered, so that each part costs as much as a pass over the plane."""


class UnpoolBlocks:
    """The blocks of an unpooling, and the parts of the input that they need.

    Parameters
    ----------
    recipe : UnpoolRecipe
        The unpooling.
    axis_order : sequence of int
        The axes of the values from the outermost in memory to the innermost.

    Attributes
    ----------
    are_scattered : bool
        Whether the rows of a plane do not lie together in memory.

    Examples
    --------
    >>> import numpy as np
    >>> recipe = UnpoolRecipe((2, 4, 4), (2, 9, 9), np.dtype("u1"), (1, 2), np.uint8(0))
    >>> blocks_of_two_planes = UnpoolBlocks(recipe, (0, 1, 2))
    >>> blocks_of_two_planes.hold_planes, list(blocks_of_two_planes.planes())
    (True, [((0, 2), (0, 9), (0, 9))])
    """

    def __init__(self, recipe: UnpoolRecipe, axis_order: Sequence[int]) -> None:
        self.recipe = recipe
        self.max_bytes = blocks.MAX_WORKING_SET_BYTES
        outermost = next(dim for dim in axis_order if dim in recipe.axes)
        self.are_scattered = outermost != recipe.axes[0]
        self.part_bytes = self.max_bytes * (SCATTERED_GROWTH if self.are_scattered else 1)
        self._shape = self._shape_of_planes(axis_order)

    @property
    def hold_planes(self) -> bool:
        """Whether planes are so small that a block holds whole ones."""
        return self._working_set_bytes(self._shape) <= 2 * self.max_bytes

    def planes(self) -> Iterator[Ranges]:
        """Yield the blocks of whole planes."""
        whole = [(0, size) for size in self.recipe.out_shape]
        return blocks.split_into_blocks(whole, self._shape, range(len(whole)))

    def parts(self, planes: Ranges) -> Iterator[Ranges]:
        """Yield the parts of planes, each of which has a range of the flat index."""
        return self._split(planes, self.recipe.out_dtype.itemsize, self.part_bytes)

    def inputs(self, planes: Ranges) -> Ranges:
        """Return the ranges of the values and the indices that planes need."""
        axes, shape = self.recipe.axes, self.recipe.shape
        return tuple((0, shape[dim]) if dim in axes else span for dim, span in enumerate(planes))

    def chunks(self, planes: Ranges) -> Iterator[Ranges]:
        """Yield the parts in which the values and the indices of planes are read."""
        itemsize = self.recipe.out_dtype.itemsize + INDEX_BYTES
        return self._split(self.inputs(planes), itemsize, self.part_bytes / CHUNKS_PER_BLOCK)

    def _split(self, ranges: Sequence[Range], itemsize: int, max_bytes: float) -> Iterator[Ranges]:
        """Split ranges along the pooled axes."""
        axes, sizes = self.recipe.axes, [stop - start for start, stop in ranges]
        shape = blocks.block_shape(sizes, math.prod(sizes) * itemsize, axes, max_bytes)
        kept = [dim for dim in range(len(sizes)) if dim not in axes]
        return blocks.split_into_blocks(ranges, shape, [*axes, *kept])

    def _shape_of_planes(self, axis_order: Sequence[int]) -> list[int]:
        """Return the shape of blocks of whole planes; those of large planes exceed `max_bytes`.

        Axes that lie inside of a pooled axis in memory, such as channels, are split to ranges of at
        least `MIN_CONTIGUOUS_BYTES`.
        """
        recipe = self.recipe
        min_sizes = list(recipe.out_shape)
        inner_bytes, is_inside = recipe.out_dtype.itemsize, True
        outermost = next(dim for dim in axis_order if dim in recipe.axes)
        for dim in reversed(axis_order):
            is_inside = is_inside and dim != outermost
            if dim not in recipe.axes:
                contiguous = blocks.MIN_CONTIGUOUS_BYTES // inner_bytes if is_inside else 1
                min_sizes[dim] = max(1, contiguous)
            inner_bytes *= recipe.shape[dim]
        kept = [dim for dim in axis_order if dim not in recipe.axes]
        total_bytes = self._working_set_bytes(recipe.out_shape)
        return blocks.block_shape(recipe.out_shape, total_bytes, kept, self.max_bytes, min_sizes)

    def _working_set_bytes(self, shape: Sequence[int]) -> int:
        """Return the size of a block of whole planes with its values and their indices."""
        recipe, itemsize = self.recipe, self.recipe.out_dtype.itemsize
        planes = math.prod(shape) // recipe.plane_size
        values = planes * math.prod(recipe.shape[dim] for dim in recipe.axes)
        return math.prod(shape) * itemsize + values * (itemsize + INDEX_BYTES)
