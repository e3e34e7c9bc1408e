"""Picture files of kinds that Pillow does not write, made byte by byte."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

Pixels = np.ndarray[Any, Any]


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), name) + data + struct.pack(">I", zlib.crc32(name + data))


def png_rows(samples: Pixels, depth: int) -> bytes:
    """Rows of samples, H W or H W C, packed, each after the filter 0, and deflated."""
    height = len(samples)
    if depth == 16:
        packed = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    else:
        wide = samples.reshape(height, -1, 1).astype(np.uint8)
        packed = np.packbits(np.unpackbits(wide, axis=2)[..., 8 - depth :].reshape(height, -1), 1)
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in packed))


def png(
    samples: Pixels, depth: int, colour_type: int, key: bytes = b"", plte: bytes = b""
) -> bytes:
    """A PNG of any depth and colour type, with the data of its tRNS."""
    height, width = samples.shape[:2]
    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + (png_chunk(b"PLTE", plte) if plte else b"")
        + (png_chunk(b"tRNS", key) if key else b"")
        + png_chunk(b"IDAT", png_rows(samples, depth))
        + png_chunk(b"IEND", b"")
    )


def packbits(row: bytes) -> bytes:
    """A row of PackBits, without runs."""
    parts = [row[at : at + 128] for at in range(0, len(row), 128)]
    return b"".join(bytes([len(part) - 1]) + part for part in parts)


def psd(
    channels: Pixels,
    colour_mode: int,
    *,
    depth: int = 8,
    compression: int = 0,
    palette: bytes = b"",
    resources: Iterable[tuple[int, bytes]] = (),
    layers: int = 0,
    version: int = 1,
) -> bytes:
    """A PSD of channels, C H W; of 1 bit where each is 0 or 1."""
    count, height, width = channels.shape
    rows = [
        (np.packbits(row) if depth == 1 else row.astype(f">u{depth // 8}")).tobytes()
        for row in channels.reshape(-1, width)
    ]
    if compression == 1:
        rows = [packbits(row) for row in rows]
        rows.insert(0, np.array([len(row) for row in rows], ">u2").tobytes())
    known = b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + bytes(len(data) % 2)
        for number, data in resources
    )
    info = struct.pack(">IIh", 6, 2, layers) if layers else b"\0\0\0\0"
    return (
        struct.pack(">4sH6xHIIHH", b"8BPS", version, count, height, width, depth, colour_mode)
        + struct.pack(">I", len(palette))
        + palette
        + struct.pack(">I", len(known))
        + known
        + info
        + struct.pack(">H", compression)
        + b"".join(rows)
    )


def fits(
    stored: Pixels | None, cards: Iterable[tuple[str, object]] = (), *, extension: str = ""
) -> bytes:
    """One header and data unit of a FITS file, its first row the bottom one."""
    bits = 8 if stored is None else stored.itemsize * (-8 if stored.dtype.kind == "f" else 8)
    shape = () if stored is None else stored.shape[::-1]
    lines = [f"XTENSION= '{extension:8}'" if extension else f"SIMPLE  = {'T':>20}"]
    known: list[tuple[str, object]] = [("BITPIX", bits), ("NAXIS", len(shape))]
    known += [(f"NAXIS{number}", size) for number, size in enumerate(shape, 1)]
    lines += [f"{key:8}= {value!s:>20} / what it is" for key, value in [*known, *cards]]
    head = "".join(line.ljust(80) for line in [*lines, "END"]).encode()
    data = b"" if stored is None else stored.astype(stored.dtype.newbyteorder(">")).tobytes()
    return head + b" " * (-len(head) % 2880) + data + bytes(-len(data) % 2880)


def bitmap(
    indices: Pixels, bits: int, palette: bytes, *, height: int | None = None, extra: bytes = b""
) -> bytes:
    """A bitmap without the header of its file; indices H W, or blue, green, red and alpha."""
    rows, width = indices.shape[:2]
    head = struct.pack(
        "<IiiHHIIiiII", 40, width, height or rows, 1, bits, 0, 0, 0, 0, len(palette) // 4, 0
    )
    if bits < 32:
        wide = np.unpackbits(indices[..., None].astype(np.uint8), axis=2)[..., 8 - bits :]
        lines = [np.packbits(line).tobytes() for line in wide.reshape(rows, -1)]
    else:
        lines = [line.tobytes() for line in indices]
    stride = (width * bits + 31) // 32 * 4
    return head + palette + b"".join(line.ljust(stride, b"\0") for line in lines[::-1]) + extra


def bmp(indices: Pixels, bits: int, palette: bytes) -> bytes:
    body = bitmap(indices, bits, palette)
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 54 + len(palette)) + body


def icon_bitmap(
    pixels: Pixels, bits: int, palette: bytes = b"", clear: Pixels | None = None
) -> bytes:
    """A bitmap as icons have it, with a mask of what is transparent."""
    height, width = pixels.shape[:2]
    mask = np.zeros((height, (width + 31) // 32 * 32), np.uint8)
    if clear is not None:
        mask[:, :width] = clear[::-1]
    return bitmap(pixels, bits, palette, height=2 * height, extra=np.packbits(mask).tobytes())


def icon(pictures: list[tuple[tuple[int, int], int, bytes]], kind: int = 1) -> bytes:
    """An icon (1) or cursor (2) of pictures: width and height, bits as the directory says, data."""
    at, head, data = 6 + 16 * len(pictures), struct.pack("<HHH", 0, kind, len(pictures)), b""
    for (width, height), bits, each in pictures:
        head += struct.pack("<BBBBHHII", width, height, 0, 0, 1, bits, len(each), at + len(data))
        data += each
    return head + data
