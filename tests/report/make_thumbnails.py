"""Thumbnails for the records of tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.io.images.report_thumbnails import encode_thumbnail
from poolcli.report.record import Thumbnail, ThumbnailPair


def thumbnails(before: npt.NDArray[Any], after: npt.NDArray[Any]) -> ThumbnailPair:
    """Return two arrays of shape (height, width, 3) as the thumbnails of a record."""

    def thumbnail(pixels: npt.NDArray[Any]) -> Thumbnail:
        height, width = pixels.shape[:2]
        return Thumbnail(*encode_thumbnail(np.ascontiguousarray(pixels)), (width, height))

    return ThumbnailPair(thumbnail(before), thumbnail(after))
