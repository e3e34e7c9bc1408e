"""Pixels of a TIFF page that are not read as they are stored: indices into a palette, and bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.io.document import Source, chunk_shape_of
from poolcli.io.images.palette import Palette
from poolcli.io.tiff.page_kinds import Photometric

WHITE = np.uint8(255)


class ColoursOfIndices:
    """A page of indices, H W, read as their colours, H W 3.

    Parameters
    ----------
    source : Source
        The indices, unsigned integers.
    table : ndarray, colours by 3
        The colour of each index, of at most 65,536. Indices past its end are black.

    Examples
    --------
    >>> table = np.array([[0, 0, 0], [255, 0, 0]], np.uint8)
    >>> ColoursOfIndices(np.array([[1]], np.uint8), table)[0:1, 0:1, 0:3].tolist()
    [[[255, 0, 0]]]
    """

    def __init__(self, source: Source, table: npt.NDArray[Any]) -> None:
        self.source = source
        self.table = np.zeros((1 << 8 * source.dtype.itemsize, 3), table.dtype)
        self.table[: len(table)] = table
        self.shape = (*source.shape, 3)
        self.dtype: np.dtype[Any] = table.dtype

    @property
    def chunk_shape(self) -> tuple[int, ...] | None:
        """The shape of a strip or tile; None if the page is stored as an array."""
        chunk = chunk_shape_of(self.source)
        return None if chunk is None else (*chunk, 3)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        colours: npt.NDArray[Any] = self.table[self.source[index[:2]]][..., index[2]]
        return colours


class OneBitPixels:
    """A page of bits, read as 0 and 255.

    Examples
    --------
    >>> OneBitPixels(np.array([[True, False]]))[0:1, 0:2].tolist()
    [[255, 0]]
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, source: Source) -> None:
        self.source = source
        self.shape = source.shape

    @property
    def chunk_shape(self) -> tuple[int, ...] | None:
        """The shape of a strip or tile; None if the page is stored as an array."""
        return chunk_shape_of(self.source)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        return self.source[index].astype(np.uint8) * WHITE


class BitsAsIntegers:
    """Bits, such as those of indices or of several channels, read as 0 and 1.

    Examples
    --------
    >>> BitsAsIntegers(np.array([[True, False]]))[0:1, 0:2].tolist()
    [[1, 0]]
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, source: Source) -> None:
        self.source = source
        self.shape = source.shape

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        return self.source[index].astype(np.uint8)


class ThresholdedPixels:
    """Pixels of 0 and 255 as bits.

    Examples
    --------
    >>> ThresholdedPixels(np.array([[255, 0]], np.uint8))[0:1, 0:2].tolist()
    [[True, False]]
    """

    dtype = np.dtype(np.bool_)

    def __init__(self, source: Source) -> None:
        self.source = source
        self.shape = source.shape

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        bits: npt.NDArray[Any] = self.source[index] != 0
        return bits


class OffsetLab:
    """Pixels of L*a*b*, H W C, whose signed a* and b* become unsigned by an offset; or back.

    TIFF stores a* and b* as signed numbers (TIFF 6.0, section 23), which do not compare as unsigned
    ones.

    Examples
    --------
    >>> OffsetLab(np.array([[[50, 0, 255]]], np.uint8))[0:1, 0:1, 0:3].tolist()
    [[[50, 128, 127]]]
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.shape = source.shape
        self.dtype: np.dtype[Any] = source.dtype
        sign_bit = 1 << (source.dtype.itemsize * 8 - 1)
        flips = [0] * source.shape[2]
        flips[1:3] = [sign_bit, sign_bit]
        self.flips = np.array(flips, source.dtype.newbyteorder("="))

    @property
    def chunk_shape(self) -> tuple[int, ...] | None:
        """The shape of a strip or tile; None if the page is stored as an array."""
        return chunk_shape_of(self.source)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        channels = index[2] if len(index) > 2 else slice(None)
        block: npt.NDArray[Any] = self.source[index] ^ self.flips[channels]
        return block


def is_signed_lab(photometric: int, dtype: np.dtype[Any]) -> bool:
    """Return whether pixels are stored as L*a*b* with signed a* and b*.

    Examples
    --------
    >>> is_signed_lab(8, np.dtype("uint8")), is_signed_lab(2, np.dtype("uint8"))
    (True, False)
    """
    return photometric == Photometric.CIELAB and dtype.kind == "u"


def palette_of_page(page: Any) -> tuple[Palette | None, npt.NDArray[Any]]:
    """Return the palette of a page, and its colours.

    Parameters
    ----------
    page : tifffile.TiffPage
        A page of indices.

    Returns
    -------
    palette : Palette or None
        None if indices have more than 8 bits.
    table : ndarray, colours by 3
        uint8 if the colours have 8 bits: in a map of 16-bit numbers these are multiples of 256 or
        257, or all below 256 (a mistake of some writers, which libtiff accepts); else uint16.
    """
    colours = np.zeros((3, 1)) if page.colormap is None else page.colormap
    table = np.ascontiguousarray(np.asarray(colours, np.uint16).T)
    if table.max(initial=0) < 256:
        table = table.astype(np.uint8)
    elif np.isin(table & 255, (0, 255)).all() or not ((table >> 8) - (table & 255)).any():
        table = (table >> 8).astype(np.uint8)
    if page.dtype.itemsize > 1:
        return None, table
    narrow = table if table.dtype == np.uint8 else (table >> 8).astype(np.uint8)
    return Palette(narrow.tobytes()), table
