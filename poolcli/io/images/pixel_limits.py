"""Limits on the number of pixels of an image and of all frames of a file (``--max-pixels``)."""

from __future__ import annotations

import io
import math
from typing import BinaryIO

from PIL import Image

from poolcli.errors import LimitError
from poolcli.io.file_position import keep_position

MAX_PIXELS_PER_BYTE = 2000
"""More pixels per byte than codecs reach on frames that are not blank."""


def check_image_pixels(image: Image.Image, max_pixels: int) -> None:
    """Raise `LimitError` if an opened image has too many pixels.

    Parameters
    ----------
    image : Image
        The opened image.
    max_pixels : int
        The largest number of pixels; 0 for no limit.

    Examples
    --------
    >>> check_image_pixels(Image.new("L", (20, 10)), 200)
    """
    check_pixels(image.width, image.height, max_pixels)


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raise `LimitError` if an image of some size has too many pixels.

    Parameters
    ----------
    width, height : int
        The size in pixels.
    max_pixels : int
        The largest number of pixels; 0 for no limit.

    Examples
    --------
    >>> check_pixels(20, 10, 200)
    """
    pixels = width * height
    if max_pixels and pixels > max_pixels:
        raise LimitError(
            f"{width}x{height} is {pixels:,} pixels, more than the limit of "
            f"{max_pixels:,}; --max-pixels raises it, 0 lifts it"
        )


def max_pixels_of_frames(file: BinaryIO, count: int, max_pixels: int) -> float:
    """Return the number of pixels that all frames of a file may have together.

    Parameters
    ----------
    file : binary file
        The file. That of a single frame is not used: Pillow may have closed it.
    count : int
        The number of frames; a single one has no limit here.
    max_pixels : int
        The limit for each frame; 0 for no limit.

    Examples
    --------
    >>> max_pixels_of_frames(io.BytesIO(bytes(100)), 5, 1000)
    200000
    """
    if not max_pixels or count == 1:
        return math.inf
    with keep_position(file):
        size = file.seek(0, io.SEEK_END)
    return max(max_pixels, MAX_PIXELS_PER_BYTE * size)


def check_frame_pixels(count: int, pixels: int, max_total_pixels: float) -> None:
    """Raise `LimitError` if the frames of a file have more pixels than the limit.

    Parameters
    ----------
    count : int
        The number of frames.
    pixels : int
        The pixels of all frames, as far as they are known.
    max_total_pixels : float
        The limit of `max_pixels_of_frames`.

    Examples
    --------
    >>> check_frame_pixels(3, 600, 1000)
    """
    if pixels > max_total_pixels:
        raise LimitError(
            f"its {count:,} frames have {pixels:,} pixels or more, above the limit of "
            f"{max_total_pixels:,} for a file of its size; --max-pixels 0 lifts it"
        )
