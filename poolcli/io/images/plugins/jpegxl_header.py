"""The header of a JPEG XL image, read before the image is decoded (ISO 18181-1, annex D)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from poolcli.errors import ReadError
from poolcli.io.file_position import read_at
from poolcli.io.metadata.iso_boxes import BoxRange, top_level_boxes
from poolcli.io.tiff.coded_size import JPEG_XL_RATIOS

CODESTREAM = b"\xff\x0a"

HEADER_BYTES = 1 << 12
"""The part of a codestream that holds its header: names of channels can make it long."""

ALPHA, BLACK = 0, 4
"""Types of extra channels."""

GREY, D65, SRGB_PRIMARIES, SRGB_TRANSFER = 1, 1, 1, 13
"""The colour space of grey (0 is RGB), and the values of sRGB."""

Distribution = tuple[int | tuple[int, int], ...]
"""Four alternatives: a value, or the number of bits of a value and what is added to it."""

SIZE: Distribution = ((9, 1), (13, 1), (18, 1), (30, 1))
ENUM: Distribution = (0, 1, (4, 2), (6, 18))


@dataclass(slots=True)
class JpegXlHeader:
    """The fields of the header that decide how an image is read.

    Attributes
    ----------
    width, height : int
        The stored size in pixels, before the orientation is applied.
    bits : int
        The number of bits of a colour sample.
    is_float : bool
        Whether samples are floats.
    is_animated : bool
        Whether there may be several frames.
    extra_channels : list of int
        The type of each channel beside the colours.
    has_premultiplied_alpha : bool
        Whether the colours are multiplied by alpha.
    is_xyb : bool
        Whether the colours were converted to XYB, which loses some of their values.
    is_grey : bool
        Whether there is one channel of grey instead of three of colours.
    is_srgb : bool
        Whether the colours, or the grey, are those of sRGB.
    """

    width: int = 0
    height: int = 0
    bits: int = 8
    is_float: bool = False
    is_animated: bool = False
    extra_channels: Sequence[int] = ()
    has_premultiplied_alpha: bool = False
    is_xyb: bool = True
    is_grey: bool = False
    is_srgb: bool = True


def read_jpegxl_header(file: BinaryIO) -> JpegXlHeader:
    """Return the header of a JPEG XL image, in a container or without one.

    Parameters
    ----------
    file : binary file
        Its position is kept.

    Raises
    ------
    ReadError
        If there is none.
    """
    data = codestream_start(file, top_level_boxes(file))
    if not data.startswith(CODESTREAM):
        raise ReadError("the JPEG XL image has no codestream; get a new copy")
    return parse_jpegxl_header(data[2:])


def codestream_start(file: BinaryIO, boxes: Sequence[BoxRange]) -> bytes:
    """Return the first bytes of the codestream, or of its first part in a box."""
    if read_at(file, 0, 2) == CODESTREAM:
        return read_at(file, 0, HEADER_BYTES)
    for kind, start, stop in boxes:
        if kind in (b"jxlc", b"jxlp"):
            start += 4 if kind == b"jxlp" else 0  # the number of the part
            return read_at(file, start, min(max(stop - start, 0), HEADER_BYTES))
    return b""


def parse_jpegxl_header(data: bytes) -> JpegXlHeader:
    """Return the header that follows the signature of a codestream.

    Examples
    --------
    >>> header = parse_jpegxl_header(bytes.fromhex("f841d1220804"))
    >>> header.width, header.height, header.bits
    (96, 64, 8)
    """
    bits = _Bits(int.from_bytes(data, "little"))
    header = JpegXlHeader()
    header.height, header.width = bits.size()
    if bits.read(1):  # all values are the default ones
        return header
    if bits.read(1):
        _read_extra_fields(bits, header)
    header.is_float, header.bits = bits.depth()
    bits.read(1)  # whether buffers of 16 bits are enough
    count = bits.one_of((0, 1, (4, 2), (12, 1)))
    header.extra_channels = [_read_extra_channel(bits, header) for _ in range(count)]
    header.is_xyb = bool(bits.read(1))
    if not bits.read(1):  # not the default colours, sRGB
        _read_colours(bits, header)
    return header


class _Bits:
    """The bits of a codestream, the lowest first; those after its end are 0."""

    def __init__(self, value: int) -> None:
        self.value = value

    def read(self, count: int) -> int:
        value = self.value & (1 << count) - 1
        self.value >>= count
        return value

    def one_of(self, alternatives: Distribution) -> int:
        chosen = alternatives[self.read(2)]
        return chosen if isinstance(chosen, int) else self.read(chosen[0]) + chosen[1]

    def size(self) -> tuple[int, int]:
        """Return height and width."""
        is_small = self.read(1)
        height = self._side(is_small)
        ratio = self.read(3)
        if ratio == 0:
            return height, self._side(is_small)
        above, below = JPEG_XL_RATIOS[ratio - 1]
        return height, height * above // below

    def _side(self, is_small: int) -> int:
        return (self.read(5) + 1) * 8 if is_small else self.one_of(SIZE)

    def depth(self) -> tuple[bool, int]:
        """Return whether samples are floats, and their number of bits."""
        if not self.read(1):
            return False, self.one_of((8, 10, 12, (6, 1)))
        bits = self.one_of((32, 16, 24, (6, 1)))
        self.read(4)  # bits of the exponent
        return True, bits


def _read_extra_fields(bits: _Bits, header: JpegXlHeader) -> None:
    """Read orientation, intrinsic size, preview and animation."""
    bits.read(3)
    if bits.read(1):
        bits.size()
    if bits.read(1):
        is_divided = bits.read(1)
        sides: Distribution = (16, 32, (5, 1), (9, 33)) if is_divided else (
            (6, 1), (8, 65), (10, 321), (12, 1345))  # fmt: skip
        bits.one_of(sides)
        if bits.read(3) == 0:
            bits.one_of(sides)
    header.is_animated = bool(bits.read(1))
    if header.is_animated:
        bits.one_of((100, 1000, (10, 1), (30, 1)))
        bits.one_of((1, 1001, (8, 1), (10, 1)))
        bits.one_of((0, (3, 0), (16, 0), (32, 0)))
        bits.read(1)


def _read_extra_channel(bits: _Bits, header: JpegXlHeader) -> int:
    """Return the type of an extra channel."""
    if bits.read(1):
        return ALPHA
    kind = bits.one_of(ENUM)
    bits.depth()
    bits.one_of((0, 3, 4, (3, 1)))
    bits.read(8 * bits.one_of((0, (4, 0), (5, 16), (10, 48))))
    if kind == ALPHA:
        header.has_premultiplied_alpha |= bool(bits.read(1))
    elif kind == 2:  # a spot colour
        bits.read(64)
    elif kind == 5:  # the number in a colour filter array
        bits.one_of((1, (2, 0), (4, 3), (8, 19)))
    return kind


def _read_colours(bits: _Bits, header: JpegXlHeader) -> None:
    """Read the colour space; that of grey images has no primaries."""
    has_profile = bits.read(1)
    space = bits.one_of(ENUM)
    header.is_grey = space == GREY
    header.is_srgb = not has_profile and space <= GREY and _has_srgb_values(bits, header.is_grey)


def _has_srgb_values(bits: _Bits, is_grey: bool) -> bool:
    """Return whether white point, primaries and transfer function are those of sRGB."""
    if bits.one_of(ENUM) != D65 or (not is_grey and bits.one_of(ENUM) != SRGB_PRIMARIES):
        return False
    has_gamma = bits.read(1)
    return not has_gamma and bits.one_of(ENUM) == SRGB_TRANSFER
