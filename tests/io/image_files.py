"""Image files of variants that Pillow does not write, made byte by byte."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

Pixels = np.ndarray[Any, Any]


def png_chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG, with its size and its checksum."""
    return struct.pack(">I4s", len(data), name) + data + struct.pack(">I", zlib.crc32(name + data))


def png_rows(samples: Pixels, depth: int) -> bytes:
    """Return the pixel data of a PNG.

    Parameters
    ----------
    samples : ndarray, H W or H W C
        Integers below ``2**depth``.
    depth : int
        Bits per channel.
    """
    height = len(samples)
    if depth == 16:
        packed = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    else:
        wide = samples.reshape(height, -1, 1).astype(np.uint8)
        packed = np.packbits(np.unpackbits(wide, axis=2)[..., 8 - depth :].reshape(height, -1), 1)
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in packed))


def png(
    samples: Pixels, depth: int, colour_type: int, transparency: bytes = b"", palette: bytes = b""
) -> bytes:
    """Return a PNG of any depth and colour type.

    Parameters
    ----------
    samples : ndarray, H W or H W C
        Integers below ``2**depth``.
    depth : int
        Bits per channel.
    colour_type : int
        0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA.
    transparency, palette : bytes
        The data of the chunks tRNS and PLTE, which are left out if it is empty.
    """
    height, width = samples.shape[:2]
    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + (png_chunk(b"PLTE", palette) if palette else b"")
        + (png_chunk(b"tRNS", transparency) if transparency else b"")
        + png_chunk(b"IDAT", png_rows(samples, depth))
        + png_chunk(b"IEND", b"")
    )


def packbits(row: bytes) -> bytes:
    """Return a row in PackBits compression, without runs."""
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
    """Return a PSD.

    Parameters
    ----------
    channels : ndarray, C H W
        The channels; 0 or 1 if the depth is 1.
    colour_mode : int
        0 1-bit, 1 grey, 2 indexed, 3 RGB, 4 CMYK, 7 multichannel, 8 duotone, 9 Lab.
    depth : int
        Bits per channel.
    compression : int
        0 none, 1 PackBits; others are only named in the header.
    palette : bytes
        The colour mode data.
    resources : iterable of (int, bytes)
        Number and data of image resources.
    layers : int
        The number of layers; negative if the first further channel is transparency.
    version : int
        1 PSD, 2 PSB.
    """
    count, height, width = channels.shape
    rows = [
        (np.packbits(row) if depth == 1 else row.astype(f">u{depth // 8}")).tobytes()
        for row in channels.reshape(-1, width)
    ]
    if compression == 1:
        rows = [packbits(row) for row in rows]
        rows.insert(0, np.array([len(row) for row in rows], ">u2").tobytes())
    resource_data = b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + bytes(len(data) % 2)
        for number, data in resources
    )
    layer_info = struct.pack(">IIh", 6, 2, layers) if layers else b"\0\0\0\0"
    return (
        struct.pack(">4sH6xHIIHH", b"8BPS", version, count, height, width, depth, colour_mode)
        + struct.pack(">I", len(palette))
        + palette
        + struct.pack(">I", len(resource_data))
        + resource_data
        + layer_info
        + struct.pack(">H", compression)
        + b"".join(rows)
    )


def fits(
    stored: Pixels | None, cards: Iterable[tuple[str, object]] = (), *, extension: str = ""
) -> bytes:
    """Return a header and data unit of a FITS file.

    Parameters
    ----------
    stored : ndarray, optional
        The stored values, the bottom row first; None for a header without data.
    cards : iterable of (str, object)
        Further keywords and values.
    extension : str
        The kind of an extension, such as ``"BINTABLE"``; empty for the primary header.
    """
    bits = 8 if stored is None else stored.itemsize * (-8 if stored.dtype.kind == "f" else 8)
    shape = () if stored is None else stored.shape[::-1]
    lines = [f"XTENSION= '{extension:8}'" if extension else f"SIMPLE  = {'T':>20}"]
    required: list[tuple[str, object]] = [("BITPIX", bits), ("NAXIS", len(shape))]
    required += [(f"NAXIS{number}", size) for number, size in enumerate(shape, 1)]
    lines += [f"{key:8}= {value!s:>20} / a comment" for key, value in [*required, *cards]]
    head = "".join(line.ljust(80) for line in [*lines, "END"]).encode()
    data = b"" if stored is None else stored.astype(stored.dtype.newbyteorder(">")).tobytes()
    return head + b" " * (-len(head) % 2880) + data + bytes(-len(data) % 2880)


