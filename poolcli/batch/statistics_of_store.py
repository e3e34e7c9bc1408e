"""Statistics of a Zarr store for `info`: of the finest level that is small enough."""

from __future__ import annotations

from poolcli.batch.array_summary import bytes_of
from poolcli.core.engine.statistics import Statistics, compute_statistics
from poolcli.core.shape_text import shape_text
from poolcli.io.zarr.location import is_url
from poolcli.io.zarr.open_zarr import ZarrImage
from poolcli.io.zarr.zarr_source import ZarrSource
from poolcli.request import Request

MAX_MEASURED_BYTES = 1 << 28
"""The size of the largest array that is read for its statistics: it takes about a second."""

MAX_DOWNLOADED_BYTES = 1 << 24
"""The same for a store at a URL."""


def statistics_of_store(image: ZarrImage, request: Request) -> tuple[Statistics, list[str]]:
    """Return the statistics of the finest level that is small enough, and a note if that is coarse.

    Parameters
    ----------
    image : ZarrImage
        The store. Chunks of no other level are read.
    request : Request
        The request, for the ignored values.

    Returns
    -------
    statistics : Statistics
        Without values if all levels are too large.
    notes : list of str
        Which level was measured, unless it is the full resolution.

    Raises
    ------
    ReadError
        If chunks of the level are damaged.
    """
    limit = MAX_DOWNLOADED_BYTES if is_url(image.location) else MAX_MEASURED_BYTES
    for number, level in enumerate(image.levels):
        if bytes_of(level.array.shape, level.array.dtype) <= limit:
            source = ZarrSource(level.array, level.path)
            statistics = compute_statistics(source, request.ignore)
            source.check()
            shape = shape_text(level.array.shape)
            note = (
                f"its full resolution is large: min, mean and max are those of dataset "
                f"{level.path} ({shape})"
            )
            return statistics, [note] if number else []
    return Statistics(), ["it is large and has no small level: min, mean and max were left out"]
