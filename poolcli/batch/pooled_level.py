"""One level of a pyramid of one item, an array or a frame: what it is written into, its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from poolcli.batch.array_summary import ArraySummary
from poolcli.batch.output_geometry import OutputGeometry
from poolcli.core.axis import Axis
from poolcli.core.engine.statistics_reader_writer import StatisticsWriter
from poolcli.io.images.pixel_array import OutputImage, PixelArray


class LevelOutput(NamedTuple):
    """The arrays or files that receive one level.

    Attributes
    ----------
    values : ndarray, OutputImage or NpyWriter
        Receives the values.
    writer : StatisticsWriter, optional
        Writes into `values` and measures them; None if they are measured afterwards.
    indices : ndarray or NpyWriter of int64, optional
        Receives the argmax or argmin indices.
    """

    values: Any
    writer: StatisticsWriter | None
    indices: Any = None

    @property
    def target(self) -> Any:
        """The writable array that pooling is given: the writer, or the values themselves."""
        return self.values if self.writer is None else self.writer


class PooledLevel(NamedTuple):
    """The result of one item at one level.

    Attributes
    ----------
    member : str, optional
        The name of the item in its npz file.
    result : ndarray, OutputImage or NpyWriter
        An `OutputImage` if it is written as an image; an array in its file if it is large.
    indices : ndarray or NpyWriter of int64, optional
        The argmax or argmin indices, of the result's shape.
    axes : dict of int to Axis
        The window of the request on each pooled axis.
    before, after : ArraySummary
        What the report shows of what was pooled, the item or the level before, and of the result.
    drawn_axes : tuple of int
        The axes of which a report draws the last two.
    fortran_order : bool
        Whether the input is an npy file in Fortran order.
    geometry : OutputGeometry
        The position of the result's elements in the item, of which it is some level.
    seconds : float
        The time that pooling took.
    """

    member: str | None
    result: Any
    indices: Any
    axes: dict[int, Axis]
    before: ArraySummary
    after: ArraySummary
    drawn_axes: tuple[int, ...] = ()
    fortran_order: bool = False
    geometry: OutputGeometry = OutputGeometry()
    seconds: float = 0.0

    @property
    def image_mode(self) -> str:
        """The mode (see `poolcli.io.storable_image_modes`); empty if the result is not an image."""
        if not isinstance(self.result, OutputImage):
            return ""
        palette = self.result.palette
        return self.result.mode if palette is None else palette.mode

    @property
    def page_count(self) -> int:
        """The number of pages of a stack; 1 if the result is none."""
        return self.result.page_count if isinstance(self.result, PixelArray) else 1

    @property
    def page_size(self) -> tuple[int, int]:
        """Rows and columns of an image, or of each page of a stack."""
        if isinstance(self.result, PixelArray):
            return self.result.size[::-1]
        height, width = self.result.shape[:2]
        return height, width

    @property
    def is_opaque(self) -> bool:
        """Whether the result has no transparent pixel."""
        return not isinstance(self.result, OutputImage) or self.result.is_opaque


Results = Sequence[PooledLevel]
"""All arrays or frames of a document at one level."""


def can_be_stacked(results: Results) -> bool:
    """Return whether all results have the same shape and dtype, so that they make one array.

    Examples
    --------
    >>> import numpy as np
    >>> from poolcli.core.engine.statistics import Statistics
    >>> summary = ArraySummary((2, 2), "uint8", Statistics())
    >>> small, large = (
    ...     PooledLevel(None, np.zeros((n, n)), None, {}, summary, summary) for n in (2, 3)
    ... )
    >>> can_be_stacked([small, small]), can_be_stacked([small, large])
    (True, False)
    """
    return len({(level.result.shape, level.result.dtype) for level in results}) == 1
