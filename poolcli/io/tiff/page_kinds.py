"""What a TIFF page is and how its pixels are stored, from its tags alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from poolcli.errors import ReadError
from poolcli.io.tiff.directories import NEW_COPY, Directory

NEW_SUBFILE_TYPE, OLD_SUBFILE_TYPE = 254, 255
IMAGE_WIDTH, IMAGE_LENGTH, BITS_PER_SAMPLE, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
FILL_ORDER, ORIENTATION, SAMPLES_PER_PIXEL, ROWS_PER_STRIP = 266, 274, 277, 278
PLANAR_CONFIGURATION, PREDICTOR, TILE_WIDTH, TILE_LENGTH = 284, 317, 322, 323
INK_SET, EXTRA_SAMPLES, SAMPLE_FORMAT = 332, 338, 339
IMAGE_DEPTH = 32997

REDUCED_BIT, MASK_BIT = 1, 4
"""Bits of NewSubfileType."""

OLD_REDUCED = 2
"""The value of the old SubfileType for reduced-resolution pages."""

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, SEPARATED, YCBCR = range(7)
CIELAB, ICCLAB, ITULAB = 8, 9, 10
CFA, LINEAR_RAW = 32803, 34892
LOG_L, LOG_LUV = 32844, 32845
"""Values of PhotometricInterpretation."""

COLOURS = {
    RGB: "RGB", PALETTE: "P", SEPARATED: "CMYK", YCBCR: "YCbCr", CIELAB: "LAB", ICCLAB: "LAB",
    ITULAB: "LAB", LOG_LUV: "LUV",
}  # fmt: skip
"""The names of colours in image modes; those of other photometric interpretations are grey."""

CHANNELS = {"L": 1, "P": 1, "RGB": 3, "YCbCr": 3, "LAB": 3, "LUV": 3, "CMYK": 4}
"""The channels of a colour, without extra samples."""

ASSOCIATED_ALPHA, UNASSOCIATED_ALPHA = 1, 2
"""Values of ExtraSamples; 0 is unspecified."""

UNSIGNED, SIGNED, FLOAT, VOID, COMPLEX_INTEGERS, COMPLEX = range(1, 7)
"""Values of SampleFormat."""

JPEG_COMPRESSIONS = (6, 7, 34892, 33007)
"""The compressions that store YCbCr, which decoders return as RGB."""

PILLOW_MODES = {
    "L;uint8": "L", "LA;uint8": "LA", "P;uint8": "P", "PA;uint8": "PA", "RGB;uint8": "RGB",
    "RGBA;uint8": "RGBA", "CMYK;uint8": "CMYK", "YCbCr;uint8": "YCbCr", "LAB;uint8": "LAB",
    "L;uint16": "I;16", "L;int32": "I", "L;float32": "F",
}  # fmt: skip
"""Image modes that have a name in Pillow."""


class PageKind(Enum):
    """What a page is."""

    IMAGE = "image"
    REDUCED = "reduced-resolution page"
    MASK = "mask"


def page_kind(directory: Directory) -> PageKind:
    """Return what a page is, by NewSubfileType or the old SubfileType (TIFF 6.0, section 8)."""
    bits = directory.integer(NEW_SUBFILE_TYPE)
    if bits & MASK_BIT or directory.integer(PHOTOMETRIC) == MASK:
        return PageKind.MASK
    is_reduced = bits & REDUCED_BIT or directory.integer(OLD_SUBFILE_TYPE) == OLD_REDUCED
    return PageKind.REDUCED if is_reduced else PageKind.IMAGE


@dataclass(frozen=True, slots=True)
class PagePixels:
    """How the pixels of a page are stored.

    Attributes
    ----------
    height, width : int
        As stored: before the orientation is applied.
    channels : int
        The samples of a pixel, with alpha and extra samples.
    bits : tuple of int
        The depth of each channel.
    sample_format : int
        `UNSIGNED` to `COMPLEX`; 0 if channels differ in it.
    photometric : int
        `WHITE_IS_ZERO` to `LOG_LUV`, or another number.
    is_planar : bool
        Whether channels are stored one after the other.
    extra_samples : tuple of int
        The kinds of the last channels, as far as the file says them.
    compression, predictor, fill_order, orientation : int
        As stored, or the defaults of TIFF.
    tile_size : tuple of int, optional
        Height and width of a tile; None if the page has strips.
    rows_per_strip : int
        At most the height; the height if the page has tiles.
    """

    height: int
    width: int
    channels: int
    bits: tuple[int, ...]
    sample_format: int
    photometric: int
    is_planar: bool
    extra_samples: tuple[int, ...]
    compression: int
    predictor: int
    fill_order: int
    orientation: int
    tile_size: tuple[int, int] | None
    rows_per_strip: int

    @property
    def depth(self) -> int:
        """The bits of each channel; 0 if channels differ in it."""
        return self.bits[0] if len(set(self.bits)) == 1 else 0

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """The dtype of the decoded values, in native byte order; None if there is no such dtype.

        Odd depths are decoded to the next larger dtype, with their values unchanged.
        """
        return _dtype(self.depth, self.sample_format)

    @property
    def is_odd_depth(self) -> bool:
        """Whether the channels have fewer bits than `dtype`."""
        return self.dtype is not None and self.depth != self.dtype.itemsize * 8

    @property
    def colour(self) -> str:
        """A key of `CHANNELS`: what the channels before the extra samples are."""
        name = COLOURS.get(self.photometric, "L")
        if name == "YCbCr" and self.compression in JPEG_COMPRESSIONS:
            name = "RGB"
        return name if CHANNELS[name] <= self.channels else "L"

    @property
    def image_mode(self) -> str | None:
        """The image mode: Pillow's name, or colour and dtype, as in ``"RGB+1;uint16"``.

        A single extra sample is alpha if the file says so, or if it is the fourth of RGB and the
        file says nothing. Alpha that colours are multiplied with (associated) counts as an
        unspecified channel, except for 8 bits. None if the values have no dtype.
        """
        if self.dtype is None:
            return None
        if self.depth == 1 and self.channels == 1 and self.colour == "L":
            return "1"
        extra = self.channels - CHANNELS[self.colour]
        suffix = f"+{extra}" if extra else ""
        if extra == 1 and self.has_alpha:
            suffix = "A"
        mode = f"{self.colour}{suffix};{self.dtype.name}"
        return PILLOW_MODES.get(mode, mode)

    @property
    def has_alpha(self) -> bool:
        """Whether the last of the channels of `image_mode` is alpha."""
        if self.channels != CHANNELS[self.colour] + 1 or self.colour not in ("L", "P", "RGB"):
            return False
        if not self.extra_samples:
            return self.photometric == RGB
        is_associated = self.extra_samples[-1] == ASSOCIATED_ALPHA
        return self.extra_samples[-1] == UNASSOCIATED_ALPHA or (is_associated and self.depth == 8)


def read_pixels(directory: Directory) -> PagePixels:
    """Return how the pixels of a page are stored.

    Parameters
    ----------
    directory : Directory
        The page.

    Raises
    ------
    ReadError
        If tags are missing or contradict each other.
    LimitError
        If a tag is too large to be read.
    """
    integer = directory.integer
    width, height = integer(IMAGE_WIDTH), integer(IMAGE_LENGTH)
    if width < 1 or height < 1:
        raise ReadError(f"{directory.name} gives no width and height; {NEW_COPY}")
    channels = integer(SAMPLES_PER_PIXEL, 1)
    photometric = integer(PHOTOMETRIC, WHITE_IS_ZERO)
    if integer(COMPRESSION, 1) == 6 and SAMPLES_PER_PIXEL not in directory.tags:
        channels = 3 if photometric in (RGB, YCBCR) else 1
    if not 1 <= channels <= 65535:
        raise ReadError(f"{directory.name} has {channels} samples per pixel; {NEW_COPY}")
    bits = _per_channel(directory, BITS_PER_SAMPLE, channels)
    formats = set(_per_channel(directory, SAMPLE_FORMAT, channels))
    tile_size, rows_per_strip = None, min(integer(ROWS_PER_STRIP, height), height)
    if TILE_WIDTH in directory.tags or TILE_LENGTH in directory.tags:
        tile_size, rows_per_strip = (integer(TILE_LENGTH), integer(TILE_WIDTH)), height
    if rows_per_strip < 1 or (tile_size is not None and min(tile_size) < 1):
        raise ReadError(f"{directory.name} has strips or tiles of no size; {NEW_COPY}")
    return PagePixels(
        height=height,
        width=width,
        channels=channels,
        bits=bits,
        sample_format=formats.pop() if len(formats) == 1 else 0,
        photometric=photometric,
        is_planar=integer(PLANAR_CONFIGURATION, 1) == 2 and channels > 1,
        extra_samples=directory.integers(EXTRA_SAMPLES),
        compression=integer(COMPRESSION, 1),
        predictor=integer(PREDICTOR, 1),
        fill_order=integer(FILL_ORDER, 1),
        orientation=integer(ORIENTATION, 1),
        tile_size=tile_size,
        rows_per_strip=rows_per_strip,
    )


def _per_channel(directory: Directory, code: int, channels: int) -> tuple[int, ...]:
    """Return a number for each channel, by default 1; a single one counts for all channels."""
    found = directory.integers(code) or (1,)
    if len(found) == 1:
        return found * channels
    if len(found) < channels:
        raise ReadError(f"tag {code} of {directory.name} lacks channels; {NEW_COPY}")
    return found[:channels]


def smallest_dtype(depth: int) -> np.dtype[Any]:
    """Return the dtype of unsigned integers of a depth in bits, at most 64.

    Examples
    --------
    >>> smallest_dtype(12), smallest_dtype(1)
    (dtype('uint16'), dtype('uint8'))
    """
    return np.dtype(f"u{max(8, 1 << (depth - 1).bit_length()) // 8}")


def _dtype(depth: int, sample_format: int) -> np.dtype[Any] | None:
    """Return the dtype that holds values of a depth in bits; None if there is none.

    Examples
    --------
    >>> _dtype(12, UNSIGNED), _dtype(24, FLOAT), _dtype(12, SIGNED)
    (dtype('uint16'), dtype('float32'), None)
    """
    if sample_format in (UNSIGNED, VOID) and 1 <= depth <= 64:
        return smallest_dtype(depth)
    kinds = {
        SIGNED: {8: "i1", 16: "i2", 32: "i4", 64: "i8"},
        FLOAT: {16: "f2", 24: "f4", 32: "f4", 64: "f8"},
        COMPLEX: {64: "c8", 128: "c16"},
    }
    name = kinds.get(sample_format, {}).get(depth)
    return None if name is None else np.dtype(name)
