"""Pairwise reduction: an order of combining elements that depends on their number alone.

Floating-point addition is not associative, so the order of additions decides the last bits of a
sum. The order here is fixed by the number of elements of a window: groups of 8 consecutive elements
are combined one after the other, and the groups pairwise. (A number of groups is split after the
largest power of two below it, and so are both parts.) Results therefore do not depend on block
boundaries, threads, neighbouring windows or memory layout, and the error grows with the logarithm
of the number of elements (N. J. Higham, "Accuracy and Stability of Numerical Algorithms",
2nd edition, 2002, section 4.2).

The same order serves any associative combination of states, such as means and sums of squares.

Means of float32 over more than 64 elements have another order on all pooled axes but the last.
There groups have up to 512 elements (`Addition.strided_groups`). Of ``n`` elements, those that are
``ceil(n / 8)`` apart are added one after the other, at most 8 of them, and so are the sums until
one is left. It is fast because one call adds long stretches of memory even if the rows of the axis
are short.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.kernel_base import State
from poolcli.core.taps import AxisIndex, index_on_axis

Combine: TypeAlias = Callable[[State, State, int], State]
"""Combines the states of two neighbouring ranges; the integer is their number of elements."""

GROUP_ELEMENTS = 8
"""The number of consecutive elements that are combined one after the other."""

STRIDED_GROUP_ELEMENTS = GROUP_ELEMENTS**3
"""The number of elements of a group whose elements are not added in their order."""

LONG_ROW_BYTES = 1 << 10
"""From this length on a row is reduced by `ufunc.reduce` over an outer axis: the inner loop along
the row is then long enough for NumPy's overhead per row not to matter."""

MIN_ROW_BYTES = 1 << 8
"""The same limit for rows of strided groups, which are several rows of the axis."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Addition of states of one array, as a `Combine`.

    Attributes
    ----------
    dtype : dtype
        The dtype to add in.
    narrow_limit : int
        Sums of at most this many elements are added in `narrow_dtype`, if there is one.
    narrow_dtype : dtype, optional
    strided_groups : bool
        Whether elements at equal distances are added first.
    out_elements : int
        Sums of this many elements go into `out` if the shapes are equal.
    out : ndarray, optional
    """

    dtype: DType
    narrow_limit: int = 0
    narrow_dtype: DType | None = None
    strided_groups: bool = False
    out_elements: int = 0
    out: Array | None = None

    def __call__(self, state: State, other: State, n_elements: int) -> State:
        out = self.out if n_elements == self.out_elements else None
        if out is not None and out.shape != state[0].shape:
            out = None
        return (np.add(state[0], other[0], out=out, dtype=self.dtype_for(n_elements)),)

    def dtype_for(self, n_elements: int) -> DType:
        """Return the dtype in which sums of `n_elements` elements are added."""
        if self.narrow_dtype is None or n_elements > self.narrow_limit:
            return self.dtype
        return self.narrow_dtype


def group_elements(combine: Combine) -> int:
    """Return the number of elements of a group."""
    has_strided_groups = isinstance(combine, Addition) and combine.strided_groups
    return STRIDED_GROUP_ELEMENTS if has_strided_groups else GROUP_ELEMENTS


