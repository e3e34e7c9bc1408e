"""Windows bitmaps (BMP, DIB), icons and cursors: palettes, depth and transparency.

Of several largest images of an icon, Pillow takes that of the fewest colours. It takes the depth
from the directory, which often has none, and ignores the mask of coloured cursors.
"""

from __future__ import annotations

import io
import struct
from typing import Any, BinaryIO

from PIL import Image, ImagePalette

from poolcli.io.file_position import keep_position, read_at
from poolcli.io.images.decoding.decoding_losses import is_sixteen_bit_colour
from poolcli.io.images.decoding.png_transparency import correct_transparency
from poolcli.io.note_callback_type import AddNote
from poolcli.io.pillow_private import set_mode, set_raw_mode, set_size, set_tiles, tiles_of

FILE_HEADER_BYTES = 14
"""The size of the file header that precedes the bitmap header in a BMP."""

OS2_HEADER_BYTES = 12
"""The size of the oldest bitmap header, whose fields are shorter."""

V5_HEADER_BYTES = 124

BITS_OF_MODES = {"1": 1, "L": 8}
"""Bits per pixel that Pillow expects of its grey modes."""

PALETTE_GREYS = {"1": (0, 255), "L": range(256)}
"""Greys, by mode: Pillow replaces a palette that is a prefix of these by the mode."""

PROFILE_COLOUR_SPACES = (b"DEBM", b"KNIL")
"""Values of the colour space field (embedded, linked) of bitmaps with an ICC profile."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

PNG_HEADER_BYTES = 26
"""The size of the start of a PNG that ends with bit depth and colour type."""

PNG_CHANNELS = {2: 3, 4: 2, 6: 4}
"""Channels by colour type; one for all others."""

ENTRY = struct.Struct("<BB6xII")
"""An entry of the directory, which begins after 6 bytes: width, height, size and offset."""


def correct_bitmap_decoder(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    """Restore the palette of a bitmap that Pillow takes for grey, and note a dropped ICC profile.

    Parameters
    ----------
    image : Image
        A BMP or DIB, opened and not decoded; changed in place.
    file : binary file
        The file of the image; its position is kept.
    add_note : callable
        Called with each note for the report.
    """
    start = FILE_HEADER_BYTES if image.format == "BMP" else 0
    _restore_palette(image, _bits_per_pixel(file, start))
    head = read_at(file, start, 60)
    if head[:1] == bytes([V5_HEADER_BYTES]) and head[56:60] in PROFILE_COLOUR_SPACES:
        add_note(f"the ICC profile of a {image.format} was dropped")


def read_icon(file: BinaryIO, add_note: AddNote) -> Image.Image:
    """Return the largest image of an icon or cursor; of several, that of the most colours.

    Parameters
    ----------
    file : binary file
        The icon; the position of the file is kept.
    add_note : callable
        Called with each note for the report.
    """
    _, bits, start, size = max(_read_directory(file), key=lambda entry: entry[:2])
    with keep_position(file):  # a damaged size must not allocate memory
        size = min(size, max(file.seek(0, io.SEEK_END) - start, 0))
    data = io.BytesIO(read_at(file, start, size))
    if not data.getvalue().startswith(PNG_SIGNATURE):
        return _decode_icon_bitmap(data, bits)
    image = Image.open(data, formats=["PNG"])
    if is_sixteen_bit_colour(image):
        add_note("16-bit colour was read as 8-bit")
    image.load()
    correct_transparency(image, data)
    return image


def _read_directory(file: BinaryIO) -> list[tuple[int, int, int, int]]:
    """Return the number of pixels, bits per pixel, offset and size in bytes of each icon image.

    An image is a PNG, or a bitmap whose height includes that of a mask.
    """
    count = int.from_bytes(read_at(file, 4, 2), "little")
    directory = read_at(file, 6, count * ENTRY.size)
    complete = len(directory) // ENTRY.size * ENTRY.size
    return [
        ((width or 256) * (height or 256), _icon_bits_per_pixel(file, start), start, size)
        for width, height, size, start in ENTRY.iter_unpack(directory[:complete])
    ]


def _icon_bits_per_pixel(file: BinaryIO, start: int) -> int:
    """Return the bits per pixel of the icon image at an offset, as the image itself gives them."""
    head = read_at(file, start, PNG_HEADER_BYTES)
    if not head.startswith(PNG_SIGNATURE):
        return _bits_per_pixel(file, start)
    depth, colour_type = head[-2:]
    return depth * PNG_CHANNELS.get(colour_type, 1)


def _bits_per_pixel(file: BinaryIO, start: int) -> int:
    """Return the number of bits per pixel of the bitmap whose header begins at an offset.

    Examples
    --------
    >>> _bits_per_pixel(io.BytesIO(b"\\x28\\0\\0\\0" + bytes(10) + b"\\x18\\0"), 0)
    24
    """
    head = read_at(file, start, 16)
    at = 10 if int.from_bytes(head[:4], "little") == OS2_HEADER_BYTES else 14
    return int.from_bytes(head[at : at + 2], "little")


def _restore_palette(image: Any, bits: int) -> None:
    """Restore the palette of a bitmap if Pillow would decode its indices as grey of another depth.

    Pillow replaces a palette of the greys 0 to 15, or of black and white, by a grey mode. It then
    reads 4-bit indices as 8-bit grey, and 8-bit indices as 1-bit pixels.
    """
    if BITS_OF_MODES.get(image.mode, bits) == bits:
        return
    greys = PALETTE_GREYS[image.mode][: 1 << bits]
    set_mode(image, "P")
    image.palette = ImagePalette.raw("RGB", bytes(grey for grey in greys for _ in range(3)))
    set_raw_mode(image, "P" if bits == 8 else f"P;{bits}")


def _decode_icon_bitmap(data: BinaryIO, bits: int) -> Image.Image:
    """Return the image of a bitmap in an icon; the mask that follows its pixels becomes alpha."""
    image = Image.open(data, formats=["DIB"])
    _restore_palette(image, bits)
    if bits == 32 and (tiles_of(image)[0].args or ())[0] == "BGRX":
        set_mode(image, "RGBA")
        set_raw_mode(image, "BGRA")
    size = image.width, image.height // 2
    set_size(image, size)
    set_tiles(image, [tiles_of(image)[0]._replace(extents=(0, 0, *size))])
    colours = image.convert("RGBA")
    if image.mode != "RGBA":
        row_bytes = (size[0] + 31) // 32 * 4
        data.seek(-row_bytes * size[1], io.SEEK_END)
        mask = Image.frombuffer("1", size, data.read(), "raw", "1;I", row_bytes, -1)
        colours.putalpha(mask)
    return colours
