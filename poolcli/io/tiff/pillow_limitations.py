"""Kinds of TIFF pages that Pillow narrows, garbles or refuses, or loses a part of, by their tags.

The tables are the result of experiments: pages of all combinations of these tags were read with
Pillow 13.0 and with tifffile. `tests/io/tiff/test_values_of_pages.py` repeats a part of them.
"""

from __future__ import annotations

from poolcli.io.tiff.directory_reader import Directory
from poolcli.io.tiff.page_kinds import (
    ASSOCIATED_ALPHA,
    IMAGE_DEPTH,
    PagePixels,
    Photometric,
    SampleFormat,
)

YCBCR_SUBSAMPLING = 530

UNCOMPRESSED = 1

PILLOW_COMPRESSIONS = (UNCOMPRESSED, 2, 3, 4, 5, 7, 8, 32773, 32946, 34925, 50000)
"""The compressions that Pillow decodes: none, CCITT, LZW, JPEG, Deflate, PackBits, LZMA, ZSTD."""

COMPRESSION_NAMES = {
    6: "old-style JPEG", 9: "JBIG", 10: "JBIG", 22610: "JPEG XR", 32766: "NeXT",
    32809: "ThunderScan", 33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000",
    33007: "JPEG", 34661: "JBIG", 34676: "LogLuv", 34677: "LogLuv", 34712: "JPEG 2000",
    34887: "LERC", 34892: "lossy JPEG", 34933: "PNG", 34934: "JPEG XR", 50001: "WebP",
    50002: "JPEG XL", 52546: "JPEG XL", 65000: "EER", 65001: "EER", 65002: "EER",
}  # fmt: skip
"""The names of compressions that Pillow does not decode, or not everywhere."""

PHOTOMETRIC_NAMES: dict[int, str] = {
    Photometric.ICCLAB: "ICC L*a*b* colour", Photometric.ITULAB: "ITU L*a*b* colour",
    Photometric.COLOUR_FILTER_ARRAY: "the raw data of a camera",
    Photometric.LINEAR_RAW: "the raw data of a camera",
    Photometric.LOG_L: "logarithmic grey", Photometric.LOG_LUV: "logarithmic colour",
}  # fmt: skip
"""The names of photometric interpretations that Pillow does not know."""

PILLOW_PAGES: dict[tuple[int, str], tuple[int, ...]] = {
    (Photometric.WHITE_IS_ZERO, "1"): (1,),
    (Photometric.WHITE_IS_ZERO, "L"): (8,),
    (Photometric.BLACK_IS_ZERO, "1"): (1,),
    (Photometric.BLACK_IS_ZERO, "L"): (8,),
    (Photometric.BLACK_IS_ZERO, "LA"): (8,),
    (Photometric.BLACK_IS_ZERO, "I;16"): (16,),
    (Photometric.BLACK_IS_ZERO, "I"): (32,),
    (Photometric.BLACK_IS_ZERO, "F"): (32,),
    (Photometric.RGB, "RGB"): (8,),
    (Photometric.RGB, "RGBA"): (8,),
    (Photometric.PALETTE, "P"): (1, 2, 4, 8),
    (Photometric.PALETTE, "PA"): (8,),
    (Photometric.SEPARATED, "CMYK"): (8,),
    (Photometric.YCBCR, "RGB"): (8,),
    (Photometric.YCBCR, "YCbCr"): (8,),
    (Photometric.CIELAB, "LAB"): (8,),
}
"""Photometric interpretations and image modes that Pillow reads, with their depths in bits."""

