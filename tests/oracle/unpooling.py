"""Unpooling of arrays, value by value: `unpool`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.oracle.geometry import per_axis, pooled_axes

Array = NDArray[Any]


def unpool(
    values: Array,
    indices: Array,
    output_size: int | Sequence[int | None],
    axes: Sequence[int] | None = None,
    fill: Any = 0,
) -> Array:
    """Return the values in the places that the indices name, and the fill value elsewhere."""
    dims = pooled_axes(values.ndim, axes, output_size)
    shape = list(values.shape)
    for dim, size in zip(dims, per_axis(output_size, len(dims), "output_size"), strict=True):
        shape[dim] = values.shape[dim] if size is None else size
    out = np.full(shape, fill, values.dtype.newbyteorder("="))
    for place in np.ndindex(*values.shape):
        index = int(indices[place])
        if index == -1:
            continue
        target = list(place)
        for dim in sorted(dims, reverse=True):
            index, target[dim] = divmod(index, shape[dim])
        if index != 0:
            raise ValueError("an index is outside")
        out[tuple(target)] = values[place]
    return out
