"""The least, the mean and the greatest of an array, read box by box."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from poolcli.core.blocks import (
    MAX_INPUT_BLOCK_BYTES,
    ReadableArray,
    block_shape,
    memory_order,
    split_into_blocks,
)
from poolcli.core.dtypes import Array, DType
from poolcli.core.ignored_values import as_ignored_elements, valid_mask

BYTES_PER_UINT16_SUM = 128
"""So many bytes add up in 16 bits, with room to spare."""


class ShapedArray(ReadableArray, Protocol):
    """Something to read that says what it is."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> DType: ...


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a report says of values; None where there are none.

    Attributes
    ----------
    min, max : int or float, optional
    sum : float or numpy.longdouble
        The sum, worked in float64, of long doubles as such.
    count : int
        How many values there were.
    """

    min: Any = None
    max: Any = None
    sum: Any = 0.0
    count: int = 0

    @property
    def mean(self) -> Any:
        """The mean, worked as the sum is; None where there are no values."""
        return self.sum / self.count if self.count else None

    def __add__(self, other: Statistics) -> Statistics:
        lows = [value for value in (self.min, other.min) if value is not None]
        highs = [value for value in (self.max, other.max) if value is not None]
        with np.errstate(over="ignore", invalid="ignore"):
            total = self.sum + other.sum
        count = self.count + other.count
        return Statistics(min(lows, default=None), max(highs, default=None), total, count)


def compute_statistics(
    source: ShapedArray, ignore: object = None, *, alpha: bool = False, pixels: bool = False
) -> Statistics:
    """Measure an array, leaving out NaN and the ignored values; nothing for complex numbers.

    Parameters
    ----------
    source : array_like
        With a shape and a dtype; read by tuples of slices.
    ignore : number or sequence of number, optional
        Values to leave out.
    alpha : bool
        Whether the last channel is alpha, where nothing is ignored.
    pixels : bool
        Whether a value is ignored only where all channels of the last axis have it.

    Examples
    --------
    >>> stats = compute_statistics(np.array([1.0, np.nan, 4.0, -9999.0]), ignore=-9999)
    >>> stats.min, stats.mean, stats.max
    (1.0, 2.5, 4.0)
    """
    dtype = source.dtype.newbyteorder("=")
    if dtype.kind not in "biuf" or 0 in source.shape:
        return Statistics()
    ignored = as_ignored_elements(ignore, dtype)
    order = memory_order(source, len(source.shape))
    step = block_shape(
        source.shape, math.prod(source.shape) * dtype.itemsize, order, MAX_INPUT_BLOCK_BYTES // 4
    )
    found = Statistics()
    for box in split_into_blocks([(0, size) for size in source.shape], step, order):
        block = np.asarray(source[tuple(slice(*span) for span in box)])
        found += block_statistics(block, ignored, alpha=alpha, pixels=pixels)
    return found


def block_statistics(
    block: Array, ignored: Sequence[Any] = (), *, alpha: bool = False, pixels: bool = False
) -> Statistics:
    """Measure an array that is small enough to be worked on at once.

    Parameters
    ----------
    ignored : sequence of scalar
        Values to leave out, of the array's dtype.
    alpha, pixels
        As `compute_statistics` has them.
    """
    dtype = block.dtype.newbyteorder("=")
    if dtype.kind not in "biuf":
        return Statistics()
    block = block.astype(dtype, copy=False)
    if ignored:
        block = block[valid_mask(block, ignored, alpha=alpha, pixels=pixels)]
    if not block.size:
        return Statistics()
    with np.errstate(over="ignore", invalid="ignore"):  # a signalling NaN warns
        least = block.min()
        if least != least:  # the minimum is NaN where there is any
            block = block[~np.isnan(block)]
            if not block.size:
                return Statistics()
            least = block.min()
        total = _sum(block)
    least, greatest = least.item(), block.max().item()
    if dtype.kind == "b":
        least, greatest = int(least), int(greatest)
    return Statistics(least, greatest, total, block.size)


def _sum(block: Array) -> Any:
    if block.dtype != np.uint8:
        total = np.add.reduce(block, axis=None, dtype=np.result_type(block, np.float64))
        return total if block.dtype.itemsize > 8 and block.dtype.kind == "f" else float(total)
    # Rows of bytes add up exactly in 16 bits, as fast as memory gives them.
    flat = block.reshape(-1) if block.flags.c_contiguous else np.ravel(block)
    width = len(flat) // BYTES_PER_UINT16_SUM
    rows = flat[: width * BYTES_PER_UINT16_SUM].reshape(BYTES_PER_UINT16_SUM, width)
    sums = np.add.reduce(rows, axis=0, dtype=np.uint16)
    rest = np.add.reduce(flat[width * BYTES_PER_UINT16_SUM :], dtype=np.uint64)
    return float(np.add.reduce(sums, dtype=np.uint64) + rest)
