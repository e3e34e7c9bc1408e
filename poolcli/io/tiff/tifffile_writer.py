"""Writing of TIFF files with tifffile: pages of any dtype and number of channels, and pyramids."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, BinaryIO

import numpy as np
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
from poolcli.io.tiff.pixel_chunks import CHUNK_BYTES, packed, row_chunks, rows_per_chunk, tiles
from poolcli.io.tiff.tifffile_arguments import (
    TILE_SIDE,
    OutputPage,
    TiffFileOptions,
    description_arguments,
    storage_arguments,
)

MAX_CLASSIC_BYTES = (1 << 32) - (1 << 25)
"""The size of the pixels up to which a classic TIFF is written, whose offsets have 32 bits; tags
and tables of offsets need the rest."""

POINTER_PLACEHOLDERS = {int(EXIF): int(EXIF) + 1, int(GPS): int(GPS) + 1}
"""Unused tags that stand for those that tifffile does not write."""


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
    arguments = storage_arguments(page, layout, options, add_note)
    details = description_arguments(page)
    if page.levels and not options.chains_levels:
        details["subifds"] = len(page.levels)
    _write_pixels(writer, page.pixels, arguments | details)
    for level in page.levels:
        extra = {"colormap": page.colour_map, "subfiletype": 1}
        _write_pixels(writer, level, arguments | extra)


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
