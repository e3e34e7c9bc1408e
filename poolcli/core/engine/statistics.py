"""Minimum, mean and maximum of arrays, computed block by block."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from poolcli.core import blocks
from poolcli.core.dtypes import Array, DType
from poolcli.core.extension_floats import is_extension_float, to_float32
from poolcli.core.ignored_values import as_ignored_elements, valid_mask
from poolcli.core.taps import Range

ADDED_ROWS = 128
"""The sum of so many integers fits into integers of twice their width."""

MAX_STATISTICS_BLOCK_BYTES = blocks.MAX_INPUT_BLOCK_BYTES // 4


class ShapedArray(blocks.ReadableArray, Protocol):
    """A readable array that states its shape and its dtype."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of elements along each axis."""

    @property
    def dtype(self) -> DType:
        """A dtype in any byte order."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Minimum, sum, maximum and count of values. Adding two gives those of all values together.

    Attributes
    ----------
    min, max : int or float, optional
        None if there are no values.
    sum : float or numpy.longdouble
        The sum in float64; of long doubles in long double.
    count : int
        The number of values.
    """

    min: Any = None
    max: Any = None
    sum: Any = 0.0
    count: int = 0

    @property
    def mean(self) -> Any:
        """The mean, of the type of the sum; None if there are no values."""
        return self.sum / self.count if self.count else None

    def __add__(self, other: Statistics) -> Statistics:
        minima = [value for value in (self.min, other.min) if value is not None]
        maxima = [value for value in (self.max, other.max) if value is not None]
        with np.errstate(over="ignore", invalid="ignore"):
            total = self.sum + other.sum
        count = self.count + other.count
        return Statistics(min(minima, default=None), max(maxima, default=None), total, count)


def has_statistics(dtype: DType) -> bool:
    """Return whether arrays of a dtype have a minimum, a mean and a maximum.

    Examples
    --------
    >>> has_statistics(np.dtype(">f4")), has_statistics(np.dtype("complex64"))
    (True, False)
    """
    return dtype.kind in "biuf" or is_extension_float(dtype)


def compute_statistics(
    source: ShapedArray, ignore: object = None, *, alpha: bool = False, pixels: bool = False
) -> Statistics:
    """Return the statistics of an array without NaN and ignored values.

    Parameters
    ----------
    source : ShapedArray
        Any shape, any numeric dtype. Complex arrays have no statistics.
    ignore : number or sequence of number, optional
        Values to ignore.
    alpha : bool
        Whether the last channel of the last axis is alpha, in which nothing is ignored.
    pixels : bool
        Whether a pixel is ignored only if all its channels, the last axis, equal the same value.

    Raises
    ------
    ArgumentTypeError
        If `ignore` is not a number or a list of numbers.

    Examples
    --------
    >>> stats = compute_statistics(np.array([1.0, np.nan, 4.0, -9999.0]), ignore=-9999)
    >>> stats.min, stats.mean, stats.max
    (1.0, 2.5, 4.0)
    """
    dtype = source.dtype.newbyteorder("=")
    if not has_statistics(dtype) or 0 in source.shape:
        return Statistics()
    ignored = as_ignored_elements(ignore, dtype)
    stats = Statistics()
    for block in statistics_blocks(source, [(0, size) for size in source.shape]):
        values = np.asarray(blocks.read_block(source, block))
        stats += block_statistics(values, ignored, alpha=alpha, pixels=pixels)
    return stats


def statistics_blocks(source: ShapedArray, ranges: Sequence[Range]) -> Generator[blocks.Ranges]:
    """Yield the blocks in which ranges of an array are measured; chunks are kept whole.

    Parameters
    ----------
    source : ShapedArray
        The array.
    ranges : sequence of (int, int)
        One range per axis.
    """
    axis_order = blocks.memory_order(source, len(source.shape))
    itemsize, chunk_shape = source.dtype.itemsize, getattr(source, "chunk_shape", None)
    return blocks.split_by_bytes(
        ranges, itemsize, axis_order, MAX_STATISTICS_BLOCK_BYTES, chunk_shape
    )


