"""Planes of arrays and images as RGB pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from poolcli.compare.display_range import DisplayRange
from poolcli.core.dtypes import Array
from poolcli.io.document import Item
from poolcli.io.images.channels_to_rgb import alpha_to_uint8, channels_to_rgb

NAN_COLOUR = (204, 0, 51)
"""The colour of NaN in RGB."""


def plane_pixels(values: Array, item: Item, display_range: DisplayRange) -> npt.NDArray[np.uint8]:
    """Return a plane or an image as RGB or RGBA pixels. NaN is red.

    Parameters
    ----------
    values : ndarray, shape (height, width) or (height, width, channels)
        The elements of a plane, or the pixels of an image, palettes as colours.
    item : Item
        The input.
    display_range : DisplayRange
        The values that are drawn from black to white.
    """
    grey = display_range.to_grey(values)
    if item.palette is not None:
        return grey
    if item.image_mode is None:
        pixels = np.repeat(grey[..., None], 3, axis=2)
    else:
        if item.has_alpha and grey is not values:
            grey[..., -1] = alpha_to_uint8(values[..., -1], item.source.dtype)
        pixels = channels_to_rgb(grey, item.image_mode)
    if values.dtype.kind in "fc":
        is_nan = np.isnan(values).reshape(*values.shape[:2], -1).any(axis=2)
        if is_nan.any():
            pixels[is_nan] = (*NAN_COLOUR, 255)[: pixels.shape[2]]
    return pixels
