"""Reading of images through Pillow: frames, orientation, limits and corrections."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from PIL import Image

from poolcli.errors import ReadError
from poolcli.io.document import Document, Item
from poolcli.io.formats import READABLE_FORMATS
from poolcli.io.images import decode_while_starting, pixel_limits
from poolcli.io.images.decoder_errors import translate_decoder_errors
from poolcli.io.images.decoding import pillow_corrections, stored_values
from poolcli.io.images.decoding.decoding_losses import (
    find_losses,
    is_sixteen_bit_colour,
)
from poolcli.io.images.decoding.input_encoding import read_input_encoding
from poolcli.io.images.image_block_reader import ReadableImage, transposition_of
from poolcli.io.images.image_modes import pooled_mode
from poolcli.io.images.palette import palette_of
from poolcli.io.metadata import mpo_auxiliary_frames, read_metadata
from poolcli.io.metadata.exif_and_page_tags import (
    drop_georeference_of_turned_page,
    is_turned_page,
)
from poolcli.io.metadata.image_metadata import ContainerMetadata
from poolcli.io.pillow_private import set_tiles
from poolcli.io.stdout_and_stderr import silence_stderr
from poolcli.io.trailing_data import trailing_image_notes
from poolcli.io.unsupported_formats import UNIDENTIFIED

if TYPE_CHECKING:
    from poolcli.io.images.decoding.png_sixteen_bit_colour import SixteenBitColourDecoder
    from poolcli.io.tiff.pages_to_pool import TiffPage

LAYERED_FORMATS = ("PSD",)
"""Formats whose further "frames" are layers of one image."""

INDEXED_FRAME_FORMATS = ("TIFF", "PNG")
"""Formats whose further frames Pillow decodes as indices; those of a GIF become colours."""

LABELS_AS_COLOURS = "holds indices into a palette: labels were taken as colours"

logging.getLogger("PIL").addHandler(logging.NullHandler())


@contextmanager
def open_image(
    file: BinaryIO,
    max_pixels: int,
    *,
    indexed: bool = False,
    unidentified: str = UNIDENTIFIED,
    tiff_pages: Sequence[TiffPage] = (),
    plugin: str | None = None,
) -> Iterator[Document]:
    """Open an image.

    Parameters
    ----------
    file : binary file
        The file; it can be read and sought in.
    max_pixels : int
        The largest image to decode, in pixels; 0 for no limit.
    indexed : bool
        Whether palette images are read as indices instead of colours, where Pillow gives indices.
    unidentified : str
        The message for a file that has none of the formats in `READABLE_FORMATS`.
    tiff_pages : sequence of TiffPage
        The pages of a TIFF to read; their sizes are within the limits.
    plugin : str, optional
        The format, if a package of the extra ``[formats]`` reads it: HEIF or JXL.

    Raises
    ------
    ReadError
        If Pillow cannot read it.
    LimitError
        If it has too many pixels.
    """
    with warnings.catch_warnings(action="ignore"):
        with translate_decoder_errors(max_pixels, unidentified=unidentified):
            decoded = decode_while_starting.take_decoded(file)
            image = _open(file, plugin, max_pixels) if decoded is None else decoded.image
            count = 1 if tiff_pages else _count_frames(image)
        with image:
            if tiff_pages:
                frames, max_total_pixels = [page.number for page in tiff_pages], math.inf
                notes: list[str] = []
            else:
                frames, notes, max_total_pixels = _find_frames(image, file, count, max_pixels)
            reader = _ImageReader(
                image, file, frames, max_pixels, max_total_pixels, indexed, tiff_pages
            )
            reader.document.notes.extend(notes)
            if decoded is not None:
                set_tiles(image, decoded.tiles)
            with translate_decoder_errors(max_pixels):
                reader.seek(0)
                reader.read_file_properties()
            if decoded is not None:
                set_tiles(image, [])
            yield reader.document


def _open(file: BinaryIO, plugin: str | None, max_pixels: int) -> Image.Image:
    if plugin is not None:
        from poolcli.io.images.plugins.open_plugin_image import open_plugin_image  # rarely needed

        return open_plugin_image(file, plugin, max_pixels)
    pillow_corrections.check_before_opening(file)
    return Image.open(file, formats=READABLE_FORMATS)


def _count_frames(image: Image.Image) -> int:
    """Return the number of frames of an opened image; raise `ReadError` if it has none."""
    count = 1 if image.format in LAYERED_FORMATS else getattr(image, "n_frames", 1)
    if count < 1:
        raise ReadError(f"its header claims {count} frames; get a new copy")
    return count


def _find_frames(
    image: Image.Image, file: BinaryIO, count: int, max_pixels: int
) -> tuple[list[int], list[str], float]:
    """Return the numbers of the frames to read, notes, and the limit on the pixels of them all.

    Raise `LimitError` if the image has too many pixels.
    """
    pixel_limits.check_image_pixels(image, max_pixels)
    with translate_decoder_errors(max_pixels):
        frames, notes = mpo_auxiliary_frames.find_image_frames(image, count)
        max_total_pixels = pixel_limits.max_pixels_of_frames(file, count, max_pixels)
    # Those of animations have the size of the animation; others are counted when they are read.
    pixel_limits.check_frame_pixels(count, image.width * image.height * count, max_total_pixels)
    return frames, notes, max_total_pixels


@dataclass
class _ImageReader:
    """A reader of the frames of an opened image.

    Attributes
    ----------
    frames : list of int
        The numbers of the frames that are read.
    max_pixels : int
        The largest frame to decode, in pixels; 0 for no limit.
    max_total_pixels : float
        The number of pixels that all frames may have together.
    indexed : bool
        Whether palette images are read as indices.
    tiff_pages : sequence of TiffPage
        The pages of a TIFF, one for each frame; empty for other formats.
    """

    image: Image.Image
    file: BinaryIO
    frames: list[int]
    max_pixels: int
    max_total_pixels: float
    indexed: bool
    tiff_pages: Sequence[TiffPage] = ()

    def __post_init__(self) -> None:
        count, image_format = len(self.frames), self.image.format or ""
        self.indexed &= count == 1 or image_format in INDEXED_FRAME_FORMATS
        self.scaling: stored_values.ValueScaling | None = None
        # The output of an MPO of one image and its gain map is a JPEG.
        format_name = "JPEG" if image_format == "MPO" and count == 1 else image_format
        self.notes: list[str] = []
        nodata = None
        if image_format == "TIFF":
            from poolcli.io.tiff.gdal_nodata import nodata_of_image  # late, for TIFF alone

            nodata = nodata_of_image(self.image, self.add_note)
        self.document = Document(format_name, count, self.items, notes=self.notes, nodata=nodata)
        self.container = ContainerMetadata()
        self.sixteen_bit_colour: SixteenBitColourDecoder | None = None
        self.input_encoding: dict[str, dict[str, Any]] = {}

    def add_note(self, note: str) -> None:
        """Add a note to the report, once for all frames."""
        if note not in self.notes:
            self.notes.append(note)

    def seek(self, index: int) -> None:
        """Go to one of the frames, and correct the decoder if it is a page of a TIFF."""
        if (
            index or self.tiff_pages or self.image.format == "HEIF"
        ):  # a HEIF opens its primary image
            self.image.seek(self.frames[index])
        if self.tiff_pages:
            from poolcli.io.images.decoding.tiff_corrections import correct_tiff_decoder

            correct_tiff_decoder(self.image, self.tiff_pages[index])

    def read_file_properties(self) -> None:
        """Correct the decoder, and read what all frames share, before any is decoded."""
        image, file, notes = self.image, self.file, self.document.notes
        pillow_corrections.correct_before_decoding(image, file, self.add_note)
        notes.extend(find_losses(image, file))
        notes.extend(trailing_image_notes(image, file))
        scaling = stored_values.find_value_scaling(image, file)
        if scaling is not None:
            self.add_note(stored_values.scaling_note(scaling))
            if self.indexed:  # labels are kept as stored
                self.scaling = scaling
                maxval = {"maxval": len(scaling) - 1}
                self.input_encoding |= {"PPM": maxval, "PNG": maxval}
        self.input_encoding |= read_input_encoding(image, file)
        if is_sixteen_bit_colour(image):
            from poolcli.io.images.decoding.png_sixteen_bit_colour import SixteenBitColourDecoder

            self.sixteen_bit_colour = SixteenBitColourDecoder(image, len(self.frames))
        self.container = read_metadata.read_container_metadata(image, file, self.add_note)

    def items(self) -> Iterator[Item]:
        """Decode one frame after the other, and close the image after the last one."""
        image, count = self.image, len(self.frames)
        pixels = 0
        for number in range(1, count + 1):
            subject = f"frame {number} of {count}" if count > 1 else "the image"
            with translate_decoder_errors(self.max_pixels, subject):
                if number > 1:
                    self.seek(number - 1)
                    pixel_limits.check_image_pixels(image, self.max_pixels)
                pixels += image.width * image.height
                pixel_limits.check_frame_pixels(count, pixels, self.max_total_pixels)
                is_turned = is_turned_page(image)  # Pillow removes the tag when it applies it
                is_deep = image.format == "HEIF" and image.info["bit_depth"] > 8
                if not is_deep:
                    with silence_stderr():
                        image.load()
                frame = pillow_corrections.correct_decoded(image, self.file, self.add_note)
                metadata = read_metadata.read_metadata(image, self.container, self.add_note)
                if is_turned:
                    drop_georeference_of_turned_page(metadata.tags, self.add_note)
                metadata.input_encoding |= self.input_encoding
                if self.tiff_pages:
                    page = self.tiff_pages[number - 1]
                    metadata.white_is_zero = page.pixels.is_white_zero
                self.document.metadata.append(metadata)
                if number == count:
                    self._read_shared_metadata()
                item = self._deep_item(number - 1) if is_deep else self._item(frame)
            yield item
            del item, frame
        image.close()  # frees the memory for the encoder

    def _read_shared_metadata(self) -> None:
        """Read the number of loops and the background, which may be at the end of a file."""
        found, animation = read_metadata.read_animation(self.image), self.document.animation
        animation.plays, animation.background = found.plays, found.background
        animation.has_default_image = found.has_default_image
        if self.image.format == "GIF":
            comments = [comment for kept in self.document.metadata for comment in kept.comments]
            self.document.metadata[0].comments = list(dict.fromkeys(comments))

    def _deep_item(self, frame: int) -> Item:
        """Return the item of a HEIF image with more than 8 bits."""
        from poolcli.io.images.plugins.heif_pixels import read_deep_pixels  # rarely needed

        with silence_stderr():
            pixels, mode = read_deep_pixels(self.file, self.frames[frame])
        return Item(pixels, image_mode=mode)

    def _item(self, frame: Image.Image) -> Item:
        """Return the item of a decoded and corrected frame."""
        if self.sixteen_bit_colour is not None:
            colours = self.sixteen_bit_colour.read(frame, self.file)
            return Item(colours, image_mode=colours.mode)
        self._note_palette(frame)
        if self.scaling is not None:
            frame = stored_values.restore_stored_values(frame, self.scaling)
        palette = palette_of(frame) if self.indexed else None
        mode = "P" if palette is not None else pooled_mode(frame)
        if mode == "I;16" and "transparency" in frame.info:
            self.add_note(
                f"the transparent grey {frame.info['transparency']} was pooled like any other; "
                "--ignore leaves it out"
            )
        one_bit = frame.mode == "1" and mode == "L"
        aperture = self.container.clean_aperture
        shown = frame if aperture is None else frame.crop(aperture)
        array = ReadableImage(shown, mode, transposition_of(self.image))
        return Item(array, image_mode=mode, one_bit=one_bit, palette=palette)

    def _note_palette(self, frame: Image.Image) -> None:
        """Add a note if the pixels are indices into a palette that are read as its colours."""
        animation, is_gif = self.document.animation, frame.format == "GIF"
        has_palette = frame.mode in ("P", "PA")
        animation.from_palette |= has_palette or is_gif
        if not has_palette and not (is_gif and frame.mode in ("RGB", "RGBA")):
            return
        has_indices = self.document.count == 1 or frame.format in INDEXED_FRAME_FORMATS
        if palette_of(frame) is None or not has_indices:
            self.add_note(f"{LABELS_AS_COLOURS}, for Pillow gives no indices of it")
        elif not self.indexed:
            self.add_note(f"{LABELS_AS_COLOURS}; mode pools the labels")
