"""Windows icons and cursors: the largest image, with its transparency.

Of several largest images, Pillow takes that of the fewest colours. It takes the depth from the
directory, which often has none, and ignores the mask of coloured cursors.
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, NamedTuple

from PIL import Image

from poolcli.io.file_position import keep_position, read_at
from poolcli.io.images.decoding.bmp_palette import bits_per_pixel, restore_palette
from poolcli.io.images.decoding.png_transparency import correct_transparency
from poolcli.io.note_type import AddNote
from poolcli.io.pillow_private import set_mode, set_size, set_tiles, tiles_of

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

PNG_HEADER_BYTES = 26
"""The size of the start of a PNG that ends with bit depth and colour type."""

PNG_CHANNELS = {2: 3, 4: 2, 6: 4}
"""Channels by colour type; one for all others."""

ENTRY = struct.Struct("<BB6xII")
"""An entry of the directory, which begins after 6 bytes: width, height, size and offset."""


class IconEntry(NamedTuple):
    """An image of an icon.

    Attributes
    ----------
    pixels : int
        The number of pixels, as the directory gives it.
    bits : int
        Bits per pixel, as the image itself gives them.
    start, size : int
        The bytes of the image: a PNG, or a bitmap whose height includes that of a mask.
    """

    pixels: int
    bits: int
    start: int
    size: int


def read_icon(file: BinaryIO, add_note: AddNote) -> Image.Image:
    """Return the largest image of an icon or cursor; of several, that of the most colours.

    Parameters
    ----------
    file : binary file
        The icon; the position of the file is kept.
    add_note : callable
        Called with each note for the report.
    """
    largest = max(_read_entries(file), key=lambda entry: (entry.pixels, entry.bits))
    with keep_position(file):  # a damaged size must not allocate memory
        size = min(largest.size, max(file.seek(0, io.SEEK_END) - largest.start, 0))
    data = io.BytesIO(read_at(file, largest.start, size))
    if not data.getvalue().startswith(PNG_SIGNATURE):
        return _decode_bitmap(data, largest.bits)
    image = Image.open(data, formats=["PNG"])
    image.load()
    correct_transparency(image, data, add_note)
    return image


def _read_entries(file: BinaryIO) -> list[IconEntry]:
    count = int.from_bytes(read_at(file, 4, 2), "little")
    directory = read_at(file, 6, count * ENTRY.size)
    complete = len(directory) // ENTRY.size * ENTRY.size
    return [
        IconEntry((width or 256) * (height or 256), _read_bits(file, start), start, size)
        for width, height, size, start in ENTRY.iter_unpack(directory[:complete])
    ]


def _read_bits(file: BinaryIO, start: int) -> int:
    """Return the number of bits per pixel of the image that begins at the offset `start`."""
    head = read_at(file, start, PNG_HEADER_BYTES)
    if not head.startswith(PNG_SIGNATURE):
        return bits_per_pixel(file, start)
    depth, colour_type = head[-2:]
    return depth * PNG_CHANNELS.get(colour_type, 1)


def _decode_bitmap(data: BinaryIO, bits: int) -> Image.Image:
    image = Image.open(data, formats=["DIB"])
    restore_palette(image, bits)
    size = image.width, image.height // 2
    tile = tiles_of(image)[0]
    args = tile.args or ()
    if bits == 32 and args[0] == "BGRX":
        set_mode(image, "RGBA")
        tile = tile._replace(args=("BGRA", *args[1:]))
    set_size(image, size)
    set_tiles(image, [tile._replace(extents=(0, 0, *size))])
    colours = image.convert("RGBA")
    if image.mode != "RGBA":
        row_bytes = (size[0] + 31) // 32 * 4
        data.seek(-row_bytes * size[1], io.SEEK_END)
        mask = Image.frombuffer("1", size, data.read(), "raw", "1;I", row_bytes, -1)
        colours.putalpha(mask)
    return colours
