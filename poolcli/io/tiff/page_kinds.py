"""The kind of a TIFF page and the storage of its pixels, found from its tags alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

import numpy as np

from poolcli.errors import ReadError
from poolcli.io.tiff.directory_reader import NEW_COPY, Directory

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


class Photometric(IntEnum):
    """PhotometricInterpretation: what the values of a page mean."""

    WHITE_IS_ZERO = 0
    BLACK_IS_ZERO = 1
    RGB = 2
    PALETTE = 3
    MASK = 4
    SEPARATED = 5
    YCBCR = 6
    CIELAB = 8
    ICCLAB = 9
    ITULAB = 10
    COLOUR_FILTER_ARRAY = 32803
    LOG_L = 32844
    LOG_LUV = 32845
    LINEAR_RAW = 34892


class SampleFormat(IntEnum):
    """SampleFormat: the type of the values of a channel."""

    MIXED = 0
    """Channels differ in it; no value of the tag."""
    UNSIGNED = 1
    SIGNED = 2
    FLOAT = 3
    UNDEFINED = 4
    COMPLEX_INTEGERS = 5
    COMPLEX = 6


COLOURS: dict[int, str] = {
    Photometric.RGB: "RGB", Photometric.PALETTE: "P", Photometric.SEPARATED: "CMYK",
    Photometric.YCBCR: "YCbCr", Photometric.CIELAB: "LAB", Photometric.ICCLAB: "LAB",
    Photometric.ITULAB: "LAB", Photometric.LOG_LUV: "LUV",
}  # fmt: skip
"""The names of colours; those of other photometric interpretations are grey."""

CHANNELS = {"L": 1, "P": 1, "RGB": 3, "YCbCr": 3, "LAB": 3, "LUV": 3, "CMYK": 4}
"""The channels of a colour, without extra samples."""

CMYK_INKS = 1
"""The value of InkSet for cyan, magenta, yellow and black."""

ASSOCIATED_ALPHA, UNASSOCIATED_ALPHA, COREL_ALPHA = 1, 2, 999
"""Values of ExtraSamples for alpha: colours are multiplied with it, or not; Corel Draw's own."""

JPEG_COMPRESSIONS = (6, 7, 33007, 34892)
"""The compressions that store YCbCr, which decoders return as RGB."""

PILLOW_COLOURS = ("L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB")
"""Pillow's modes of 8 bits per channel."""

PILLOW_GREY_MODES = {"uint16": "I;16", "int32": "I", "float32": "F"}
"""Pillow's modes of grey of more than 8 bits, by dtype."""


class PageKind(Enum):
    """The kinds of pages: images, versions of lower resolution, and masks."""

    IMAGE = "image"
    REDUCED = "reduced-resolution page"
    MASK = "mask"


def page_kind(directory: Directory) -> PageKind:
    """Return what a page is, by NewSubfileType or the old SubfileType (TIFF 6.0, section 8)."""
    bits = directory.integer(NEW_SUBFILE_TYPE)
    if bits & MASK_BIT or directory.integer(PHOTOMETRIC) == Photometric.MASK:
        return PageKind.MASK
    is_reduced = bits & REDUCED_BIT or directory.integer(OLD_SUBFILE_TYPE) == OLD_REDUCED
    return PageKind.REDUCED if is_reduced else PageKind.IMAGE


@dataclass(frozen=True, slots=True)
class PagePixels:
    """The size, depth, channels and storage of the pixels of a page.

    Attributes
    ----------
    height, width : int
        As stored: before the orientation is applied.
    channels : int
        The samples of a pixel, with alpha and extra samples.
    bits : tuple of int
        The depth of each channel.
    sample_format : int
        A `SampleFormat`, or another number.
    photometric : int
        A `Photometric`, or another number.
    ink_set : int
        `CMYK_INKS`, or another number.
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
    ink_set: int
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
    def is_white_zero(self) -> bool:
        """Whether 0 is white."""
        return self.photometric == Photometric.WHITE_IS_ZERO

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
        if CHANNELS[name] > self.channels or (name == "CMYK" and self.ink_set != CMYK_INKS):
            return "L"
        if name == "P" and self.dtype not in (np.uint8, np.uint16):
            return "L"
        return name

    @property
    def has_alpha(self) -> bool:
        """Whether the only extra sample is alpha.

        That is what the file says, or the fourth channel of RGB if it says nothing. Alpha that
        colours are multiplied with counts for 8 bits alone: Pillow divides them by it.
        """
        if self.colour not in ("L", "P", "RGB") or self.channels != CHANNELS[self.colour] + 1:
            return False
        if not self.extra_samples:
            return self.photometric == Photometric.RGB
        kind = self.extra_samples[-1]
        return kind in (UNASSOCIATED_ALPHA, COREL_ALPHA) or (
            kind == ASSOCIATED_ALPHA and self.depth == 8 and self.colour != "P"
        )

    @property
    def image_mode(self) -> str | None:
        """The image mode: Pillow's name, or colour and dtype, as in ``"RGB+1;uint16"``.

        Colours that only Pillow's modes have count as channels; palette indices of other depths are
        grey. None if the values have no dtype.
        """
        if self.dtype is None:
            return None
        if self.depth == 1 and self.channels == 1 and self.colour == "L":
            return "1"
        extra, colour = self.channels - CHANNELS[self.colour], self.colour
        if extra == 1 and self.has_alpha:
            extra, colour = 0, colour + "A"
        if not extra and self.dtype == np.uint8 and colour in PILLOW_COLOURS:
            return colour
        if colour not in ("L", "LA", "RGB", "RGBA", "CMYK"):
            extra, colour = self.channels - 1, "L"
        if not extra and colour == "L" and self.dtype.name in PILLOW_GREY_MODES:
            return PILLOW_GREY_MODES[self.dtype.name]
        return f"{colour}{f'+{extra}' if extra else ''};{self.dtype.name}"


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
    photometric = integer(PHOTOMETRIC)
    if integer(COMPRESSION, 1) == 6 and SAMPLES_PER_PIXEL not in directory.tags:
        channels = 3 if photometric in (Photometric.RGB, Photometric.YCBCR) else 1
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
        sample_format=formats.pop() if len(formats) == 1 else SampleFormat.MIXED,
        photometric=photometric,
        ink_set=integer(INK_SET, CMYK_INKS),
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
    >>> _dtype(12, SampleFormat.UNSIGNED), _dtype(24, SampleFormat.FLOAT)
    (dtype('uint16'), dtype('float32'))
    """
    if sample_format in (SampleFormat.UNSIGNED, SampleFormat.UNDEFINED) and 1 <= depth <= 64:
        return smallest_dtype(depth)
    kinds: dict[int, dict[int, str]] = {
        SampleFormat.SIGNED: {8: "i1", 16: "i2", 32: "i4", 64: "i8"},
        SampleFormat.FLOAT: {16: "f2", 24: "f4", 32: "f4", 64: "f8"},
        SampleFormat.COMPLEX: {64: "c8", 128: "c16"},
    }
    name = kinds.get(sample_format, {}).get(depth)
    return None if name is None else np.dtype(name)
