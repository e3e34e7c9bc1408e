"""Views of readable and writable arrays with reordered axes or without axes of size 1.

Writing to such a view is a transposed copy, see `copy_transposed`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.recipe import Recipe

CACHE_LINE_BYTES = 64

MIN_ROW_BYTES = 256
"""Shorter rows are copied as they are. Rows a multiple of this apart share few sets of a cache."""

MAX_TILE_ROWS, TILE_BYTES = 256, 1 << 18
"""The size of the tiles that are transposed at a time: the elements of a column of a tile lie in as
many cache lines as the L1 cache has, a tile fits into the L2 cache."""


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

    @property
    def chunk_shape(self) -> tuple[int, ...] | None:
        """The shape of the chunks of the array, or None if it is not stored in chunks."""
        chunk = getattr(self.array, "chunk_shape", None)
        return None if chunk is None else tuple(chunk[dim] for dim in self.dims)

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        return _reorder_axes(np.asarray(self.array[self._array_index(index)]), self.dims)

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        array_index = self._array_index(index)
        if isinstance(self.array, np.ndarray):
            target = _reorder_axes(self.array[array_index], self.dims)
            copy_transposed(target, value)
            return
        axis_order = _axis_order(self.dims, self.rank)
        inverse = sorted(range(self.rank), key=axis_order.__getitem__)
        with_all_axes = value.reshape(value.shape + (1,) * (self.rank - len(self.dims)))
        self.array[array_index] = with_all_axes.transpose(inverse)

    def _array_index(self, index: tuple[slice, ...]) -> tuple[slice, ...]:
        """Return the index of the array for an index of the view."""
        array_index = [slice(0, 1)] * self.rank
        for dim, axis_slice in zip(self.dims, index, strict=True):
            array_index[dim] = axis_slice
        return tuple(array_index)


def _axis_order(dims: tuple[int, ...], rank: int) -> tuple[int, ...]:
    """Return the axes of an array: first those of a view, then those of size 1."""
    return (*dims, *(dim for dim in range(rank) if dim not in dims))


def _reorder_axes(array: Array, dims: tuple[int, ...]) -> Array:
    """Return an array with the axes of a view; all others have size 1."""
    ordered = array.transpose(_axis_order(dims, array.ndim))
    return ordered.reshape(ordered.shape[: len(dims)])


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
    footprint = recipe.footprint
    return replace(
        recipe,
        shape=tuple(recipe.shape[dim] for dim in dims),
        out_shape=tuple(recipe.out_shape[dim] for dim in dims),
        axes={dims.index(dim): axis for dim, axis in recipe.axes.items() if dim in dims},
        footprint=None if footprint is None else _reorder_axes(footprint, dims),
    )


def copy_transposed(out: Array, values: Array) -> None:
    """Copy `values` into `out`, whose memory order may differ.

    Tiles are copied to memory whose rows are an odd number of cache lines long, and transposed from
    there. It is fast because neighbouring rows lie in different sets of the cache. From rows of
    2048 bytes, for instance, which all lie in the same few sets, NumPy takes 2 to 3 ns for an
    element instead of 0.3 to 0.6 ns.

    Parameters
    ----------
    out : ndarray
        Of the shape of `values`; written to.
    values : ndarray
        Any shape and dtype.

    Examples
    --------
    >>> out = np.zeros((4, 2), np.uint8)
    >>> copy_transposed(out.T, np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.uint8))
    >>> out.T
    array([[1, 2, 3, 4],
           [5, 6, 7, 8]], dtype=uint8)
    """
    last = values.ndim - 1
    inner = min(range(values.ndim), key=lambda dim: abs(out.strides[dim]))
    row_bytes = values.shape[last] * out.itemsize
    # Elements of less than 4 bytes gain even then, by reading fewer pages of memory at a time.
    is_spread = out.itemsize >= 4 and values.strides[inner] % MIN_ROW_BYTES != 0
    if inner == last or row_bytes < MIN_ROW_BYTES or is_spread:
        out[...] = values
        return
    target, source = (np.moveaxis(array, (inner, last), (-2, -1)) for array in (out, values))
    *planes, n_rows, n_columns = source.shape
    tile_rows = -(-n_rows // -(-n_rows // MAX_TILE_ROWS))
    n_lines = min(TILE_BYTES // tile_rows, row_bytes) // CACHE_LINE_BYTES | 1
    tile_columns = n_lines * CACHE_LINE_BYTES // out.itemsize
    memory = np.empty((*planes, tile_rows, tile_columns), out.dtype)
    for row in range(0, n_rows, tile_rows):
        for column in range(0, n_columns, tile_columns):
            index = (..., slice(row, row + tile_rows), slice(column, column + tile_columns))
            elements = source[index]
            tile = memory[..., : elements.shape[-2], : elements.shape[-1]]
            tile[...] = elements
            target[index] = tile
