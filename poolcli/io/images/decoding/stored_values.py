"""Values as a file stores them, where Pillow scales them to the full range of its modes.

Label maps are stored as portable maps whose maxval is the largest label, or as 2-bit and 4-bit
PNGs. Scaling would change the labels.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position
from poolcli.io.images.decoding.png_transparency import GREY, read_png_header
from poolcli.io.metadata import jpeg2000_boxes
from poolcli.io.pillow_private import tiles_of

ValueScaling = npt.NDArray[np.uint16]
"""The decoded value of each stored value, from 0 to the largest that the file can store."""

BLOCK_BYTES = 1 << 20
"""The amount of a file that is checked at a time; an even number."""

UNSCALED_MAXVALS = (255, 65535)
"""Maxvals of portable maps whose values Pillow does not scale."""


def find_value_scaling(image: Image.Image, file: BinaryIO) -> ValueScaling | None:
    """Return the scaling that decoding applies to the values of an image; None if there is none.

    Parameters
    ----------
    image : Image
        Opened and not decoded.
    file : binary file
        The file of the image; its position is kept.

    Raises
    ------
    ReadError
        If a value is above the largest that the header allows.
    """
    match image.format:
        case "PNG":
            header = read_png_header(file)
            if header.colour_type == GREY and header.depth in (2, 4):
                largest = (1 << header.depth) - 1
                return np.arange(largest + 1, dtype=np.uint16) * np.uint16(255 // largest)
        case "PPM":
            return _find_ppm_scaling(image, file)
        case "JPEG2000":
            depth, decoded_depth = jpeg2000_boxes.bit_depth(file), 16 if image.mode == "I;16" else 8
            if depth < decoded_depth:
                return np.arange(1 << depth, dtype=np.uint16) << np.uint16(decoded_depth - depth)
    return None


def scaling_note(scaling: ValueScaling) -> str:
    """Return the note for the report on an image whose values are scaled.

    Examples
    --------
    >>> scaling_note(np.arange(16, dtype=np.uint16) * 17)
    'holds values from 0 to 15: mode keeps them, all other modes scale them to 0 to 255'
    """
    return (
        f"holds values from 0 to {len(scaling) - 1}: mode keeps them, all other modes scale them "
        f"to 0 to {scaling[-1]}"
    )


def restore_stored_values(image: Image.Image, scaling: ValueScaling) -> Image.Image:
    """Return a decoded image with the values of its file, its transparent grey included.

    Parameters
    ----------
    image : Image
        The decoded image.
    scaling : ndarray of uint16
        The scaling of `find_value_scaling`.

    Returns
    -------
    Image
        An image of 8 bits per channel, or of 16-bit grey.

    Examples
    --------
    >>> scaling = np.arange(16, dtype=np.uint16) * 17
    >>> restore_stored_values(Image.new("L", (1, 1), 34), scaling).getpixel((0, 0))
    2
    """
    stored = np.zeros(int(scaling[-1]) + 1, np.uint16)
    stored[scaling] = np.arange(len(scaling))
    if image.mode in ("I", "I;16"):
        restored = Image.fromarray(stored[np.asarray(image)])
    else:
        table = np.pad(stored, (0, 256 - len(stored))).tolist()
        restored = image.point(table * len(image.getbands()))
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        restored.info["transparency"] = int(stored[transparent])
    return restored


def _find_ppm_scaling(image: Image.Image, file: BinaryIO) -> ValueScaling | None:
    """Return the scaling of a portable map from its maxval; None if there is none."""
    codec, _, start, args = tiles_of(image)[0]
    maxval = args[-1] if args and codec in ("ppm", "ppm_plain") else None
    decoded_max = 65535 if image.mode == "I" else 255
    if not isinstance(maxval, int) or maxval in UNSCALED_MAXVALS:
        return None
    if codec == "ppm":
        _check_maxval(image, file, start, maxval)
    if maxval > decoded_max:
        return None  # colour of more than 8 bits
    # Rounded as Pillow's decoder does.
    scaled = [round(value / maxval * decoded_max) for value in range(maxval + 1)]
    return np.array(scaled, np.uint16)


def _check_maxval(image: Image.Image, file: BinaryIO, start: int, maxval: int) -> None:
    """Raise `ReadError` if a value is above maxval: Pillow would lower it."""
    dtype = np.dtype(np.uint8 if maxval < 256 else ">u2")
    remaining = image.width * image.height * len(image.getbands()) * dtype.itemsize
    largest = 0
    with keep_position(file):
        file.seek(start)
        while len(data := file.read(min(remaining, BLOCK_BYTES))) >= dtype.itemsize:
            remaining -= len(data)
            values = np.frombuffer(data, dtype, len(data) // dtype.itemsize)
            largest = max(largest, int(values.max()))
    if largest > maxval:
        raise ReadError(
            f"holds the value {largest}, but its header says that {maxval} is the largest "
            "(maxval); correct the header or the values"
        )
