"""Pairwise reduction of overlapping windows of unlike lengths, such as those that padding cuts off.

The windows share their groups of 8 elements, and the pairs of groups. It takes a number of NumPy
calls that grows with the logarithm of the longest window, whatever the number of windows.
"""

from __future__ import annotations

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.kernel_input_and_result import State, assign_state, slice_state
from poolcli.core.kernels.pairwise_order import GROUP_ELEMENTS, Combine
from poolcli.core.taps import index_on_axis

CALL_ELEMENTS = 1000
"""The number of elements that are combined in the time that one call takes in addition."""


def combine_overlapping_windows(
    state: State,
    dim: int,
    begins: Array,
    sizes: Array,
    dilation: int,
    combine: Combine,
    out: State,
    outs: Array,
) -> None:
    """Combine the elements of windows in pairwise order.

    Parameters
    ----------
    state : tuple of ndarray
    dim : int
        The axis to reduce.
    begins, sizes : ndarray of int
        The first element of each window, and its number of elements, at least 1.
    dilation : int
        The distance between the elements of a window.
    combine : callable
        See `pairwise_order.Combine`. The `narrow_limit` of an `Addition` is a power of two and not
        smaller than a group, or 0.
    out : tuple of ndarray
        Receives the results along the axis.
    outs : ndarray of int
        The position in `out` of each window.

    Examples
    --------
    >>> out = (np.zeros(3, np.int64),)
    >>> begins, sizes = np.array([0, 1, 5]), np.array([9, 2, 15])
    >>> add = lambda a, b, _: (a[0] + b[0],)
    >>> combine_overlapping_windows((np.arange(20),), 0, begins, sizes, 1, add, out, np.arange(3))
    >>> out
    (array([ 36,   3, 180]),)
    """
    first = int(begins.min())
    stop = int((begins + (sizes - 1) * dilation).max()) + 1
    state = slice_state(state, dim, slice(first, stop))
    begins, longest = begins - first, int(sizes.max())
    groups, length = state, 1  # `groups` combines `length` elements from each position on

    def of_windows(windows: Array, before: Array) -> State:
        places = begins[windows] + before[windows] * dilation
        return tuple(array.take(places, axis=dim) for array in groups)

    while True:
        # Groups of fewer than 8 elements are the last of their windows, longer ones come before.
        if length < GROUP_ELEMENTS:
            last = np.flatnonzero(sizes % GROUP_ELEMENTS == length)
            before = sizes - length
        else:
            has_group, has_more = sizes & length > 0, sizes % length > 0
            last, before = np.flatnonzero(has_group & ~has_more), sizes & -(2 * length)
            added = np.flatnonzero(has_group & has_more)
            if added.size:
                index = index_on_axis(dim, outs[added])
                rest = tuple(array[index] for array in out)
                assign_state(out, index, combine(of_windows(added, before), rest, length + 1))
        if last.size:
            assign_state(out, index_on_axis(dim, outs[last]), of_windows(last, before))
        longer = length + 1 if length < GROUP_ELEMENTS else 2 * length
        if longer > longest:
            return
        left = groups[0].shape[dim] - (longer - length) * dilation
        shifted = slice_state(
            state if length < GROUP_ELEMENTS else groups,
            dim,
            slice(length * dilation, length * dilation + left),
        )
        groups = combine(slice_state(groups, dim, slice(0, left)), shifted, longer)
        length = longer


def sharing_saves_work(begins: Array, sizes: Array, dilation: int, row_elements: int) -> bool:
    """Return whether windows share so much that combining them together takes less time.

    Parameters
    ----------
    begins, sizes, dilation
        As in `combine_overlapping_windows`.
    row_elements : int
        The number of elements at each position of the axis.
    """
    stop, longest = int((begins + sizes * dilation).max()), int(sizes.max())
    n_lengths = GROUP_ELEMENTS + max(0, (longest // GROUP_ELEMENTS).bit_length() - 1)
    shared = (stop - int(begins.min())) * n_lengths + 2 * len(sizes) * longest.bit_length()
    by_size = np.bincount(sizes)
    different = np.flatnonzero(by_size)
    # Windows of one size are combined one by one, or all together tap by tap.
    n_calls = np.minimum(different, by_size[different] * n_lengths).sum()
    saved_calls = int(n_calls) - 3 * n_lengths
    return saved_calls * CALL_ELEMENTS > (shared - int(sizes.sum())) * row_elements
