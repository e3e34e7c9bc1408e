"""Combining the elements of groups, which is the first step of pairwise order.

See `poolcli.core.kernels.pairwise_order` for both orders inside of a group.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from poolcli.core.dtypes import Array, DType
from poolcli.core.kernels.kernel_input_and_result import State, slice_state
from poolcli.core.kernels.pairwise_order import GROUP_ELEMENTS, Addition, Combine
from poolcli.core.taps import index_on_axis

LONG_ROW_BYTES = 1 << 10
"""Rows of at least so many bytes are reduced by one `ufunc.reduce` over an outer axis: NumPy's loop
along the row then takes longer than its start."""

MIN_ROW_BYTES = 1 << 8
"""The same limit for strided groups, of which a row is several rows of the axis."""


def combine_groups(state: State, dim: int, size: int, combine: Combine) -> State:
    """Combine the elements of groups that lie side by side and cover an axis.

    Parameters
    ----------
    state : tuple of ndarray
    dim : int
        The axis; its length is a multiple of `size`.
    size : int
        The number of elements of each group, at most `pairwise_order.group_elements`.
    combine : callable
        See `pairwise_order.Combine`.

    Returns
    -------
    tuple of ndarray
        With one element per group along the axis.

    Examples
    --------
    >>> combine_groups((np.arange(6),), 0, 3, lambda a, b, _: (a[0] + b[0],))
    (array([ 3, 12]),)
    """
    if isinstance(combine, Addition):
        if combine.strided_groups:
            return (_sum_strided_groups(state[0], dim, size, combine),)
        return (_sum_groups(state[0], dim, size, combine.dtype_for(size)),)
    result = slice_state(state, dim, slice(0, None, size))
    for i in range(1, size):
        result = combine(result, slice_state(state, dim, slice(i, None, size)), i + 1)
    return result


def combine_strided_group(
    states: Sequence[State], counts: Sequence[int], combine: Combine
) -> State:
    """Combine the elements of one group in strided order.

    Parameters
    ----------
    states : sequence of tuple of ndarray
        The elements, or what some of them are combined to.
    counts : sequence of int
        The number of elements that each state stands for.
    combine : callable
        See `pairwise_order.Combine`.

    Examples
    --------
    >>> letters = [(letter,) for letter in "abcdefghij"]
    >>> combine_strided_group(letters, [1] * 10, lambda a, b, _: (f"({a[0]}{b[0]})",))
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


def _sum_groups(block: Array, dim: int, size: int, dtype: DType) -> Array:
    """Sum groups; long rows in one call, whose order of additions is the same."""
    shape = block.shape
    tiles = block.reshape(*shape[:dim], shape[dim] // size, size, *shape[dim + 1 :])
    return _add_rows(tiles, dim + 1, dtype, LONG_ROW_BYTES)


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


def _add_rows(rows: Array, axis: int, dtype: DType, min_row_bytes: int) -> Array:
    """Add along an axis, one element after the other.

    Rows of at least so many bytes, which must be the innermost in memory, are added in one call.
    NumPy would add in another order along the innermost axis.
    """
    row_bytes = rows.shape[-1] * rows.itemsize
    if axis < rows.ndim - 1 and row_bytes >= min_row_bytes:
        span = rows.shape[-1] * abs(rows.strides[-1])
        if all(abs(stride) >= span for stride in rows.strides[:-1]):
            # As the sum of two numbers, that of negative zeros is a negative zero.
            total: Array = np.add.reduce(rows, axis=axis, dtype=dtype, initial=-dtype.type(0))
            return total
    first, *others = (rows[index_on_axis(axis, i)] for i in range(rows.shape[axis]))
    if not others:
        return first
    total = np.add(first, others[0], dtype=dtype)
    for other in others[1:]:
        np.add(total, other, out=total, dtype=dtype)
    return total
