"""Writing results to a TIFF with tifffile: what Pillow does not write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from poolcli.batch.choose_output import Output
from poolcli.batch.pooled_level import PooledLevel, Results
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.io.document import Document
from poolcli.io.images.pixel_array import OutputImage, PixelArray
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.pixel_array_modes import is_pixel_array_mode
from poolcli.io.tiff.output_pages import output_page
from poolcli.io.tiff.tifffile_arguments import TiffFileOptions
from poolcli.io.tiff.tifffile_writer import write_tiff
from poolcli.request import Request


def needs_tifffile(document: Document, modes: Sequence[str], results: Results) -> bool:
    """Return whether a TIFF is written by tifffile: Pillow lacks the pixels, or has not read them.

    Parameters
    ----------
    document : Document
        The input.
    modes : sequence of str
        The image mode of each result.
    results : sequence of PooledLevel
        The results of all items at one level.
    """
    was_read = any("layout" in each.input_encoding.get("TIFF", {}) for each in document.metadata)
    in_file = any(not _is_in_memory(level) for level in results)
    return was_read or in_file or any(map(is_pixel_array_mode, modes))


def _is_in_memory(level: PooledLevel) -> bool:
    result = level.result
    return not isinstance(result, PixelArray) or result.is_in_memory


def write_tiff_output(
    file: BinaryIO,
    output: Output,
    results: Results,
    metadata: Sequence[ImageMetadata],
    request: Request,
) -> None:
    """Write one level of a document as a TIFF.

    Parameters
    ----------
    file : binary file
        The file.
    output : Output
        The output, with the image modes.
    results : sequence of PooledLevel
        The results: pages, or one stack of pages.
    metadata : sequence of ImageMetadata
        The metadata of the output's pages.
    request : Request
        The request, for the quality, the mode and the number of threads.
    """

    images = pages_of(results)
    modes = [
        mode
        for level, mode in zip(results, output.modes, strict=True)
        for _ in range(level.page_count)
    ]
    pages = [
        output_page(image, mode, kept, output.add_note)
        for image, mode, kept in zip(images, modes, metadata, strict=True)
    ]
    write_tiff(file, pages, tiff_file_options(request), output.add_note)


def pages_of(results: Results) -> list[OutputImage]:
    """Return the pages of all results: of stacks each page, else the images themselves."""
    pages: list[OutputImage] = []
    for level in results:
        is_array = isinstance(level.result, PixelArray)
        pages += level.result.pages() if is_array else [level.result]
    return pages


def tiff_file_options(request: Request) -> TiffFileOptions:
    """Return the options of a request that apply to a whole TIFF."""
    return TiffFileOptions(
        quality=request.quality,
        labels=request.pools_whole_pixels,
        threads=request.jobs or usable_cpus(),
    )
