"""Numbers as a file stores them, where Pillow scales them to the full range of its modes.

Label maps are stored as portable maps whose largest number is the last label, or as PNG of 2 and 4
bits; scaled, their labels change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position
from poolcli.io.images.decoding.png_header import GREY, read_png_header
from poolcli.io.metadata import jpeg2000

Scaling = npt.NDArray[np.uint16]
"""Pillow's value for each number from 0 to the largest that the file can hold."""

BLOCK_BYTES = 1 << 20
"""So much of a file is checked at a time; an even number."""

FULL_RANGES = (255, 65535)
"""Largest numbers that Pillow keeps as they are."""


def scaling_of(image: Image.Image, file: BinaryIO) -> Scaling | None:
    """The scaling that decoding applies to a picture's numbers; None if there is none.

    Raises
    ------
    ReadError
        If it holds numbers above the largest that its header allows.
    """
    find = SCALINGS.get(image.format or "")
    return None if find is None else find(image, file)


def scaling_note(scaling: Scaling) -> str:
    """The note on a picture whose numbers are scaled.

    Examples
    --------
    >>> scaling_note(np.arange(16, dtype=np.uint16) * 17)
    'holds numbers from 0 to 15: mode keeps them, all other modes scale them to 0 to 255'
    """
    return (
        f"holds numbers from 0 to {len(scaling) - 1}: mode keeps them, all other modes scale them "
        f"to 0 to {scaling[-1]}"
    )


def as_stored(image: Image.Image, scaling: Scaling) -> Image.Image:
    """A decoded picture with the numbers of its file, and its transparent colour in those.

    The result has 8 bits a channel, or is grey of 16 bits.
    """
    numbers = np.zeros(int(scaling[-1]) + 1, np.uint16)
    numbers[scaling] = np.arange(len(scaling))
    if image.mode in ("I", "I;16"):
        restored = Image.fromarray(numbers[np.asarray(image)])
    else:
        table = np.pad(numbers, (0, 256 - len(numbers))).tolist()
        restored = image.point(table * len(image.getbands()))
    key = image.info.get("transparency")
    if isinstance(key, int):
        restored.info["transparency"] = int(numbers[key])
    return restored


def _png(image: Any, file: BinaryIO) -> Scaling | None:
    header = read_png_header(file)
    if header.colour_type != GREY or header.depth not in (2, 4):
        return None  # 1 bit is black and white
    largest = (1 << header.depth) - 1
    return np.arange(largest + 1, dtype=np.uint16) * np.uint16(255 // largest)


def _ppm(image: Any, file: BinaryIO) -> Scaling | None:
    decoder, _, start, arguments = image.tile[0]
    largest = arguments[-1] if decoder in ("ppm", "ppm_plain") else None
    full = 65535 if image.mode == "I" else 255
    if not isinstance(largest, int) or largest in FULL_RANGES:
        return None
    if decoder == "ppm":
        _check_numbers(image, file, start, largest)
    if largest > full:
        return None  # colour of more than 8 bits
    # Rounded as Pillow's decoder does.
    return np.array([round(value / largest * full) for value in range(largest + 1)], np.uint16)


def _check_numbers(image: Image.Image, file: BinaryIO, start: int, largest: int) -> None:
    """Refuse numbers above the largest, which Pillow would lower to it."""
    dtype = np.dtype(np.uint8 if largest < 256 else ">u2")
    bands = len(image.getbands())
    left = image.width * image.height * bands * dtype.itemsize
    most = 0
    with keep_position(file):
        file.seek(start)
        while len(data := file.read(min(left, BLOCK_BYTES))) >= dtype.itemsize:
            left -= len(data)
            whole = len(data) // dtype.itemsize
            most = max(most, int(np.frombuffer(data, dtype, whole).max()))
    if most > largest:
        raise ReadError(
            f"holds the number {most}, but its header says that {largest} is the largest (maxval); "
            "mend the header or the numbers"
        )


def _jpeg2000(image: Any, file: BinaryIO) -> Scaling | None:
    depth, full = jpeg2000.depth(file), 16 if image.mode == "I;16" else 8
    if depth >= full:
        return None
    return np.arange(1 << depth, dtype=np.uint16) << np.uint16(full - depth)


SCALINGS: dict[str, Callable[[Any, BinaryIO], Scaling | None]] = {
    "PNG": _png,
    "PPM": _ppm,
    "JPEG2000": _jpeg2000,
}
"""Functions that find the scaling of numbers, by format."""
