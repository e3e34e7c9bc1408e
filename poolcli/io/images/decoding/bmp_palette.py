"""The header of a bitmap (BMP, DIB), for palettes that Pillow mistakes for grey."""

from __future__ import annotations

from typing import Any, BinaryIO

from PIL import ImagePalette

from poolcli.io.file_position import read_at
from poolcli.io.pillow_private import set_mode, set_tiles, tiles_of

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


def bits_per_pixel(file: BinaryIO, start: int = 0) -> int:
    """Return the number of bits per pixel of a bitmap.

    Parameters
    ----------
    file : binary file
        The file; its position is kept.
    start : int
        The offset of the bitmap header, in bytes.

    Examples
    --------
    >>> import io
    >>> bits_per_pixel(io.BytesIO(b"\\x28\\0\\0\\0" + bytes(10) + b"\\x18\\0"))
    24
    """
    head = read_at(file, start, 16)
    at = 10 if int.from_bytes(head[:4], "little") == OS2_HEADER_BYTES else 14
    return int.from_bytes(head[at : at + 2], "little")


def has_icc_profile(file: BinaryIO, start: int = 0) -> bool:
    """Return whether a bitmap has an ICC profile, embedded or linked (BITMAPV5HEADER).

    Parameters
    ----------
    file : binary file
        The file; its position is kept.
    start : int
        The offset of the bitmap header, in bytes.
    """
    head = read_at(file, start, 60)
    return head[:1] == bytes([V5_HEADER_BYTES]) and head[56:60] in PROFILE_COLOUR_SPACES


def restore_palette(image: Any, bits: int) -> None:
    """Restore the palette of a bitmap if Pillow would decode its indices as grey of another depth.

    Pillow replaces a palette of the greys 0 to 15, or of black and white, by a grey mode. It then
    reads 4-bit indices as 8-bit grey, and 8-bit indices as 1-bit pixels.

    Parameters
    ----------
    image : Image
        Opened and not decoded; changed in place.
    bits : int
        Bits per pixel, as the header gives them.
    """
    if BITS_OF_MODES.get(image.mode, bits) == bits:
        return
    greys = PALETTE_GREYS[image.mode][: 1 << bits]
    set_mode(image, "P")
    image.palette = ImagePalette.raw("RGB", bytes(grey for grey in greys for _ in range(3)))
    tile = tiles_of(image)[0]
    raw_mode = "P" if bits == 8 else f"P;{bits}"
    set_tiles(image, [tile._replace(args=(raw_mode, *(tile.args or ())[1:]))])
