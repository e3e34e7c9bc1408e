"""Pixels of HEIF images with more than 8 bits, which the plugin of Pillow would reduce to 8."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position
from poolcli.io.images.plugins.plugins_installed import load_plugin
from poolcli.io.storable_image_modes import DEEP_HEIF_MODES

FULL_SCALE = 65_535

BAND_BYTES = 1 << 22


def read_deep_pixels(file: BinaryIO, frame: int) -> tuple[npt.NDArray[np.uint16], str]:
    """Return the pixels of a frame, scaled to 16 bits, and the image mode that they are pooled in.

    Parameters
    ----------
    file : binary file
        The file; its position is kept.
    frame : int
        The number of the frame, from 0.

    Returns
    -------
    pixels : ndarray of uint16, H W or H W C
        White is 65,535.
    mode : str
        One of `DEEP_HEIF_MODES`.

    Raises
    ------
    ReadError
        If alpha is premultiplied.
    """
    pillow_heif = load_plugin("HEIF", "read")
    with keep_position(file):
        opened = pillow_heif.HeifFile(file, convert_hdr_to_8bit=False, hdr_to_16bit=False)
        decoded = opened[frame]
        colour, _, depth = decoded.mode.partition(";")
        modes = {colour: mode for mode, colour in DEEP_HEIF_MODES.items()} | {"I": "I;16"}
        if colour not in modes:
            raise ReadError(
                f"a HEIF image with {depth}-bit premultiplied alpha, which is not read; convert it "
                "first: heif-dec FILE OUT.png"
            )
        pixels = np.array(decoded)  # the plugin's memory is read-only
    rescale(pixels, (1 << int(depth)) - 1, FULL_SCALE)
    return pixels, modes[colour]


def encoder_pixels(pixels: npt.NDArray[np.uint16], mode: str, depth: int) -> tuple[str, bytes]:
    """Return the mode of pillow-heif's encoder, and pixels of 16 bits scaled to its depth.

    Parameters
    ----------
    pixels : ndarray of uint16, H W or H W C
        White is 65,535; changed in place.
    mode : str
        One of `DEEP_HEIF_MODES`.
    depth : int
        10 or 12.
    """
    rescale(pixels, FULL_SCALE, (1 << depth) - 1)
    return f"{DEEP_HEIF_MODES[mode]};{depth}", pixels.tobytes()


def rescale(pixels: npt.NDArray[Any], largest: int, new_largest: int) -> None:
    """Scale integers in place from the range 0 to `largest`; results are rounded half up.

    Examples
    --------
    >>> pixels = np.array([[0, 1, 512, 1023]], np.uint16)
    >>> rescale(pixels, 1023, 65535)
    >>> pixels.tolist()
    [[0, 64, 32800, 65535]]
    >>> rescale(pixels, 65535, 1023)
    >>> pixels.tolist()
    [[0, 1, 512, 1023]]
    """
    step = max(1, BAND_BYTES * len(pixels) // max(pixels.nbytes, 1))
    for top in range(0, len(pixels), step):
        band = pixels[top : top + step].astype(np.uint32)
        band *= new_largest  # at most 65,535 * 65,535 + 65,535, less than 2 ** 32
        band += largest // 2
        band //= largest
        pixels[top : top + step] = band
