"""PNG files of what is hard to pack: one filter for the whole picture, deflated by strips.

Pillow tries five filters for every row, in one thread, which takes longer than deflating by runs.
A filter that is good for the picture is a few NumPy operations, and strips are packed side by side.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poolcli.io.images.image_array import read_block

Bytes = NDArray[np.uint8]

PIXEL_BYTES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I;16": 2}
"""Bytes a pixel, of the modes that can be written so."""

STRIP_BYTES = 1 << 18
"""Of a strip: small enough for the filter to stay in the cache."""

SELDOM = 0.25
"""The share of bytes like the one before, below which runs of four are one in a hundred."""

ADLER = 65521
"""The modulus of Adler-32 (RFC 1950)."""

MAGIC, HEAD = 8, 13
"""Bytes of the signature, and of IHDR's data."""


def filtered(rows: Bytes, above: Bytes, step: int, kind: int) -> Bytes:
    """Rows as PNG's filter leaves them, each after the byte that names it.

    Parameters
    ----------
    rows : array of uint8, rows by bytes
        What is to be filtered.
    above : array of uint8, one row
        The row before the first.
    step : int
        Bytes a pixel.
    kind : int
        0 for none, 1 for the difference to the left, 2 to what is above, 3 to the mean of both
        (PNG specification, section 9.2).

    Examples
    --------
    >>> filtered(np.array([[1, 3, 9]], np.uint8), np.array([1, 1, 1], np.uint8), 1, 3).tolist()
    [[3, 1, 2, 7]]
    """
    made = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    made[:, 0] = kind
    body = made[:, 1:]
    if kind == 0:
        body[:] = rows
    elif kind == 1:
        body[:, :step] = rows[:, :step]
        np.subtract(rows[:, step:], rows[:, :-step], out=body[:, step:])
    else:
        over = np.concatenate([above[None], rows[:-1]])
        if kind == 3:
            # Rounded down, of sums that may have nine bits.
            odd = over & 1
            over >>= 1
            odd[:, :step] = 0
            odd[:, step:] &= rows[:, :-step]
            over[:, step:] += rows[:, :-step] >> 1
            over += odd
        np.subtract(rows, over, out=body)
    return made


KINDS = (0, 1, 2, 3)
"""The filters; the fifth, Paeth's, takes NumPy ten times as long."""


def packed_size(image: Image.Image, strips: Iterable[tuple[int, int]], kind: int) -> int:
    """How many bytes strips of a picture take with a filter.

    The first row of all is left out: it alone has nothing above it.
    """
    step = PIXEL_BYTES[image.mode]
    parts = []
    for top, bottom in strips:
        rows = _rows(image, max(top - 1, 0), bottom)
        parts.append(filtered(rows[1:], rows[0], step, kind))
    return len(_deflated(np.concatenate(parts), last=True))


def write(
    file: BinaryIO, image: Image.Image, kind: int, settings: dict[str, Any], threads: int
) -> None:
    """Write a picture with one filter.

    Parameters
    ----------
    file : binary file
        Written from its beginning to its end.
    image : Image
        Of a mode in `PIXEL_BYTES`.
    kind : int
        The filter.
    settings : dict
        For Pillow's encoder, which makes everything around the pixels.
    threads : int
        How many strips to pack at a time.
    """
    before, after = around(image, settings)
    step = PIXEL_BYTES[image.mode]
    height = max(1, STRIP_BYTES // (image.width * step))
    count = -(-image.height // height)

    def pack(number: int, read: Callable[[], Bytes]) -> tuple[bytes, int, int]:
        strip = read()
        made = filtered(strip[1:], strip[0], step, kind)
        data = _deflated(made, last=number == count - 1)
        return data, zlib.adler32(made.data), made.size

    file.write(before)
    check = 1
    works = [(number, read) for number, read in enumerate(_strips(image, height))]
    for number, (data, own, size) in enumerate(_in_turn(pack, works, threads)):
        check = _joined(check, own, size)
        data = (b"\x78\x01" if number == 0 else b"") + data
        data += struct.pack(">I", check) if number == count - 1 else b""
        for part in (struct.pack(">I4s", len(data), b"IDAT"), data, checksum(b"IDAT", data)):
            file.write(part)
    file.write(after)


def _strips(image: Image.Image, height: int) -> Iterator[Callable[[], Bytes]]:
    """What reads each strip, as bytes, after the row above it."""
    for top in range(0, image.height, height):

        def read(top: int = top) -> Bytes:
            rows = _rows(image, max(top - 1, 0), min(top + height, image.height))
            return rows if top else np.concatenate([np.zeros_like(rows[:1]), rows])

        yield read


def _rows(image: Image.Image, top: int, bottom: int) -> Bytes:
    """Rows as the bytes that a PNG file has of them."""
    pixels = read_block(image, (0, top, image.width, bottom))
    if pixels.dtype.itemsize == 2:
        pixels = pixels.astype(">u2")
    return pixels.reshape(len(pixels), -1).view(np.uint8)


def _deflated(data: Bytes, *, last: bool) -> bytes:
    """Packed by runs, without a header; ends at a byte, so that strips can follow each other.

    Where neighbours are seldom alike, looking for runs takes half of the time for nothing.
    """
    flat = data.reshape(-1)
    alike = np.count_nonzero(flat[1:] == flat[:-1])
    strategy = zlib.Z_RLE if alike > SELDOM * flat.size else zlib.Z_HUFFMAN_ONLY
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 9, strategy)
    return packer.compress(data.data) + packer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)


def _joined(first: int, second: int, size: int) -> int:
    """Adler-32 of two pieces, from that of each and the size of the second."""
    low = (first & 0xFFFF) + (second & 0xFFFF) - 1
    high = (first >> 16) + (second >> 16) + size * ((first & 0xFFFF) - 1)
    return (high % ADLER) << 16 | low % ADLER


def _in_turn(work: Callable[..., Any], items: list[tuple[Any, ...]], threads: int) -> Iterator[Any]:
    """What is made of the items, in their order; not much of it waits to be taken."""
    if threads == 1 or len(items) == 1:
        for item in items:
            yield work(*item)
        return
    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            waiting.append(pool.submit(work, *item))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def around(image: Image.Image, settings: dict[str, Any]) -> tuple[bytes, bytes]:
    """The file before and after its pixels, as Pillow writes it around a single pixel."""
    small = io.BytesIO()
    image.crop((0, 0, 1, 1)).save(small, "PNG", **settings)
    data = small.getvalue()
    parts = [bytearray(data[:MAGIC]), bytearray()]
    at, seen = MAGIC, 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        chunk = data[at : at + size + 12]
        at += len(chunk)
        if name == b"IHDR":
            inside = struct.pack(">II", *image.size) + chunk[16 : 8 + HEAD]
            chunk = chunk[:8] + inside + checksum(name, inside)
        if name == b"IDAT":
            seen = 1
        else:
            parts[seen] += chunk
    return bytes(parts[0]), bytes(parts[1])


def checksum(name: bytes, data: bytes) -> bytes:
    """The checksum of a chunk."""
    return struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
