"""The summary of an array in a report: shape, dtype, statistics, values, thumbnail."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.engine.statistics import Statistics, compute_statistics
from poolcli.core.engine.statistics_reader_writer import StatisticsReader, StatisticsWriter
from poolcli.core.extension_floats import with_numpy_dtype
from poolcli.io.document import Item, Source
from poolcli.io.images.image_block_writer import WritableImage
from poolcli.io.images.pixel_array import PixelArray
from poolcli.request import Request

MAX_VALUES_BY_DEFAULT = 256
"""The largest number of elements whose values a report shows without `--values`."""

MAX_VALUES = 1 << 16
"""The largest number of elements whose values a report shows with `--values`."""

MAX_BYTES_IN_MEMORY = 1 << 26
"""Arrays up to this size are held in memory; reading them twice costs little."""


class ArraySummary(NamedTuple):
    """The facts about an array that a report shows, before or after pooling.

    Attributes
    ----------
    stats : Statistics
        Minimum, mean and maximum; all None if the report does not show them.
    values : ndarray, optional
        All elements, if the report shows them.
    thumb : ndarray of uint8, optional
        A thumbnail, H W or H W C, if the report shows it.
    """

    shape: tuple[int, ...]
    dtype: str
    stats: Statistics
    values: npt.NDArray[Any] | None = None
    thumb: npt.NDArray[np.uint8] | None = None


def bytes_of(shape: tuple[int, ...], dtype: Any) -> int:
    """Return the size of an array in bytes.

    Parameters
    ----------
    shape : tuple of int
        The length of each axis.
    dtype : dtype_like
        The dtype of the elements.

    Examples
    --------
    >>> bytes_of((2, 3), "int16")
    12
    """
    size: int = np.dtype(dtype).itemsize
    return math.prod(shape) * size


def measured_while_read(source: Source, item: Item, request: Request) -> Source:
    """Wrap a source so that its statistics are computed while it is read.

    The source itself is returned if reading it a second time costs little, or if the report shows
    no statistics.

    Parameters
    ----------
    source : Source
        The elements that are pooled, of any shape and dtype.
    item : Item
        The item that the elements belong to.
    request : Request
        The request, for the report and the ignored values.

    Returns
    -------
    StatisticsReader or Source

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> item = Item(np.zeros((4, 4)))
    >>> measured_while_read(item.source, item, Request((), "max", Window.fixed(2))) is item.source
    True
    """
    streams = _measures_while_streaming(source, item, request)
    return StatisticsReader(source, request.ignore) if streams else source


def measured_while_written(result: Any, item: Item, request: Request) -> StatisticsWriter | None:
    """Wrap a result so that its statistics are computed while it is written.

    None is returned if the result is to be measured afterwards, or not at all. A 1-bit image is
    measured afterwards because it holds less than was written.

    Parameters
    ----------
    result : ndarray, NpyWriter or WritableImage
        The array that the result is written into, of any shape and dtype.
    item : Item
        The item that is pooled.
    request : Request
        The request, for the report and the ignored values.

    Returns
    -------
    StatisticsWriter or None
    """
    one_bit = isinstance(result, WritableImage) and item.one_bit
    if one_bit or not _measures_while_streaming(result, item, request):
        return None
    return StatisticsWriter(result, request.ignore, result.dtype)


def _measures_while_streaming(array: Any, item: Item, request: Request) -> bool:
    if not request.reports_results or isinstance(array, np.ndarray):
        return False
    is_large = bytes_of(array.shape, array.dtype) > MAX_BYTES_IN_MEMORY
    if item.image_mode is None:
        return is_large
    if is_large and not (item.has_channels and request.ignore) and _is_in_file(array):
        return True
    # Sums of small integers do not depend on the order in which blocks of an image are read.
    exact = array.dtype.kind == "u" and array.dtype.itemsize <= 2
    return exact and not request.ignore


def _is_in_file(array: Any) -> bool:
    """Return whether an image is read from a file block by block, or written so."""
    from poolcli.io.images.image_block_reader import ReadableImage  # arrays need no Pillow

    if isinstance(array, PixelArray):
        return not array.is_in_memory
    return not isinstance(array, ReadableImage | WritableImage)


def summarize(
    source: Any,
    item: Item,
    request: Request,
    axes: tuple[int, ...],
    stats: Statistics | None = None,
    input_stats: Statistics | None = None,
) -> ArraySummary:
    """Return the summary of an array.

    Parameters
    ----------
    source : ndarray, Source or WritableImage
        The array, of any shape and dtype.
    item : Item
        The item that the array is the input or the result of.
    request : Request
        The request, which says what the report shows.
    axes : tuple of int
        Its pooled axes, which a thumbnail shows.
    stats : Statistics, optional
        Its statistics, if they were computed already.
    input_stats : Statistics, optional
        The statistics of the input, whose range the thumbnail of a result uses; by default the
        array's own.
    """
    if isinstance(source, StatisticsReader):
        stats = source.statistics()
    elif stats is None:
        stats = _stats(source, item, request) if request.reports_results else Statistics()
    limit = MAX_VALUES if request.values else MAX_VALUES_BY_DEFAULT
    shows_values = request.report == "table" and request.values is not False
    values = None
    if shows_values and 0 < math.prod(source.shape) <= limit:
        values = np.array(source[tuple(slice(0, size) for size in source.shape)])
        values = with_numpy_dtype(values)
    thumb = None
    if request.preview or request.html is not None:
        from poolcli.io.images.report_thumbnails import make_thumbnail  # rarely needed

        whole = source.source if isinstance(source, StatisticsReader) else source
        value_range = _thumbnail_range(item, stats if input_stats is None else input_stats)
        ignore = request.ignore
        thumb = make_thumbnail(whole, axes, item.palette, value_range, item.image_mode, ignore)
    return ArraySummary(tuple(source.shape), source.dtype.name, stats, values, thumb)


def _stats(source: Any, item: Item, request: Request) -> Statistics:
    pixels = item.has_channels and request.pools_whole_pixels
    return compute_statistics(source, request.ignore, alpha=item.has_alpha, pixels=pixels)


def _thumbnail_range(item: Item, stats: Statistics) -> tuple[Any, Any] | None:
    """Return the values that a thumbnail draws black and white; None if there is no finite range.

    These are 0 and 255 for uint8, else the smallest and the largest value.
    """
    if item.source.dtype == np.uint8:
        return 0.0, 255.0
    if stats.min is None:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(stats.max - stats.min):
            return None
    return stats.min, stats.max
