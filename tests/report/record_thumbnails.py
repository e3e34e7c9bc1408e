"""Small pictures for records."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.io.images.thumbnails import coded
from poolcli.report.record import Thumb, Thumbs


def thumbs(before: npt.NDArray[Any], after: npt.NDArray[Any]) -> Thumbs:
    """Two arrays, H W 3, as a record has them."""
    return Thumbs(*(Thumb(*coded(np.ascontiguousarray(each)), (each.shape[1], each.shape[0]))
                    for each in (before, after)))  # fmt: skip
