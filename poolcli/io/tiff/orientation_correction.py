"""An array of pixels whose stored orientation is corrected when blocks are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.io.document import Source, chunk_shape_of

SWAPS_AXES = (5, 6, 7, 8)
"""Orientations whose stored rows are columns of the upright image (TIFF 6.0, section 8)."""

REVERSES_ROWS = (3, 4, 7, 8)
REVERSES_COLUMNS = (2, 3, 6, 7)
"""Orientations whose upright rows, or columns, are in reverse order, after the swap."""


class OrientedSource:
    """A page that is turned upright, H W or H W C.

    Parameters
    ----------
    source : Source
        The stored pixels.
    orientation : int
        The tag Orientation, 2 to 8.

    Examples
    --------
    >>> stored = np.arange(6).reshape(2, 3)
    >>> OrientedSource(stored, 6)[0:3, 0:2].tolist()
    [[3, 0], [4, 1], [5, 2]]
    """

    def __init__(self, source: Source, orientation: int) -> None:
        self.source = source
        self.swaps_axes = orientation in SWAPS_AXES
        self.reverses = (orientation in REVERSES_ROWS, orientation in REVERSES_COLUMNS)
        height, width, *channels = source.shape
        self.shape = (width, height, *channels) if self.swaps_axes else source.shape
        self.dtype: np.dtype[Any] = source.dtype

    @property
    def chunk_shape(self) -> tuple[int, ...] | None:
        """The shape of a strip or tile; None if the page is stored as an array."""
        chunk = chunk_shape_of(self.source)
        if chunk is None or not self.swaps_axes:
            return chunk
        return (chunk[1], chunk[0], *chunk[2:])

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        ranges = []
        for part, size, is_reversed in zip(index[:2], self.shape[:2], self.reverses, strict=True):
            start, stop, _ = part.indices(size)
            ranges.append(slice(size - stop, size - start) if is_reversed else slice(start, stop))
        stored = ranges[::-1] if self.swaps_axes else ranges
        block = self.source[(*stored, *index[2:])]
        if self.swaps_axes:
            block = block.swapaxes(0, 1)
        steps = tuple(slice(None, None, -1 if each else 1) for each in self.reverses)
        return block[steps]
