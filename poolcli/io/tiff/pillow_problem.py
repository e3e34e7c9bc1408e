"""What Pillow narrows, garbles, refuses or loses of a TIFF page, found from its tags."""

from __future__ import annotations

from poolcli.io.tiff.directories import Directory
from poolcli.io.tiff.page_kinds import (
    BLACK_IS_ZERO,
    CIELAB,
    COMPLEX,
    COMPLEX_INTEGERS,
    FLOAT,
    IMAGE_DEPTH,
    MASK,
    PALETTE,
    RGB,
    SEPARATED,
    SIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    PagePixels,
)  # fmt: skip

PILLOW_COMPRESSIONS = (1, 2, 3, 4, 5, 7, 8, 32773, 32946, 34925, 50000)
"""The compressions that Pillow decodes: none, CCITT, LZW, JPEG, Deflate, PackBits, LZMA, ZSTD."""

COMPRESSION_NAMES = {
    6: "old-style JPEG", 9: "JBIG", 10: "JBIG", 32766: "NeXT", 32809: "ThunderScan",
    33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000", 34712: "JPEG 2000",
    34676: "LogLuv", 34677: "LogLuv", 34887: "LERC", 34892: "lossy JPEG of DNG",
    34933: "PNG", 34934: "JPEG XR", 22610: "JPEG XR", 50001: "WebP", 50002: "JPEG XL",
    52546: "JPEG XL", 65000: "Eer", 33007: "JPEG",
}  # fmt: skip

PHOTOMETRIC_NAMES = {
    9: "ICC L*a*b*", 10: "ITU L*a*b*", 32803: "colour filter array", 34892: "linear raw",
    32844: "LogL", 32845: "LogLuv", 51177: "depth map",
}  # fmt: skip

PILLOW_MODES = {
    (WHITE_IS_ZERO, "1"), (WHITE_IS_ZERO, "L"), (BLACK_IS_ZERO, "1"), (BLACK_IS_ZERO, "L"),
    (BLACK_IS_ZERO, "LA"), (BLACK_IS_ZERO, "I;16"), (BLACK_IS_ZERO, "I"), (BLACK_IS_ZERO, "F"),
    (RGB, "RGB"), (RGB, "RGBA"), (PALETTE, "P"), (PALETTE, "PA"), (SEPARATED, "CMYK"),
    (YCBCR, "RGB"), (YCBCR, "YCbCr"), (CIELAB, "LAB"),
}  # fmt: skip
"""Photometric interpretations and image modes that Pillow reads right."""


def pillow_problem(directory: Directory, pixels: PagePixels) -> str | None:
    """Return what Pillow narrows, garbles, refuses or loses of a page, in words for a message.

    Parameters
    ----------
    directory : Directory
        The page.
    pixels : PagePixels
        How its pixels are stored.

    Returns
    -------
    str or None
        A noun: ``"16-bit colour"``; None if Pillow reads the page right.
    """
    if pixels.compression not in PILLOW_COMPRESSIONS:
        name = COMPRESSION_NAMES.get(pixels.compression, f"type {pixels.compression}")
        return f"{name} compression"
    if pixels.photometric in PHOTOMETRIC_NAMES:
        return f"{PHOTOMETRIC_NAMES[pixels.photometric]} data"
    if directory.integer(IMAGE_DEPTH, 1) > 1:
        return "a volume"
    return _find_kind_of_values(pixels) or _find_channels(pixels)


def _find_kind_of_values(pixels: PagePixels) -> str | None:
    """Return which kind of values Pillow does not read; None if it reads them."""
    depth, colour = pixels.depth, "grey" if pixels.colour == "L" else "colour"
    if depth == 0 or pixels.sample_format == 0:
        return "channels of unlike depth or format"
    if pixels.sample_format in (COMPLEX_INTEGERS, COMPLEX):
        return "complex values"
    if pixels.sample_format == SIGNED and (depth, colour) != (32, "grey"):
        return f"signed {depth}-bit {colour}"
    if pixels.sample_format == FLOAT and (depth, colour) != (32, "grey"):
        return f"{depth}-bit floating-point {colour}"
    if pixels.colour == "P":
        return f"a palette of {depth}-bit indices" if depth > 8 else None
    allowed = (1, 8, 16, 32) if pixels.colour == "L" else (8,)
    if depth not in allowed or (pixels.image_mode == "L;uint32"):
        return f"{depth}-bit {colour}" if depth != 32 else f"unsigned 32-bit {colour}"
    return None


def _find_channels(pixels: PagePixels) -> str | None:
    """Return which arrangement of channels Pillow does not read; None if it reads it."""
    if pixels.is_planar and pixels.depth > 8:
        return f"planar {pixels.depth}-bit colour"
    if (pixels.photometric, pixels.image_mode) in PILLOW_MODES:
        return None
    if pixels.photometric == MASK:
        return "a transparency mask"
    if pixels.photometric == WHITE_IS_ZERO and pixels.channels == 1:
        return f"{pixels.depth}-bit grey of which 0 is white"
    if pixels.channels == 1:
        return f"photometric interpretation {pixels.photometric}"
    return f"{pixels.channels} channels"
