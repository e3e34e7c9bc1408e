"""Pairwise reduction of windows, in an order that depends only on a window's length.

Along an axis, groups of eight neighbours are combined one after the other, and groups pairwise: so
many groups are split after the largest power of two below their number, and so are both parts.
Neighbours, blocks, pieces, threads and memory layout therefore leave no trace in the last bit of a
sum, and its error grows with the logarithm of the number (N. J. Higham, "Accuracy and Stability of
Numerical Algorithms", 2nd edition, 2002, section 4.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from poolcli.core.axis import Axis
from poolcli.core.dtypes import Array, DType
from poolcli.core.taps import MAX_TAP_BY_TAP_ELEMENTS, AxisBlock, index_on_axis

State: TypeAlias = tuple[Array, ...]
Combine: TypeAlias = Callable[[State, State, int], State]
"""Makes one state of two neighbouring ones; the number is that of the elements of both."""

GROUP = 8
"""So many neighbours are combined one after the other."""

LONG_BYTES = 1 << 10
"""Groups of rows of so many bytes are added up in one call, which goes along the rows."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Addition of states of one array, worked in `dtype`; up to `few` elements in `narrow`.

    Sums of `whole` elements go into `out` where they fill it.
    """

    dtype: DType
    few: int = 0
    narrow: DType | None = None
    whole: int = 0
    out: Array | None = None

    def __call__(self, one: State, other: State, size: int) -> State:
        fills = size == self.whole and self.out is not None and one[0].shape == self.out.shape
        return (np.add(one[0], other[0], out=self.out if fills else None, dtype=self.of(size)),)

    def of(self, size: int) -> DType:
        """The dtype for sums of so many elements."""
        return self.dtype if self.narrow is None or size > self.few else self.narrow


def fold_pairwise(
    state: State,
    dim: int,
    part: AxisBlock,
    start: Sequence[object],
    combine: Combine,
    dtypes: Sequence[DType],
) -> State:
    """Combine the elements of each window along one axis, several arrays at once.

    Parameters
    ----------
    state : tuple of ndarray
        Of one shape.
    dim : int
        The axis to fold.
    part : Part
        Its windows, and the range of elements that the state holds.
    start : sequence of scalar
        The state of a window with no elements.
    combine : callable
        Makes one state of two, element by element.
    dtypes : sequence of dtype
        Those of the result.

    Returns
    -------
    tuple of ndarray
        With as many elements along `dim` as the part has outputs.
    """
    shape = list(state[0].shape)
    shape[dim] = part.outs[1] - part.outs[0]
    out = tuple(np.empty(shape, dtype) for dtype in dtypes)
    low, high = part.complete_windows
    if low < high:
        there = index_on_axis(dim, slice(low - part.outs[0], high - part.outs[0]))
        _put(out, there, fold_complete(state, dim, part, low, high - low, combine))
    fold_incomplete(out, state, dim, part, start, combine)
    return out


def fold_complete(
    state: State, dim: int, part: AxisBlock, low: int, count: int, combine: Combine
) -> Sequence[Array]:
    """Combine the elements of `count` windows, from `low` on, that have all of them here."""
    axis = alone(part.axis, count)
    kernel, stride, gap = axis.kernel_size, axis.stride, axis.dilation
    first = part.axis.first_position(low) - part.ins[0]
    reach = (count - 1) * stride + 1
    if stride == kernel and gap == 1:
        here = _cut(state, dim, slice(first, first + count * kernel))
        return fold_tiles(here, dim, kernel, combine)
    if stride * (min(kernel, GROUP) + kernel.bit_length()) < kernel + GROUP < kernel * GROUP:
        run = _cut(state, dim, slice(first, first + reach + (kernel - 1) * gap))
        found = fold_everywhere(run, dim, kernel, gap, combine)
        return _cut(found, dim, slice(0, reach, stride))
    if kernel > MAX_TAP_BY_TAP_ELEMENTS and count <= kernel:
        starts = range(first, first + reach, stride)
        spans = [slice(begin, begin + (kernel - 1) * gap + 1, gap) for begin in starts]
        windows = [fold_whole(_cut(state, dim, span), dim, combine) for span in spans]
        return [np.concatenate(each, axis=dim) for each in zip(*windows, strict=True)]

    def tap(place: int) -> State:
        begin = first + place * gap
        return _cut(state, dim, slice(begin, begin + reach, stride))

    return fold_taps(tap, 0, kernel, combine)


def fold_incomplete(
    out: State,
    state: State,
    dim: int,
    part: AxisBlock,
    start: Sequence[object],
    combine: Combine,
) -> None:
    """Combine the elements of those windows that lack some here, or that differ in length."""
    for outs, begins, size in _by_size(part):
        if not size:
            _put(out, index_on_axis(dim, outs), start)
        elif size > MAX_TAP_BY_TAP_ELEMENTS and len(outs) <= size:
            gap = part.axis.dilation
            for at, begin in zip(outs.tolist(), begins.tolist(), strict=True):
                span = slice(begin, begin + (size - 1) * gap + 1, gap)
                window = fold_whole(_cut(state, dim, span), dim, combine)
                _put(out, index_on_axis(dim, slice(at, at + 1)), window)
        else:

            def tap(place: int, begins: npt.NDArray[np.int64] = begins) -> State:
                at = begins + place * part.axis.dilation
                return tuple(each.take(at, axis=dim) for each in state)

            _put(out, index_on_axis(dim, outs), fold_taps(tap, 0, size, combine))


def fold_whole(state: State, dim: int, combine: Combine) -> State:
    """Combine all elements along an axis, which stays with length 1.

    Fast because it takes few calls, each for all groups or all pairs at once.

    Examples
    --------
    >>> fold_whole((np.arange(20),), 0, lambda a, b, _: (a[0] + b[0],))
    (array([190]),)
    """
    total = state[0].shape[dim]
    whole = total // GROUP * GROUP
    rests: list[tuple[State, int]] = []
    if whole < total:
        tail = _groups(_cut(state, dim, slice(whole, total)), dim, total - whole, combine)
        rests.append((tail, total - whole))
    if not whole:
        return rests[0][0]
    size = GROUP
    state = _groups(_cut(state, dim, slice(0, whole)), dim, GROUP, combine)
    while (left := state[0].shape[dim]) > 1:
        pairs = left // 2 * 2
        if pairs < left:
            rests.append((_cut(state, dim, slice(pairs, left)), size))
        size *= 2
        first, second = slice(0, pairs, 2), slice(1, pairs, 2)
        state = combine(_cut(state, dim, first), _cut(state, dim, second), size)
    if rests:
        rest, number = rests[0]
        for larger, more in rests[1:]:
            number += more
            rest = combine(larger, rest, number)
        state = combine(state, rest, size + number)
    return state


def fold_tiles(state: State, dim: int, kernel: int, combine: Combine) -> State:
    """Combine the elements of windows that lie side by side and cover the axis."""
    shape = list(state[0].shape)
    shape[dim : dim + 1] = [shape[dim] // kernel, kernel]
    tiles = tuple(each.reshape(shape) for each in state)
    return tuple(each.squeeze(dim + 1) for each in fold_whole(tiles, dim + 1, combine))


def fold_taps(tap: Callable[[int], State], first: int, size: int, combine: Combine) -> State:
    """Combine some elements of many windows at once: those from number `first` on."""
    if size <= GROUP:
        found = tap(first)
        for place in range(1, size):
            found = combine(found, tap(first + place), place + 1)
        return found
    half = GROUP * largest_power((size - 1) // GROUP)
    return combine(
        fold_taps(tap, first, half, combine),
        fold_taps(tap, first + half, size - half, combine),
        size,
    )


def fold_everywhere(run: State, dim: int, kernel: int, gap: int, combine: Combine) -> State:
    """Combine the elements of the windows from every position on, which share their halves."""
    size = run[0].shape[dim] - (kernel - 1) * gap
    found, number = None, kernel % GROUP
    groups, here = run, 1
    while here < min(kernel, GROUP):
        if here == number:
            found = groups
        left = run[0].shape[dim] - here * gap
        shifted = _cut(run, dim, slice(here * gap, here * gap + left))
        here += 1
        groups = combine(_cut(groups, dim, slice(0, left)), shifted, here)
    if found is None and number:  # the whole kernel is less than a group
        return groups
    if found is not None:
        begin = (kernel - number) * gap
        found = _cut(found, dim, slice(begin, begin + size))
    while here <= kernel:
        if kernel & here:
            begin = (kernel & -(2 * here)) * gap
            number += here
            part = _cut(groups, dim, slice(begin, begin + size))
            found = part if found is None else combine(part, found, number)
        left = groups[0].shape[dim] - here * gap
        first, second = slice(0, left), slice(here * gap, here * gap + left)
        here *= 2
        if here <= kernel:
            groups = combine(_cut(groups, dim, first), _cut(groups, dim, second), here)
    assert found is not None
    return found


def alone(axis: Axis, count: int) -> Axis:
    """An axis whose windows lie side by side where there is but one of them."""
    return axis._replace(stride=axis.kernel_size) if count == 1 and axis.dilation == 1 else axis


def largest_power(number: int) -> int:
    """The largest power of two up to a number.

    Examples
    --------
    >>> largest_power(7), largest_power(8)
    (4, 8)
    """
    return 1 << (number.bit_length() - 1)


class Counter:
    """The state of one window, combined from consecutive pieces of equal size.

    The size is a power of two, at least `GROUP`, so that each piece is a part of its own in the
    window's order.
    """

    def __init__(self, combine: Callable[[State, State], State]) -> None:
        self.combine = combine
        self.parts: list[tuple[int, State]] = []

    def add(self, state: State) -> None:
        """Take the next piece."""
        pieces = 1
        while self.parts and self.parts[-1][0] == pieces:
            state = self.combine(self.parts.pop()[1], state)
            pieces *= 2
        self.parts.append((pieces, state))

    def total(self) -> State:
        """The state of all pieces."""
        _, state = self.parts.pop()
        while self.parts:
            state = self.combine(self.parts.pop()[1], state)
        return state


def _groups(state: State, dim: int, size: int, combine: Combine) -> State:
    """Combine the elements of groups that lie side by side and cover the axis, in sequence."""
    if isinstance(combine, Addition):
        return (_sums(state[0], dim, size, combine.of(size)),)
    found = _cut(state, dim, slice(0, None, size))
    for place in range(1, size):
        found = combine(found, _cut(state, dim, slice(place, None, size)), place + 1)
    return found


def _sums(block: Array, dim: int, size: int, dtype: DType) -> Array:
    shape = block.shape
    tiles = block.reshape(*shape[:dim], shape[dim] // size, size, *shape[dim + 1 :])
    if shape[-1] * block.itemsize >= LONG_BYTES and dim < block.ndim - 1:
        step = abs(block.strides[-1])
        if all(abs(stride) >= shape[-1] * step for stride in tiles.strides[:-1]):
            found: Array = np.add.reduce(tiles, axis=dim + 1, dtype=dtype)
            return found
    first, *others = (tiles[index_on_axis(dim + 1, place)] for place in range(size))
    if not others:
        return first
    found = np.add(first, others[0], dtype=dtype)
    for other in others[1:]:
        np.add(found, other, out=found, dtype=dtype)
    return found


def _by_size(
    part: AxisBlock,
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]]:
    """Windows that are not complete, by the number of elements that they have here.

    Gives their outputs, counted from the first of the part, their first elements, counted from
    the first that is here, and the number.
    """
    axis, (start, stop), (low, high) = part.axis, part.outs, part.ins
    done = part.complete_windows
    if done == part.outs:
        return
    outs = np.r_[start : done[0], done[1] : stop] if done[0] < done[1] else np.arange(start, stop)
    if not outs.size:
        return
    begins = axis.first_position(outs)
    begins = begins + np.maximum(0, -((begins - low) // axis.dilation)) * axis.dilation
    lasts = np.minimum(axis.last_position(outs), high - 1)
    sizes = np.maximum(0, (lasts - begins) // axis.dilation + 1)
    for size in np.unique(sizes).tolist():
        mine = sizes == size
        yield outs[mine] - start, begins[mine] - low, size


def _cut(state: State, dim: int, span: slice) -> State:
    return tuple(each[index_on_axis(dim, span)] for each in state)


def _put(out: State, where: tuple[object, ...], found: Sequence[object]) -> None:
    for target, values in zip(out, found, strict=True):
        target[where] = values  # type: ignore[index]
