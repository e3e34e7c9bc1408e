"""The colour maps of palette pages in a TIFF, of which Pillow keeps 8 of 16 bits per colour."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from poolcli.io.metadata.write_tiff_directories import type_offsets_of_pages

COLOUR_MAP = 320

COLOURS = 256
"""The colours that Pillow writes, whatever the number of bits of a pixel."""

LENGTHS = [3 << bits for bits in range(1, 9)]
"""The numbers of values of a colour map, by the bits of a pixel."""

ColourMap = npt.NDArray[np.uint16]
"""Red, green and blue of each colour: 3 by the number of colours."""


def read_colour_map(tags: Mapping[int, Any]) -> ColourMap | None:
    """Return the colour map of a page; None if it has none or a damaged one.

    Parameters
    ----------
    tags : mapping
        The tags of the page.

    Examples
    --------
    >>> read_colour_map({320: (0, 65535, 0, 65535, 0, 1000)}).tolist()
    [[0, 65535], [0, 65535], [0, 1000]]
    """
    values = tags.get(COLOUR_MAP)
    if not isinstance(values, tuple) or len(values) not in LENGTHS:
        return None
    if not all(isinstance(each, int) and 0 <= each < 1 << 16 for each in values):
        return None
    return np.array(values, np.uint16).reshape(3, -1)


def has_colours(colour_map: ColourMap, colours: npt.NDArray[Any]) -> bool:
    """Return whether the upper 8 bits of a colour map are given colours.

    Parameters
    ----------
    colour_map : ndarray of uint16, 3 by N
        The colour map.
    colours : ndarray of integers, 3 by M
        8-bit colours.

    Examples
    --------
    >>> has_colours(np.array([[255], [512], [0]], np.uint16), np.array([[0, 9], [2, 9], [0, 9]]))
    True
    """
    count = min(colour_map.shape[1], colours.shape[1])
    return bool(np.array_equal(colour_map[:, :count] >> 8, colours[:, :count]))


def restore_colour_maps(file: BinaryIO, colour_maps: Sequence[ColourMap | None]) -> None:
    """Write all bits of the colour maps of a TIFF that Pillow has written.

    A page whose palette has other colours stays.

    Parameters
    ----------
    file : binary file
        A classic TIFF; readable, writable and seekable.
    colour_maps : sequence of ndarray of uint16
        The colour map of each page; None where there is none.
    """
    if all(each is None for each in colour_maps):
        return
    file.seek(0)
    order = "<" if file.read(2) == b"II" else ">"
    for colour_map, offsets in zip(colour_maps, type_offsets_of_pages(file), strict=False):
        if colour_map is None or COLOUR_MAP not in offsets:
            continue
        file.seek(offsets[COLOUR_MAP])
        _, count, at = struct.unpack(f"{order}HII", file.read(10))
        if count != 3 * COLOURS:
            continue
        file.seek(at)
        written = np.frombuffer(file.read(2 * count), f"{order}u2").reshape(3, COLOURS)
        if has_colours(colour_map, written >> 8):
            restored = written.copy()
            restored[:, : colour_map.shape[1]] = colour_map
            file.seek(at)
            file.write(restored.tobytes())
    file.seek(0, os.SEEK_END)
