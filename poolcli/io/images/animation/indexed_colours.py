"""Colours of an animation as indices into palettes of 256 colours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from poolcli.io.images.animation.frame_changes import FrameChange

MAX_COLOURS = 255
"""The largest number of colours of a palette; one more index is transparent."""

TRANSPARENT = 0
"""The index of pixels that do not change."""

Indices = NDArray[np.uint8]
PackedColours = NDArray[np.uint32]
"""Colours as numbers, 0xRRGGBB."""


class SharedPalette:
    """A palette to which colours are added when they first occur; index 0 is transparent.

    Examples
    --------
    >>> from poolcli.io.images.animation.frame_changes import whole_frame
    >>> palette = SharedPalette()
    >>> change = whole_frame(np.array([[[1, 2, 3], [0, 0, 9]]], np.uint8))
    >>> palette.indices(change).tolist(), palette.colours
    ([[2, 1]], [9, 66051])
    """

    def __init__(self) -> None:
        self._index_of: dict[int, int] = {}

    @property
    def colours(self) -> list[int]:
        """The colours, 0xRRGGBB, of index 1 and up."""
        return list(self._index_of)

    def indices(self, change: FrameChange) -> Indices | None:
        """Return the indices of a frame's pixels; None if the palette has no room for its colours.

        Parameters
        ----------
        change : FrameChange
            The pixels.

        Returns
        -------
        ndarray of uint8, shape (rows, columns)
        """
        counts = count_colours(change)
        new = [colour for colour in counts if colour not in self._index_of]
        if len(self._index_of) + len(new) > MAX_COLOURS:
            return None
        for colour in new:
            self._index_of[colour] = len(self._index_of) + 1
        return _indices(change, self._index_of)


def count_colours(change: FrameChange) -> dict[int, int]:
    """Return the number of changed pixels of each colour, 0xRRGGBB, in the order of the colours.

    Parameters
    ----------
    change : FrameChange
        The pixels.
    """
    counts: dict[int, int] = {}
    for packed in _packed_strips(change):
        colours, numbers = np.unique(packed, return_counts=True)
        for colour, number in zip(colours.tolist(), numbers.tolist(), strict=True):
            counts[colour] = counts.get(colour, 0) + number
    return dict(sorted(counts.items()))


def own_palette(change: FrameChange) -> tuple[list[int], Indices]:
    """Return a palette of the colours of one frame, and the indices of its pixels.

    If there are more than 255 colours, the most frequent ones are kept, and the others become the
    nearest of them.

    Parameters
    ----------
    change : FrameChange
        The pixels.
    """
    counts = count_colours(change)
    by_frequency = sorted(counts, key=lambda colour: -counts[colour])
    kept, others = by_frequency[:MAX_COLOURS], by_frequency[MAX_COLOURS:]
    index_of = {colour: number for number, colour in enumerate(kept, 1)}
    palette = _unpack(np.array(kept, np.uint32))
    for colour, rgb in zip(others, _unpack(np.array(others, np.uint32)), strict=True):
        index_of[colour] = 1 + int(np.argmin(((palette - rgb) ** 2).sum(axis=1)))
    return kept, _indices(change, index_of)


def _indices(change: FrameChange, index_of: dict[int, int]) -> Indices:
    """Return the indices of pixels, all of whose colours have one."""
    order = sorted(index_of)
    colours = np.array(order, np.uint32)
    numbers = np.array([index_of[colour] for colour in order], np.uint8)
    found = [numbers[np.searchsorted(colours, packed)] for packed in _packed_strips(change)]
    indices = np.full(change.is_changed.shape, TRANSPARENT, np.uint8)
    indices[change.is_changed] = np.concatenate(found)
    return indices


def _packed_strips(change: FrameChange) -> Iterator[PackedColours]:
    """Yield the colours of the changed pixels, row by row."""
    for strip in change.strips:
        yield pack_colours(strip.pixels[strip.is_changed])


def pack_colours(rgb: NDArray[np.uint8]) -> PackedColours:
    """Return colours as numbers.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (..., 3)
        Red, green and blue.

    Returns
    -------
    ndarray of uint32, shape (...)
        0xRRGGBB.

    Examples
    --------
    >>> hex(pack_colours(np.array([[1, 2, 255]], np.uint8))[0])
    '0x102ff'
    """
    red, green, blue = (rgb[..., channel].astype(np.uint32) for channel in range(3))
    return red * np.uint32(1 << 16) + green * np.uint32(1 << 8) + blue


def _unpack(packed: PackedColours) -> NDArray[np.int64]:
    """Return red, green and blue of colours, shaped (colours, 3)."""
    return np.stack([packed >> shift & 255 for shift in (16, 8, 0)], axis=-1).astype(np.int64)


def palette_bytes(colours: list[int], size: int) -> bytes:
    """Return a palette as GIF and PNG store it, with black for the transparent index.

    Parameters
    ----------
    colours : list of int
        The colours, 0xRRGGBB, of index 1 and up.
    size : int
        The number of entries to write, with that of index 0.

    Examples
    --------
    >>> palette_bytes([0x0102FF], 4).hex()
    '0000000102ff000000000000'
    """
    return b"".join(colour.to_bytes(3, "big") for colour in [0, *colours]).ljust(3 * size, b"\0")
