"""Writing of TIFF files with tifffile: pages of any dtype and number of channels, and pyramids."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

from poolcli.errors import OutputError, PoolcliError, is_shortage
from poolcli.io.document import Source
from poolcli.io.images.encoding.full_disk_errors import EncoderFile
from poolcli.io.metadata import write_tiff_directories
from poolcli.io.metadata.tiff_tags import EXIF, GPS
from poolcli.io.note_callback_type import AddNote
from poolcli.io.shorten_exception import first_line
from poolcli.io.tiff.contiguous_stacks import make_stacks_contiguous
from poolcli.io.tiff.one_directory import append_pixels, fits_one_directory
from poolcli.io.tiff.page_layout import (
    DEFLATE,
    JPEG,
    NONE,
    PageLayout,
    can_compress,
    fitting_predictor,
)
from poolcli.io.tiff.pixel_chunks import CHUNK_BYTES, packed, row_chunks, rows_per_chunk, tiles

MAX_CLASSIC_BYTES = (1 << 32) - (1 << 25)
"""The size of the pixels up to which a classic TIFF is written, whose offsets have 32 bits; tags
and tables of offsets need the rest."""

BUFFER_BYTES = 1 << 24
"""The size of the strips or tiles that tifffile compresses at a time."""

TILE_SIDE = 256
"""The sides of tiles, where the input has none."""

JPEG_QUALITY = 90


POINTER_PLACEHOLDERS = {int(EXIF): int(EXIF) + 1, int(GPS): int(GPS) + 1}
"""Unused tags that stand for those that tifffile does not write."""


class OutputPage(NamedTuple):
    """A page to be written.

    Attributes
    ----------
    pixels : Source
        H W, or H W C.
    layout : PageLayout
        How they are stored.
    tags : sequence of tuple
        Further tags, as tifffile takes them: code, type, count, value, False.
    description : bytes, optional
        The tag ImageDescription.
    resolution : tuple, optional
        Horizontal and vertical resolution, as pairs of numerator and denominator, and its unit.
    icc_profile : bytes, optional
        The ICC profile.
    colour_map : ndarray of uint16, 3 by 256 or 65536, optional
        The palette.
    levels : sequence of Source
        Versions of the page with lower resolution.
    subdirectories : mapping of int to Directory
        The Exif and GPS directories, by the tags that point to them.
    """

    pixels: Source
    layout: PageLayout
    tags: Sequence[tuple[int, int, int, Any, bool]] = ()
    description: bytes | None = None
    resolution: tuple[tuple[int, int], tuple[int, int], int] | None = None
    icc_profile: bytes | None = None
    colour_map: npt.NDArray[np.uint16] | None = None
    levels: Sequence[Source] = ()
    subdirectories: Mapping[int, Directory] = {}


class TiffFileOptions(NamedTuple):
    """What applies to a whole file.

    Attributes
    ----------
    quality : int, optional
        The quality of JPEG compression.
    labels : bool
        Whether values are labels, which lossy compression would change.
    threads : int
        The number of threads that compress.
    chains_levels : bool
        Whether reduced-resolution versions follow their page in the chain of directories, as GDAL
        writes overviews, instead of being its SubIFDs.
    """

    quality: int | None = None
    labels: bool = False
    threads: int = 1
    chains_levels: bool = False


def write_tiff(
    file: BinaryIO, pages: Sequence[OutputPage], options: TiffFileOptions, add_note: AddNote
) -> None:
    """Write a TIFF, or a BigTIFF if the pixels need it.

    Parameters
    ----------
    file : binary file
        At its beginning. If it is not seekable, the TIFF is made in a temporary file first.
    pages : sequence of OutputPage
        The pages, at least one.
    options : TiffFileOptions
        What applies to all pages.
    add_note : callable
        Called with each note for the report.

    Raises
    ------
    OutputError
        If tifffile cannot write it.
    OSError
        If the disk is full, for example.
    """
    if not (file.seekable() and file.readable()):
        import tempfile

        with tempfile.TemporaryFile() as copy:
            write_tiff(copy, pages, options, add_note)
            copy.seek(0)
            shutil.copyfileobj(copy, file, CHUNK_BYTES)
        return
    try:
        _write_pages(file, pages, options, add_note)
    except Exception as error:  # tifffile rejects arguments with one of many exceptions
        has_errno = isinstance(error, OSError) and error.errno is not None  # such as a full disk
        if has_errno or is_shortage(error) or isinstance(error, PoolcliError):
            raise
        raise OutputError(f"TIFF cannot be written: {first_line(error)}") from error


def _write_pages(
    file: BinaryIO, pages: Sequence[OutputPage], options: TiffFileOptions, add_note: AddNote
) -> None:
    import tifffile

    size = sum(_nbytes(each) for page in pages for each in (page.pixels, *page.levels))
    is_big = size > MAX_CLASSIC_BYTES
    one_directory = is_big and fits_one_directory(
        pages[0].description, [page.pixels for page in pages], [page.layout for page in pages]
    )
    with (
        closing(EncoderFile(file)) as target,
        tifffile.TiffWriter(
            target,
            bigtiff=is_big and not one_directory,
            byteorder="<",
            shaped=False,
            ome=False,
        ) as writer,
    ):
        for page in pages[:1] if one_directory else pages:
            _write_page(writer, page, options, add_note)
    if one_directory:
        append_pixels(file, [page.pixels for page in pages[1:]])
    elif len(pages) > 1:
        make_stacks_contiguous(file)
    if is_big and any(page.subdirectories for page in pages):
        add_note("EXIF was dropped, for the output is larger than 4 GB")
    elif any(page.subdirectories for page in pages):
        _append_subdirectories(file, pages, options)


def _append_subdirectories(
    file: BinaryIO, pages: Sequence[OutputPage], options: TiffFileOptions
) -> None:
    """Append the Exif and GPS directories, to which tifffile writes no pointers."""
    directories: list[Mapping[int, Directory]] = []
    for page in pages:
        directories.append(page.subdirectories)
        if options.chains_levels:
            directories += [{}] * len(page.levels)
    originals = {placeholder: tag for tag, placeholder in POINTER_PLACEHOLDERS.items()}
    write_tiff_directories.replace_tag_numbers(file, originals)
    write_tiff_directories.append_subdirectories(file, directories)


def _write_page(writer: Any, page: OutputPage, options: TiffFileOptions, add_note: AddNote) -> None:
    layout = page.layout
    if page.levels and layout.tile_size is None:
        layout = layout._replace(tile_size=(TILE_SIDE, TILE_SIDE))
    arguments = _storage_arguments(page, layout, options, add_note)
    details = _description_arguments(page)
    if page.levels and not options.chains_levels:
        details["subifds"] = len(page.levels)
    _write_pixels(writer, page.pixels, arguments | details)
    for level in page.levels:
        extra = {"colormap": page.colour_map, "subfiletype": 1}
        _write_pixels(writer, level, arguments | extra)


def _description_arguments(page: OutputPage) -> dict[str, Any]:
    """Return tifffile's arguments for the tags that describe a page."""
    arguments: dict[str, Any] = {
        "description": page.description,
        "extratags": page.tags,
        "iccprofile": page.icc_profile,
        "colormap": page.colour_map,
    }
    if page.resolution is not None:
        *resolution, unit = page.resolution
        arguments |= {"resolution": resolution, "resolutionunit": unit}
    return arguments


