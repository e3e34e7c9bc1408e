"""Writing of HEIF images with pillow-heif: one image or several, with the metadata of each."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from poolcli.io.images.encoding.encoder_options import SaveOptions
from poolcli.io.images.pixel_array import PixelArray
from poolcli.io.images.plugins.heif_pixels import encoder_pixels
from poolcli.io.images.plugins.plugins_installed import load_plugin
from poolcli.io.storable_image_modes import DEEP_HEIF_MODES

METADATA = ("exif", "xmp", "icc_profile")

SRGB = (1, 13)
"""The colour primaries and transfer characteristics of sRGB."""

BT_601 = 6
"""Matrix coefficients that every decoder knows."""


def write_heif(
    file: BinaryIO, frames: list[Image.Image | PixelArray], frame_options: list[SaveOptions]
) -> None:
    """Write images, of which the first is the primary one.

    Parameters
    ----------
    file : binary file
        Receives the HEIF.
    frames : list of Image or PixelArray
        L, RGB, RGBA or one of `DEEP_HEIF_MODES`; emptied, to free memory.
    frame_options : list of dict
        Metadata (``exif``, ``xmp``, ``icc_profile``, ``cicp``), ``bit_depth`` and
        ``matrix_coefficients`` of each frame. The ``quality`` and ``chroma`` of the first frame
        apply to all.
    """
    made = load_plugin("HEIF", "write").HeifFile()
    first = frame_options[0]
    encoder = {key: first[key] for key in ("quality", "chroma") if key in first}
    frames.reverse()
    for options in frame_options:
        frame = frames.pop()
        mode, data = _pixels(frame, options.get("bit_depth", 8))
        image = made.add_frombytes(mode, frame.size, data)
        image.info.update(_colour_options(options))
        image.info.update({key: options[key] for key in METADATA if key in options})
    made.save(file, primary_index=0, **encoder)


def _pixels(frame: Image.Image | PixelArray, depth: int) -> tuple[str, bytes]:
    if frame.mode not in DEEP_HEIF_MODES:
        assert isinstance(frame, Image.Image)
        return frame.mode, frame.tobytes()
    pixels = np.array(frame.pixels if isinstance(frame, PixelArray) else frame, np.uint16)
    return encoder_pixels(pixels, frame.mode, depth)


def _colour_options(options: SaveOptions) -> dict[str, Any]:
    """Return the code points of colours (ITU-T H.273) as options of the encoder."""
    primaries, transfer = options.get("cicp", SRGB)[:2]
    return {
        "color_primaries": primaries,
        "transfer_characteristics": transfer,
        "matrix_coefficients": options.get("matrix_coefficients", BT_601),
        "full_range_flag": 1,
    }
