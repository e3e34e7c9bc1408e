"""The size of the image that a compressed strip or tile claims to hold, read before it is decoded.

Decoders of image formats believe the headers inside a strip or tile, whatever the tags of the page
say: a few bytes can claim gigabytes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

LERC = 34887

ZSTD_SIGNATURE, ZLIB_SIGNATURE = b"\x28\xb5\x2f\xfd", b"\x78"
"""The first bytes of LERC that is compressed once more."""

JPEG_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
"""The markers of frame headers (ITU T.81, table B.1, and T.87 for JPEG-LS)."""

JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""The markers without a length."""

JPEG_2000_START = re.compile(b"\xff\x4f\xff\x51")
"""The markers SOC and SIZ (ITU T.800, A.4 and A.5)."""

JPEG_XR_START = re.compile(b"WMPHOTO\0")

JPEG_XL_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Width to height, from 1 (ISO 18181-1, SizeHeader)."""


def coded_samples(compression: int, data: bytes) -> int:
    """Return the number of pixels, times channels where known, that a strip or tile claims.

    Parameters
    ----------
    compression : int
        The tag Compression.
    data : bytes
        The strip or tile, as stored.

    Returns
    -------
    int
        0 if the compression has no header, or it cannot be found.

    Examples
    --------
    >>> coded_samples(34933, b"\\x89PNG\\r\\n\\x1a\\n\\0\\0\\0\\rIHDR\\0\\0\\0\\x10\\0\\0\\0\\x08")
    128
    """
    find = READERS.get(compression)
    if find is None:
        return 0
    try:
        return max(find(data), default=0)
    except (struct.error, IndexError):  # the data end in the header
        return 0


def _png(data: bytes) -> Iterator[int]:
    width, height = struct.unpack_from(">II", data, 16)
    yield width * height


def _webp(data: bytes) -> Iterator[int]:
    match data[12:16]:
        case b"VP8X":
            width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case _:
            width, height = (size & 0x3FFF for size in struct.unpack_from("<HH", data, 26))
    yield width * height


def _jpeg(data: bytes) -> Iterator[int]:
    at = 0
    while (at := data.find(b"\xff", at)) >= 0:
        at += 1
        marker = data[at]
        if marker in JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 4)
            yield width * height
        if marker == 0xDA:  # pixels follow
            return
        if marker not in JPEG_ALONE and marker not in (0, 0xFF):
            at += 1 + int(struct.unpack_from(">H", data, at + 1)[0])


def _jpeg_2000(data: bytes) -> Iterator[int]:
    for found in JPEG_2000_START.finditer(data):
        right, bottom, left, top = struct.unpack_from(">4I", data, found.end() + 4)
        (channels,) = struct.unpack_from(">H", data, found.end() + 36)
        yield (right - left) * (bottom - top) * channels


def _jpeg_xr(data: bytes) -> Iterator[int]:
    """Yield the sizes in image headers (ITU T.832, 8.3)."""
    for found in JPEG_XR_START.finditer(data):
        is_short = data[found.end() + 2] & 0x80
        sizes = struct.unpack_from(">HH" if is_short else ">II", data, found.end() + 4)
        yield (sizes[0] + 1) * (sizes[1] + 1)


def _jpeg_xl(data: bytes) -> Iterator[int]:
    """Yield the sizes in size headers; a file has boxes, of which one or more hold the image."""
    if data.startswith(b"\xff\x0a"):
        yield _jpeg_xl_size(data[2:32])
        return
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        header = 8
        if size == 1:
            (size,), header = struct.unpack_from(">Q", data, at + 8), 16
        start = at + header + (4 if kind == b"jxlp" else 0)
        if kind in (b"jxlc", b"jxlp") and data[start : start + 2] == b"\xff\x0a":
            yield _jpeg_xl_size(data[start + 2 : start + 32])
        if size < header:  # the last box
            return
        at += size


def _jpeg_xl_size(header: bytes) -> int:
    bits = int.from_bytes(header, "little")

    def read(count: int) -> int:
        nonlocal bits
        value = bits & (1 << count) - 1
        bits >>= count
        return value

    def side() -> int:
        return (read(5) + 1) * 8 if is_small else read((9, 13, 18, 30)[read(2)]) + 1

    is_small = read(1)
    height = side()
    ratio = read(3)
    if ratio == 0:
        return side() * height
    above, below = JPEG_XL_RATIOS[ratio - 1]
    return height * above // below * height


def _lerc(data: bytes) -> Iterator[int]:
    if data.startswith(b"CntZImage "):
        height, width = struct.unpack_from("<ii", data, 18)
        yield height * width
        return
    (version,) = struct.unpack_from("<i", data, 6)
    height, width, depth = struct.unpack_from("<3i", data, 14 if version >= 3 else 10)
    yield height * width * (depth if version >= 4 else 1)


READERS: dict[int, Callable[[bytes], Iterator[int]]] = {
    **dict.fromkeys((6, 7, 33007, 34892), _jpeg),
    **dict.fromkeys((33003, 33004, 33005, 34712), _jpeg_2000),
    **dict.fromkeys((22610, 34934), _jpeg_xr),
    **dict.fromkeys((50002, 52546), _jpeg_xl),
    **dict.fromkeys((34927, 50001), _webp),
    LERC: _lerc,
    34933: _png,
}
"""Functions that yield the sizes in the headers of a format, by the compression."""


def unwrapped_lerc(data: bytes, max_nbytes: int) -> bytes:
    """Return LERC without the deflate or Zstandard that it may be compressed with.

    Parameters
    ----------
    data : bytes
        The strip or tile, as stored.
    max_nbytes : int
        The size after which the result is cut off.
    """
    import imagecodecs

    if data.startswith(ZSTD_SIGNATURE):
        return bytes(imagecodecs.zstd_decode(data, out=max_nbytes))
    if data.startswith(ZLIB_SIGNATURE):
        return bytes(imagecodecs.zlib_decode(data, out=max_nbytes))
    return data
