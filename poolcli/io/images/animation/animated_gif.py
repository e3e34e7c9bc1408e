"""Writing of animated GIFs frame by frame.

Pillow keeps all frames until it writes the first one, and joins equal ones. Here its encoder
compresses the pixels alone.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction

from PIL import Image

from poolcli.io.images.animation.encoded_frames import frames_within, whole_durations
from poolcli.io.images.animation.frame_changes import FrameChange
from poolcli.io.images.animation.indexed_colours import (
    TRANSPARENT,
    Indices,
    SharedPalette,
    own_palette,
    palette_bytes,
)

UNITS_PER_SECOND = 100
"""The unit of delays is 1/100 s (GIF89a, 23.c.vii)."""

LOOP_FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
"""The extension of Netscape that repeats an animation."""

HAS_COLOUR_TABLE = 0x80
KEEP_FRAME, HAS_TRANSPARENT_INDEX = 1 << 2, 1
"""Flags of a graphic control extension (GIF89a, 23.c)."""


def encode_gif(
    size: tuple[int, int],
    changes: Iterable[FrameChange],
    seconds: Sequence[Fraction],
    max_bytes: float = math.inf,
) -> bytes | None:
    """Return an animation as GIF, which repeats forever.

    Frames share a palette as long as it has room for their colours; each other frame has its own.

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
    >>> import io
    >>> import numpy as np
    >>> from poolcli.io.images.animation.frame_changes import whole_frame
    >>> frames = [whole_frame(np.full((4, 5, 3), grey, np.uint8)) for grey in (0, 255)]
    >>> data = encode_gif((5, 4), frames, [Fraction(1)] * 2)
    >>> Image.open(io.BytesIO(data)).n_frames
    2
    """
    shared = SharedPalette()
    delays = whole_durations(seconds, UNITS_PER_SECOND)
    encoded = (_frame(*each, shared) for each in zip(changes, delays, strict=True))
    if (frames := frames_within(encoded, max_bytes)) is None:
        return None
    bits = _bits(len(shared.colours))
    header = b"GIF89a" + struct.pack("<HHBBB", *size, HAS_COLOUR_TABLE | bits - 1, 0, 0)
    table = palette_bytes(shared.colours, 1 << bits)
    return b"".join([header, table, LOOP_FOREVER, *frames, b";"])


def _frame(change: FrameChange, delay: int, shared: SharedPalette) -> bytes:
    """Return a frame: its graphic control extension, image descriptor and compressed indices."""
    flags, table = 0, b""
    indices = shared.indices(change)
    if indices is None:
        colours, indices = own_palette(change)
        bits = _bits(len(colours))
        flags, table = HAS_COLOUR_TABLE | bits - 1, palette_bytes(colours, 1 << bits)
    control = struct.pack(
        "<BBBBHBB", 0x21, 0xF9, 4, KEEP_FRAME | HAS_TRANSPARENT_INDEX, delay, TRANSPARENT, 0
    )
    height, width = indices.shape
    box = struct.pack("<BHHHHB", 0x2C, change.left, change.top, width, height, flags)
    return control + box + table + _compress(indices)


def _compress(indices: Indices) -> bytes:
    """Return indices compressed, as blocks (GIF89a, 22)."""
    bits = _bits(int(indices.max()))
    data = Image.fromarray(indices).tobytes("gif", "L", bits, 0)
    return bytes([bits]) + data + b"\0"


def _bits(largest_index: int) -> int:
    """Return the bits of an index; the compression needs 2 at least."""
    return max(2, largest_index.bit_length())
