"""The colours of an image of any mode as 8-bit RGB or RGBA, for drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.io.images.image_block_writer import WritableImage
from poolcli.io.images.image_modes import has_alpha
from poolcli.io.pixel_array_modes import COLOUR_CHANNELS, parse_pixel_array_mode


def channels_to_rgb(channels: npt.NDArray[np.uint8], mode: str) -> npt.NDArray[np.uint8]:
    """Return the channels of an image converted to RGB or RGBA, without unspecified channels.

    Parameters
    ----------
    channels : ndarray of uint8, H W or H W C
        The channels, reduced to 8 bits.
    mode : str
        The mode of the image, of any depth: Pillow's, or one of `poolcli.io.pixel_array_modes`.

    Returns
    -------
    ndarray of uint8, H W 3 or H W 4

    Examples
    --------
    >>> channels_to_rgb(np.full((1, 1, 2), [7, 99], np.uint8), "L+1;uint16").tolist()
    [[[7, 7, 7]]]
    """
    parts = parse_pixel_array_mode(mode)
    colour = mode if parts is None else parts.colour
    if parts is not None and channels.ndim == 3:
        channels = channels[..., : len(COLOUR_CHANNELS[colour])]
    if channels.ndim == 2 or channels.shape[2] == 1:
        return np.repeat(channels.reshape(*channels.shape[:2], 1), 3, axis=2)
    if colour in ("RGB", "RGBA"):
        return channels
    image = WritableImage.from_array(channels, colour).image
    return np.array(image.convert("RGBA" if has_alpha(colour) else "RGB"))


def alpha_to_uint8(alpha: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[np.uint8]:
    """Return alpha reduced to 8 bits.

    Parameters
    ----------
    alpha : ndarray
        Alpha, or its pooled values.
    dtype : dtype
        The dtype of the image: opaque pixels have its largest integer, or 1 if it is a float.

    Examples
    --------
    >>> alpha_to_uint8(np.array([0.0, 0.5, 1.0]), np.dtype("float32")).tolist()
    [0, 128, 255]
    """
    opaque = 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)
    share = np.nan_to_num(alpha.astype(np.float64) / opaque, nan=0.0)
    rounded: npt.NDArray[np.uint8] = np.floor(np.clip(share, 0, 1) * 255 + 0.5).astype(np.uint8)
    return rounded
