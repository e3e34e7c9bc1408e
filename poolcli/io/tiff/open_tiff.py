"""Opening of a TIFF, by Pillow or, where that reads it wrongly, by tifffile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from poolcli.errors import LimitError, ReadError
from poolcli.io.document import Document
from poolcli.io.images import pixel_limits
from poolcli.io.images.read import open_image
from poolcli.io.tiff.directory_reader import NEW_COPY, Directory, TiffStructure, read_directories
from poolcli.io.tiff.imagej_description import is_imagej_description
from poolcli.io.tiff.page_kinds import ASSOCIATED_ALPHA, PagePixels, Photometric, read_pixels
from poolcli.io.tiff.pages_to_pool import PagesToPool, TiffPage, choose_pages
from poolcli.io.tiff.pillow_limitations import pillow_problem
from poolcli.io.tiff.strip_and_tile_checks import (
    STRIP_OFFSETS,
    UNCOMPRESSED,
    Segments,
    check_segments,
)
from poolcli.io.tiff.tifffile_installed import has_tiff_extra, require_tiff_extra

IMAGE_DESCRIPTION = 270

MAX_PILLOW_BYTES = 1 << 29
"""The size of all decoded pages together up to which Pillow reads them: it decodes whole pages."""

MAX_PILLOW_PAGES = 500
"""The number of pages up to which Pillow reads them: libtiff follows the chain of all directories
for each page."""

SAME_IN_BOTH_READERS = (
    Photometric.BLACK_IS_ZERO,
    Photometric.RGB,
    Photometric.PALETTE,
    Photometric.SEPARATED,
)
"""Photometric interpretations whose values Pillow and tifffile give alike. Pillow inverts grey of
which 0 is white, and converts YCbCr."""

SAMPLES_PER_PIXEL_OF_LIMIT = 4
"""The limit on pixels is one on samples too, for pixels of more channels than these."""

MAX_TILE_RATIO, MAX_TILE_PIXELS = 4, 1 << 24
"""A tile of more pixels than `MAX_TILE_PIXELS` may have at most so many times those of its page."""


@contextmanager
def open_tiff(
    file: BinaryIO, max_pixels: int, *, indexed: bool, damaged: str | None = None
) -> Iterator[Document]:
    """Open a TIFF or BigTIFF.

    Parameters
    ----------
    file : binary file
        The file; it can be read and sought in.
    max_pixels : int
        The largest page, in pixels; 0 for no limit.
    indexed : bool
        Whether palette images are read as indices instead of colours.
    damaged : str, optional
        The message if its directories are damaged: the file may be another format, by its name.

    Raises
    ------
    ReadError
        If it is damaged, or cannot be read without the extra ``[tiff]``.
    LimitError
        If it has too many pixels.
    """
    try:
        structure = read_directories(file)
    except ReadError as error:
        raise error if damaged is None else ReadError(damaged) from error
    chosen = choose_pages(structure)
    _check_limits(file, chosen.pages, max_pixels)
    problem = _find_problem(structure, chosen)
    if problem is None:
        with open_image(file, max_pixels, indexed=indexed, tiff_pages=chosen.pages) as document:
            document.notes.extend(chosen.notes)
            if any(map(_is_converted_to_rgb, chosen.pages)):
                document.notes.append("YCbCr was converted to RGB")
            if any(ASSOCIATED_ALPHA in page.pixels.extra_samples for page in chosen.pages):
                document.notes.append(
                    "colours that were multiplied by alpha were divided by it, which rounds them"
                )
            yield document
        return
    require_tiff_extra(f"read {problem} from a TIFF")
    from poolcli.io.tiff.tifffile_reader import open_with_tifffile  # late: it loads slowly

    with open_with_tifffile(file, chosen.pages, max_pixels, indexed=indexed) as document:
        document.notes.extend(chosen.notes)
        yield document


def _check_limits(file: BinaryIO, pages: Sequence[TiffPage], max_pixels: int) -> None:
    """Raise `LimitError` if a page, or all pages together, have too many pixels or samples.

    Raise `ReadError` if tiles are much larger than their page.
    """
    total = 0
    for page in pages:
        pixels = page.pixels
        pixel_limits.check_pixels(pixels.width, pixels.height, max_pixels)
        if pixels.tile_size is not None:
            rows, columns = pixels.tile_size
            pixel_limits.check_pixels(columns, rows, max_pixels)
            if rows * columns > max(MAX_TILE_RATIO * pixels.width * pixels.height, MAX_TILE_PIXELS):
                raise ReadError(
                    f"{page.directory.name} has tiles of {columns}x{rows} for "
                    f"{pixels.width}x{pixels.height} pixels; {NEW_COPY}"
                )
        samples = pixels.width * pixels.height * pixels.channels
        if max_pixels and samples > SAMPLES_PER_PIXEL_OF_LIMIT * max_pixels:
            raise LimitError(
                f"{pixels.width}x{pixels.height} pixels of {pixels.channels:,} channels are more "
                f"than the limit of {max_pixels:,} pixels; --max-pixels raises it, 0 lifts it"
            )
        total += pixels.width * pixels.height
    limit = pixel_limits.max_pixels_of_frames(file, len(pages), max_pixels)
    pixel_limits.check_frame_pixels(len(pages), total, limit)


def _find_problem(structure: TiffStructure, chosen: PagesToPool) -> str | None:
    """Return what Pillow does not read right, in words for a message; None if it reads it right.

    Raise `ReadError` if a page is damaged, or of a kind that no decoder knows.
    """
    problems = []
    for page in chosen.pages:
        segments = check_segments(page.directory, page.pixels)
        problem = pillow_problem(page.directory, page.pixels)
        if page.pixels.dtype is None:
            raise ReadError(f"{page.directory.name} has {problem}, which cannot be read")
        if problem is None and segments is not Segments.COMPLETE:
            problem = segments.value
        if problem is not None:
            problems.append(problem)
    if not problems and chosen.pages[0].number > 0:
        problems += _problems_of_opening(structure.directories[0])
    if not problems and len(structure.directories) == 1 and _is_imagej_stack(chosen.pages[0]):
        problems.append("an ImageJ stack in one directory")
    if not problems and _is_large([page.pixels for page in chosen.pages]) and has_tiff_extra():
        problems.append("large images")
    return problems[0] if problems else None


def _is_large(pages: Sequence[PagePixels]) -> bool:
    """Return whether pages are too large or too many, and tifffile gives the same values."""
    nbytes = sum(
        page.height
        * page.width
        * page.channels
        * (1 if page.dtype is None else page.dtype.itemsize)
        for page in pages
    )
    is_large = nbytes > MAX_PILLOW_BYTES or len(pages) > MAX_PILLOW_PAGES
    return is_large and all(map(_has_same_values_in_tifffile, pages))


def _has_same_values_in_tifffile(page: PagePixels) -> bool:
    is_multiplied = ASSOCIATED_ALPHA in page.extra_samples  # Pillow divides by alpha
    return page.photometric in SAME_IN_BOTH_READERS and not is_multiplied


def _problems_of_opening(first: Directory) -> list[str]:
    """Return why Pillow does not open a file, of which it reads the first page in any case."""
    try:
        problem = pillow_problem(first, read_pixels(first))
    except (ReadError, LimitError):
        return ["a page after a damaged one"]
    return [] if problem is None else [problem]


def _is_converted_to_rgb(page: TiffPage) -> bool:
    """Return whether Pillow converts a page from YCbCr, as all decoders do with JPEG."""
    pixels = page.pixels
    return pixels.colour == "YCbCr" and pixels.compression != UNCOMPRESSED


def _is_imagej_stack(page: TiffPage) -> bool:
    """Return whether all images of an ImageJ stack follow each other after one directory.

    Without any further image the description is that of a stack that the page was taken from.
    Raise `ReadError` if some of the images are missing.
    """
    directory, pixels = page.directory, page.pixels
    description = directory.value(IMAGE_DESCRIPTION, "")
    if not isinstance(description, str) or not is_imagej_description(description):
        return False
    from poolcli.io.tiff.tifffile_reader import images_of_imagej  # late: it loads slowly

    start = directory.integer(STRIP_OFFSETS)
    nbytes = pixels.height * pixels.width * sum(pixels.bits) // 8
    count = images_of_imagej(description)
    is_raw = pixels.compression == UNCOMPRESSED and pixels.tile_size is None
    if not is_raw or count < 2:
        return False
    held = (directory.file_size - start) / nbytes
    if 1 < held < count and all(tag.offset <= start for tag in directory.tags.values()):
        raise ReadError(
            f"its description names {count} images, the file holds {held:.4g}; {NEW_COPY}"
        )
    return held >= count
