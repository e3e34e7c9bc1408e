"""The classes that describe an opened input: `Document`, `Item` and `Source`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from poolcli.core.exact_numbers import Number
from poolcli.io.formats import ARRAY_FORMATS
from poolcli.io.images.image_modes import has_alpha
from poolcli.io.images.palette import Palette
from poolcli.io.metadata.animation_metadata import AnimationMetadata

if TYPE_CHECKING:
    from poolcli.io.metadata.image_metadata import ImageMetadata
    from poolcli.io.zarr.open_zarr import ZarrImage


class Source(Protocol):
    """An array that is read block by block: a NumPy array, the pixels of an image, or a file.

    Attributes
    ----------
    shape : tuple of int
        Length of each axis; (height, width) or (height, width, channels) for an image.
    dtype : numpy.dtype
        In the byte order of the file.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, index: tuple[slice, ...], /) -> npt.NDArray[Any]:
        """Return one block.

        Parameters
        ----------
        index : tuple of slice
            The range of each axis; all axes, step 1.

        Returns
        -------
        numpy.ndarray
            The elements of the block, with as many axes as `shape` and the dtype `dtype`.
        """
        ...


def chunk_shape_of(source: Source) -> tuple[int, ...] | None:
    """Return the shape of the chunks, such as tiles, that a source is stored in; else None.

    Examples
    --------
    >>> import numpy as np
    >>> chunk_shape_of(np.zeros((4, 4))) is None
    True
    """
    return getattr(source, "chunk_shape", None)


class Item(NamedTuple):
    """One array to pool: that of an npy file, a member of a file with several arrays, or a frame.

    Attributes
    ----------
    source : Source
        The elements.
    key : str, optional
        The name of the member of an npz or safetensors file, or the path of the array in a Zarr
        group; else None.
    image_mode : str, optional
        The mode after palettes were resolved: Pillow's, or one of `poolcli.io.pixel_array_modes`;
        None for arrays.
    one_bit : bool
        Whether the image has 1 bit per pixel; its source has the values 0 and 255 (uint8).
    palette : Palette, optional
        The palette, if the elements are palette indices.
    layout : str, optional
        A letter for each axis, if the pages of a file are the first axes of the source, or the
        metadata of a Zarr array name the axes.
    stays_valid : bool
        Whether the source can be read until the document is closed, not only until the next item
        is requested.
    """

    source: Source
    key: str | None = None
    image_mode: str | None = None
    one_bit: bool = False
    palette: Palette | None = None
    layout: str | None = None
    stays_valid: bool = False

    @property
    def has_channels(self) -> bool:
        """Whether the last axis is the channels of an image."""
        if self.image_mode is None:
            return False
        return len(self.source.shape) == 3 if self.layout is None else self.layout.endswith("C")

    @property
    def page_rank(self) -> int:
        """The number of axes of a picture, or of each page of a stack."""
        return 3 if self.has_channels else 2

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.image_mode is not None and has_alpha(self.image_mode)


@dataclass(frozen=True, slots=True)
class Document:
    """An opened input file with its items and metadata.

    Attributes
    ----------
    format : str
        Pillow's name of the format, or ``"NPY"``, ``"NPZ"``, ``"SAFETENSORS"``, ``"ZARR"``.
    count : int
        The number of items.
    items : callable
        Iterates over the items. An item is valid until the next one is requested.
    metadata : list of ImageMetadata
        One entry per frame; complete when all items were read. Empty for arrays.
    animation : AnimationMetadata
        The metadata that all frames share.
    compressed : bool
        Whether the file is an npz with compressed members.
    layout : str, optional
        A letter for each axis, if the pages of a file are the axes of its only item, or the
        metadata of a Zarr store name the axes.
    notes : list of str
        Notes for the report on how the file was read.
    nodata : int, float or Fraction, optional
        The value of elements without data (GDAL's nodata), exact; a float is NaN or an infinity.
    zarr_image : ZarrImage, optional
        The levels and metadata of a Zarr store.
    tensor_metadata : mapping of str to str
        The texts by their keys that a safetensors file has beside its tensors.
    """

    format: str
    count: int
    items: Callable[[], Iterator[Item]]
    metadata: list[ImageMetadata] = field(default_factory=list)
    animation: AnimationMetadata = field(default_factory=AnimationMetadata)
    compressed: bool = False
    layout: str | None = None
    notes: list[str] = field(default_factory=list)
    nodata: Number | None = None
    zarr_image: ZarrImage | None = None
    tensor_metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_image(self) -> bool:
        """Whether the items are frames of an image, not arrays."""
        return self.format not in ARRAY_FORMATS.values()
