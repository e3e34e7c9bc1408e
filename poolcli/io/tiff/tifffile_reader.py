"""Reading of TIFF files with tifffile: pages that Pillow narrows, refuses or reads wrongly."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

import numpy as np

from poolcli.errors import ReadError, is_shortage
from poolcli.io.decoded_segment_cache import MAX_CACHED_BYTES, SegmentCache
from poolcli.io.document import Document, Item, Source
from poolcli.io.images import pixel_limits
from poolcli.io.images.image_modes import mode_of_pixels
from poolcli.io.images.palette import Palette
from poolcli.io.metadata.exif_and_page_tags import (
    drop_georeference_of_turned_page,
    is_turned_page,
)
from poolcli.io.metadata.image_metadata import ContainerMetadata, ImageMetadata
from poolcli.io.metadata.read_metadata import read_metadata
from poolcli.io.metadata.tiff_tags import GDAL_NODATA
from poolcli.io.shorten_exception import first_line
from poolcli.io.tiff.directory_reader import Directory
from poolcli.io.tiff.file_range_reader import FileBytes
from poolcli.io.tiff.gdal_nodata import parse_nodata
from poolcli.io.tiff.page_kinds import PagePixels, Photometric
from poolcli.io.tiff.page_source import page_source, stored_array
from poolcli.io.tiff.page_storage_layout import layout_of_page
from poolcli.io.tiff.page_tags_for_metadata import TaggedPage
from poolcli.io.tiff.pages_to_pool import TiffPage
from poolcli.io.tiff.pixel_conversions import (
    BitsAsIntegers,
    ColoursOfIndices,
    OffsetLab,
    OneBitPixels,
    is_signed_lab,
    palette_of_page,
)

LABELS_AS_COLOURS = (
    "holds indices into a palette: labels were taken as colours; mode pools the labels"
)

for _package in ("tifffile", "imagecodecs"):
    logging.getLogger(_package).addHandler(logging.NullHandler())


@contextmanager
def open_with_tifffile(
    file: BinaryIO,
    pages: Sequence[TiffPage],
    max_pixels: int,
    *,
    indexed: bool,
) -> Iterator[Document]:
    """Open a TIFF as a document with one item per page.

    Items stay valid until the document is closed: their pixels are read when they are needed.

    Parameters
    ----------
    file : binary file
        The file.
    pages : sequence of TiffPage
        The pages to read, at least one.
    max_pixels : int
        The largest page, in pixels; 0 for no limit.
    indexed : bool
        Whether palette images are read as indices instead of colours.

    Raises
    ------
    ReadError
        If tifffile cannot read the file.
    LimitError
        If a page, or all pages together, have too many pixels.
    """
    import tifffile

    with warnings.catch_warnings(action="ignore"), ExitStack() as stack:
        try:
            opened = stack.enter_context(tifffile.TiffFile(file, name="input"))
        except Exception as error:  # damaged tags can raise many exceptions
            raise _read_error(error, "it") from error
        yield _TiffReader(file, opened, pages, max_pixels, indexed).document


def _read_error(error: Exception, subject: str) -> Exception:
    if isinstance(error, ReadError) or is_shortage(error):
        return error
    return ReadError(f"{subject} cannot be read: {first_line(error)}")


def _check_agreement(page: Any, pixels: PagePixels, name: str) -> None:
    """Raise `ReadError` if tifffile takes damaged tags for other pixels than were checked."""
    size = (page.imagelength, page.imagewidth, page.samplesperpixel)
    tile_size = (page.tilelength, page.tilewidth) if page.is_tiled else None
    checked = (pixels.height, pixels.width, pixels.channels), pixels.tile_size
    # tifffile gives values as they are stored, even text for a number.
    numbers = (*page.shaped, *page.dataoffsets, *page.databytecounts)
    if (size, tile_size) != checked or not all(isinstance(each, int) for each in numbers):
        raise ReadError(f"{name} has contradictory tags; get a new copy")


class _TiffReader:
    """A reader of the pages of an opened TIFF."""

    def __init__(
        self,
        file: BinaryIO,
        opened: Any,
        pages: Sequence[TiffPage],
        max_pixels: int,
        indexed: bool,
    ) -> None:
        self.file = file
        self.opened = opened
        self.pages = pages
        self.max_pixels = max_pixels
        self.indexed = indexed
        self.bytes = FileBytes(file)
        self.cache = SegmentCache(MAX_CACHED_BYTES)
        self.images_per_page = 1
        first = self._open_page(pages[0], 1)
        if len(pages) == 1:
            self.images_per_page = self._images_in_one_directory(first)
        self.notes: list[str] = []
        nodata = parse_nodata(pages[0].directory.value(GDAL_NODATA), self.add_note)
        count = len(pages) * self.images_per_page
        self.document = Document("TIFF", count, self.items, notes=self.notes, nodata=nodata)

    def add_note(self, note: str) -> None:
        """Add a note to the report, once for all pages."""
        if note not in self.notes:
            self.notes.append(note)

    def items(self) -> Iterator[Item]:
        """Yield the pages."""
        total, limit = (
            0,
            pixel_limits.max_pixels_of_frames(self.file, self.document.count, self.max_pixels),
        )
        for number, (_, directory, pixels) in enumerate(self.pages, 1):
            pixel_limits.check_pixels(pixels.width, pixels.height, self.max_pixels)
            page = self._open_page(self.pages[number - 1], number)
            metadata = self._metadata(directory, pixels)
            for image in range(self.images_per_page):
                total += pixels.width * pixels.height
                pixel_limits.check_frame_pixels(self.document.count, total, limit)
                self.document.metadata.append(metadata)
                name = f"page {number}"
                try:
                    item = self._item(page, pixels, metadata, name, image)
                except Exception as error:  # damaged tags can raise many exceptions
                    raise _read_error(error, name) from error
                yield item._replace(stays_valid=True)

    def _open_page(self, chosen: TiffPage, number: int) -> Any:
        import tifffile

        try:
            self.opened.filehandle.seek(chosen.directory.offset)
            page = tifffile.TiffPage(self.opened, number - 1)
            if not len(page.dataoffsets):
                raise ReadError(f"page {number} has no pixels")
            _check_agreement(page, chosen.pixels, f"page {number}")
        except Exception as error:  # damaged tags can raise many exceptions
            raise _read_error(error, f"page {number}") from error
        return page

    def _images_in_one_directory(self, page: Any) -> int:
        """Return the number of images that follow each other after one directory (ImageJ)."""
        count = images_of_imagej(page.description)
        size = page.dataoffsets[0] + count * page.nbytes
        has_all = page.is_final and self.bytes.descriptor is not None and size <= self.bytes.size
        return count if count > 1 and has_all else 1

    def _metadata(self, directory: Directory, pixels: PagePixels) -> ImageMetadata:
        tagged: Any = TaggedPage(self.file, directory.offset)
        metadata = read_metadata(tagged, ContainerMetadata(), self.add_note)
        if is_turned_page(tagged):
            drop_georeference_of_turned_page(metadata.tags, self.add_note)
        metadata.input_encoding["TIFF"]["layout"] = layout_of_page(pixels)
        metadata.white_is_zero = pixels.photometric == Photometric.WHITE_IS_ZERO
        return metadata

    def _item(
        self, page: Any, pixels: PagePixels, metadata: ImageMetadata, name: str, image: int
    ) -> Item:
        source: Source
        if self.images_per_page > 1:
            source = stored_array(page, self.bytes, page.dataoffsets[0] + image * page.nbytes)
        else:
            source = page_source(page, self.bytes, self.cache, name)
        if source.dtype == np.bool_:
            if pixels.image_mode == "1":
                return Item(OneBitPixels(source), image_mode="L", one_bit=True)
            source = BitsAsIntegers(source)
        if pixels.colour == "P" and pixels.channels == 1:
            palette, table = palette_of_page(page)
            if self.indexed:
                metadata.input_encoding["TIFF"]["colour_map"] = page.colormap
            if self.indexed and isinstance(palette, Palette):
                return Item(source, image_mode="P", palette=palette)
            if not self.indexed:
                self.document.animation.from_palette = True
                self.add_note(LABELS_AS_COLOURS)
                mode = mode_of_pixels("RGB", table.dtype)
                return Item(ColoursOfIndices(source, table), image_mode=mode)
            return Item(source, image_mode=mode_of_pixels("L", source.dtype))
        if is_signed_lab(pixels.photometric, source.dtype) and pixels.channels >= 3:
            source = OffsetLab(source)
        return Item(source, image_mode=pixels.image_mode)


def images_of_imagej(description: str) -> int:
    """Return the number of images that ImageJ's description of a file states; else 1.

    Examples
    --------
    >>> images_of_imagej("ImageJ=1.53t\\nimages=6\\nslices=6\\n"), images_of_imagej("a photo")
    (6, 1)
    """
    if not description.startswith("ImageJ="):
        return 1
    for line in description.splitlines():
        key, _, value = line.partition("=")
        if key == "images" and value.strip().isdigit():
            return int(value)
    return 1
