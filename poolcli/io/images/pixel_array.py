"""An image of a mode that Pillow lacks, such as ``RGB;uint16``: its pixels are an array."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from poolcli.io.images.image_block_writer import WritableImage
from poolcli.io.images.image_modes import dtype_of_mode
from poolcli.io.images.palette import Palette
from poolcli.io.pixel_array_modes import is_pixel_array_mode


class WritableArray(Protocol):
    """An array that is written and read block by block: in memory, or an `NpyWriter`."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, index: Any, /) -> npt.NDArray[Any]: ...

    def __setitem__(self, index: Any, value: Any, /) -> None: ...


class PixelArray:
    """An image whose pixels are an array, H W or H W C, written and read block by block.

    Its interface is that of `WritableImage`.

    Parameters
    ----------
    mode : str
        One of the modes of `poolcli.io.pixel_array_modes`.
    pixels : ndarray or NpyWriter, H W or H W C
        In memory, or in a file; of the dtype and the channels of the mode.

    Attributes
    ----------
    palette : None
        Images of these modes have none.

    Examples
    --------
    >>> output = PixelArray.empty("RGB;uint16", (2, 3, 3))
    >>> output[0:2, 0:3] = np.full((2, 3, 3), 40_000, np.uint16)
    >>> output[0:1, 1:2].tolist(), output.size
    ([[[40000, 40000, 40000]]], (3, 2))
    """

    palette: Palette | None = None

    def __init__(self, mode: str, pixels: WritableArray) -> None:
        self.mode = mode
        self.pixels = pixels

    @classmethod
    def empty(cls, mode: str, shape: tuple[int, ...]) -> PixelArray:
        """Return an image in memory, whose pixels are undefined.

        Parameters
        ----------
        mode : str
            One of the modes of `poolcli.io.pixel_array_modes`.
        shape : tuple of int
            H W, or H W C.
        """
        return cls(mode, np.empty(shape, dtype_of_mode(mode)))

    @property
    def shape(self) -> tuple[int, ...]:
        """H W, or H W C."""
        return self.pixels.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of a channel."""
        return self.pixels.dtype

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.shape[1]

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as Pillow's images have them."""
        return self.width, self.height

    @property
    def is_opaque(self) -> bool:
        """False: formats that store these modes store alpha too, so that none has to be removed."""
        return False

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        whole = (slice(None),) * (len(self.shape) - len(index))
        return self.pixels[(*index, *whole)]

    def __setitem__(self, index: tuple[slice, ...], value: npt.NDArray[Any]) -> None:
        whole = (slice(None),) * (len(self.shape) - len(index))
        self.pixels[(*index, *whole)] = value

    def release_image(self, mode: str) -> PixelArray:
        """Return an image of the same pixels, and drop the reference to them.

        Parameters
        ----------
        mode : str
            The own mode, for no format stores these images in another one.
        """
        assert mode == self.mode
        image = PixelArray(mode, self.pixels)
        del self.pixels
        return image


OutputImage: TypeAlias = WritableImage | PixelArray
"""The image that a result is written into."""


def empty_output_image(
    mode: str, shape: tuple[int, ...], palette: Palette | None = None
) -> OutputImage:
    """Return an image for a result, of any mode, whose pixels are undefined.

    Parameters
    ----------
    mode : str
        Pillow's mode, or one of `poolcli.io.pixel_array_modes`.
    shape : tuple of int
        H W, or H W C.
    palette : Palette, optional
        The palette, if the mode is P.
    """
    if is_pixel_array_mode(mode):
        return PixelArray.empty(mode, shape)
    return WritableImage(mode, shape, palette)


def output_image_of_array(array: npt.NDArray[Any], mode: str) -> OutputImage:
    """Return an image of an array; one of Pillow's modes copies it.

    Parameters
    ----------
    array : ndarray, H W or H W C
        Its dtype and its channels are those of the mode.
    mode : str
        Pillow's mode, or one of `poolcli.io.pixel_array_modes`.

    Examples
    --------
    >>> output_image_of_array(np.zeros((2, 3, 1), np.int16), "L;int16").shape
    (2, 3)
    """
    if not is_pixel_array_mode(mode):
        return WritableImage.from_array(array, mode)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    return PixelArray(mode, array)