def block_statistics(
    values: Array, ignored: Sequence[Any] = (), *, alpha: bool = False, pixels: bool = False
) -> Statistics:
    """Return the statistics of an array in memory, computed at once.

    Parameters
    ----------
    values : ndarray
        Any shape, any numeric dtype.
    ignored : sequence of scalar
        Values to ignore, of the array's dtype.
    alpha, pixels : bool
        As in `compute_statistics`.
    """
    dtype = values.dtype.newbyteorder("=")
    if not has_statistics(dtype):
        return Statistics()
    if is_extension_float(dtype):
        values, ignored = to_float32(values), [np.float32(value) for value in ignored]
    else:
        values = values.astype(dtype, copy=False)
    if ignored:
        values = values[valid_mask(values, ignored, alpha=alpha, pixels=pixels)]
    if not values.size:
        return Statistics()
    with np.errstate(over="ignore", invalid="ignore"):  # a signalling NaN raises a warning
        minimum = values.min()
        if minimum != minimum:  # NaN if any value is
            values = values[~np.isnan(values)]
            if not values.size:
                return Statistics()
            minimum = values.min()
        total = _sum(values)
    minimum, maximum = minimum.item(), values.max().item()
    if dtype.kind == "b":
        minimum, maximum = int(minimum), int(maximum)
    return Statistics(minimum, maximum, total, values.size)


def _sum(values: Array) -> Any:
    """Return the sum in float64, of long doubles in long double."""
    if values.dtype == np.uint8:
        return float(_sum_of_bytes(np.ravel(values)))
    if values.dtype in (np.uint16, np.uint32) and values.flags.c_contiguous:
        return float(_sum_in_pairs(values.reshape(-1)))
    total = np.add.reduce(values, axis=None, dtype=np.result_type(values, np.float64))
    return total if values.dtype.itemsize > 8 and values.dtype.kind == "f" else float(total)


def _sum_of_bytes(flat: Array) -> Any:
    """Return the exact sum of uint8.

    Rows of bytes are added in 16 bits, which is as fast as memory is read.
    """
    width = len(flat) // ADDED_ROWS
    rows = flat[: width * ADDED_ROWS].reshape(ADDED_ROWS, width)
    sums = np.add.reduce(rows, axis=0, dtype=np.uint16)
    rest = np.add.reduce(flat[width * ADDED_ROWS :], dtype=np.uint64)
    return np.add.reduce(sums, dtype=np.uint64) + rest


def _sum_in_pairs(flat: Array) -> Any:
    """Return the exact sum of uint16 or uint32.

    Two adjacent elements are added as one integer of twice their width, modulo its range. The sum
    of the elements in its upper half is known from shifted integers; the other follows. It is fast
    because few elements are converted: the statistics of 32 MB of uint16 take 4.3 ms instead of
    7.2 ms, those of 64 MB of uint32 10 ms instead of 12 ms.

    Examples
    --------
    >>> _sum_in_pairs(np.full(1001, 65535, np.uint16))
    np.uint64(65600535)
    """
    bits, pair = 8 * flat.itemsize, np.dtype(f"u{2 * flat.itemsize}")
    width = len(flat) // (2 * ADDED_ROWS)
    count = 2 * width * ADDED_ROWS
    rows = flat[:count].view(pair).reshape(ADDED_ROWS, width)
    both = np.add.reduce(rows, axis=0, dtype=pair)
    upper = np.add.reduce(rows >> pair.type(bits), axis=0, dtype=pair)
    lower = both - (upper << pair.type(bits))
    rest = np.add.reduce(flat[count:], dtype=np.uint64)
    return np.add.reduce(lower, dtype=np.uint64) + np.add.reduce(upper, dtype=np.uint64) + rest
