"""Checks and corrections of rare formats, some variants of which Pillow decodes wrongly."""

from __future__ import annotations

import re
from typing import BinaryIO

from PIL import Image

from poolcli.errors import ReadError
from poolcli.io.file_position import read_at
from poolcli.io.images.decoding.psd import correct_psd_decoder
from poolcli.io.images.decoding.windows_bitmaps import correct_bitmap_decoder
from poolcli.io.metadata import jpeg2000_boxes
from poolcli.io.note_callback_type import AddNote
from poolcli.io.pillow_private import mcidas_bands, set_mode, set_raw_mode, tiles_of

SUN_RGB = 3
"""The type of a Sun raster whose channels are in the order red, green, blue."""

XPM_COLOUR = re.compile(rb"[ \t]c[ \t]+#([0-9A-Fa-f]+)")
"""A colour of hexadecimal digits in an X pixmap."""

XPM_SEARCHED_BYTES = 1 << 20

IM_FRAME_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")
"""Modes of which Pillow reads several frames of an IM file correctly."""

FLI_HEADER_BYTES, FLI_FRAME = 128, b"\xfa\xf1"

FLI_PALETTE_CHUNKS = (b"\x04\0", b"\x0b\0")
"""Types of the chunks of a frame that change the palette."""

DDS_CUBE_FACES, DDS_VOLUME = 0xFC00, 0x200000
"""Flags of a DDS (dwCaps2): the faces of a cube map, and a volume of slices."""


def check_rare_format(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    """Correct the decoder settings of an image of a rare format, and add notes on what is not read.

    Parameters
    ----------
    image : Image
        Opened and not decoded; changed in place.
    file : binary file
        The file of the image; its position is kept.
    add_note : callable
        Called with each note for the report.

    Raises
    ------
    ReadError
        If Pillow would decode the image wrongly and that cannot be corrected.
    """
    match image.format:
        case "PSD":
            correct_psd_decoder(image, file, add_note)
        case "BMP" | "DIB":
            correct_bitmap_decoder(image, file, add_note)
        case "SUN":
            _correct_sun(image, file)
        case "BLP":
            _check_blp(image, file, add_note)
        case "DDS":
            _note_unread_images(file, add_note)
        case "XBM":
            add_note("set bits were read as white; most programs show those of an XBM black")
        case _ if (variant := _find_wrong_variant(image, file)) is not None:
            raise _decoding_error(variant)


def _decoding_error(variant: str) -> ReadError:
    return ReadError(
        f"{variant}, which Pillow decodes wrongly; convert it to PNG with another program"
    )


def _find_wrong_variant(image: Image.Image, file: BinaryIO) -> str | None:
    """Return the variant of the format, if Pillow decodes it wrongly; else None."""
    match image.format:
        case "PCX":
            return _find_wrong_pcx(image, read_at(file, 0, 68))
        case "TGA" if read_at(file, 0, 18)[17] & 0xC0:
            return "an interleaved TGA"
        case "SGI" if read_at(file, 104, 4) != bytes(4):
            return "an SGI image with a colour map"
        case "MCIDAS" if (bands := mcidas_bands(image)) != 1:
            return f"a McIdas area of {bands} bands"
        case "IM" if getattr(image, "n_frames", 1) > 1 and image.mode not in IM_FRAME_MODES:
            return f"an IM file of several {image.mode} frames"
        case "FLI" if _count_fli_palettes(file) > 1:  # Pillow uses the first one for all frames
            return "an animation (FLI, FLC) whose palette changes"
        case "XPM":
            colours = XPM_COLOUR.findall(read_at(file, 0, XPM_SEARCHED_BYTES))
            digits = next((len(colour) for colour in colours if len(colour) != 6), 6)
            return None if digits == 6 else f"an XPM with colours of {digits} digits"
        case "JPEG2000" if jpeg2000_boxes.has_palette(file):
            is_index = image.mode in ("P", "PA") and jpeg2000_boxes.bit_depth(file) >= 8
            return None if is_index else "a JPEG 2000 with a palette of this depth"
    return None


def _find_wrong_pcx(image: Image.Image, head: bytes) -> str | None:
    """Return the variant of a PCX, of which the header is given, if Pillow decodes it wrongly."""
    planes, row_bytes = head[65], int.from_bytes(head[66:68], "little")
    if head[2] == 0:
        return "a PCX that is not compressed"
    is_wrong = (tiles_of(image)[0].args or ())[1] != planes * row_bytes
    return f"a PCX of {row_bytes} bytes a row" if is_wrong else None


def _correct_sun(image: Image.Image, file: BinaryIO) -> None:
    """Correct the order of channels, and the palette of 1-bit images, of a Sun raster."""
    depth, _, kind = (int.from_bytes(read_at(file, at, 4), "big") for at in (12, 16, 20))
    if tiles_of(image)[0].codec_name == "sun_rle" and (image.width * depth + 7) // 8 % 2:
        raise _decoding_error("a run-length encoded Sun raster of padded rows")
    if depth == 32:  # the unused byte comes first
        set_raw_mode(image, "XRGB" if kind == SUN_RGB else "XBGR")
    elif depth == 1 and image.palette is not None:
        set_mode(image, "P")
        set_raw_mode(image, "P;1")


def _count_fli_palettes(file: BinaryIO) -> int:
    """Return how often the frames of an animation (FLI, FLC) change the palette."""
    at, palettes = FLI_HEADER_BYTES, 0
    size = int.from_bytes(read_at(file, 0, 4), "little")
    while at < size and len(frame := read_at(file, at, 16)) == 16:
        inner = at + 16
        if frame[4:6] == FLI_FRAME:
            end = at + int.from_bytes(frame[:4], "little")
            while inner < end and len(chunk := read_at(file, inner, 6)) == 6:
                palettes += chunk[4:] in FLI_PALETTE_CHUNKS
                inner += max(int.from_bytes(chunk[:4], "little"), 6)
        at += max(int.from_bytes(frame[:4], "little"), 16)
    return palettes


def _check_blp(image: Image.Image, file: BinaryIO, add_note: AddNote) -> None:
    """Raise `ReadError` if Pillow would decode the alpha of a BLP wrongly; note a dropped one."""
    head = read_at(file, 0, 28)
    is_version_1 = head.startswith(b"BLP1")
    compression = int.from_bytes(head[4:8], "little")
    if image.mode != "RGBA" or (compression != 1 and not is_version_1):
        return
    if compression == 0:
        add_note("the alpha of a JPEG-compressed BLP was left out")
    elif is_version_1 or head[8] == 1:
        raise _decoding_error("a BLP of palette colours with alpha")


def _note_unread_images(file: BinaryIO, add_note: AddNote) -> None:
    """Add notes on the further faces of a cube map (DDS), or slices of a volume."""
    head = read_at(file, 0, 128)
    caps2, slices = (int.from_bytes(head[at : at + 4], "little") for at in (112, 24))
    if (faces := (caps2 & DDS_CUBE_FACES).bit_count()) > 1:
        add_note(f"the first of {faces} faces of the cube map was read, the others were left out")
    if caps2 & DDS_VOLUME and slices > 1:
        add_note(f"the first of {slices} slices of the volume was read, the others were left out")
