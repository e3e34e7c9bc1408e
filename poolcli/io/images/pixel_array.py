"""An image whose pixels are an array: of a mode that Pillow lacks, or a stack of pages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from poolcli.io.images.image_block_writer import WritableImage
from poolcli.io.images.image_modes import dtype_of_mode
from poolcli.io.images.palette import Palette
from poolcli.io.pixel_array_modes import is_pixel_array_mode

if TYPE_CHECKING:
    from PIL import Image


class WritableArray(Protocol):
    """An array that is written and read block by block: in memory, or an `NpyWriter`."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, index: Any, /) -> npt.NDArray[Any]: ...

    def __setitem__(self, index: Any, value: Any, /) -> None: ...


class PageOfStack:
    """A page of an array whose first axes count pages, which is read block by block.

    Parameters
    ----------
    stack : WritableArray
        The array.
    page : tuple of int
        The index of the page.

    Examples
    --------
    >>> stack = np.arange(12).reshape(3, 2, 2)
    >>> PageOfStack(stack, (1,))[0:1, 0:2].tolist()
    [[4, 5]]
    """

    def __init__(self, stack: WritableArray, page: tuple[int, ...]) -> None:
        self.stack = stack
        self.page = tuple(slice(number, number + 1) for number in page)
        self.shape = stack.shape[len(page) :]
        self.dtype = stack.dtype

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        block = self.stack[(*self.page, *index)]
        return block.reshape(block.shape[len(self.page) :])


class PixelArray:
    """An image whose pixels are an array, written and read block by block.

    Its interface is that of `WritableImage`. It can also hold the pages of a stack.

    Parameters
    ----------
    mode : str
        Pillow's mode, or one of `poolcli.io.pixel_array_modes`.
    pixels : ndarray or NpyWriter, H W or H W C
        In memory, or in a file; of the dtype and the channels of the mode. Further axes before
        these count the pages of a stack.
    palette : Palette, optional
        The palette, if the mode is P.
    page_rank : int, optional
        The number of axes of a page, by default all.

    Examples
    --------
    >>> output = PixelArray.empty("RGB;uint16", (2, 3, 3))
    >>> output[0:2, 0:3] = np.full((2, 3, 3), 40_000, np.uint16)
    >>> output[0:1, 1:2].tolist(), output.size
    ([[[40000, 40000, 40000]]], (3, 2))
    >>> PixelArray("L", np.zeros((5, 2, 3), np.uint8), page_rank=2).page_count
    5
    """

    def __init__(
        self,
        mode: str,
        pixels: WritableArray,
        palette: Palette | None = None,
        page_rank: int | None = None,
    ) -> None:
        self.mode = mode
        self.pixels = pixels
        self.palette = palette
        self.page_rank = len(pixels.shape) if page_rank is None else page_rank

    @classmethod
    def empty(cls, mode: str, shape: tuple[int, ...]) -> PixelArray:
        """Return an image in memory, whose pixels are undefined.

        Parameters
        ----------
        mode : str
            Pillow's mode, or one of `poolcli.io.pixel_array_modes`.
        shape : tuple of int
            H W, or H W C.
        """
        return cls(mode, np.empty(shape, dtype_of_mode(mode)))

    @property
    def shape(self) -> tuple[int, ...]:
        """H W, or H W C; for a stack with further axes before these."""
        return self.pixels.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of a channel."""
        return self.pixels.dtype

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.shape[1 - self.page_rank]

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.shape[-self.page_rank]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as Pillow's images have them."""
        return self.width, self.height

    @property
    def is_in_memory(self) -> bool:
        """Whether the pixels are in memory, not in a file."""
        return isinstance(self.pixels, np.ndarray)

    @property
    def page_count(self) -> int:
        """The number of pages; 1 unless it is a stack."""
        return math.prod(self.shape[: -self.page_rank])

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

    def pages(self) -> list[PixelArray]:
        """Return the pages, each of which shares the pixels and the palette of the stack."""
        page_shape = self.shape[-self.page_rank :]
        if isinstance(self.pixels, np.ndarray):
            arrays: list[Any] = list(self.pixels.reshape(-1, *page_shape))
        else:
            pages = np.ndindex(*self.shape[: -self.page_rank])
            arrays = [PageOfStack(self.pixels, page) for page in pages]
        return [PixelArray(self.mode, array, self.palette) for array in arrays]

    def release_image(self, mode: str) -> Image.Image | PixelArray:
        """Return the image for an encoder, and drop the reference to its pixels.

        Parameters
        ----------
        mode : str
            Pillow's mode to convert to, or the own mode.
        """
        (page,) = self.pages()
        pixels, palette = page.pixels, self.palette
        del self.pixels
        if is_pixel_array_mode(self.mode):
            assert mode == self.mode
            return PixelArray(mode, pixels)
        whole = pixels[tuple(slice(0, size) for size in pixels.shape)]
        return WritableImage.from_array(whole, self.mode, palette).release_image(mode)


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
