"""A page of a TIFF file as an array: the strips or tiles that a block needs are decoded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.errors import ReadError, is_shortage
from poolcli.io.decoded_segment_cache import Segment, SegmentCache
from poolcli.io.shorten_exception import first_line
from poolcli.io.stdout_and_stderr import silence_stderr
from poolcli.io.tiff.coded_size import LERC, coded_samples, unwrapped_lerc
from poolcli.io.tiff.file_range_reader import FileBytes

JPEG_COMPRESSIONS = (6, 7, 33007, 34892)
"""Compressions whose segments need the JPEG tables of the page."""

MAX_CODED_RATIO, MAX_SMALL_SAMPLES = 4, 1 << 18
"""An image of more samples than `MAX_SMALL_SAMPLES` in a segment may have at most so many times
those that the segment has room for."""


class _Overlap(NamedTuple):
    """The part of a segment that lies in a block.

    Attributes
    ----------
    number : int
        The number of the segment in its plane.
    in_segment, in_block : tuple of slice
        Rows and columns.
    """

    number: int
    in_segment: tuple[slice, slice]
    in_block: tuple[slice, slice]


class SegmentedPage:
    """A page as an array, H W or H W C.

    Parameters
    ----------
    page : tifffile.TiffPage
        Decodes segments.
    file : FileBytes
        The file of the page.
    cache : SegmentCache
        The cache of all pages of the file.
    name : str
        What errors call the page.
    """

    def __init__(self, page: Any, file: FileBytes, cache: SegmentCache, name: str) -> None:
        self.page = page
        self.file = file
        self.cache = cache
        self.name = name
        planes, _, height, width, contiguous = page.shaped
        self.planes = planes
        channels = planes * contiguous
        self.shape = (height, width) if channels == 1 else (height, width, channels)
        self.dtype = np.dtype(page.dtype).newbyteorder("=")
        if page.is_tiled:
            self.segment_shape = (page.tilelength, page.tilewidth)
        else:
            self.segment_shape = (min(page.rowsperstrip, height), width)
        self.columns = -(-width // self.segment_shape[1])
        self.segments_per_plane = -(-height // self.segment_shape[0]) * self.columns
        self._decode_options: dict[str, Any] = {"_fullsize": False}
        if page.compression in JPEG_COMPRESSIONS:
            self._decode_options |= {"jpegtables": page.jpegtables, "jpegheader": page.jpegheader}

    @property
    def chunk_shape(self) -> tuple[int, ...]:
        """The shape of a segment, of all channels."""
        return (*self.segment_shape, *self.shape[2:])

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        rows, columns, *channels = (
            range(*part.indices(size)) for part, size in zip(index, self.shape, strict=True)
        )
        chosen = channels[0] if channels else range(1)
        block = np.empty((len(rows), len(columns), len(chosen)), self.dtype)
        overlaps = list(self._overlaps(rows, columns))
        if self.planes == 1:
            self._copy_plane(0, overlaps, slice(chosen.start, chosen.stop), block)
        else:
            for place, plane in enumerate(chosen):
                self._copy_plane(plane, overlaps, slice(None), block[..., place : place + 1])
        return block if channels else block[..., 0]

    def _overlaps(self, rows: range, columns: range) -> Iterator[_Overlap]:
        """Yield the segments of a plane that a block needs."""
        if not rows or not columns:
            return
        height, width = self.segment_shape
        for row in range(rows.start // height, (rows.stop - 1) // height + 1):
            in_rows, to_rows = _overlap(rows, row * height, height)
            for column in range(columns.start // width, (columns.stop - 1) // width + 1):
                in_columns, to_columns = _overlap(columns, column * width, width)
                number = row * self.columns + column
                yield _Overlap(number, (in_rows, in_columns), (to_rows, to_columns))

    def _copy_plane(
        self, plane: int, overlaps: list[_Overlap], channels: slice, out: npt.NDArray[Any]
    ) -> None:
        for overlap in overlaps:
            number = plane * self.segments_per_plane + overlap.number
            decode = partial(self._decode, number)
            segment = self.cache.get((self.page.offset, number), decode)
            target = out[overlap.in_block]
            found = None if segment is None else segment[(*overlap.in_segment, channels)]
            if found is not None and found.shape == target.shape:
                target[...] = found
                continue
            # Segments that are not stored, as in sparse files of GDAL, and the part of a tile
            # that a JPEG lacks, have the nodata value.
            target[...] = self.page.nodata
            if found is not None:
                target[: found.shape[0], : found.shape[1]] = found

    def _decode(self, number: int) -> Segment:
        """Decode a segment; return it with rows, columns and channels."""
        try:
            offset, size = self.page.dataoffsets[number], self.page.databytecounts[number]
        except IndexError:
            raise ReadError(f"{self.name} lacks the offset of strip or tile {number}") from None
        data = self.file.read(offset, size) if offset and size else None
        try:
            if data is not None:
                data = self._checked(data)
            with silence_stderr():  # JPEG XR's library prints
                decoded = self.page.decode(data, number, **self._decode_options)[0]
        except Exception as error:  # decoders raise many kinds of exceptions on damaged data
            if is_shortage(error):
                raise
            if isinstance(error, ReadError):
                error.args = (f"strip or tile {number} of {self.name} {error}",)
                raise
            raise ReadError(
                f"strip or tile {number} of {self.name} cannot be decoded: {first_line(error)}"
            ) from error
        segment: Segment = None if decoded is None else decoded[0]
        return segment

    def _checked(self, data: bytes) -> bytes:
        """Return a segment as stored; raise `ReadError` if it claims to be much larger than it is.

        Its decoder would claim that much memory.
        """
        rows, columns = self.segment_shape
        samples = rows * columns * self.page.shaped[4]
        limit = max(MAX_CODED_RATIO * samples, MAX_SMALL_SAMPLES)
        compression = int(self.page.compression)
        if compression == LERC:
            data = unwrapped_lerc(data, limit * self.dtype.itemsize)
        header = self._decode_options.get("jpegheader") or b""
        claimed = max(coded_samples(compression, part) for part in (data, header))
        if claimed > limit:
            raise ReadError(
                f"claims {claimed:,} samples, instead of at most {samples:,}; get a new copy"
            )
        return data


def _overlap(block: range, start: int, size: int) -> tuple[slice, slice]:
    """Return the part of a segment that lies in a block, counted in the segment and in the block.

    Examples
    --------
    >>> _overlap(range(5, 20), 8, 8)
    (slice(0, 8, None), slice(3, 11, None))
    """
    first, stop = max(block.start, start), min(block.stop, start + size)
    return slice(first - start, stop - start), slice(first - block.start, stop - block.start)
