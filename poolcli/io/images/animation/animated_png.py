"""Writing of animated PNGs (APNG) frame by frame. Pillow would keep all frames."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import count

import numpy as np

from poolcli.io.images.animation.encoded_frames import frames_within
from poolcli.io.images.animation.frame_changes import FrameChange, Pixels
from poolcli.io.images.animation.indexed_colours import SharedPalette, palette_bytes
from poolcli.io.images.encoding.png_chunks_around_pixels import png_chunk

INDEXED, RGBA = 3, 6
"""Colour types (PNG 3rd edition, 11.2.1)."""

SIGNATURE = b"\x89PNG\r\n\x1a\n"

COMPRESSION_LEVEL = 9

KEEP_FRAME, DRAW_OVER = 0, 1
"""The operations after a frame and with its pixels (PNG 3rd edition, 11.3.6.2)."""

MAX_DURATION_TERM = 0xFFFF
"""The largest numerator and denominator of a duration."""


class _NoRoomInPaletteError(Exception):
    """An animation has too many colours for a palette."""


def encode_apng(
    size: tuple[int, int],
    make_changes: Callable[[], Iterable[FrameChange]],
    seconds: Sequence[Fraction],
    max_bytes: float = math.inf,
) -> bytes | None:
    """Return an animation as PNG, which repeats forever.

    If there are at most 255 colours, pixels are indices into a palette, else RGBA.

    Parameters
    ----------
    size : (int, int)
        Width and height in pixels.
    make_changes : callable
        Returns the frames. It is called again if there are more than 255 colours.
    seconds : sequence of Fraction
        The duration of each frame.
    max_bytes : float
        The largest size of all frames in bytes; encoding stops beyond it.

    Returns
    -------
    bytes or None
        None if the frames are larger than `max_bytes`.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> from poolcli.io.images.animation.frame_changes import whole_frame
    >>> frames = [whole_frame(np.full((4, 5, 3), grey, np.uint8)) for grey in (0, 255)]
    >>> data = encode_apng((5, 4), lambda: frames, [Fraction(1)] * 2)
    >>> Image.open(io.BytesIO(data)).n_frames
    2
    """
    palette = SharedPalette()
    colour_type, palette_chunks = INDEXED, b""
    try:
        frames = frames_within(_indexed_frames(make_changes(), seconds, palette), max_bytes)
        palette_chunks = png_chunk(
            b"PLTE", palette_bytes(palette.colours, len(palette.colours) + 1)
        ) + png_chunk(b"tRNS", b"\0")
    except _NoRoomInPaletteError:
        colour_type = RGBA
        frames = frames_within(_rgba_frames(make_changes(), seconds), max_bytes)
    if frames is None:
        return None
    header = struct.pack(">IIBBBBB", *size, 8, colour_type, 0, 0, 0)
    chunks = [png_chunk(b"IHDR", header), palette_chunks]
    chunks.append(png_chunk(b"acTL", struct.pack(">II", len(frames), 0)))
    return b"".join([SIGNATURE, *chunks, *frames, png_chunk(b"IEND", b"")])


def _indexed_frames(
    changes: Iterable[FrameChange], seconds: Sequence[Fraction], palette: SharedPalette
) -> Iterator[bytes]:
    """Yield frames as indices into one palette."""
    numbers = count()
    for change, duration in zip(changes, seconds, strict=True):
        if (indices := palette.indices(change)) is None:
            raise _NoRoomInPaletteError
        yield _frame(change, _compress([indices]), duration, numbers)


def _rgba_frames(changes: Iterable[FrameChange], seconds: Sequence[Fraction]) -> Iterator[bytes]:
    """Yield frames as RGBA."""
    numbers = count()
    for change, duration in zip(changes, seconds, strict=True):
        yield _frame(change, _compress(strip.rgba for strip in change.strips), duration, numbers)


def _frame(change: FrameChange, data: bytes, duration: Fraction, numbers: Iterator[int]) -> bytes:
    """Return the chunks of a frame, the first of which any PNG decoder shows."""
    first = next(numbers)
    height, width = change.is_changed.shape
    delay = duration.limit_denominator(MAX_DURATION_TERM)
    control = struct.pack(
        ">IIIIIHHBB", first, width, height, change.left, change.top,
        *delay.as_integer_ratio(), KEEP_FRAME, DRAW_OVER,
    )  # fmt: skip
    chunk = png_chunk(b"fcTL", control)
    if first == 0:
        return chunk + png_chunk(b"IDAT", data)
    return chunk + png_chunk(b"fdAT", struct.pack(">I", next(numbers)) + data)


def _compress(strips: Iterable[Pixels]) -> bytes:
    """Return rows of pixels compressed. They are not filtered: most of them do not change."""
    compressor = zlib.compressobj(COMPRESSION_LEVEL)
    parts = []
    for strip in strips:
        rows = np.zeros((len(strip), strip[0].size + 1), np.uint8)
        rows[:, 1:] = strip.reshape(len(strip), -1)
        parts.append(compressor.compress(rows.data))
    return b"".join([*parts, compressor.flush()])
