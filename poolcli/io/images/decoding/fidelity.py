"""What Pillow does not tell of a file: values that it narrows, and how the pixels were packed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from PIL import Image

from poolcli.io.file_position import keep_position
from poolcli.io.metadata import jpeg2000

AVIF_HEAD_BYTES = 1 << 16
"""Where the box of an AVIF that tells the depth stands."""

AVIF_DEPTHS = re.compile(rb"pixi\0\0\0\0(.)(.{1,4})", re.DOTALL)
"""The box that gives the number of channels and the bits of each (ISO 23008-12, 6.5.6)."""

GREY_WITH_ALPHA_RAW = re.compile(r"LA;16B")

HALF_FLOAT_BLOCKS = 6
"""DirectX's BC6H, among the block compressions."""

RAW_LOSSES = (
    # ``BGR;16`` and the like have 16 bits a pixel.
    (
        ("RGB", "RGBA", "LA", "CMYK"),
        re.compile(r"(RGB[AaX]?|LA|CMYK|[RGBACMYK]);16[BLN]?"),
        "16-bit colour was read as 8-bit",
    ),
    (
        ("I",),
        re.compile(r"I;16[BN]?S"),
        "signed 16-bit grey was read as 32-bit, for Pillow has no such mode",
    ),
    (("F",), re.compile(r"F;64.*"), "64-bit floats were read as 32-bit"),
)
"""What is lost, told by the modes of pictures and the raw modes of their decoders."""

Check = Callable[[Any, BinaryIO], str | None]


def losses(image: Image.Image, file: BinaryIO) -> list[str]:
    """What is lost on reading an opened picture that was not loaded yet."""
    found = [words for modes, raw, words in RAW_LOSSES if image.mode in modes and _has(image, raw)]
    check = CHECKS.get(image.format or "")
    words = None if check is None else check(image, file)
    return found + ([] if words is None else [words])


def is_grey_with_alpha(image: Image.Image) -> bool:
    """Whether a picture that was not loaded yet is grey, though Pillow makes colours of it."""
    return image.mode == "RGBA" and _has(image, GREY_WITH_ALPHA_RAW)


def _has(image: Image.Image, raw: re.Pattern[str]) -> bool:
    return any(isinstance(each, str) and raw.fullmatch(each) for each in _arguments(image))


def _arguments(image: Image.Image) -> Iterator[Any]:
    """The arguments of a picture's decoders."""
    for tile in getattr(image, "tile", []):
        yield from tile[3] if isinstance(tile[3], tuple) else (tile[3],)


def _ppm(image: Any, file: BinaryIO) -> str | None:
    # The arguments are a raw mode and the largest value.
    deep = any(isinstance(each, int) and each > 255 for each in _arguments(image))
    return _narrowed(16) if deep and image.mode == "RGB" else None


def _sgi(image: Any, file: BinaryIO) -> str | None:
    deep = any(tile[0] == "SGI16" for tile in image.tile)
    return _narrowed(16, "grey" if image.mode == "L" else "colour") if deep else None


def _dds(image: Any, file: BinaryIO) -> str | None:
    for decoder, _, _, arguments in image.tile:
        if decoder == "bcn" and arguments[0] == HALF_FLOAT_BLOCKS:
            return "floating-point colour was read as 8-bit"
        if decoder == "dds_rgb":
            depth = max(mask.bit_count() for mask in arguments[1])
            return _narrowed(depth) if depth > 8 else None
    return None


def _tiff(image: Any, file: BinaryIO) -> str | None:
    if image.tell() == 0 and image.tag_v2.get(254, 0) & 1 and 330 in image.tag_v2:
        # NewSubfileType and SubIFDs, as in DNG and NEF
        return "this is a reduced preview: the full picture in the file (SubIFDs) was not read"
    kind = image.tag_v2.get(339, (1,))
    signed = kind in (2, (2,))
    if image.mode == "L" and signed:
        return "signed 8-bit values were read as unsigned: negative ones are above 127"
    bits = image.tag_v2.get(258)
    if image.mode == "L" and bits in ((2,), (4,)):
        return f"{bits[0]}-bit grey was scaled to 0 to 255, by mode too: labels are other numbers"
    if image.mode == "I" and bits == (32,) and kind in (1, (1,)):
        return "unsigned 32-bit values were read as signed: 2,147,483,648 and more are negative"
    return None


def _jpeg2000(image: Any, file: BinaryIO) -> str | None:
    depth = jpeg2000.depth(file)
    if jpeg2000.is_signed(file):
        zero = 1 << (15 if image.mode == "I;16" else 7)
        return f"signed values were read as unsigned: 0 became {zero:,}"
    return _narrowed(depth) if depth > 8 and image.mode != "I;16" else None


def _avif(image: Any, file: BinaryIO) -> str | None:
    with keep_position(file):
        file.seek(0)
        found = AVIF_DEPTHS.search(file.read(AVIF_HEAD_BYTES))
    depth = max(found[2][: found[1][0]], default=8) if found else 8
    return _narrowed(depth) if depth > 8 else None


def _narrowed(depth: int, what: str = "colour") -> str:
    return f"{depth}-bit {what} was read as 8-bit"


CHECKS: dict[str, Check] = {
    "PPM": _ppm,
    "SGI": _sgi,
    "DDS": _dds,
    "TIFF": _tiff,
    "JPEG2000": _jpeg2000,
    "AVIF": _avif,
}
"""What is lost, by format."""


def settings_of(image: Image.Image, file: BinaryIO) -> dict[str, dict[str, object]]:
    """How the pixels were packed, as settings of Pillow's encoders, by format."""
    if image.format == "WEBP" and is_lossless_webp(file):
        return {"WEBP": {"lossless": True}}
    if image.format == "JPEG2000" and getattr(image, "codec", "") == "j2k":
        return {"JPEG2000": {"no_jp2": True}}
    return {}


def is_lossless_webp(file: BinaryIO) -> bool:
    """Whether all pictures in a WebP are packed without loss (RFC 9649, sections 2.5 to 2.7)."""
    with keep_position(file):
        kinds = {kind for kind in _webp_chunks(file) if kind in (b"VP8 ", b"VP8L")}
    return kinds == {b"VP8L"}


def _webp_chunks(file: BinaryIO) -> Iterator[bytes]:
    """The kinds of all chunks; those of a frame are read, too."""
    at, end = 12, file.seek(0, io.SEEK_END)
    while at + 8 <= end:
        file.seek(at)
        head = file.read(8)
        yield head[:4]
        if head[:4] == b"ANMF":
            at += 8 + 16  # the frame's own fields
        else:
            size = int.from_bytes(head[4:], "little")
            at += 8 + size + size % 2