def _storage_arguments(
    page: OutputPage, layout: PageLayout, options: TiffFileOptions, add_note: AddNote
) -> dict[str, Any]:
    """Return tifffile's arguments for the layout of pixels, and a compression that it can write."""
    pixels = page.pixels
    channels = pixels.shape[2] if len(pixels.shape) == 3 else 1
    compression = layout.compression
    arguments: dict[str, Any] = {
        "photometric": layout.photometric,
        "metadata": None,
        "software": False,
        "maxworkers": options.threads,
        "buffersize": BUFFER_BYTES,
        "tile": _tile_of(pixels, layout),
    }
    if channels > 1:
        arguments["planarconfig"] = "separate" if layout.is_planar else "contig"
        arguments["extrasamples"] = layout.extra_samples or None
    if page.colour_map is not None:
        arguments["colormap"] = page.colour_map
    if compression == NONE:
        if layout.bits is not None:
            arguments["bitspersample"] = layout.bits
        return arguments
    predictor = fitting_predictor(layout, pixels.dtype)
    encoded = arguments | {"compression": compression, "predictor": predictor}
    can_be_jpeg = pixels.dtype == np.uint8 and channels in (1, 3) and not options.labels
    if compression == JPEG and can_be_jpeg:
        quality = JPEG_QUALITY if options.quality is None else options.quality
        return encoded | {"compressionargs": {"level": quality}}
    tried = layout._replace(predictor=predictor, tile_size=None, bits=None)
    if compression != JPEG and can_compress(tried, channels, pixels.dtype):
        return encoded
    add_note(f"compressed with deflate: {_reason(compression, options)}")
    return arguments | {"compression": DEFLATE, "predictor": predictor}


def _reason(compression: int, options: TiffFileOptions) -> str:
    import tifffile

    if compression == JPEG and options.labels:
        return "JPEG would blend labels"
    try:
        name = tifffile.COMPRESSION(compression).name
    except ValueError:
        name = f"compression {compression}"
    return f"{name} cannot be written for such an image"


def _tile_of(pixels: Source, layout: PageLayout) -> tuple[int, int] | None:
    """Return the tile of a page; sides are multiples of 16 (TIFF 6.0, section 15).

    Compressed pixels that are not in memory are tiled: tifffile takes tiles one by one, but
    strips of a whole page.
    """
    if layout.tile_size is not None:
        rows, columns = layout.tile_size
        return -(-rows // 16) * 16, -(-columns // 16) * 16
    streams = not isinstance(pixels, np.ndarray)
    return (TILE_SIDE, TILE_SIDE) if streams and layout.compression != NONE else None


def _write_pixels(writer: Any, pixels: Source, arguments: dict[str, Any]) -> None:
    is_planar = arguments.get("planarconfig") == "separate"
    shape = pixels.shape
    if is_planar:
        shape = (shape[2], *shape[:2])
    data: Any
    if arguments["tile"] is not None:
        data = tiles(pixels, arguments["tile"], is_planar=is_planar)
    elif "compression" in arguments or pixels.dtype == np.bool_:
        whole = pixels[tuple(slice(0, size) for size in pixels.shape)]
        data = np.ascontiguousarray(np.moveaxis(whole, -1, 0) if is_planar else whole)
    else:
        data = row_chunks(pixels, is_planar=is_planar)
    if "bitspersample" in arguments:  # tifffile packs with the newest imagecodecs alone
        data = packed(data, arguments["tile"], arguments["bitspersample"])
        arguments = arguments | {"rowsperstrip": rows_per_chunk(pixels, is_planar=is_planar)}
    if isinstance(data, np.ndarray):
        writer.write(data, **arguments)
    else:
        writer.write(data, shape=shape, dtype=pixels.dtype, **arguments)


def _nbytes(pixels: Source) -> int:
    return math.prod(pixels.shape) * pixels.dtype.itemsize
