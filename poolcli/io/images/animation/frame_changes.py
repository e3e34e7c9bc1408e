"""Frames of an animation as the pixels that they change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Pixels of red, green and blue, shaped (rows, columns, 3)."""


STRIP_PIXELS = 1 << 18
"""The number of pixels that are converted at a time."""

MAX_GAP = 16
"""The number of unchanged pixels between changed ones up to which they are drawn, too."""


class FrameChange(NamedTuple):
    """The box of a frame outside of which it equals the frame before.

    Attributes
    ----------
    left, top : int
        The position of the box in the frame.
    pixels : ndarray of uint8, shape (rows, columns, 3)
        The colours in the box.
    is_changed : ndarray of bool, shape (rows, columns)
        Which of them differ from the frame before.
    """

    left: int
    top: int
    pixels: Pixels
    is_changed: NDArray[np.bool_]

    @property
    def strips(self) -> Iterator[FrameChange]:
        """The box in strips of rows, none of which takes more than some MB."""
        rows = max(1, STRIP_PIXELS // self.pixels.shape[1])
        for top in range(0, len(self.pixels), rows):
            part = slice(top, top + rows)
            yield FrameChange(self.left, self.top + top, self.pixels[part], self.is_changed[part])

    @property
    def rgba(self) -> Pixels:
        """The box in RGBA, shaped (rows, columns, 4); pixels that do not change are all 0."""
        rgba = np.zeros((*self.is_changed.shape, 4), np.uint8)
        np.copyto(rgba[..., :3], self.pixels, where=self.is_changed[..., None])
        np.copyto(rgba[..., 3], 255, where=self.is_changed)
        return rgba


def whole_frame(pixels: Pixels) -> FrameChange:
    """Return the first frame, all of which is new.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (rows, columns, 3)
        The frame.
    """
    return FrameChange(0, 0, pixels, np.ones(pixels.shape[:2], np.bool_))


def trimmed_change(change: FrameChange) -> FrameChange:
    """Return a change whose box is as small as it can be.

    If nothing changes, the box is a single pixel, because an animation has no empty frames.

    Parameters
    ----------
    change : FrameChange
        The change.

    Examples
    --------
    >>> pixels = np.zeros((4, 5, 3), np.uint8)
    >>> is_changed = np.zeros((4, 5), np.bool_)
    >>> is_changed[1, 2:4] = True
    >>> change = trimmed_change(FrameChange(10, 20, pixels, is_changed))
    >>> change.left, change.top, change.pixels.shape
    (12, 21, (1, 2, 3))
    """
    rows, columns = (np.flatnonzero(change.is_changed.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        rows = columns = np.zeros(1, np.intp)
    top, left = int(rows[0]), int(columns[0])
    box = slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1)
    return FrameChange(
        change.left + left, change.top + top, change.pixels[box], change.is_changed[box]
    )


def with_short_gaps(change: FrameChange) -> FrameChange:
    """Return a change that also draws the pixels in short gaps between changed pixels of a row.

    They are drawn as they are already. Longer runs of one colour make an animation of flat colours
    10 to 20 % smaller.

    Parameters
    ----------
    change : FrameChange
        The change.

    Examples
    --------
    >>> is_changed = np.zeros((1, 40), np.bool_)
    >>> is_changed[0, [2, 5, 39]] = True
    >>> change = FrameChange(0, 0, np.zeros((1, 40, 3), np.uint8), is_changed)
    >>> np.flatnonzero(with_short_gaps(change).is_changed).tolist()
    [2, 3, 4, 5, 39]
    """
    width = change.is_changed.shape[1]
    columns = np.arange(width, dtype=np.int32)
    filled = np.empty_like(change.is_changed)
    top = 0
    for strip in change.strips:
        is_changed = strip.is_changed
        last = np.maximum.accumulate(np.where(is_changed, columns, -MAX_GAP), axis=1)
        after = np.where(is_changed, columns, width + MAX_GAP)[:, ::-1]
        following = np.minimum.accumulate(after, axis=1)[:, ::-1]
        np.less_equal(following - last, MAX_GAP + 1, out=filled[top : top + len(is_changed)])
        top += len(is_changed)
    return change._replace(is_changed=filled)