REVERSED_BITS_PAGES: dict[int, tuple[str, ...]] = {
    Photometric.WHITE_IS_ZERO: ("1", "L"),
    Photometric.BLACK_IS_ZERO: ("1", "L"),
    Photometric.RGB: ("RGB",),
    Photometric.PALETTE: ("P",),
}
"""Image modes of which Pillow reads bytes with the lowest bit first (FillOrder 2)."""


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
        A noun: ``"16-bit colour"``; None if Pillow reads the stored values, or colours of the same
        look: WhiteIsZero of 8 bits and less inverted, YCbCr as RGB, colours divided by alpha.
    """
    if directory.variant.is_big_tiff and directory.variant.byte_order == ">":
        return "a big-endian BigTIFF"
    if pixels.compression not in PILLOW_COMPRESSIONS:
        name = COMPRESSION_NAMES.get(pixels.compression, f"type {pixels.compression}")
        return f"{name} compression"
    if pixels.photometric in PHOTOMETRIC_NAMES:
        return PHOTOMETRIC_NAMES[pixels.photometric]
    if directory.integer(IMAGE_DEPTH, 1) > 1:
        return "a volume in one page"
    depths = PILLOW_PAGES.get((pixels.photometric, pixels.image_mode or ""), ())
    if pixels.sample_format == SampleFormat.UNDEFINED or pixels.depth not in depths:
        return _kind_of_values(pixels)
    return _find_storage(directory, pixels)


def _kind_of_values(pixels: PagePixels) -> str:
    """Return the name of a type of values that Pillow does not read, or else of the channels."""
    depth, is_grey = pixels.depth, pixels.colour == "L"
    colour = "grey" if is_grey else "colour"
    is_single_32_bit = (depth, pixels.channels) == (32, 1)
    match pixels.sample_format:
        case SampleFormat.COMPLEX_INTEGERS | SampleFormat.COMPLEX:
            return "complex values"
        case SampleFormat.UNDEFINED:
            return f"{depth}-bit values of an undefined type"
        case SampleFormat.SIGNED if not is_single_32_bit:
            return f"signed {depth}-bit {colour}"
        case SampleFormat.FLOAT if not is_single_32_bit:
            return f"{depth}-bit floating-point {colour}"
        case SampleFormat.UNSIGNED if depth == 32:
            return f"unsigned 32-bit {colour}"
        case SampleFormat.UNSIGNED if depth not in ((1, 8, 16) if is_grey else (0, 8)):
            return f"{depth}-bit {'palette indices' if pixels.colour == 'P' else colour}"
    return _kind_of_channels(pixels)


def _kind_of_channels(pixels: PagePixels) -> str:
    """Return the name of an arrangement of channels that Pillow does not read."""
    if pixels.depth == 0 or pixels.sample_format == SampleFormat.MIXED:
        return "channels of unlike depth or type"
    if pixels.photometric == Photometric.MASK:
        return "a mask"
    if pixels.photometric == Photometric.WHITE_IS_ZERO and pixels.channels == 1:
        return f"{pixels.depth}-bit grey of which 0 is white"
    if pixels.colour == "RGB" and pixels.channels == 4:
        return "an unspecified fourth channel"
    if pixels.channels > 1:
        return f"{pixels.channels} channels"
    return f"photometric interpretation {pixels.photometric} of one channel"


def _find_storage(directory: Directory, pixels: PagePixels) -> str | None:
    """Return how a page of a mode that Pillow has is stored, if Pillow does not read that."""
    is_raw = pixels.compression == UNCOMPRESSED
    if pixels.fill_order == 2:
        modes = REVERSED_BITS_PAGES.get(pixels.photometric, ())
        packs_raw = pixels.is_planar or (pixels.colour == "P" and pixels.depth < 8)
        if pixels.image_mode not in modes or (is_raw and packs_raw):
            return "bytes with the lowest bit first"
    if pixels.photometric == Photometric.YCBCR and pixels.compression != 7:
        subsampling = directory.integers(YCBCR_SUBSAMPLING, (2, 2))
        if pixels.is_planar or (is_raw and set(subsampling) != {1}):
            return "YCbCr with subsampling" if is_raw else "planar YCbCr"
    if pixels.is_planar and not _reads_planes(pixels):
        return f"planar {pixels.image_mode}"
    return None


def _reads_planes(pixels: PagePixels) -> bool:
    """Return whether Pillow reads a page of planar channels."""
    if pixels.image_mode == "RGBA":
        return bool(pixels.extra_samples) and pixels.extra_samples[0] != ASSOCIATED_ALPHA
    return pixels.image_mode in ("RGB", "CMYK")
