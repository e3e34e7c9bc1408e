"""How PNG files are packed: as is fast and small for the picture at hand."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Any

from PIL import Image

from poolcli.io.images.encoding import png_writer

RUNS: dict[str, Any] = {"compress_type": 3}
"""zlib's run-length strategy (Z_RLE): mostly the fastest, and as small as any where what repeats
are neighbours, once PNG's filters have been at them: photos, noise, most label maps."""

MATCHES: dict[str, Any] = {"compress_level": 4}
"""Matches at any distance: many times smaller where patterns repeat, as in text and gradients."""

LARGER = 1.1
"""Runs may be so much larger than matches, since they take less than half of the time."""

SLIGHTLY = 1.02
"""One filter for all rows may be so much larger than the best for each."""

STRIPS, SHARE, LEAST_ROWS, MOST_BYTES = 4, 32, 16, 1 << 17
"""What is tried on: strips from all over the picture, a share of it, with bounds."""


FILTER = "filter"
"""Where settings name one of PNG's filters, for the whole picture."""

SMALL_BYTES = 1 << 16
"""Below it, the start of what packs by strips takes longer than it saves."""


def settings_for(frame: Image.Image, threads: int = 1) -> dict[str, Any]:
    """The settings for a picture, by trying several on a sample of it.

    Parameters
    ----------
    frame : Image
        What is to be written.
    threads : int
        How many may try at a time.

    Returns
    -------
    dict
        Options for Pillow's encoder. A key `FILTER` names a filter with which `png_writer`
        writes a file of the same size in less time.

    Examples
    --------
    >>> settings_for(Image.effect_noise((64, 64), 20))
    {'compress_type': 3}
    >>> settings_for(Image.effect_noise((1024, 64), 20))
    {'compress_type': 3, 'filter': 0}
    """
    strips = _strips(frame)
    sample = _sample(frame, strips)
    with ThreadPoolExecutor(1) as pool:
        apart = pool if threads > 1 else None
        matches = _later(apart, _size, sample, MATCHES)
        runs, (size, kind) = _size(sample, RUNS), _with_a_filter(frame, strips)
        most = LARGER * matches()
    if size <= min(SLIGHTLY * runs, most):
        return {**RUNS, FILTER: kind}
    return dict(RUNS if runs <= most else MATCHES)


def _later(pool: Executor | None, call: Callable[..., int], *given: Any) -> Callable[[], int]:
    """What gives the result of a call, which another thread may make meanwhile."""
    return partial(call, *given) if pool is None else pool.submit(call, *given).result


def _with_a_filter(frame: Image.Image, strips: list[tuple[int, int]]) -> tuple[float, int]:
    """How small the strips get with one filter, and with which."""
    step = png_writer.PIXEL_BYTES.get(frame.mode)
    if step is None or frame.height == 1 or frame.width * frame.height * step < SMALL_BYTES:
        return float("inf"), 0
    return min((png_writer.packed_size(frame, strips, kind), kind) for kind in png_writer.KINDS)


def _strips(frame: Image.Image) -> list[tuple[int, int]]:
    """The rows to try on."""
    width, height = frame.size
    row = width * len(frame.getbands()) * (2 if frame.mode == "I;16" else 1)
    rows = max(LEAST_ROWS, min(height // SHARE, MOST_BYTES // row)) // STRIPS
    if STRIPS * rows >= height:
        return [(0, height)]
    tops = (strip * (height - rows) // (STRIPS - 1) for strip in range(STRIPS))
    return [(top, top + rows) for top in tops]


def _sample(frame: Image.Image, strips: list[tuple[int, int]]) -> Image.Image:
    """The rows as a picture."""
    if len(strips) == 1:
        return frame
    sample = frame.crop((0, 0, frame.width, sum(bottom - top for top, bottom in strips)))
    at = 0  # a palette went along
    for top, bottom in strips:
        sample.paste(frame.crop((0, top, frame.width, bottom)), (0, at))
        at += bottom - top
    return sample


def _size(sample: Image.Image, settings: dict[str, Any]) -> int:
    packed = io.BytesIO()
    sample.save(packed, "PNG", **settings)
    return packed.tell()
