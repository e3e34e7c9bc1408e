"""The strategy by which PNGs are compressed: fast and small for the image at hand."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from PIL import Image

from poolcli.io.images.encoding import png_writer
from poolcli.io.images.pixel_array import PixelArray

RUN_LENGTH_OPTIONS: dict[str, Any] = {"compress_type": 3}
"""zlib's run-length strategy (Z_RLE). It is the fastest in most cases, and as small as any where
only neighbouring bytes repeat after PNG's filters: photos, noise, most label maps."""

MATCHING_LEVEL = 4
"""The level that finds repeated bytes at any distance, if the user gives none. Files are many times
smaller where patterns repeat, as in text and gradients."""

MAX_RUN_LENGTH_RATIO = 1.1
"""The largest size of run-length files relative to those with matches, which take twice as long."""

MAX_SINGLE_FILTER_RATIO = 1.02
"""The largest size of files with one filter for all rows, relative to those with one per row."""

MIN_HARD_FRACTION = 1 / 8
"""The compressed size, relative to the pixels, from which an image is hard to compress: its size is
then predicted well by that of a sample."""

MAX_EASY_RATIO = 0.9
"""The largest size of run-length files, relative to those of the level that the user wants, if an
image is easy to compress: on a sample of a few KB, sizes are off by a tenth."""

SAMPLE_STRIPS = 4
"""The number of strips of rows, spread over the image, that the sample consists of."""

SAMPLE_FRACTION = 32
"""The sample has the rows of the image divided by this, within the two limits below."""

MIN_SAMPLE_ROWS, MAX_SAMPLE_BYTES = 16, 1 << 17

FILTER_OPTION = "filter"
"""The option that gives one of PNG's filters for all rows; Pillow does not know it."""

MIN_FILTER_BYTES = 1 << 16
"""The size of an image below which compression in strips costs more time than it saves."""


def choose_strategy(
    frame: Image.Image | PixelArray, threads: int = 1, level: int | None = None
) -> dict[str, Any]:
    """Return the options for a PNG, by compressing a sample of the image in several ways.

    Parameters
    ----------
    frame : Image or PixelArray
        The image to be written. Pillow cannot write a `PixelArray`, so that it gets a filter.
    threads : int
        The number of threads that may be used.
    level : int, optional
        The compression level that the user wants, 0 to 9. Run-length compression, which has no
        levels, is then used only where it makes a smaller file than the level.

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
    >>> choose_strategy(Image.effect_noise((1024, 64), 20), level=0)
    {'compress_level': 0, 'filter': 0}
    """
    if level == 0:
        no_filter = {FILTER_OPTION: png_writer.NONE} if _suits_png_writer(frame) else {}
        return {"compress_level": 0, **no_filter}
    run_length_options = RUN_LENGTH_OPTIONS | ({} if level is None else {"compress_level": level})
    matching_options = {"compress_level": MATCHING_LEVEL if level is None else level}
    strips = _sample_strips(frame)
    if isinstance(frame, PixelArray):
        return _strategy_of_pixel_array(frame, strips, run_length_options, matching_options)
    sample = _sample_image(frame, strips)
    # Pillow stores the encoder's options in the image, so each thread needs an image of its own.
    compress = partial(_compressed_size, sample.copy(), matching_options)
    wait_for_size = (
        _start_in_thread(compress) if threads > 1 and _suits_png_writer(frame) else compress
    )
    run_length_size = _compressed_size(sample, RUN_LENGTH_OPTIONS)
    filtered_size, png_filter = _best_single_filter(frame, strips, png_writer.FILTERS)
    matching_size = wait_for_size()
    is_hard = matching_size >= MIN_HARD_FRACTION * sample.height * _row_bytes(sample)
    ratio = MAX_RUN_LENGTH_RATIO if level is None else 1 if is_hard else MAX_EASY_RATIO
    max_size = ratio * matching_size
    if filtered_size <= min(MAX_SINGLE_FILTER_RATIO * run_length_size, max_size):
        return {**run_length_options, FILTER_OPTION: png_filter}
    if run_length_size <= max_size:
        return run_length_options
    if level is not None and is_hard:
        filtered_size, _ = _best_single_filter(frame, strips, [png_filter], level)
        if filtered_size <= matching_size:
            return {**matching_options, FILTER_OPTION: png_filter}
    return matching_options


def _strategy_of_pixel_array(
    frame: PixelArray,
    strips: list[tuple[int, int]],
    run_length_options: dict[str, Any],
    matching_options: dict[str, Any],
) -> dict[str, Any]:
    """Return the options of the two, with a filter, that compress strips to fewer bytes.

    Run lengths may take a little more, because they take less time.
    """
    if frame.height == 1:  # sizes are measured without the first row
        return {**matching_options, FILTER_OPTION: png_writer.SUB}
    level = run_length_options.get("compress_level")
    run_length_size, run_length_filter = _best_single_filter(frame, strips, png_writer.FILTERS)
    matching_size, matching_filter = _best_single_filter(
        frame, strips, png_writer.FILTERS, matching_options["compress_level"]
    )
    ratio = MAX_RUN_LENGTH_RATIO if level is None else 1
    if run_length_size <= ratio * matching_size:
        return {**run_length_options, FILTER_OPTION: run_length_filter}
    return {**matching_options, FILTER_OPTION: matching_filter}


def _start_in_thread(call: Callable[[], int]) -> Callable[[], int]:
    """Call a function in a thread; return a function that waits for its result."""
    from concurrent.futures import ThreadPoolExecutor  # late, because small images do not need it

    executor = ThreadPoolExecutor(1)
    future = executor.submit(call)
    executor.shutdown(wait=False)  # the thread ends after the call
    return future.result


def _suits_png_writer(frame: Image.Image | PixelArray) -> bool:
    """Return whether `png_writer` can write an image, and in less time than Pillow."""
    if isinstance(frame, PixelArray):
        return True
    pixel_bytes = png_writer.PIXEL_BYTES.get(frame.mode, 0)
    return frame.height > 1 and frame.width * frame.height * pixel_bytes >= MIN_FILTER_BYTES


def _best_single_filter(
    frame: Image.Image | PixelArray,
    strips: list[tuple[int, int]],
    filters: Iterable[int],
    level: int | None = None,
) -> tuple[float, int]:
    """Return the smallest compressed size of the strips with one filter, and that filter."""
    if not _suits_png_writer(frame):
        return float("inf"), 0
    return min(
        (png_writer.compressed_size(frame, strips, png_filter, level), png_filter)
        for png_filter in filters
    )


def _sample_strips(frame: Image.Image | PixelArray) -> list[tuple[int, int]]:
    """Return the first row of each strip of the sample, and the row after its last."""
    height = frame.height
    max_rows = min(height // SAMPLE_FRACTION, MAX_SAMPLE_BYTES // _row_bytes(frame))
    sample_rows = max(MIN_SAMPLE_ROWS, max_rows)
    rows = sample_rows // SAMPLE_STRIPS
    if SAMPLE_STRIPS * rows >= height:
        return [(0, height)]
    tops = (strip * (height - rows) // (SAMPLE_STRIPS - 1) for strip in range(SAMPLE_STRIPS))
    return [(top, top + rows) for top in tops]


def _row_bytes(frame: Image.Image | PixelArray) -> int:
    """Return the size of a row of an image in bytes; those of 1-bit images count as 8-bit."""
    return frame.width * png_writer.PIXEL_BYTES.get(frame.mode, 1)


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
