"""Combining the elements of windows with stride 1 in pairwise order."""

from __future__ import annotations

from poolcli.core.kernels.combine_groups import combine_strided_group
from poolcli.core.kernels.kernel_input_and_result import State, slice_state
from poolcli.core.kernels.pairwise_order import (
    GROUP_ELEMENTS,
    STRIDED_GROUP_ELEMENTS,
    Combine,
    group_elements,
)


def combine_sliding_windows(
    state: State, dim: int, kernel: int, dilation: int, combine: Combine
) -> State:
    """Combine the elements of the windows that begin at every position.

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
        See `pairwise_order.Combine`.

    Returns
    -------
    tuple of ndarray
        Of length ``n - (kernel - 1) * dilation`` along the axis.

    Examples
    --------
    >>> import numpy as np
    >>> combine_sliding_windows((np.arange(5),), 0, 3, 1, lambda a, b, _: (a[0] + b[0],))
    (array([3, 6, 9]),)
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
    return combine_strided_group(states, counts, combine)
