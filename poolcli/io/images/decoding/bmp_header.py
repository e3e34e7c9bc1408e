"""The header of a bitmap (BMP, DIB), where Pillow takes grey palettes for grey pixels."""

from __future__ import annotations

from typing import Any, BinaryIO

from PIL import ImagePalette

from poolcli.io.file_position import keep_position

FILE_HEADER_BYTES = 14
"""Size of the file header that precedes the bitmap's own header in a BMP."""

OS2_HEADER_BYTES = 12
"""The size of the oldest header, whose fields are shorter."""

BITS = {"1": 1, "L": 8}
"""Bits a pixel for which Pillow decodes its modes of grey rightly."""

GREYS = {"1": (0, 255), "L": range(256)}
"""Palettes that Pillow takes for grey: index i is the i-th of these."""


PROFILES = (b"DEBM", b"KNIL")
"""Kinds of colour space that say where an ICC profile is."""


def bits_per_pixel(file: BinaryIO, start: int = 0) -> int:
    """Bits a pixel of the bitmap whose own header begins at `start`."""
    with keep_position(file):
        file.seek(start)
        head = file.read(16)
    at = 10 if int.from_bytes(head[:4], "little") == OS2_HEADER_BYTES else 14
    return int.from_bytes(head[at : at + 2], "little")


def has_profile(file: BinaryIO, start: int = 0) -> bool:
    """True if the bitmap has an ICC profile, embedded or linked (BITMAPV5HEADER)."""
    with keep_position(file):
        file.seek(start)
        head = file.read(60)
    return head[:1] == b"\x7c" and head[56:60] in PROFILES


def restore_palette(image: Any, bits: int) -> None:
    """Give a bitmap its palette back where Pillow would decode indices as grey of other depth.

    A palette of 16 greys from 0 to 15, or of black and white, makes Pillow read 4-bit indices as 8
    bits, 8-bit ones as 1 bit.

    Parameters
    ----------
    image : Image
        Opened and not decoded; changed in place.
    bits : int
        Bits a pixel, as the header says.
    """
    if BITS.get(image.mode, bits) == bits:
        return
    greys = GREYS[image.mode][: 1 << bits]
    image._mode = "P"
    image.palette = ImagePalette.raw("RGB", bytes(grey for grey in greys for _ in range(3)))
    tile = image.tile[0]
    raw = "P" if bits == 8 else f"P;{bits}"
    image.tile = [tile._replace(args=(raw, *tile.args[1:]))]