def bitmap(
    pixels: Pixels, bits: int, palette: bytes, *, height: int | None = None, extra: bytes = b""
) -> bytes:
    """Return a bitmap without the file header.

    Parameters
    ----------
    pixels : ndarray, H W or H W 4
        Indices, or blue, green, red and alpha.
    bits : int
        Bits per pixel.
    palette : bytes
        Blue, green, red and a zero byte of each index.
    height : int, optional
        The height in the header, if it is not that of the pixels.
    extra : bytes
        What follows the pixels.
    """
    rows, width = pixels.shape[:2]
    head = struct.pack(
        "<IiiHHIIiiII", 40, width, height or rows, 1, bits, 0, 0, 0, 0, len(palette) // 4, 0
    )
    if bits < 32:
        wide = np.unpackbits(pixels[..., None].astype(np.uint8), axis=2)[..., 8 - bits :]
        lines = [np.packbits(line).tobytes() for line in wide.reshape(rows, -1)]
    else:
        lines = [line.tobytes() for line in pixels]
    stride = (width * bits + 31) // 32 * 4
    return head + palette + b"".join(line.ljust(stride, b"\0") for line in lines[::-1]) + extra


def bmp(indices: Pixels, bits: int, palette: bytes) -> bytes:
    """Return a BMP of indices, H W; for the other parameters see `bitmap`."""
    body = bitmap(indices, bits, palette)
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 54 + len(palette)) + body


def icon_bitmap(
    pixels: Pixels, bits: int, palette: bytes = b"", transparent: Pixels | None = None
) -> bytes:
    """Return a bitmap of an icon, with a mask, H W, of transparent pixels; see `bitmap`."""
    height, width = pixels.shape[:2]
    mask = np.zeros((height, (width + 31) // 32 * 32), np.uint8)
    if transparent is not None:
        mask[:, :width] = transparent[::-1]
    return bitmap(pixels, bits, palette, height=2 * height, extra=np.packbits(mask).tobytes())


def icon(images: list[tuple[tuple[int, int], int, bytes]], kind: int = 1) -> bytes:
    """Return an icon or a cursor.

    Parameters
    ----------
    images : list
        Of each image: width and height, the bits per pixel in the directory, and the data.
    kind : int
        1 for an icon, 2 for a cursor.
    """
    at, head, data = 6 + 16 * len(images), struct.pack("<HHH", 0, kind, len(images)), b""
    for (width, height), bits, each in images:
        head += struct.pack("<BBBBHHII", width, height, 0, 0, 1, bits, len(each), at + len(data))
        data += each
    return head + data


def mcidas_area(grey: Pixels, bands: int) -> bytes:
    """Return a McIdas area of bands that are all the same, uint8, H W."""
    height, width = grey.shape
    words = [0, 4, *[0] * 62]
    words[8], words[9], words[10], words[13], words[33] = height, width, 1, bands, 256
    return struct.pack(">64i", *words) + grey.tobytes() * bands


def im_with_table(grey: Pixels, table: bytes) -> bytes:
    """Return an IM file of grey pixels, uint8, H W, with a lookup table of 256 bytes."""
    height, width = grey.shape
    head = b"Image type: Greyscale image\r\nFile size (no of images): 1\r\n"
    head += b"Image size (x*y): %d*%d\r\nLut: 1\r\n" % (width, height)
    return head.ljust(511, b"\0") + b"\x1a" + table * 3 + grey[::-1].tobytes()
