"""Writing of PNGs with one filter for all rows, in strips by threads.

Pillow tries five filters for every row, in one thread, which takes longer than run-length
compression. A filter that suits the whole image is a few NumPy operations.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poolcli.io.images.encoding.png_chunks_around_pixels import chunks_around_pixels, png_chunk
from poolcli.io.images.pixel_array import PixelArray
from poolcli.io.pillow_private import read_raw_bytes

if TYPE_CHECKING:
    from concurrent.futures import Future

Bytes = NDArray[np.uint8]

PIXEL_BYTES = {
    "L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "I;16": 2, "LA;uint16": 4, "RGB;uint16": 6,
    "RGBA;uint16": 8,
}  # fmt: skip
"""Bytes per pixel of the modes that can be written."""

STRIP_BYTES = 1 << 18
"""The size of a strip, small enough for the filter to stay in the cache."""

MIN_RUN_FRACTION = 0.25
"""The fraction of bytes equal to the previous one below which runs of four are rare (1 %)."""

NONE, SUB, UP, AVERAGE = FILTERS = (0, 1, 2, 3)
"""Filters (PNG 3rd edition, 9.2). The fifth, Paeth, takes NumPy ten times as long."""


def filter_rows(rows: Bytes, above: Bytes, pixel_bytes: int, png_filter: int) -> Bytes:
    """Return rows filtered by one of PNG's filters, each preceded by the number of the filter.

    Parameters
    ----------
    rows : ndarray of uint8, rows by bytes
        The rows.
    above : ndarray of uint8, bytes
        The row above the first one.
    pixel_bytes : int
        Bytes per pixel.
    png_filter : int
        0 for none, 1 for the difference to the left pixel, 2 to the one above, 3 to the mean of
        both (PNG 3rd edition, 9.2).

    Examples
    --------
    >>> above = np.array([1, 1, 1], np.uint8)
    >>> filter_rows(np.array([[1, 3, 9]], np.uint8), above, 1, AVERAGE).tolist()
    [[3, 1, 2, 7]]
    """
    filtered = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = png_filter
    body = filtered[:, 1:]
    if png_filter == NONE:
        body[:] = rows
    elif png_filter == SUB:
        body[:, :pixel_bytes] = rows[:, :pixel_bytes]
        np.subtract(rows[:, pixel_bytes:], rows[:, :-pixel_bytes], out=body[:, pixel_bytes:])
    else:
        predicted = np.concatenate([above[None], rows[:-1]])
        if png_filter == AVERAGE:
            # floor((left + above) / 2), although the sum may have nine bits.
            both_odd = predicted & 1
            predicted >>= 1
            both_odd[:, :pixel_bytes] = 0
            both_odd[:, pixel_bytes:] &= rows[:, :-pixel_bytes]
            predicted[:, pixel_bytes:] += rows[:, :-pixel_bytes] >> 1
            predicted += both_odd
        np.subtract(rows, predicted, out=body)
    return filtered


def compressed_size(
    image: Image.Image | PixelArray,
    strips: Iterable[tuple[int, int]],
    png_filter: int,
    level: int | None = None,
) -> int:
    """Return the number of bytes that strips of an image take with a filter.

    The first row of the image is left out: it alone has no row above it.

    Parameters
    ----------
    image : Image or PixelArray
        The loaded image, of a mode in `PIXEL_BYTES`.
    strips : iterable of (int, int)
        The first row of each strip, and the row after its last.
    png_filter : int
        The filter, one of `FILTERS`.
    level : int, optional
        The compression level; by default run-length compression.

    Examples
    --------
    >>> image = Image.new("L", (100, 100))
    >>> compressed_size(image, [(0, 100)], NONE) < 200
    True
    """
    pixel_bytes = PIXEL_BYTES[image.mode]
    parts = []
    for top, bottom in strips:
        rows = _read_rows(image, max(top - 1, 0), bottom)
        parts.append(filter_rows(rows[1:], rows[0], pixel_bytes, png_filter))
    return len(_compress(np.concatenate(parts), level, is_last=True))


def write_png(
    file: BinaryIO,
    image: Image.Image | PixelArray,
    png_filter: int,
    save_options: dict[str, Any],
    threads: int,
) -> None:
    """Write an image as a PNG with one filter.

    Parameters
    ----------
    file : binary file
        Written sequentially.
    image : Image or PixelArray
        The loaded image, of a mode in `PIXEL_BYTES`.
    png_filter : int
        The filter, one of `FILTERS`.
    save_options : dict
        Options of Pillow's encoder, which writes the chunks around the pixels. They also say
        how pixels are compressed: with ``compress_type`` by run lengths, else at
        ``compress_level``.
    threads : int
        The number of strips to compress at a time.
    """
    level = None if "compress_type" in save_options else save_options["compress_level"]
    before, after = chunks_around_pixels(image, save_options)
    pixel_bytes = PIXEL_BYTES[image.mode]
    height = max(1, STRIP_BYTES // (image.width * pixel_bytes))
    last = -(-image.height // height) - 1

    def compress(number: int) -> tuple[Bytes, bytes]:
        rows = _read_strip(image, number * height, height)
        filtered = filter_rows(rows[1:], rows[0], pixel_bytes, png_filter)
        return filtered, _compress(filtered, level, is_last=number == last)

    file.write(before)
    adler = 1
    for number, (filtered, data) in enumerate(_map_in_order(compress, last + 1, threads)):
        adler = zlib.adler32(filtered.data, adler)
        data = (_zlib_header(level) if number == 0 else b"") + data
        data += struct.pack(">I", adler) if number == last else b""
        file.write(png_chunk(b"IDAT", data))
    file.write(after)


def _read_strip(image: Image.Image | PixelArray, top: int, height: int) -> Bytes:
    """Return the bytes of a strip, preceded by those of the row above it, zeros for the first."""
    rows = _read_rows(image, max(top - 1, 0), min(top + height, image.height))
    return rows if top else np.concatenate([np.zeros_like(rows[:1]), rows])


def _read_rows(image: Image.Image | PixelArray, top: int, bottom: int) -> Bytes:
    """Return rows as the bytes that a PNG stores."""
    if isinstance(image, PixelArray):
        data = np.ascontiguousarray(image[top:bottom, :], ">u2").view(np.uint8)
        return data.reshape(bottom - top, -1)
    nbytes = (bottom - top) * image.width * PIXEL_BYTES[image.mode]
    box = (0, top, image.width, bottom)
    if image.mode == "I;16":  # NumPy swaps bytes faster than Pillow
        data = np.frombuffer(read_raw_bytes(image, box, "I;16N", nbytes), np.uint16).astype(">u2")
    else:
        data = np.frombuffer(read_raw_bytes(image, box, image.mode, nbytes), np.uint8)
    return data.view(np.uint8).reshape(bottom - top, -1)


def _compress(data: Bytes, level: int | None, *, is_last: bool) -> bytes:
    """Return raw deflate data, which the data of the next strip can follow.

    Without a level, it is run-length compressed. If few neighbouring bytes are equal, only Huffman
    coding is used, in half of the time.
    """
    if level is None:
        flat = data.reshape(-1)
        equal = np.count_nonzero(flat[1:] == flat[:-1])
        strategy = zlib.Z_RLE if equal > MIN_RUN_FRACTION * flat.size else zlib.Z_HUFFMAN_ONLY
        compressor = zlib.compressobj(1, zlib.DEFLATED, -15, 9, strategy)
    else:
        compressor = zlib.compressobj(level, zlib.DEFLATED, -15, 9)
    flush_mode = zlib.Z_FINISH if is_last else zlib.Z_SYNC_FLUSH
    return compressor.compress(data.data) + compressor.flush(flush_mode)


def _zlib_header(level: int | None) -> bytes:
    """Return the header of a zlib stream, which has a hint of the level (RFC 1950, 2.2)."""
    return zlib.compress(b"", 1 if level is None else level)[:2]


def _map_in_order(call: Callable[[int], Any], count: int, threads: int) -> Iterator[Any]:
    """Yield the results of a call for 0, 1, ... in order; a bounded number of calls is pending."""
    if threads == 1 or count == 1:
        yield from map(call, range(count))
        return
    from concurrent.futures import ThreadPoolExecutor  # late, because small images do not need it

    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(threads) as executor:
        for number in range(count):
            waiting.append(executor.submit(call, number))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
