"""What Pillow does not tell of a file: depth that it narrows, and how the pixels were packed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image

HEAD_BYTES = 1 << 16
"""Where the boxes of JPEG 2000 and AVIF that tell the depth stand."""

DEEP_RAW = re.compile(r"(RGB[AaX]?|LA|CMYK|[RGBACMYK]);16[BLN]?")
"""Raw modes of 16 bits a channel; ``BGR;16`` has 16 bits a pixel."""

UNSIGNED_RAW = re.compile(r"I;32[BN]?")
"""Raw modes of 32 bits without a sign; those with one end in S."""

SIGNED_16_BIT_RAW = re.compile(r"I;16[BN]?S")

GREY_WITH_ALPHA_RAW = re.compile(r"LA;16B")

JPEG2000_SIZE = re.compile(rb"\xff\x51.{36}(..)(.*)", re.DOTALL)
"""The marker segment that gives the number of components and their depths (ISO 15444-1, A.5.1)."""

AVIF_DEPTHS = re.compile(rb"pixi\0\0\0\0(.)(.{1,4})", re.DOTALL)
"""The box that gives the number of channels and the bits of each (ISO 23008-12, 6.5.6)."""


def losses(image: Image.Image, file: BinaryIO) -> list[str]:
    """What is lost on reading an opened picture that was not loaded yet."""
    depth = _depth(image, file)
    if depth > 8 and image.mode != "I;16":
        kind = "grey" if image.mode == "L" else "colour"
        return [f"{depth}-bit {kind} was read as 8-bit"]
    if image.format == "TIFF" and image.mode == "I" and _has_raw(image, UNSIGNED_RAW):
        return ["unsigned 32-bit values were read as signed: 2,147,483,648 and more are negative"]
    if image.format == "TIFF" and image.mode == "I" and _has_raw(image, SIGNED_16_BIT_RAW):
        return ["signed 16-bit grey was read as 32-bit, for Pillow has no such mode"]
    return []


def is_grey_with_alpha(image: Image.Image) -> bool:
    """Whether a picture that was not loaded yet is grey, though Pillow makes colours of it."""
    return image.mode == "RGBA" and _has_raw(image, GREY_WITH_ALPHA_RAW)


def _depth(image: Image.Image, file: BinaryIO) -> int:
    """The bits of a channel, where they are more than Pillow's; else 8."""
    tiles = getattr(image, "tile", [])
    if image.mode in ("RGB", "RGBA", "LA", "CMYK"):
        # The arguments of a decoder tell; those of portable maps are a raw mode and a maximum.
        words = [each for tile in tiles for each in _words(tile[3])]
        if any(isinstance(each, str) and DEEP_RAW.fullmatch(each) for each in words):
            return 16
        if image.format == "PPM" and any(isinstance(each, int) and each > 255 for each in words):
            return 16
    if image.format == "SGI" and any(tile[0] == "SGI16" for tile in tiles):
        return 16
    if image.format == "JPEG2000" and (found := JPEG2000_SIZE.search(_head(file))):
        number = int.from_bytes(found[1], "big")
        return max([(depth & 0x7F) + 1 for depth in found[2][: 3 * number : 3]], default=8)
    if image.format == "AVIF" and (found := AVIF_DEPTHS.search(_head(file))):
        return max(found[2][: found[1][0]], default=8)
    return 8


def _words(arguments: Any) -> tuple[Any, ...]:
    return arguments if isinstance(arguments, tuple) else (arguments,)


def _has_raw(image: Any, raw: re.Pattern[str]) -> bool:
    words = [each for tile in image.tile for each in _words(tile[3])]
    return any(isinstance(each, str) and raw.fullmatch(each) for each in words)


def settings_of(image: Image.Image, file: BinaryIO) -> dict[str, dict[str, object]]:
    """How the pixels were packed, as settings of Pillow's encoders, by format."""
    if image.format == "WEBP" and is_lossless_webp(file):
        return {"WEBP": {"lossless": True}}
    if image.format == "JPEG2000" and getattr(image, "codec", "") == "j2k":
        return {"JPEG2000": {"no_jp2": True}}
    return {}


def is_lossless_webp(file: BinaryIO) -> bool:
    """Whether all pictures in a WebP are packed without loss (RFC 9649, sections 2.5 to 2.7)."""
    kinds = {kind for kind in _webp_chunks(file) if kind in (b"VP8 ", b"VP8L")}
    return kinds == {b"VP8L"}


def _webp_chunks(file: BinaryIO) -> Iterator[bytes]:
    """The kinds of all chunks; those of a frame are read, too."""
    before = file.tell()
    at, end = 12, file.seek(0, os.SEEK_END)
    while at + 8 <= end:
        file.seek(at)
        head = file.read(8)
        yield head[:4]
        if head[:4] == b"ANMF":
            at += 8 + 16  # the frame's own fields
        else:
            size = int.from_bytes(head[4:], "little")
            at += 8 + size + size % 2
    file.seek(before)


def _head(file: BinaryIO) -> bytes:
    before = file.tell()
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(before)
    return head
