"""Thumbnails for the records of tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.io.images.thumbnails import coded
from poolcli.report.record import Thumbnail, ThumbnailPair


def thumbnails(before: npt.NDArray[Any], after: npt.NDArray[Any]) -> ThumbnailPair:
    """Return two arrays of shape (height, width, 3) as the thumbnails of a record."""

    def thumbnail(pixels: npt.NDArray[Any]) -> Thumbnail:
        return Thumbnail(*coded(np.ascontiguousarray(pixels)), (pixels.shape[1], pixels.shape[0]))

    return ThumbnailPair(thumbnail(before), thumbnail(after))
