"""Reading the elements of windows that do not fit into memory, as sort keys."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from poolcli.core import blocks
from poolcli.core.blocks import AxisOrder, ReadableArray
from poolcli.core.dtypes import Array, DType
from poolcli.core.ignored_values import valid_mask
from poolcli.core.kernels.sort_keys import integer_keys
from poolcli.core.recipe import Recipe


class WindowKeyReader:
    """A reader of the elements of adjacent windows, block by block, as unsigned sort keys.

    Parameters
    ----------
    recipe : Recipe
    source : array_like
        The whole input.
    spans : sequence of range
        The positions along each axis: those of the windows' elements along reduced axes, those
        of the windows along the others.
    axis_order : sequence of int
        The axes from the outermost in memory to the innermost.

    Attributes
    ----------
    n_windows : int
    dtype : dtype
        The elements' dtype, in native byte order.
    key_dtype : dtype
        The unsigned integer of the same width.
    key_bits : int
        Its width in bits.
    """

    def __init__(
        self, recipe: Recipe, source: ReadableArray, spans: Sequence[range], axis_order: AxisOrder
    ) -> None:
        self.dtype = recipe.in_dtype.newbyteorder("=")
        self.key_dtype = np.dtype(f"u{self.dtype.itemsize}")
        self.key_bits = 8 * self.dtype.itemsize
        self._source, self._spans, self._axis_order = source, spans, axis_order
        self._ignored = () if recipe.ignored is None else recipe.ignored.elements
        dims = range(len(spans))
        reduced = [recipe.is_reduced(dim) for dim in dims]
        kept_dims = [dim for dim in dims if not reduced[dim]]
        self._windows_last = [*(dim for dim in dims if reduced[dim]), *kept_dims]
        self.n_windows = math.prod(len(spans[dim]) for dim in kept_dims)
        self._min_sizes = [1 if reduced[dim] else len(spans[dim]) for dim in dims]

    def read(self) -> Iterator[tuple[Array, int]]:
        """Yield the keys of all elements that are not ignored.

        Yields
        ------
        keys : ndarray of unsigned int
            One-dimensional: some elements of one window.
        window : int
            The number of the window.
        """
        full = [(span.start, max(span.stop, span.start)) for span in self._spans]
        itemsize, max_bytes = self.dtype.itemsize, blocks.MAX_INPUT_BLOCK_BYTES
        for ranges in blocks.split_by_bytes(
            full, itemsize, self._axis_order, max_bytes, self._min_sizes
        ):
            block = np.asarray(blocks.read_block(self._source, ranges))
            on_span = tuple(
                slice(-(low - span.start) % span.step, None, span.step)
                for (low, _), span in zip(ranges, self._spans, strict=True)
            )
            block = block[on_span].transpose(self._windows_last).reshape(-1, self.n_windows)
            for window in range(self.n_windows):
                values = np.ascontiguousarray(block[:, window])
                if self._ignored:
                    values = values[valid_mask(values, self._ignored)]
                yield encode(values), window

    def decode(self, keys: Array) -> Array:
        """Turn keys back into elements."""
        if self.dtype.kind == "f":
            return integer_keys(np.empty(0, self.dtype)).decode(keys.copy())
        if self.dtype.kind == "i":
            keys = keys ^ _sign_bit(keys.dtype)
        return keys.view(self.dtype)


def encode(values: Array) -> Array:
    """Return elements as unsigned integers of their width that sort as they do.

    Examples
    --------
    >>> encode(np.array([-1, 0, 1], np.int8))
    array([127, 128, 129], dtype=uint8)
    """
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype.kind == "f":
        return integer_keys(values).keys
    keys = values.view(f"u{values.dtype.itemsize}")
    return keys ^ _sign_bit(keys.dtype) if values.dtype.kind == "i" else keys


def _sign_bit(dtype: DType) -> Any:
    return dtype.type(1 << (8 * dtype.itemsize - 1))
