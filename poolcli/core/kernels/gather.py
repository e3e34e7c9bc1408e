"""Gathering: the elements of every window of a block side by side, as ranked modes want them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.taps import AxisBlock, AxisIndex, taps, window_slices


class Move(NamedTuple):
    """Elements of one axis and where they go: into places `slots` of the windows `outs`.

    `absent` are windows that have nothing there, where the move covers all of them.
    """

    slots: int | slice
    outs: int | slice
    ins: AxisIndex
    absent: AxisIndex | None = None


def gather(block: Array, parts: Sequence[AxisBlock | None], fill: Any, *, last: bool) -> Array:
    """Put the elements of windows side by side.

    Parameters
    ----------
    block : ndarray
        A piece of the input.
    parts : sequence of Part or None
        The windows of each axis; None for an axis that is not reduced.
    fill : scalar
        What stands in for elements that a window does not have.
    last : bool
        Whether the elements of a window lie next to each other in memory, and not those of the
        same place in all windows.

    Returns
    -------
    ndarray
        A new array; the first axis is that of a window's elements, the others are the block's
        with the axes of `parts` reduced.

    Examples
    --------
    >>> from poolcli.core.axis import fixed_axis
    >>> axis = fixed_axis(4, 2, 2, 1, pad_before=0, pad_after=0, ceil_mode=False)
    >>> gather(np.array([5, 6, 7, 8]), [AxisBlock(axis, (0, 2), (0, 4))], 0, last=False)
    array([[5, 7],
           [6, 8]])
    """
    depths = [1 if part is None else part.axis.max_elements for part in parts]
    widths = [
        size if part is None else part.outs[1] - part.outs[0]
        for size, part in zip(block.shape, parts, strict=True)
    ]
    rank = len(parts)
    if last:
        whole = np.empty((*widths, *depths), block.dtype)
        pairs = whole.transpose([at for dim in range(rank) for at in (rank + dim, dim)])
        stack = whole.reshape(*widths, math.prod(depths))
        stack = stack.transpose([rank, *range(rank)])
    else:
        whole = np.empty((*depths, *widths), block.dtype)
        pairs = whole.transpose([at for dim in range(rank) for at in (dim, rank + dim)])
        stack = whole.reshape(math.prod(depths), *widths)
    moves = [list(_moves(part)) for part in parts]
    if not all(map(_is_complete, parts)):
        whole[...] = fill
    for each in product(*moves):
        piece = block
        for dim, move in enumerate(each):
            if isinstance(move.ins, slice):
                piece = piece[(slice(None),) * dim + (move.ins,)]
            else:
                piece = piece.take(move.ins, axis=dim)
        pairs[tuple(at for move in each for at in (move.slots, move.outs))] = piece
    for dim, along in enumerate(moves):
        for move in along:
            if move.absent is not None:
                pairs[(slice(None),) * (2 * dim) + (move.slots, move.absent)] = fill
    return stack


def gather_windows(
    block: Array, parts: Sequence[AxisBlock | None], some: Array, shape: tuple[int, ...], fill: Any
) -> Array:
    """Copy the elements of a few windows side by side.

    Parameters
    ----------
    block, parts, fill
        As in `gather`.
    some : ndarray of int
        Which windows, counted in C order over `shape`, that of the result.

    Returns
    -------
    ndarray
        Elements along the first axis, windows along the second.
    """
    at, there = np.zeros((1, some.size), np.int64), np.ones((1, some.size), np.bool_)
    for out, part, size in zip(np.unravel_index(some, shape), parts, block.shape, strict=True):
        place: Array = out[None].astype(np.int64)
        has: Array = np.ones_like(place, np.bool_)
        if part is not None:
            axis, outs = part.axis, place + part.outs[0]
            taps = np.arange(axis.kernel_size, dtype=np.int64)[:, None] * axis.dilation
            place = axis.first_position(outs) + taps
            has = (place >= 0) & (place < axis.size) & (place <= axis.last_position(outs))
            place = np.clip(place - part.ins[0], 0, size - 1)
        at = (at[:, None] * size + place).reshape(-1, some.size)
        there = (there[:, None] & has).reshape(-1, some.size)
    found: Array = block.reshape(-1).take(at)
    np.copyto(found, fill, where=~there)
    return found


def _is_complete(part: AxisBlock | None) -> bool:
    """Whether every window has all its elements."""
    if part is None:
        return True
    axis, (first, stop) = part.axis, part.outs
    if axis.is_adaptive or axis.max_elements < axis.kernel_size:
        return False
    return axis.first_position(first) >= 0 and axis.last_position(stop - 1) < axis.size


def _moves(part: AxisBlock | None) -> Iterator[Move]:
    if part is None:
        yield Move(0, slice(None), slice(None))
    elif part.prefers_window_slices:
        for at, span in window_slices(part):
            yield Move(slice(0, len(range(span.start, span.stop, span.step))), at, span)
    elif part.axis.is_adaptive or part.axis.max_elements < part.axis.kernel_size:
        yield from _by_index(part)
    else:
        for slot, (outs, ins) in enumerate(taps(part)):
            assert isinstance(outs, slice)
            yield Move(slot, outs, ins)


def _by_index(part: AxisBlock) -> Iterator[Move]:
    """Windows of unlike lengths: their first elements, their second ones, and so on."""
    axis, (low, high) = part.axis, part.ins
    if low >= high:
        return
    outs = np.arange(*part.outs)
    first = axis.first_position(outs)
    first += np.maximum(0, -(first // axis.dilation)) * axis.dilation
    last = np.minimum(axis.last_position(outs), axis.size - 1)
    for slot in range(axis.max_elements):
        at = first + slot * axis.dilation
        absent = np.flatnonzero(at > last)
        yield Move(slot, slice(None), np.clip(at, low, high - 1) - low, absent)
