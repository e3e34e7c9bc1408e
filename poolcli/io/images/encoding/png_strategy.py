"""The strategy by which PNGs are compressed: fast and small for the image at hand."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from PIL import Image

from poolcli.io.images.encoding import png_writer

RUN_LENGTH_OPTIONS: dict[str, Any] = {"compress_type": 3}
"""zlib's run-length strategy (Z_RLE). It is the fastest in most cases, and as small as any where
only neighbouring bytes repeat after PNG's filters: photos, noise, most label maps."""

MATCHING_OPTIONS: dict[str, Any] = {"compress_level": 4}
"""Matches at any distance: many times smaller where patterns repeat, as in text and gradients."""

MAX_RUN_LENGTH_RATIO = 1.1
"""The largest size of run-length files relative to those with matches, which take twice as long."""

MAX_SINGLE_FILTER_RATIO = 1.02
"""The largest size of files with one filter for all rows, relative to those with one per row."""

SAMPLE_STRIPS = 4
"""The number of strips of rows, spread over the image, that the sample consists of."""

SAMPLE_FRACTION = 32
"""The sample has the rows of the image divided by this, within the two limits below."""

MIN_SAMPLE_ROWS, MAX_SAMPLE_BYTES = 16, 1 << 17

FILTER_OPTION = "filter"
"""The option that gives one of PNG's filters for all rows; Pillow does not know it."""

MIN_FILTER_BYTES = 1 << 16
"""The size of an image below which compression in strips costs more time than it saves."""


def choose_strategy(frame: Image.Image, threads: int = 1) -> dict[str, Any]:
    """Return the options for a PNG, by compressing a sample of the image in several ways.

    Parameters
    ----------
    frame : Image
        The image to be written.
    threads : int
        The number of threads that may be used.

    Returns
    -------
    dict
        Options of Pillow's encoder. A key `FILTER_OPTION` gives a filter with which `png_writer`
        writes a file of the same size in less time.

    Examples
    --------
    >>> choose_strategy(Image.effect_noise((64, 64), 20))
    {'compress_type': 3}
    >>> choose_strategy(Image.effect_noise((1024, 64), 20))
    {'compress_type': 3, 'filter': 0}
    """
    strips = _sample_strips(frame)
    sample = _sample_image(frame, strips)
    # Pillow stores the encoder's options in the image, so each thread needs an image of its own.
    compress = partial(_compressed_size, sample.copy(), MATCHING_OPTIONS)
    with ThreadPoolExecutor(1) as executor:
        matching_size = executor.submit(compress).result if threads > 1 else compress
        run_length_size = _compressed_size(sample, RUN_LENGTH_OPTIONS)
        filtered_size, png_filter = _best_single_filter(frame, strips)
        max_size = MAX_RUN_LENGTH_RATIO * matching_size()
    if filtered_size <= min(MAX_SINGLE_FILTER_RATIO * run_length_size, max_size):
        return {**RUN_LENGTH_OPTIONS, FILTER_OPTION: png_filter}
    return dict(RUN_LENGTH_OPTIONS if run_length_size <= max_size else MATCHING_OPTIONS)


def _best_single_filter(frame: Image.Image, strips: list[tuple[int, int]]) -> tuple[float, int]:
    """Return the smallest compressed size of the strips with one filter, and that filter."""
    pixel_bytes = png_writer.PIXEL_BYTES.get(frame.mode, 0)
    if frame.height == 1 or frame.width * frame.height * pixel_bytes < MIN_FILTER_BYTES:
        return float("inf"), 0
    return min(
        (png_writer.compressed_size(frame, strips, png_filter), png_filter)
        for png_filter in png_writer.FILTERS
    )


def _sample_strips(frame: Image.Image) -> list[tuple[int, int]]:
    """Return the first row of each strip of the sample, and the row after its last."""
    width, height = frame.size
    row_bytes = width * len(frame.getbands()) * (2 if frame.mode == "I;16" else 1)
    max_rows = min(height // SAMPLE_FRACTION, MAX_SAMPLE_BYTES // row_bytes)
    sample_rows = max(MIN_SAMPLE_ROWS, max_rows)
    rows = sample_rows // SAMPLE_STRIPS
    if SAMPLE_STRIPS * rows >= height:
        return [(0, height)]
    tops = (strip * (height - rows) // (SAMPLE_STRIPS - 1) for strip in range(SAMPLE_STRIPS))
    return [(top, top + rows) for top in tops]


def _sample_image(frame: Image.Image, strips: list[tuple[int, int]]) -> Image.Image:
    """Return the strips as one image."""
    if len(strips) == 1:
        return frame
    # `crop` keeps a palette, which a new image would not have.
    sample = frame.crop((0, 0, frame.width, sum(bottom - top for top, bottom in strips)))
    at = 0
    for top, bottom in strips:
        sample.paste(frame.crop((0, top, frame.width, bottom)), (0, at))
        at += bottom - top
    return sample


def _compressed_size(sample: Image.Image, save_options: dict[str, Any]) -> int:
    """Return the size of an image as a PNG, in bytes."""
    file = io.BytesIO()
    sample.save(file, "PNG", **save_options)
    return file.tell()
