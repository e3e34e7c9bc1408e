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
    shape_key : tuple of AxisBlock or int
        The windows along each axis, or the block's size where an axis is not reduced. Equal for
        blocks that differ only in their position.
    """

    out_ranges: Ranges
    in_ranges: Ranges
    out_index: Index
    in_index: Index
    windows: Windows
    shape_key: tuple[AxisBlock | int, ...]

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
    ranges : tuple of (int, int), optional
        The part of the output that is split, one range per axis; by default all of it.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> recipe = make_recipe((6,), "u1", "max", Window.fixed(2))
    >>> [(block.out_ranges, block.in_ranges) for block in OutputBlocks(recipe, [2], [0])]
    [(((0, 2),), ((0, 4),)), (((2, 3),), ((4, 6),))]
    """

    def __init__(
        self,
        recipe: Recipe,
        shape: Sequence[int],
        axis_order: AxisOrder,
        ranges: Ranges | None = None,
    ) -> None:
        self._axes = [
            _AxisParts(recipe, dim, max(step, 1), None if ranges is None else ranges[dim])
            for dim, step in enumerate(shape)
        ]
        self._places = [list(axis_order).index(dim) for dim in range(len(shape))]
        starts = [self._axes[dim].starts for dim in axis_order]
        self._starts: Iterator[tuple[int, ...]] = product(*starts)
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[OutputBlock]:
        while True:
            with self._lock:
                starts = next(self._starts, None)
            if starts is None:
                return
            parts = [
                axis.part(starts[place])
                for axis, place in zip(self._axes, self._places, strict=True)
            ]
            yield OutputBlock._make(zip(*parts, strict=True))

    def stop(self) -> None:
        """Yield no further blocks to any thread."""
        with self._lock:
            self._starts = iter(())


def one_block(recipe: Recipe, out_ranges: Ranges) -> OutputBlock:
    """Return some ranges of the output as one block.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    out_ranges : tuple of (int, int)
        One range per axis of the output.
    """
    parts = [
        _AxisParts(recipe, dim, stop - start).part(start)
        for dim, (start, stop) in enumerate(out_ranges)
    ]
    return OutputBlock._make(zip(*parts, strict=True))


_AxisPart = tuple[Range, Range, slice, slice, AxisBlock | None, AxisBlock | int]
"""The entries of an `OutputBlock` for one axis."""


class _AxisParts:
    """The parts of `step` windows that one axis, or a range of it, is split into."""

    def __init__(self, recipe: Recipe, dim: int, step: int, windows: Range | None = None) -> None:
        start, self._stop = windows or (0, recipe.out_shape[dim])
        self.starts = range(start, self._stop, step)
        self._axis = recipe.axes[dim] if recipe.is_reduced(dim) else None
        self._step = step
        self._parts: dict[int, _AxisPart] = {}
        self._inner_windows: AxisBlock | None = None

    def part(self, start: int) -> _AxisPart:
        """Return the part that begins with the window number `start`."""
        part = self._parts.get(start)
        if part is None:
            part = self._parts[start] = self._make_part(start)
        return part

    def _make_part(self, start: int) -> _AxisPart:
        axis, stop = self._axis, min(start + self._step, self._stop)
        outs = start, stop
        if axis is None:
            return outs, outs, slice(start, stop), slice(start, stop), None, stop - start
        low, high = axis.first_position(start), axis.last_position(stop - 1) + 1
        is_inner = low >= 0 and high <= axis.size and stop - start == self._step
        if not is_inner or axis.is_adaptive:
            low, high = axis.input_range(start, stop)
            windows = AxisBlock(axis, outs, (low, high)).relative()
        else:  # nearly all parts; their relative windows are equal
            if self._inner_windows is None:
                self._inner_windows = AxisBlock(axis, outs, (low, high)).relative()
            windows = self._inner_windows
        return outs, (low, high), slice(start, stop), slice(low, high), windows, windows
