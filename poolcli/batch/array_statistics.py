"""What a report says of an array, before and after: measured on its way where that saves a read."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.core.engine.statistics import Statistics, compute_statistics
from poolcli.core.engine.streaming_statistics import StatisticsReader, StatisticsWriter
from poolcli.core.modes import find_mode
from poolcli.io.document import Item, Source
from poolcli.io.images.output_image import OutputImage
from poolcli.request import Request

SHOWN_ELEMENTS = 256
"""The largest input whose values a report shows unasked."""

SHOWN_AT_MOST = 1 << 16
"""The largest input whose values a report shows at all."""

LARGE_BYTES = 1 << 26
"""Arrays up to this size are held in memory, and may well be read twice."""


class Side(NamedTuple):
    """What there is to say of an array, before or after."""

    shape: tuple[int, ...]
    dtype: str
    stats: Statistics
    values: npt.NDArray[Any] | None = None
    thumb: npt.NDArray[np.uint8] | None = None


def _span(item: Item, stats: Statistics) -> tuple[Any, Any] | None:
    """What is drawn from black to white: all of 8 bits, else the range of values if it has ends."""
    if item.source.dtype == np.uint8:
        return 0.0, 255.0
    if stats.min is None:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(stats.max - stats.min):
            return None
    return stats.min, stats.max


def bytes_of(shape: tuple[int, ...], dtype: Any) -> int:
    """The size of an array."""
    size: int = np.dtype(dtype).itemsize
    return math.prod(shape) * size


def metered(source: Source, item: Item, request: Request) -> Source:
    """A source that is measured while it is read, where another read would cost time."""
    return (
        StatisticsReader(source, request.ignore) if _on_the_way(source, item, request) else source
    )


def written_metered(result: Any, item: Item, request: Request) -> StatisticsWriter | None:
    """A result that is measured while it is written; None where it is read again."""
    one_bit = isinstance(result, OutputImage) and item.one_bit  # which keeps less than is written
    if isinstance(result, np.ndarray) or one_bit or not _on_the_way(result, item, request):
        return None
    return StatisticsWriter(result, request.ignore, result.dtype)


def _on_the_way(what: Any, item: Item, request: Request) -> bool:
    if not request.reports_results or isinstance(what, np.ndarray):
        return False
    if item.image_mode is None:
        return bytes_of(what.shape, what.dtype) > LARGE_BYTES
    # Of pictures what adds up to the same in any order, where each value counts by itself.
    exact = what.dtype.kind == "u" and what.dtype.itemsize <= 2
    return exact and not request.ignore


def side_of(
    source: Any,
    item: Item,
    request: Request,
    axes: tuple[int, ...],
    stats: Statistics | None = None,
    like: Statistics | None = None,
) -> Side:
    """What there is to say of an array.

    Parameters
    ----------
    axes : tuple of int
        Its spatial axes.
    stats : Stats, optional
        Where it was measured already.
    like : Stats, optional
        Those of the input, as which a result is drawn; by default its own.
    """
    if isinstance(source, StatisticsReader):
        stats = source.statistics()
    elif stats is None:
        stats = Statistics()
        if request.reports_results:
            coloured = item.image_mode is not None and len(item.source.shape) > 2
            pixels = coloured and find_mode(request.mode).pools_whole_pixels
            stats = compute_statistics(source, request.ignore, alpha=item.has_alpha, pixels=pixels)
    shown = SHOWN_AT_MOST if request.values else SHOWN_ELEMENTS
    wanted = request.report == "table" and request.values is not False
    values = None
    if wanted and 0 < math.prod(source.shape) <= shown:
        values = np.array(source[tuple(slice(0, size) for size in source.shape)])
    thumb = None
    if request.preview or request.html is not None:
        from poolcli.io.images.thumbnails import make_thumbnail  # seldom needed

        whole = source.source if isinstance(source, StatisticsReader) else source
        drawn_range = _span(item, stats if like is None else like)
        thumb = make_thumbnail(whole, axes, item.palette, drawn_range)
    return Side(tuple(source.shape), source.dtype.name, stats, values, thumb)
