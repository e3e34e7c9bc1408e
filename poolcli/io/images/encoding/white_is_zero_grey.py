"""Grey images whose values are inverted: 0 was white."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

from poolcli.io.images.image_modes import SIXTEEN_BIT_MODES


def inverted_grey(image: Image.Image) -> Image.Image:
    """Return a grey image with its largest value for 0, and 0 for its largest value.

    Parameters
    ----------
    image : Image
        Of 1, 8 or 16 bits per channel. Others have no largest value and stay.

    Examples
    --------
    >>> inverted_grey(Image.new("L", (1, 1), 3)).getpixel((0, 0))
    252
    >>> inverted_grey(Image.new("I;16", (1, 1), 3)).getpixel((0, 0))
    65532
    """
    if image.mode in SIXTEEN_BIT_MODES:
        return Image.fromarray(np.iinfo(np.uint16).max - np.asarray(image))
    return ImageOps.invert(image) if image.mode in ("1", "L", "RGB") else image
