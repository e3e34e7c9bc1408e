"""Blocks of the output, the input that their windows lie on, and which of them have one shape."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from poolcli.core.blocks import AxisOrder, Ranges
from poolcli.core.recipe import Recipe
from poolcli.core.taps import AxisBlock, Range, Windows

Index = tuple[slice, ...]
"""An index of an array: one slice per axis."""


class OutputBlock(NamedTuple):
    """A block of the output, and the input that its windows lie on.

    Attributes
    ----------
    out_ranges, in_ranges : tuple of (int, int)
        The ranges of the output and of the input, one per axis.
    out_index, in_index : tuple of slice
        The same ranges as indices.
    windows : tuple of AxisBlock or None
        The windows along each axis, counted from the block's first window and from the first
        element in memory (see `AxisBlock.relative`); None for an axis that is not reduced.
    shape_key : tuple of int
        Equal for blocks that differ only in their position.
    """

    out_ranges: Ranges
    in_ranges: Ranges
    out_index: Index
    in_index: Index
    windows: Windows
    shape_key: tuple[int, ...]

    @property
    def out_shape(self) -> tuple[int, ...]:
        """The shape of the block of the output."""
        return tuple(stop - start for start, stop in self.out_ranges)


class OutputBlocks:
    """The blocks that an output is split into, in memory order.

    Several threads may take blocks at the same time.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    shape : sequence of int
        The shape of the blocks; the last ones along an axis may be smaller.
    axis_order : sequence of int
        The axes from the outermost in memory to the innermost.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> recipe = make_recipe((6,), "u1", "max", Window.fixed(2))
    >>> [(block.out_ranges, block.shape_key) for block in OutputBlocks(recipe, [2], [0])]
    [(((0, 2),), (0,)), (((2, 3),), (1,))]
    """

    def __init__(self, recipe: Recipe, shape: Sequence[int], axis_order: AxisOrder) -> None:
        parts = [
            _axis_parts(recipe, dim, [(start, min(start + step, size)) for start in starts])
            for dim, size in enumerate(recipe.out_shape)
            for step in [max(shape[dim], 1)]
            for starts in [range(0, size, step)]
        ]
        self._places = [list(axis_order).index(dim) for dim in range(len(shape))]
        self._parts = product(*(parts[dim] for dim in axis_order))
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[OutputBlock]:
        while True:
            with self._lock:
                parts = next(self._parts, None)
            if parts is None:
                return
            yield OutputBlock(*zip(*[parts[place] for place in self._places], strict=True))

    def stop(self) -> None:
        """Yield no further blocks to any thread."""
        with self._lock:
            self._parts = product([])


def one_block(recipe: Recipe, out_ranges: Ranges) -> OutputBlock:
    """Return some ranges of the output as one block.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    out_ranges : tuple of (int, int)
        One range per axis of the output.
    """
    parts = [_axis_parts(recipe, dim, [span])[0] for dim, span in enumerate(out_ranges)]
    return OutputBlock(*zip(*parts, strict=True))


_AxisPart = tuple[Range, Range, slice, slice, AxisBlock | None, int]
"""The entries of an `OutputBlock` for one axis."""


def _axis_parts(recipe: Recipe, dim: int, out_ranges: Sequence[Range]) -> list[_AxisPart]:
    """Return the entries of blocks for one axis."""
    axis, is_reduced = recipe.axes.get(dim), recipe.is_reduced(dim)
    keys: dict[AxisBlock | int, int] = {}
    parts: list[_AxisPart] = []
    for outs in out_ranges:
        ins = outs if axis is None else axis.input_range(*outs)
        windows = AxisBlock(axis, outs, ins).relative() if axis and is_reduced else None
        key = keys.setdefault(windows or outs[1] - outs[0], len(keys))
        parts.append((outs, ins, slice(*outs), slice(*ins), windows, key))
    return parts
