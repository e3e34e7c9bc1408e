"""The pixels of a TIFF page as an array that is read block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.errors import ReadError
from poolcli.io.arrays.npy_blocks import NpyReader
from poolcli.io.arrays.npy_header import NpyHeader
from poolcli.io.decoded_segment_cache import SegmentCache
from poolcli.io.document import Source, chunk_shape_of
from poolcli.io.tiff.file_range_reader import FileBytes
from poolcli.io.tiff.orientation_correction import OrientedSource
from poolcli.io.tiff.strip_and_tile_reader import SegmentedPage


class ChannelsLast:
    """An array of planes, C H W, read as H W C.

    Examples
    --------
    >>> ChannelsLast(np.zeros((3, 4, 5)))[0:1, 0:2, 0:3].shape
    (1, 2, 3)
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        channels, height, width = source.shape
        self.shape = (height, width, channels)
        self.dtype: np.dtype[Any] = source.dtype

    @property
    def chunk_shape(self) -> tuple[int, ...] | None:
        """The shape of a strip or tile; None if the page is stored as an array."""
        chunk = chunk_shape_of(self.source)
        return None if chunk is None else (*chunk[1:], chunk[0])

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        rows, columns, channels = index
        return np.moveaxis(self.source[channels, rows, columns], 0, -1)


def page_source(page: Any, file: FileBytes, cache: SegmentCache, name: str) -> Source:
    """Return the pixels of a page, upright.

    Parameters
    ----------
    page : tifffile.TiffPage
        The page.
    file : FileBytes
        Its file.
    cache : SegmentCache
        The cache of all pages of the file.
    name : str
        What errors call the page.

    Returns
    -------
    Source
        H W, or H W C; values as stored, except that JPEG's YCbCr becomes RGB.

    Raises
    ------
    ReadError
        If tifffile cannot decode the page.
    """
    if page.dtype is None:
        raise ReadError(
            f"{name} has pixels of {page.bitspersample} bits (sample format {page.sampleformat}), "
            "which tifffile cannot decode"
        )
    if page.shaped[1] > 1:
        raise ReadError(f"{name} is a volume of {page.shaped[1]} slices (ImageDepth), not an image")
    source: Source
    if page.is_final and file.descriptor is not None:
        source = stored_array(page, file, page.dataoffsets[0])
    else:
        source = SegmentedPage(page, file, cache, name)
    orientation = page.tags.valueof(274, 1)
    return OrientedSource(source, orientation) if orientation in range(2, 9) else source


def stored_array(page: Any, file: FileBytes, offset: int) -> Source:
    """Return the pixels of a page that are stored as an array, uncompressed, at an offset.

    Parameters
    ----------
    page : tifffile.TiffPage
        The page, which has shape and dtype.
    file : FileBytes
        Its file, on disk.
    offset : int
        The position of the first pixel.

    Raises
    ------
    ReadError
        If the file ends before the last pixel.
    """
    planes, _, height, width, contiguous = page.shaped
    if offset + page.nbytes > file.size:
        raise ReadError(
            f"it ends after {file.size:,} bytes, its directories name {offset + page.nbytes:,}; "
            "get a complete copy"
        )
    channels = (planes,) if planes > 1 else ()
    last = (contiguous,) if contiguous > 1 else ()
    dtype = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
    header = NpyHeader((*channels, height, width, *last), False, dtype, offset)
    assert file.descriptor is not None
    stored = NpyReader(file.descriptor, header)
    return ChannelsLast(stored) if planes > 1 else stored
