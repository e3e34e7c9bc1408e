"""How PNG files are packed: as is fast and small for the picture at hand."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

RUNS: dict[str, Any] = {"compress_type": 3}
"""zlib's run-length strategy (Z_RLE): mostly the fastest, and as small as any where what repeats
are neighbours, once PNG's filters have been at them: photos, noise, most label maps."""

MATCHES: dict[str, Any] = {"compress_level": 4}
"""Matches at any distance: many times smaller where patterns repeat, as in text and gradients."""

LARGER = 1.1
"""Runs may be so much larger than matches, since they take less than half of the time."""

STRIPS, SHARE, LEAST_ROWS, MOST_BYTES = 4, 32, 16, 1 << 19
"""What is tried on: strips from all over the picture, a share of it, with bounds."""


def settings_for(frame: Image.Image) -> dict[str, Any]:
    """The settings of Pillow's encoder for a picture, by trying both on a sample of it.

    Examples
    --------
    >>> settings_for(Image.effect_noise((64, 64), 20))
    {'compress_type': 3}
    """
    sample = _sample(frame)
    return dict(RUNS if _size(sample, RUNS) <= LARGER * _size(sample, MATCHES) else MATCHES)


def _sample(frame: Image.Image) -> Image.Image:
    width, height = frame.size
    row = width * len(frame.getbands()) * (2 if frame.mode == "I;16" else 1)
    rows = max(LEAST_ROWS, min(height // SHARE, MOST_BYTES // row)) // STRIPS
    if STRIPS * rows >= height:
        return frame
    sample = frame.crop((0, 0, width, STRIPS * rows))  # a palette goes along
    for strip in range(1, STRIPS):
        top = strip * (height - rows) // (STRIPS - 1)
        sample.paste(frame.crop((0, top, width, top + rows)), (0, strip * rows))
    return sample


def _size(sample: Image.Image, settings: dict[str, Any]) -> int:
    packed = io.BytesIO()
    sample.save(packed, "PNG", **settings)
    return packed.tell()