def sum_strided(states: Sequence[State], counts: Sequence[int], combine: Combine) -> State:
    """Combine the elements or partial sums of a group in strided order.

    Parameters
    ----------
    states : sequence of tuple of ndarray
    counts : sequence of int
        The number of elements that each state stands for.
    combine : callable
        See `Combine`.

    Examples
    --------
    >>> letters = [(letter,) for letter in "abcdefghij"]
    >>> sum_strided(letters, [1] * 10, lambda a, b, _: (f"({a[0]}{b[0]})",))
    ('(((((ac)e)g)i)((((bd)f)h)j))',)
    """
    while len(states) > 1:
        distance = -(-len(states) // GROUP_ELEMENTS)
        sums, totals = list(states[:distance]), list(counts[:distance])
        for place in range(distance, len(states)):
            at = place % distance
            totals[at] += counts[place]
            sums[at] = combine(sums[at], states[place], totals[at])
        states, counts = sums, totals
    return states[0]


def combine_all(state: State, dim: int, combine: Combine) -> State:
    """Combine all elements along an axis.

    It takes few calls, each of which combines all groups or all pairs at once.

    Parameters
    ----------
    state : tuple of ndarray
        At least one element along the axis.
    dim : int
        The axis.
    combine : callable
        See `Combine`.

    Returns
    -------
    tuple of ndarray
        Of length 1 along the axis.

    Examples
    --------
    >>> combine_all((np.arange(20),), 0, lambda a, b, _: (a[0] + b[0],))
    (array([190]),)
    """
    size, group = state[0].shape[dim], group_elements(combine)
    in_groups = size // group * group
    rests: list[tuple[State, int]] = []  # unpaired states and their numbers of elements
    if in_groups < size:
        tail = slice_state(state, dim, slice(in_groups, size))
        rests.append((_combine_groups(tail, dim, size - in_groups, combine), size - in_groups))
    if not in_groups:
        return rests[0][0]
    length = group
    groups = slice_state(state, dim, slice(0, in_groups))
    state = _combine_groups(groups, dim, group, combine)
    while (n_states := state[0].shape[dim]) > 1:
        in_pairs = n_states // 2 * 2
        if in_pairs < n_states:
            rests.append((slice_state(state, dim, slice(in_pairs, n_states)), length))
        length *= 2
        even, odd = slice(0, in_pairs, 2), slice(1, in_pairs, 2)
        state = combine(slice_state(state, dim, even), slice_state(state, dim, odd), length)
    if rests:
        rest, n_rest = rests[0]
        for earlier, n_earlier in rests[1:]:
            n_rest += n_earlier
            rest = combine(earlier, rest, n_rest)
        state = combine(state, rest, length + n_rest)
    return state


def combine_tiles(state: State, dim: int, kernel: int, combine: Combine) -> State:
    """Combine the elements of windows that lie side by side and cover an axis.

    Parameters
    ----------
    state : tuple of ndarray
    dim : int
        The axis; its length is a multiple of `kernel`.
    kernel : int
        The number of elements of a window.
    combine : callable
        See `Combine`.

    Returns
    -------
    tuple of ndarray
        With one element per window along the axis.

    Examples
    --------
    >>> combine_tiles((np.arange(6),), 0, 3, lambda a, b, _: (a[0] + b[0],))
    (array([ 3, 12]),)
    """
    shape = list(state[0].shape)
    shape[dim : dim + 1] = [shape[dim] // kernel, kernel]
    tiles = tuple(array.reshape(shape) for array in state)
    return tuple(array.squeeze(dim + 1) for array in combine_all(tiles, dim + 1, combine))


def combine_taps(tap: Callable[[int], State], first: int, size: int, combine: Combine) -> State:
    """Combine some consecutive taps of many windows at once.

    Parameters
    ----------
    tap : callable
        ``tap(i)`` returns the state of the i-th element of every window.
    first, size : int
        The first tap, and the number of taps.
    combine : callable
        See `Combine`.

    Returns
    -------
    tuple of ndarray
        Of the shape of a tap.
    """
    group = group_elements(combine)
    if size <= group == STRIDED_GROUP_ELEMENTS:
        taps = [tap(first + i) for i in range(size)]
        return sum_strided(taps, [1] * size, combine)
    if size <= group:
        result = tap(first)
        for i in range(1, size):
            result = combine(result, tap(first + i), i + 1)
        return result
    half = group * largest_power_of_two((size - 1) // group)
    return combine(
        combine_taps(tap, first, half, combine),
        combine_taps(tap, first + half, size - half, combine),
        size,
    )


def combine_every_position(
    state: State, dim: int, kernel: int, dilation: int, combine: Combine
) -> State:
    """Combine the elements of the windows that begin at every position (stride 1).

    Overlapping windows share their groups and pairs of groups, so that it takes a number of calls
    that grows with the logarithm of the kernel size.

    Parameters
    ----------
    state : tuple of ndarray
    dim : int
        The axis to reduce.
    kernel, dilation : int
        Elements of a window along the axis, and the distance between them.
    combine : callable

    Returns
    -------
    tuple of ndarray
        Of length ``n - (kernel - 1) * dilation`` along the axis.
    """
    n_positions = state[0].shape[dim] - (kernel - 1) * dilation
    length = group_elements(combine)
    n_result = kernel % length
    is_strided = length == STRIDED_GROUP_ELEMENTS
    make_groups = _strided_groups_every_position if is_strided else _groups_every_position
    # `groups` combines `length` elements from each position on, `result` the elements of the
    # incomplete group at the end of each window.
    groups, result = make_groups(state, dim, kernel, dilation, combine)
    if kernel < length:
        assert result is not None
        return result
    if result is not None:
        begin = (kernel - n_result) * dilation
        result = slice_state(result, dim, slice(begin, begin + n_positions))
    while length <= kernel:
        if kernel & length:
            begin = (kernel & -(2 * length)) * dilation
            n_result += length
            part = slice_state(groups, dim, slice(begin, begin + n_positions))
            result = part if result is None else combine(part, result, n_result)
        left = groups[0].shape[dim] - length * dilation
        first, second = slice(0, left), slice(length * dilation, length * dilation + left)
        length *= 2
        if length <= kernel:
            pairs = slice_state(groups, dim, first), slice_state(groups, dim, second)
            groups = combine(*pairs, length)
    assert result is not None
    return result


def _groups_every_position(
    state: State, dim: int, kernel: int, dilation: int, combine: Combine
) -> tuple[State, State | None]:
    """Return the groups that begin at every position, and those of ``kernel % 8`` elements."""
    groups, length, result = state, 1, None
    while length < min(kernel, GROUP_ELEMENTS):
        if length == kernel % GROUP_ELEMENTS:
            result = groups
        left = state[0].shape[dim] - length * dilation
        shifted = slice_state(state, dim, slice(length * dilation, length * dilation + left))
        length += 1
        groups = combine(slice_state(groups, dim, slice(0, left)), shifted, length)
    return groups, (groups if kernel < GROUP_ELEMENTS else result)


def _strided_groups_every_position(
    state: State, dim: int, kernel: int, dilation: int, combine: Combine
) -> tuple[State, State | None]:
    """Return the strided groups that begin at every position, and those of the elements left."""
    size, rest = STRIDED_GROUP_ELEMENTS, kernel % STRIDED_GROUP_ELEMENTS
    result = _sum_every_position(state, dim, rest, dilation, combine) if rest else None
    if kernel < size:
        return state, result
    return _sum_every_position(state, dim, size, dilation, combine), result


def _sum_every_position(
    state: State, dim: int, size: int, dilation: int, combine: Combine
) -> State:
    """Combine up to a group of elements from every position on, in strided order."""
    n_positions = state[0].shape[dim] - (size - 1) * dilation
    distance = -(-size // GROUP_ELEMENTS)
    sums, length = {1: state}, 1  # by the number of elements, `distance` apart
    while length * distance < size:
        step = length * distance * dilation
        left = state[0].shape[dim] - step
        shifted = slice_state(state, dim, slice(step, step + left))
        shorter = slice_state(sums[length], dim, slice(0, left))
        length += 1
        sums[length] = combine(shorter, shifted, length)
    counts = [-(-(size - first) // distance) for first in range(distance)]
    spans = [slice(at * dilation, at * dilation + n_positions) for at in range(distance)]
    states = [
        slice_state(sums[count], dim, span) for count, span in zip(counts, spans, strict=True)
    ]
    return sum_strided(states, counts, combine)


def largest_power_of_two(number: int) -> int:
    """Return the largest power of two that is not greater than `number`.

    Examples
    --------
    >>> largest_power_of_two(7), largest_power_of_two(8)
    (4, 8)
    """
    return 1 << (number.bit_length() - 1)


def max_calls(size: int) -> int:
    """Return how often `combine_all` at most calls an operation for so many elements.

    Examples
    --------
    >>> max_calls(8), max_calls(17)
    (7, 10)
    """
    n_pairings = (max(size // GROUP_ELEMENTS, 1) - 1).bit_length()
    in_rest = size % GROUP_ELEMENTS
    return min(size, GROUP_ELEMENTS) - 1 + 2 * n_pairings + in_rest


def slice_state(state: State, dim: int, index: AxisIndex) -> State:
    """Return a state at an index along one axis, as views if the index is a slice.

    Parameters
    ----------
    state : tuple of ndarray
    dim : int
        The axis.
    index : slice or ndarray of int
    """
    return tuple(array[index_on_axis(dim, index)] for array in state)


def assign_state(out: State, index: tuple[AxisIndex | int, ...], state: Sequence[object]) -> None:
    """Assign the arrays of a state to an index of the output arrays.

    Parameters
    ----------
    out : tuple of ndarray
        The output arrays.
    index : tuple
        An index of each output array.
    state : sequence of ndarray or scalar
        The values, one for each output array.
    """
    for target, values in zip(out, state, strict=True):
        target[index] = values


def _combine_groups(state: State, dim: int, size: int, combine: Combine) -> State:
    """Combine groups of `size` elements, which cover the axis, one element after the other."""
    if isinstance(combine, Addition):
        if combine.strided_groups:
            return (_sum_strided_groups(state[0], dim, size, combine),)
        return (_sum_groups(state[0], dim, size, combine.dtype_for(size)),)
    result = slice_state(state, dim, slice(0, None, size))
    for i in range(1, size):
        result = combine(result, slice_state(state, dim, slice(i, None, size)), i + 1)
    return result


def _sum_strided_groups(block: Array, dim: int, size: int, combine: Addition) -> Array:
    """Sum groups in strided order."""
    shape = block.shape
    sums = block.reshape(*shape[:dim], shape[dim] // size, size, *shape[dim + 1 :])
    n_added = 1
    while size > 1:
        distance = -(-size // GROUP_ELEMENTS)
        n_rows, n_added = size // distance, n_added * GROUP_ELEMENTS
        dtype = combine.dtype_for(n_added)
        in_rows = sums[index_on_axis(dim + 1, slice(n_rows * distance))]
        rows = in_rows.reshape(*shape[:dim], -1, n_rows, distance, *shape[dim + 1 :])
        totals = _add_rows(rows, dim + 1, dtype, MIN_ROW_BYTES)
        n_left = size - n_rows * distance
        if n_left:
            totals[index_on_axis(dim + 1, slice(n_left))] += sums[
                index_on_axis(dim + 1, slice(n_rows * distance, None))
            ]
        sums, size = totals, distance
    return sums.squeeze(dim + 1)


def _sum_groups(block: Array, dim: int, size: int, dtype: DType) -> Array:
    """Sum groups; long rows in one call, whose order of additions is the same."""
    shape = block.shape
    tiles = block.reshape(*shape[:dim], shape[dim] // size, size, *shape[dim + 1 :])
    return _add_rows(tiles, dim + 1, dtype, LONG_ROW_BYTES)


def _add_rows(rows: Array, axis: int, dtype: DType, min_row_bytes: int) -> Array:
    """Add along an axis, one element after the other.

    Rows of at least so many bytes, which must be the innermost in memory, are added in one call.
    NumPy would add in another order along the innermost axis.
    """
    row_bytes = rows.shape[-1] * rows.itemsize
    if axis < rows.ndim - 1 and row_bytes >= min_row_bytes:
        span = rows.shape[-1] * abs(rows.strides[-1])
        if all(abs(stride) >= span for stride in rows.strides[:-1]):
            total: Array = np.add.reduce(rows, axis=axis, dtype=dtype)
            return total
    first, *others = (rows[index_on_axis(axis, i)] for i in range(rows.shape[axis]))
    if not others:
        return first
    total = np.add(first, others[0], dtype=dtype)
    for other in others[1:]:
        np.add(total, other, out=total, dtype=dtype)
    return total
