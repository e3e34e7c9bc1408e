"""Writing of animated WebPs, without loss, frame by frame.

Pillow would keep all frames. Here it compresses each of them alone, and they are put together as
the container of WebP describes (RFC 9649, 2.7).
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
from PIL import Image

from poolcli.io.images.animation.encoded_frames import frames_within, whole_durations
from poolcli.io.images.animation.frame_changes import FrameChange, Pixels

UNITS_PER_SECOND = 1000

HAS_ANIMATION, HAS_ALPHA = 0x02, 0x10
"""Flags of an extended file (RFC 9649, 2.7)."""

ENCODER_OPTIONS = {"lossless": True, "method": 1, "quality": 25}
"""Pillow's options: slower ones save little on flat colours."""


def encode_webp(
    size: tuple[int, int],
    changes: Iterable[FrameChange],
    seconds: Sequence[Fraction],
    max_bytes: float = math.inf,
) -> bytes | None:
    """Return an animation as WebP, which repeats forever.

    Parameters
    ----------
    size : (int, int)
        Width and height in pixels.
    changes : iterable of FrameChange
        The frames.
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
    >>> from poolcli.io.images.animation.frame_changes import whole_frame
    >>> frames = [whole_frame(np.full((4, 5, 3), grey, np.uint8)) for grey in (0, 255)]
    >>> data = encode_webp((5, 4), frames, [Fraction(1)] * 2)
    >>> Image.open(io.BytesIO(data)).n_frames
    2
    """
    durations = whole_durations(seconds, UNITS_PER_SECOND)
    width, height = size
    encoded = (_frame(*each) for each in zip(changes, durations, strict=True))
    if (frames := frames_within(encoded, max_bytes)) is None:
        return None
    flags = struct.pack("<I", HAS_ANIMATION | HAS_ALPHA)
    chunks = [
        _chunk(b"VP8X", flags + _int24(width - 1) + _int24(height - 1)),
        _chunk(b"ANIM", struct.pack("<IH", 0, 0)),
        *frames,
    ]
    return _chunk(b"RIFF", b"WEBP" + b"".join(chunks))


def _frame(change: FrameChange, duration: int) -> bytes:
    """Return the chunk of a frame, whose box begins at an even position."""
    odd_row, odd_column = change.top % 2, change.left % 2
    pixels = change.rgba
    if odd_row or odd_column:
        pixels = np.pad(pixels, ((odd_row, 0), (odd_column, 0), (0, 0)))
    height, width = pixels.shape[:2]
    numbers = (
        (change.left - odd_column) // 2, (change.top - odd_row) // 2, width - 1, height - 1,
        duration,
    )  # fmt: skip
    return _chunk(b"ANMF", b"".join(map(_int24, numbers)) + b"\0" + _compress(pixels))


def _compress(pixels: Pixels) -> bytes:
    """Return RGBA pixels as the chunk of a still image."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", **ENCODER_OPTIONS)
    return file.getvalue()[12:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of RIFF, padded to an even size."""
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _int24(number: int) -> bytes:
    return number.to_bytes(3, "little")
