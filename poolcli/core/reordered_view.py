"""Views of readable and writable arrays with reordered axes or without axes of size 1.

Writing to such a view is a transposed copy. NumPy copies small elements one by one, in 2 to 3 ns
each; `copy_transposed` is faster.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.recipe import Recipe

MAX_ELEMENT_BYTES = 8
"""The width of the elements that are copied one by one."""

MAX_PLANES = 16
"""Arrays of more planes are left to NumPy: each plane takes several calls."""


@dataclass(frozen=True, slots=True)
class AxisView:
    """A view whose axis ``i`` is axis ``dims[i]`` of an array; the other axes have size 1.

    Attributes
    ----------
    array : ReadableArray or WritableArray
        The array of `rank` axes; blocks of the view are read from it and written to it.
    rank : int
        The number of axes of the array.
    dims : tuple of int
        Axes of the array, one per axis of the view.
    """

    array: Any
    rank: int
    dims: tuple[int, ...]

    @property
    def strides(self) -> tuple[int, ...] | None:
        """The strides in bytes, or None if the array does not state them."""
        strides = getattr(self.array, "strides", None)
        return None if strides is None else tuple(strides[dim] for dim in self.dims)

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        return self._view_of(np.asarray(self.array[self._array_index(index)]))

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        array_index = self._array_index(index)
        if isinstance(self.array, np.ndarray):
            target = self._view_of(self.array[array_index])
            copy_transposed(target, value.astype(target.dtype, copy=False))
            return
        axis_order = self._axis_order()
        inverse = sorted(range(self.rank), key=axis_order.__getitem__)
        with_all_axes = value.reshape(value.shape + (1,) * (self.rank - len(self.dims)))
        self.array[array_index] = with_all_axes.transpose(inverse)

    def _axis_order(self) -> tuple[int, ...]:
        """Return the axes of the array: first those of the view, then those of size 1."""
        return (*self.dims, *(dim for dim in range(self.rank) if dim not in self.dims))

    def _array_index(self, index: tuple[slice, ...]) -> tuple[slice, ...]:
        """Return the index of the array for an index of the view."""
        array_index = [slice(0, 1)] * self.rank
        for dim, axis_slice in zip(self.dims, index, strict=True):
            array_index[dim] = axis_slice
        return tuple(array_index)

    def _view_of(self, block: Array) -> Array:
        """Return a block of the array with the axes of the view."""
        ordered = block.transpose(self._axis_order())
        return ordered.reshape(ordered.shape[: len(self.dims)])


@lru_cache(maxsize=256)
def view_recipe(recipe: Recipe, dims: tuple[int, ...]) -> Recipe:
    """Return the recipe for an `AxisView` of the input.

    The pooled axes keep the order that they have in the input: values must not depend on the memory
    layout.

    Parameters
    ----------
    recipe : Recipe
        The recipe for the input.
    dims : tuple of int
        Axes of the input, one per axis of the view; all other axes have size 1.
    """
    return replace(
        recipe,
        shape=tuple(recipe.shape[dim] for dim in dims),
        out_shape=tuple(recipe.out_shape[dim] for dim in dims),
        axes={dims.index(dim): axis for dim, axis in recipe.axes.items() if dim in dims},
    )


def copy_transposed(out: Array, values: Array) -> None:
    """Copy `values` into `out`, whose memory order may differ.

    Squares of 2 by 2 elements become two elements of twice the width, by arithmetic on whole rows,
    until few elements of `MAX_ELEMENT_BYTES` are left to be copied one by one.

    Parameters
    ----------
    out : ndarray
        Of the shape and the dtype of `values`; written to.
    values : ndarray
        Any shape and dtype. It is fast for elements of 1, 2 or 4 bytes that are contiguous along
        the last axis, if another axis of `out` is contiguous.

    Examples
    --------
    >>> out = np.zeros((4, 2), np.uint8)
    >>> copy_transposed(out.T, np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.uint8))
    >>> out.T
    array([[1, 2, 3, 4],
           [5, 6, 7, 8]], dtype=uint8)
    """
    last, width = values.ndim - 1, values.itemsize
    inner = min(range(values.ndim), key=lambda dim: abs(out.strides[dim]))
    planes = math.prod(size for dim, size in enumerate(values.shape) if dim not in (inner, last))
    rows, columns = values.shape[inner], values.shape[last]
    side = MAX_ELEMENT_BYTES // width if width in (1, 2, 4) else 1
    is_small = min(rows, columns) < 2 * side or planes > MAX_PLANES
    is_contiguous = values.strides[last] == width == out.strides[inner]
    is_little_endian = sys.byteorder == "little"
    if inner == last or side == 1 or is_small or not is_contiguous or not is_little_endian:
        out[...] = values
        return
    target, source = (np.moveaxis(array, (inner, last), (-2, -1)) for array in (out, values))
    rows, columns = rows // side * side, columns // side * side
    target[..., rows:, :] = source[..., rows:, :]
    target[..., :rows, columns:] = source[..., :rows, columns:]
    unsigned = f"u{width}"
    for index in np.ndindex(source.shape[:-2]):
        plane = source[index][:rows, :columns]
        transposed = target[index][:rows, :columns].T
        _copy_transposed_plane(transposed.view(unsigned), plane.view(unsigned))


def _copy_transposed_plane(out: Array, plane: Array) -> None:
    """Write the transpose of a plane, whose sides are multiples of `MAX_ELEMENT_BYTES` bytes."""
    stack = plane[None]  # the elements of every n-th column, in groups of n rows
    while stack.itemsize < MAX_ELEMENT_BYTES:
        wide = np.dtype(f"u{2 * stack.itemsize}")
        shift = wide.type(8 * stack.itemsize)
        low = wide.type((1 << 8 * stack.itemsize) - 1)
        upper, lower = stack.view(wide)[:, ::2], stack.view(wide)[:, 1::2]
        halves = np.empty((2, *upper.shape), wide)
        np.left_shift(lower, shift, out=halves[0])
        np.bitwise_and(upper, low, out=halves[1])
        np.bitwise_or(halves[0], halves[1], out=halves[0])
        np.right_shift(upper, shift, out=halves[1])
        np.bitwise_or(halves[1], lower & ~low, out=halves[1])
        stack = halves.reshape(-1, *upper.shape[1:])
    target = out.view(stack.dtype).reshape(-1, len(stack), stack.shape[1])
    target.transpose(1, 2, 0)[...] = stack
