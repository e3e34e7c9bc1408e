"""A cache of decoded strips, tiles and chunks, shared by the threads that read them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeAlias

import numpy.typing as npt

Segment: TypeAlias = "npt.NDArray[Any] | None"
"""A decoded strip or tile, rows by columns by channels, or a chunk; None if the file does not
store it."""

MAX_CACHED_BYTES = 1 << 27
"""The size of the segments that are kept of one input (see `poolcli.core.engine.chunk_bands`)."""

ENTRY_BYTES = 1 << 10
"""The memory that an entry of the cache takes besides its segment."""


class SegmentCache:
    """The decoded segments that were used last.

    A segment that several threads need at the same time is decoded once.

    Parameters
    ----------
    max_bytes : int
        The size of all segments together. The last one is kept whatever its size.

    Examples
    --------
    >>> import numpy as np
    >>> cache = SegmentCache(max_bytes=100)
    >>> cache.get("a", lambda: np.zeros((1, 2, 1))).shape
    (1, 2, 1)
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._bytes = 0
        self._lock = threading.Lock()
        self._segments: OrderedDict[Hashable, Future[Segment]] = OrderedDict()

    def get(self, key: Hashable, decode: Callable[[], Segment]) -> Segment:
        """Return a segment, decoded now if it is not kept.

        Parameters
        ----------
        key : hashable
            Identifies the segment.
        decode : callable
            Returns the decoded segment. Its error is raised in all threads that wait for it.
        """
        with self._lock:
            known = self._segments.get(key)
            if known is not None:
                self._segments.move_to_end(key)
            else:
                future = self._segments[key] = Future()
        if known is not None:
            return known.result()
        try:
            segment = decode()
        except BaseException as error:
            with self._lock:
                del self._segments[key]
            future.set_exception(error)
            raise
        future.set_result(segment)
        self._drop_oldest(_size_in_cache(segment))
        return segment

    def _drop_oldest(self, added_bytes: int) -> None:
        """Drop segments until all others, and the one that was added, fit."""
        with self._lock:
            self._bytes += added_bytes
            excess, dropped = self._bytes - self.max_bytes, []
            for key in self._segments:
                if excess <= 0:
                    break
                if self._segments[key].done():
                    dropped.append(key)
                    excess -= _size_in_cache(self._segments[key].result())
            for key in dropped[: len(self._segments) - 1]:
                self._bytes -= _size_in_cache(self._segments.pop(key).result())


def _size_in_cache(segment: Segment) -> int:
    return ENTRY_BYTES + (0 if segment is None else segment.nbytes)
