"""Combining the elements of windows in pairwise order (see `pairwise_order`)."""

from __future__ import annotations

from collections.abc import Callable

from poolcli.core.kernels.combine_groups import combine_groups, combine_strided_group
from poolcli.core.kernels.kernel_input_and_result import State, slice_state
from poolcli.core.kernels.pairwise_order import (
    STRIDED_GROUP_ELEMENTS,
    Combine,
    group_elements,
    largest_power_of_two,
)


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
        See `pairwise_order.Combine`.

    Returns
    -------
    tuple of ndarray
        Of length 1 along the axis.

    Examples
    --------
    >>> import numpy as np
    >>> combine_all((np.arange(20),), 0, lambda a, b, _: (a[0] + b[0],))
    (array([190]),)
    """
    size, group = state[0].shape[dim], group_elements(combine)
    in_groups = size // group * group
    rests: list[tuple[State, int]] = []  # unpaired states and their numbers of elements
    if in_groups < size:
        tail = slice_state(state, dim, slice(in_groups, size))
        rests.append((combine_groups(tail, dim, size - in_groups, combine), size - in_groups))
    if not in_groups:
        return rests[0][0]
    length = group
    groups = slice_state(state, dim, slice(0, in_groups))
    state = combine_groups(groups, dim, group, combine)
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
        See `pairwise_order.Combine`.

    Returns
    -------
    tuple of ndarray
        With one element per window along the axis.

    Examples
    --------
    >>> import numpy as np
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
        See `pairwise_order.Combine`.

    Returns
    -------
    tuple of ndarray
        Of the shape of a tap.
    """
    group = group_elements(combine)
    if size <= group == STRIDED_GROUP_ELEMENTS:
        taps = [tap(first + i) for i in range(size)]
        return combine_strided_group(taps, [1] * size, combine)
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
