"""A decoded image that is read as an array, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.io.images.image_modes import SIXTEEN_BIT_MODES, dtype_of_mode, flip_lab_signs
from poolcli.io.images.orientation import UPRIGHT, Orientation
from poolcli.io.pillow_private import Box, read_raw_bytes


@dataclass(frozen=True, slots=True)
class ImageArray:
    """A decoded image as an array, H W or H W C; each block is converted and oriented when read.

    Attributes
    ----------
    image : Image
        The loaded image, so that several threads can read it.
    mode : str
        The mode that blocks are converted to: that of `pooled_mode`, or P for indices.
    orientation : Orientation
        How blocks are rotated and mirrored.

    Examples
    --------
    >>> array = ImageArray(Image.new("RGB", (4, 2), "red"), "RGB")
    >>> array.shape, array[0:1, 3:4].tolist()
    ((2, 4, 3), [[[255, 0, 0]]])
    """

    image: Image.Image
    mode: str
    orientation: Orientation = UPRIGHT

    @property
    def shape(self) -> tuple[int, ...]:
        """H W, or H W C."""
        height, width = self.image.height, self.image.width
        size = (width, height) if self.orientation.swaps_axes else (height, width)
        channels = Image.getmodebands(self.mode)
        return size if channels == 1 else (*size, channels)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of a channel."""
        return dtype_of_mode(self.mode)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        rows, columns = (
            range(*axis.indices(size)) for axis, size in zip(index, self.shape[:2], strict=False)
        )
        if not rows or not columns:
            ranges = zip(index, self.shape, strict=True)
            return np.empty([len(range(*axis.indices(size))) for axis, size in ranges], self.dtype)
        block = self._read(self._stored_box(rows, columns))
        return block[(slice(None), slice(None), *index[2:])]

    def _stored_box(self, rows: range, columns: range) -> Box:
        """Return the box of the stored image that holds rows and columns of the upright one."""
        height, width = self.shape[:2]
        top, bottom, left, right = rows.start, rows.stop, columns.start, columns.stop
        if self.orientation.reverses_rows:
            top, bottom = height - bottom, height - top
        if self.orientation.reverses_columns:
            left, right = width - right, width - left
        return (
            (top, left, bottom, right)
            if self.orientation.swaps_axes
            else (left, top, right, bottom)
        )

    def _read(self, box: Box) -> npt.NDArray[Any]:
        image, method = self.image, self.orientation.method
        sixteen_bit = image.mode in SIXTEEN_BIT_MODES or self.mode == "I;16"
        converts = image.mode != self.mode and not sixteen_bit
        if converts or method is not None:
            image = image.crop(box)
            image = image if method is None else image.transpose(method)
            image = image.convert(self.mode) if converts else image
            box = (0, 0, *image.size)
        array = read_block(image, box)
        if array.dtype != self.dtype:
            array = array.astype(self.dtype)
        return flip_lab_signs(array) if self.mode == "LAB" else array


def read_block(image: Image.Image, box: Box) -> npt.NDArray[Any]:
    """Return a box of a loaded image as an array, H W or H W C, with the dtype of its mode.

    Parameters
    ----------
    image : Image
        The loaded image.
    box : tuple of int
        Left, top, right, bottom.

    Examples
    --------
    >>> read_block(Image.new("L", (3, 2), 7), (1, 0, 3, 1))
    array([[7, 7]], dtype=uint8)
    """
    left, top, right, bottom = box
    bands, dtype = Image.getmodebands(image.mode), dtype_of_mode(image.mode)
    nbytes = (right - left) * (bottom - top) * bands * dtype.itemsize
    raw_mode = "I;16N" if image.mode in SIXTEEN_BIT_MODES else image.mode
    data = read_raw_bytes(image, box, raw_mode, nbytes)
    array = np.frombuffer(data, dtype).reshape(bottom - top, right - left, bands)
    return array[..., 0] if bands == 1 else array
