"""Checks of rare formats, some variants of which Pillow decodes wrongly.

Each check compares the header of the file with what Pillow is going to decode.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import BinaryIO

from PIL import Image

from poolcli.errors import ReadError
from poolcli.io.file_position import read_at
from poolcli.io.images.decoding import bmp_palette
from poolcli.io.images.decoding.psd import correct_psd_decoder
from poolcli.io.metadata import jpeg2000_boxes
from poolcli.io.note_type import AddNote
from poolcli.io.pillow_private import mcidas_bands, set_mode, set_tiles, tiles_of

SUN_RGB = 3
"""The type of a Sun raster whose channels are in the order red, green, blue."""

XPM_COLOUR = re.compile(rb"[ \t]c[ \t]+#([0-9A-Fa-f]+)")
"""A colour of hexadecimal digits in an X pixmap."""

XPM_SEARCHED_BYTES = 1 << 20

FLI_HEADER_BYTES, FLI_FRAME = 128, b"\xfa\xf1"

FLI_PALETTE_CHUNKS = (b"\x04\0", b"\x0b\0")
"""Types of the chunks of a frame that change the palette."""

DDS_CUBE_FACES, DDS_VOLUME = 0xFC00, 0x200000
"""Flags of a DDS (dwCaps2): the faces of a cube map, and a volume of slices."""


def _decoding_error(variant: str) -> ReadError:
    return ReadError(
        f"{variant}, which Pillow decodes wrongly; convert it to PNG with another program"
    )


def _check_bmp(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    start = bmp_palette.FILE_HEADER_BYTES if image.format == "BMP" else 0
    bmp_palette.restore_palette(image, bmp_palette.bits_per_pixel(file, start))
    if bmp_palette.has_icc_profile(file, start):
        add_note(f"the ICC profile of a {image.format} was dropped")


def _check_pcx(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    head = read_at(file, 0, 68)
    planes, row_bytes = head[65], int.from_bytes(head[66:68], "little")
    if head[2] == 0:
        raise _decoding_error("a PCX that is not compressed")
    if (tiles_of(image)[0].args or ())[1] != planes * row_bytes:
        raise _decoding_error(f"a PCX of {row_bytes} bytes a row")


def _check_tga(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    if read_at(file, 0, 18)[17] & 0xC0:
        raise _decoding_error("an interleaved TGA")


def _check_sgi(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    if read_at(file, 104, 4) != bytes(4):
        raise _decoding_error("an SGI image with a colour map")


def _correct_sun(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    depth, _, kind = (int.from_bytes(read_at(file, at, 4), "big") for at in (12, 16, 20))
    tile = tiles_of(image)[0]
    if tile.codec_name == "sun_rle" and (image.width * depth + 7) // 8 % 2:
        raise _decoding_error("a run-length encoded Sun raster of padded rows")
    raw_mode = None
    if depth == 32:  # the unused byte comes first
        raw_mode = "XRGB" if kind == SUN_RGB else "XBGR"
    elif depth == 1 and image.palette is not None:
        set_mode(image, "P")
        raw_mode = "P;1"
    if raw_mode is not None:
        args = (raw_mode, *tile.args[1:]) if isinstance(tile.args, tuple) else raw_mode
        set_tiles(image, [tile._replace(args=args)])


def _check_mcidas(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    if mcidas_bands(image) != 1:
        raise _decoding_error(f"a McIdas area of {mcidas_bands(image)} bands")


def _check_im(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    if getattr(image, "n_frames", 1) > 1 and image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        raise _decoding_error(f"an IM file of several {image.mode} frames")


def _check_fli(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    """Raise `ReadError` if the palette changes: Pillow uses the first one for all frames."""
    at = FLI_HEADER_BYTES
    palettes = 0
    size = int.from_bytes(read_at(file, 0, 4), "little")
    while at < size and len(frame := read_at(file, at, 16)) == 16:
        inner = at + 16
        if frame[4:6] == FLI_FRAME:
            end = at + int.from_bytes(frame[:4], "little")
            while inner < end and len(chunk := read_at(file, inner, 6)) == 6:
                palettes += chunk[4:] in FLI_PALETTE_CHUNKS
                inner += max(int.from_bytes(chunk[:4], "little"), 6)
        at += max(int.from_bytes(frame[:4], "little"), 16)
    if palettes > 1:
        raise _decoding_error("an animation (FLI, FLC) whose palette changes")


def _check_xpm(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    for match in XPM_COLOUR.finditer(read_at(file, 0, XPM_SEARCHED_BYTES)):
        if len(match[1]) != 6:
            raise _decoding_error(f"an XPM with colours of {len(match[1])} digits")


def _check_xbm(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    add_note("set bits were read as white; most programs show those of an XBM black")


def _check_blp(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    head = read_at(file, 0, 28)
    is_version_1 = head.startswith(b"BLP1")
    compression = int.from_bytes(head[4:8], "little")
    if image.mode != "RGBA" or (compression != 1 and not is_version_1):
        return
    if compression == 0:
        add_note("the alpha of a JPEG-compressed BLP was left out")
    elif is_version_1 or head[8] == 1:
        raise _decoding_error("a BLP of palette colours with alpha")


def _check_dds(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    head = read_at(file, 0, 128)
    caps2, slices = (int.from_bytes(head[at : at + 4], "little") for at in (112, 24))
    if (faces := (caps2 & DDS_CUBE_FACES).bit_count()) > 1:
        add_note(f"the first of {faces} faces of the cube map was read, the others were left out")
    if caps2 & DDS_VOLUME and slices > 1:
        add_note(f"the first of {slices} slices of the volume was read, the others were left out")


def _check_jpeg2000(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    if jpeg2000_boxes.has_palette(file) and (
        image.mode not in ("P", "PA") or jpeg2000_boxes.bit_depth(file) < 8
    ):
        raise _decoding_error("a JPEG 2000 with a palette of this depth")


CHECKS: dict[str, Callable[[Image.Image, BinaryIO, AddNote], None]] = {
    "PSD": correct_psd_decoder,
    "BMP": _check_bmp,
    "DIB": _check_bmp,
    "PCX": _check_pcx,
    "TGA": _check_tga,
    "SGI": _check_sgi,
    "SUN": _correct_sun,
    "MCIDAS": _check_mcidas,
    "IM": _check_im,
    "FLI": _check_fli,
    "XPM": _check_xpm,
    "XBM": _check_xbm,
    "BLP": _check_blp,
    "DDS": _check_dds,
    "JPEG2000": _check_jpeg2000,
}
"""Functions that check or correct an image before it is decoded, by Pillow's name of the format."""
