"""A decoded image that is read as an array, block by block, upright as EXIF says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image
from PIL.Image import Transpose

from poolcli.errors import is_shortage
from poolcli.io.images.image_modes import SIXTEEN_BIT_MODES, dtype_of_mode, flip_lab_signs
from poolcli.io.metadata.exif_and_page_tags import exif_of_frame
from poolcli.io.pillow_private import Box, is_upright_jpegxl, read_raw_bytes

ORIENTATIONS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""Transpositions that make an image upright, by its orientation (Exif 2.32, 4.6.4)."""

SWAPS_AXES = tuple(ORIENTATIONS[value] for value in (5, 6, 7, 8))
"""Transpositions that swap the axes."""

REVERSES_ROWS = tuple(ORIENTATIONS[value] for value in (3, 4, 7, 8))
REVERSES_COLUMNS = tuple(ORIENTATIONS[value] for value in (2, 3, 6, 7))
"""Transpositions that reverse an axis, after the swap."""


@dataclass(frozen=True, slots=True)
class ReadableImage:
    """A decoded image as an array, H W or H W C; each block is converted and oriented when read.

    Attributes
    ----------
    image : Image
        The loaded image, so that several threads can read it.
    mode : str
        The mode that blocks are converted to: that of `pooled_mode`, or P for indices.
    transposition : Transpose, optional
        How the image is rotated and mirrored.

    Examples
    --------
    >>> array = ReadableImage(Image.new("RGB", (4, 2), "red"), "RGB")
    >>> array.shape, array[0:1, 3:4].tolist()
    ((2, 4, 3), [[[255, 0, 0]]])
    """

    image: Image.Image
    mode: str
    transposition: Transpose | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """H W, or H W C."""
        size = self.image.size if self.transposition in SWAPS_AXES else self.image.size[::-1]
        channels = Image.getmodebands(self.mode)
        return size if channels == 1 else (*size, channels)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of a channel."""
        return dtype_of_mode(self.mode)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        top, bottom, _ = index[0].indices(self.shape[0])
        left, right, _ = index[1].indices(self.shape[1])
        if top >= bottom or left >= right:  # Pillow reads no empty box
            return np.broadcast_to(np.empty((), self.dtype), self.shape)[index]
        block = self._read(self._stored_box((left, top, right, bottom)))
        return block[(slice(None), slice(None), *index[2:])]

    def _stored_box(self, upright: Box) -> Box:
        """Return the box of the stored image that holds a box of the upright one."""
        (left, top, right, bottom), (height, width) = upright, self.shape[:2]
        if self.transposition in REVERSES_ROWS:
            top, bottom = height - bottom, height - top
        if self.transposition in REVERSES_COLUMNS:
            left, right = width - right, width - left
        swaps_axes = self.transposition in SWAPS_AXES
        return (top, left, bottom, right) if swaps_axes else (left, top, right, bottom)

    def _read(self, box: Box) -> npt.NDArray[Any]:
        """Return a box of the stored image, transposed and converted."""
        image = self.image
        sixteen_bit = image.mode in SIXTEEN_BIT_MODES or self.mode == "I;16"
        converts = image.mode != self.mode and not sixteen_bit
        if converts or self.transposition is not None:
            image = image.crop(box)
            image = image if self.transposition is None else image.transpose(self.transposition)
            image = image.convert(self.mode) if converts else image
            box = (0, 0, *image.size)
        array = _read_box(image, box)
        if array.dtype != self.dtype:
            array = array.astype(self.dtype)
        return flip_lab_signs(array) if self.mode == "LAB" else array


def _read_box(image: Image.Image, box: Box) -> npt.NDArray[Any]:
    """Return a box of a loaded image as an array, H W or H W C, with the dtype of its mode.

    Examples
    --------
    >>> _read_box(Image.new("L", (3, 2), 7), (1, 0, 3, 1))
    array([[7, 7]], dtype=uint8)
    """
    left, top, right, bottom = box
    bands, dtype = Image.getmodebands(image.mode), dtype_of_mode(image.mode)
    nbytes = (right - left) * (bottom - top) * bands * dtype.itemsize
    raw_mode = "I;16N" if image.mode in SIXTEEN_BIT_MODES else image.mode
    data = read_raw_bytes(image, box, raw_mode, nbytes)
    array = np.frombuffer(data, dtype).reshape(bottom - top, right - left, bands)
    return array[..., 0] if bands == 1 else array


def transposition_of(image: Image.Image) -> Transpose | None:
    """Return the transposition that makes a loaded image upright; None if it is upright.

    Pillow's TIFF reader has transposed its images already, and so have the plugins of HEIF, which
    sets the orientation, and JPEG XL.

    Examples
    --------
    >>> transposition_of(Image.new("L", (1, 1))) is None
    True
    """
    if image.format == "TIFF" or is_upright_jpegxl(image):
        return None
    try:
        return ORIENTATIONS.get(exif_of_frame(image).get(ExifTags.Base.Orientation, 1))
    except Exception as error:
        if is_shortage(error):
            raise
        return None  # the reader of damaged EXIF can raise anything
