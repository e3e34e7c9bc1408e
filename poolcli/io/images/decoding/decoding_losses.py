"""Losses of decoding: values that Pillow narrows or reinterprets without a warning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image

from poolcli.io.file_position import read_at
from poolcli.io.metadata import jpeg2000_boxes
from poolcli.io.pillow_private import tiles_of

AVIF_SEARCHED_BYTES = 1 << 16
"""The size of the start of an AVIF that is searched for the depth."""

AVIF_DEPTHS = rb"(?s)pixi\0\0\0\0(.)(.{1,4})"
"""The box of an AVIF with the number of channels and the bits of each (ISO 23008-12, 6.5.6)."""

DDS_HALF_FLOAT_BLOCKS = 6
"""The block compression BC6H of DirectX, of floating-point colours."""

SIXTEEN_BIT_COLOUR = re.compile(r"(RGB[AaX]?|LA|CMYK|[RGBACMYK]);16[BLN]?")
"""Raw modes of 16 bits per channel; others such as ``BGR;16`` have 16 bits per pixel."""


SIXTEEN_BIT_PNG_COLOURS = frozenset({"RGB;16B", "RGBA;16B", "LA;16B"})
"""Raw modes of PNGs with 16 bits per channel, of which Pillow gives 8."""


def find_losses(image: Image.Image, file: BinaryIO) -> list[str]:
    """Return notes for the report on what decoding an image will lose.

    Parameters
    ----------
    image : Image
        Opened and not decoded.
    file : binary file
        The file of the image; its position is kept.

    Examples
    --------
    >>> import io
    >>> find_losses(Image.new("L", (1, 1)), io.BytesIO())
    []
    """
    notes = (_find_raw_mode_loss(image), _find_format_loss(image, file))
    return [note for note in notes if note is not None]


def _find_raw_mode_loss(image: Image.Image) -> str | None:
    """Return the note on a loss that the raw modes of the decoder show; None if there is none."""
    if image.format == "PNG":
        return None  # 16-bit colours are read exactly
    raw_modes = [each for each in _arguments(image) if isinstance(each, str)]
    match image.mode:
        case "RGB" | "RGBA" | "LA" | "CMYK" if any(map(SIXTEEN_BIT_COLOUR.fullmatch, raw_modes)):
            return _narrowed(16)
        case "F" if any(raw_mode.startswith("F;64") for raw_mode in raw_modes):
            return "64-bit floats were read as 32-bit"
    return None


def _find_format_loss(image: Image.Image, file: BinaryIO) -> str | None:
    """Return the note on a loss that raw modes do not show; None if there is none."""
    match image.format:
        case "PPM" if image.mode == "RGB":
            # The arguments are a raw mode and the maxval.
            is_deep = any(isinstance(each, int) and each > 255 for each in _arguments(image))
            return _narrowed(16) if is_deep else None
        case "SGI" if any(tile.codec_name == "SGI16" for tile in tiles_of(image)):
            return _narrowed(16, "grey" if image.mode == "L" else "colour")
        case "DDS":
            return _find_dds_loss(image)
        case "JPEG2000":
            return _find_jpeg2000_loss(image, file)
        case "AVIF":
            return _find_avif_loss(file)
        case "HEIF" if (depth := image.info["bit_depth"]) > 8:
            return f"{depth}-bit values were scaled to 16 bits: {(1 << depth) - 1:,} became 65,535"
        case "JXL":
            return _find_jpegxl_loss(file)
    return None


def is_sixteen_bit_colour(image: Image.Image) -> bool:
    """Return whether an image is a PNG with colours, or grey and alpha, of 16 bits.

    Parameters
    ----------
    image : Image
        Opened and not decoded.

    Examples
    --------
    >>> is_sixteen_bit_colour(Image.new("RGB", (1, 1)))
    False
    """
    return image.format == "PNG" and not SIXTEEN_BIT_PNG_COLOURS.isdisjoint(_arguments(image))


def _arguments(image: Image.Image) -> Iterator[Any]:
    """Yield the arguments of the decoders of an image that was not decoded yet."""
    for tile in tiles_of(image):
        yield from tile.args if isinstance(tile.args, tuple) else (tile.args,)


def _find_dds_loss(image: Image.Image) -> str | None:
    for tile in tiles_of(image):
        arguments: Any = tile.args
        if tile.codec_name == "bcn" and arguments[0] == DDS_HALF_FLOAT_BLOCKS:
            return "floating-point colour was read as 8-bit"
        if tile.codec_name == "dds_rgb":
            depth = max(mask.bit_count() for mask in arguments[1])
            return _narrowed(depth) if depth > 8 else None
    return None


def _find_jpeg2000_loss(image: Image.Image, file: BinaryIO) -> str | None:
    depth = jpeg2000_boxes.bit_depth(file)
    if jpeg2000_boxes.has_signed_values(file):
        zero = 1 << (15 if image.mode == "I;16" else 7)
        return f"signed values were read as unsigned: 0 became {zero:,}"
    return _narrowed(depth) if depth > 8 and image.mode != "I;16" else None


def _find_avif_loss(file: BinaryIO) -> str | None:
    found = re.search(AVIF_DEPTHS, read_at(file, 0, AVIF_SEARCHED_BYTES))
    depth = max(found[2][: found[1][0]], default=8) if found else 8
    return _narrowed(depth) if depth > 8 else None


def _find_jpegxl_loss(file: BinaryIO) -> str | None:
    from poolcli.io.images.plugins.jpegxl_header import read_jpegxl_header  # few images are JXL

    header = read_jpegxl_header(file)
    if header.is_float or header.bits in (8, 16):
        return None
    scaled, largest = (8, 255) if header.bits < 8 else (16, 65_535)
    was = (1 << header.bits) - 1
    return f"{header.bits}-bit values were scaled to {scaled} bits: {was:,} became {largest:,}"


def _narrowed(depth: int, what: str = "colour") -> str:
    return f"{depth}-bit {what} was read as 8-bit"
