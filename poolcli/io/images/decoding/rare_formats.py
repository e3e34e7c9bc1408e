"""Checks of rarely used formats, some variants of which Pillow decodes wrongly.

Each check reads what the header says and compares it with how Pillow is going to decode.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, BinaryIO

from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position
from poolcli.io.images.decoding.bmp_header import (
    FILE_HEADER_BYTES,
    bits_per_pixel,
    has_profile,
    restore_palette,
)
from poolcli.io.images.decoding.psd_header import locate_channels
from poolcli.io.metadata import jpeg2000

Say = Callable[[str], None]

INSTEAD = "which Pillow decodes wrongly; convert it to PNG with another program"

SUN_RGB = 3
"""The type of a Sun raster whose channels are in the order red, green, blue."""

XPM_COLOUR = re.compile(rb"[ \t]c[ \t]+#([0-9A-Fa-f]+)")
"""A colour in hexadecimal digits in an X pixmap."""

XPM_HEAD_BYTES = 1 << 20

FLI_HEADER_BYTES, FLI_FRAME = 128, b"\xfa\xf1"

FLI_PALETTES = (b"\x04\0", b"\x0b\0")
"""Kinds of chunk in a frame that change the palette."""

CUBE_FACES, VOLUME = 0xFC00, 0x200000
"""Flags of a DDS (dwCaps2): the faces that a cube map has, and that there are slices."""


def _refuse(what: str) -> ReadError:
    return ReadError(f"{what}, {INSTEAD}")


def _head(file: BinaryIO, size: int, start: int = 0) -> bytes:
    with keep_position(file):
        file.seek(start)
        return file.read(size)


def _bmp(image: Any, file: BinaryIO, say: Say) -> None:
    start = FILE_HEADER_BYTES if image.format == "BMP" else 0
    restore_palette(image, bits_per_pixel(file, start))
    if has_profile(file, start):
        say(f"the ICC profile of a {image.format} was left behind")


def _pcx(image: Any, file: BinaryIO, say: Say) -> None:
    head = _head(file, 68)
    planes, stride = head[65], int.from_bytes(head[66:68], "little")
    if head[2] == 0:
        raise _refuse("a PCX that is not compressed")
    if image.tile[0].args[1] != planes * stride:
        raise _refuse(f"a PCX of {stride} bytes a row")


def _tga(image: Any, file: BinaryIO, say: Say) -> None:
    head = _head(file, 18)
    if head[17] & 0xC0:
        raise _refuse("an interleaved TGA")


def _sgi(image: Any, file: BinaryIO, say: Say) -> None:
    if _head(file, 4, 104) != bytes(4):
        raise _refuse("an SGI image with a colour map")


def _sun(image: Any, file: BinaryIO, say: Say) -> None:
    depth, _, kind = (int.from_bytes(_head(file, 4, at), "big") for at in (12, 16, 20))
    tile = image.tile[0]
    if tile.codec_name == "sun_rle" and (image.width * depth + 7) // 8 % 2:
        raise _refuse("a run-length encoded Sun raster of padded rows")
    raw = None
    if depth == 32:  # the unused byte comes first
        raw = "XRGB" if kind == SUN_RGB else "XBGR"
    elif depth == 1 and image.palette is not None:
        image._mode, raw = "P", "P;1"
    if raw is not None:
        args = (raw, *tile.args[1:]) if isinstance(tile.args, tuple) else raw
        image.tile = [tile._replace(args=args)]


def _mcidas(image: Any, file: BinaryIO, say: Say) -> None:
    if image.area_descriptor[14] != 1:
        raise _refuse(f"a McIdas area of {image.area_descriptor[14]} bands")


def _im(image: Any, file: BinaryIO, say: Say) -> None:
    if getattr(image, "n_frames", 1) > 1 and image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        raise _refuse(f"an IM file of several {image.mode} frames")


def _fli(image: Any, file: BinaryIO, say: Say) -> None:
    """Refuse animations whose palette changes: Pillow takes the first one for all frames."""
    at = FLI_HEADER_BYTES
    palettes = 0
    size = int.from_bytes(_head(file, 4), "little")
    while at < size and len(frame := _head(file, 16, at)) == 16:
        inner = at + 16
        if frame[4:6] == FLI_FRAME:
            end = at + int.from_bytes(frame[:4], "little")
            while inner < end and len(chunk := _head(file, 6, inner)) == 6:
                palettes += chunk[4:] in FLI_PALETTES
                inner += max(int.from_bytes(chunk[:4], "little"), 6)
        at += max(int.from_bytes(frame[:4], "little"), 16)
    if palettes > 1:
        raise _refuse("an animation (FLI, FLC) whose palette changes")


def _xpm(image: Any, file: BinaryIO, say: Say) -> None:
    for match in XPM_COLOUR.finditer(_head(file, XPM_HEAD_BYTES)):
        if len(match[1]) != 6:
            raise _refuse(f"an XPM with colours of {len(match[1])} digits")


def _blp(image: Any, file: BinaryIO, say: Say) -> None:
    head = _head(file, 28)
    old = head.startswith(b"BLP1")
    compression = int.from_bytes(head[4:8], "little")
    if image.mode != "RGBA" or (compression != 1 and not old):
        return
    if compression == 0:
        say("the alpha of a JPEG-compressed BLP was left out")
    elif old or head[8] == 1:
        raise _refuse("a BLP of palette colours with alpha")


def _dds(image: Any, file: BinaryIO, say: Say) -> None:
    head = _head(file, 128)
    more, slices = (int.from_bytes(head[at : at + 4], "little") for at in (112, 24))
    if (faces := (more & CUBE_FACES).bit_count()) > 1:
        say(f"the first of {faces} faces of the cube map was read, the others were left out")
    if more & VOLUME and slices > 1:
        say(f"the first of {slices} slices of the volume was read, the others were left out")


def _jpeg2000(image: Any, file: BinaryIO, say: Say) -> None:
    if jpeg2000.has_palette(file) and (image.mode not in ("P", "PA") or jpeg2000.depth(file) < 8):
        raise _refuse("a JPEG 2000 with a palette of this depth")


def _xbm(image: Any, file: BinaryIO, say: Say) -> None:
    say("bits that are set were read as white; most programs show those of an XBM black")


CHECKS: dict[str, Callable[[Any, BinaryIO, Say], None]] = {
    "PSD": locate_channels,
    "BMP": _bmp,
    "DIB": _bmp,
    "PCX": _pcx,
    "TGA": _tga,
    "SGI": _sgi,
    "SUN": _sun,
    "MCIDAS": _mcidas,
    "IM": _im,
    "FLI": _fli,
    "XPM": _xpm,
    "XBM": _xbm,
    "BLP": _blp,
    "DDS": _dds,
    "JPEG2000": _jpeg2000,
}
"""Functions that check or correct a picture before it is decoded, by format."""
