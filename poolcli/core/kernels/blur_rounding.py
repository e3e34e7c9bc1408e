"""The exact comparison of means with binomial weights, which decides how they are rounded."""

from __future__ import annotations

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.binomial_weight_sums import window_sizes
from poolcli.core.kernels.binomial_weights import integer_weights
from poolcli.core.kernels.elements_to_exact_integers import ExactElements
from poolcli.core.taps import Windows

MAX_ELEMENTS = 1 << 16
"""Integer means of larger windows are rounded from the float: exact ones would take seconds."""


def blur_at_least_half_of(
    elements: ExactElements, odd: Array, *, windows: Windows, out_shape: tuple[int, ...]
) -> Array:
    """Return whether weighted means are at least half of odd integers.

    Parameters
    ----------
    elements : ExactElements
        The elements of ``n`` windows.
    odd : ndarray of int
        Of length ``n``.
    windows : sequence of AxisBlock or None
        The windows of the block along each axis.
    out_shape : tuple of int
        The shape of the block.

    Returns
    -------
    ndarray of bool
        Of length ``n``.
    """
    numbers = np.unravel_index(elements.windows, out_shape)
    sums: tuple[Array, ...] = elements.values.astype(object), elements.valid.astype(object)
    for axis_block, number in zip(windows, numbers, strict=True):
        if axis_block is None:
            continue
        axis = axis_block.axis
        sizes = window_sizes(axis, number + axis_block.out_range[0])
        weights = np.zeros((axis.kernel_size, 1, len(odd)), object)
        for at, size in enumerate(sizes.tolist()):
            weights[:size, 0, at] = integer_weights(size)
        by_axis = (array.reshape(axis.kernel_size, -1, len(odd)) for array in sums)
        sums = tuple((array * weights).sum(axis=0) for array in by_axis)
    total, weight = (array.reshape(len(odd)) for array in sums)
    reached: Array = 2 * total >= odd.astype(object) * weight * (1 << elements.shift)
    return reached
