"""An output image, into which results are written block by block.

Pillow is imported with the first image, because arrays alone do not need it: it takes 20 ms.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from poolcli.io.images.image_modes import dtype_of_mode, flip_lab_signs
from poolcli.io.images.palette import Palette

if TYPE_CHECKING:
    from PIL import Image

BAND_BYTES = 1 << 22
"""The size of the bands of rows by which a whole array is written."""


class WritableImage:
    """An image that is written like an array, H W or H W C, block by block.

    It stores the pixels once, in the form that Pillow's encoders take.

    Parameters
    ----------
    mode : str
        Pillow's mode; in a 1-bit image, values other than 0 become white.
    shape : tuple of int
        H W, or H W C.
    palette : Palette, optional
        The palette, if the mode is P.

    Examples
    --------
    >>> output = WritableImage("L", (2, 3))
    >>> output[0:1, 0:3] = np.array([[1, 2, 3]], np.uint8)
    >>> output[0:2, 1:2].tolist()
    [[2], [0]]
    """

    def __init__(self, mode: str, shape: tuple[int, ...], palette: Palette | None = None) -> None:
        from PIL import Image

        self.mode = mode
        self.shape = shape
        self.palette = palette
        self.image = Image.new(mode, (shape[1], shape[0]), None)  # not filled
        self._channel_lock = threading.Lock()

    @classmethod
    def from_array(
        cls, array: npt.NDArray[Any], mode: str, palette: Palette | None = None
    ) -> WritableImage:
        """Return an image of an array.

        Parameters
        ----------
        array : ndarray, H W or H W C
            Its dtype and its channels are those of the mode.
        mode : str
            Pillow's mode.
        palette : Palette, optional
            The palette, if the mode is P.

        Examples
        --------
        >>> WritableImage.from_array(np.zeros((2, 3), np.uint16), "I;16").image.size
        (3, 2)
        """
        if array.ndim == 3 and array.shape[2] == 1:
            array = array[..., 0]
        output = cls(mode, array.shape, palette)
        step = max(1, BAND_BYTES * len(array) // max(array.nbytes, 1))
        for top in range(0, len(array), step):
            output[top : top + step, :] = array[top : top + step]
        return output

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of a channel."""
        return dtype_of_mode(self.mode)

    @property
    def is_opaque(self) -> bool:
        """Whether no pixel is transparent."""
        has_alpha = self.mode in ("LA", "RGBA")
        return not has_alpha or bool(self.image.getextrema()[-1] == (255, 255))

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        from poolcli.io.images.image_block_reader import ReadableImage

        return ReadableImage(self.image, "L" if self.mode == "1" else self.mode)[index]

    def __setitem__(self, index: tuple[slice, ...], value: npt.NDArray[Any]) -> None:
        if not value.size:
            return
        if not index[2:] or value.shape[2] == self.shape[2]:
            self._write(index, value)
            return
        with self._channel_lock:  # a block of some channels: read all, write all
            block = self[(*index[:2], slice(None))].copy()
            block[..., index[2]] = value
            self._write(index, block)

    def _write(self, index: tuple[slice, ...], value: npt.NDArray[Any]) -> None:
        """Replace the pixels of a block, all channels of them."""
        from poolcli.io.pillow_private import write_raw_bytes

        if self.mode == "LAB":
            value = flip_lab_signs(value)
        top, bottom, _ = index[0].indices(self.shape[0])
        left, right, _ = index[1].indices(self.shape[1])
        raw_mode = {"1": "1;8", "I;16": "I;16N"}.get(self.mode, self.mode)
        dtype = value.dtype if self.mode == "1" else self.dtype
        data = np.ascontiguousarray(value, dtype).view(np.uint8).data
        write_raw_bytes(self.image, (left, top, right, bottom), raw_mode, data)

    def release_image(self, mode: str) -> Image.Image:
        """Return the image, converted to `mode`, and drop the reference to it.

        The caller decides how long the pixels stay in memory.
        """
        image, palette = self.image, self.palette
        del self.image
        if palette is not None:
            # Encoders expect a palette that covers all indices; those past its end are black.
            used = 1 + max(index for index, count in enumerate(image.histogram()) if count)
            image.putpalette(palette.colours.ljust(3 * used, b"\0"))
            if palette.transparency is not None:
                image.info["transparency"] = palette.transparency
        return image if image.mode == mode else image.convert(mode)
