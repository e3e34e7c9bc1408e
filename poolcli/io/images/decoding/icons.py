"""Windows icons and cursors: the largest picture, with its transparency.

Pillow takes the one of fewest colours where several are the largest, the depth from the directory,
which often has none, and no mask of coloured cursors.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from PIL import Image

from poolcli.io.file_position import keep_position
from poolcli.io.images.decoding.bmp_header import bits_per_pixel, restore_palette
from poolcli.io.images.decoding.png_header import correct_transparency

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

PNG_HEAD_BYTES = 26
"""Offset behind the depth and the colour type of a PNG."""

ENTRY_BYTES = 16
"""Size of a picture's entry in the directory, which begins after 6 bytes."""


class Entry(NamedTuple):
    """A picture of an icon.

    Attributes
    ----------
    pixels : int
        As the directory says.
    bits : int
        Bits a pixel, as the picture itself says.
    start, size : int
        Where it is in the file: a PNG, or a bitmap whose height covers a mask, too.
    """

    pixels: int
    bits: int
    start: int
    size: int


def icon_pixels(file: BinaryIO, say: Callable[[str], None]) -> Image.Image:
    """The largest picture of an icon or cursor; of several the one of most colours.

    Parameters
    ----------
    say : callable
        Takes what the person should know.
    """
    with keep_position(file):
        best = max(_entries(file), key=lambda entry: entry[:2])
        end = file.seek(0, io.SEEK_END)
        file.seek(best.start)
        data = io.BytesIO(file.read(min(best.size, max(end - best.start, 0))))
    if not data.getvalue().startswith(PNG_SIGNATURE):
        return _bitmap(data, best.bits)
    image = Image.open(data, formats=["PNG"])
    image.load()
    correct_transparency(image, data, say)
    return image


def _entries(file: BinaryIO) -> list[Entry]:
    file.seek(4)
    count = int.from_bytes(file.read(2), "little")
    directory = file.read(count * ENTRY_BYTES)
    found = []
    for at in range(0, len(directory) - ENTRY_BYTES + 1, ENTRY_BYTES):
        width, height = directory[at] or 256, directory[at + 1] or 256
        size, start = (
            int.from_bytes(directory[at + each : at + each + 4], "little") for each in (8, 12)
        )
        found.append(Entry(width * height, _bits(file, start), start, size))
    return found


def _bits(file: BinaryIO, start: int) -> int:
    file.seek(start)
    head = file.read(PNG_HEAD_BYTES)
    if not head.startswith(PNG_SIGNATURE):
        return bits_per_pixel(file, start)
    depth, colour_type = head[-2:]
    return depth * {2: 3, 4: 2, 6: 4}.get(colour_type, 1)


def _bitmap(data: BinaryIO, bits: int) -> Image.Image:
    image: Any = Image.open(data, formats=["DIB"])
    restore_palette(image, bits)
    size = image.width, image.height // 2
    tile = image.tile[0]
    if bits == 32 and tile.args[0] == "BGRX":
        image._mode = "RGBA"
        tile = tile._replace(args=("BGRA", *tile.args[1:]))
    image._size = size
    image.tile = [tile._replace(extents=(0, 0, *size))]
    colours: Image.Image = image.convert("RGBA")
    if image.mode != "RGBA":
        row = (size[0] + 31) // 32 * 4
        data.seek(-row * size[1], io.SEEK_END)
        colours.putalpha(Image.frombuffer("1", size, data.read(), "raw", "1;I", row, -1))
    return colours
