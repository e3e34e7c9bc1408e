"""Reading pictures through Pillow: frames, orientation, limits, and quiet."""

from __future__ import annotations

import io
import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import ExifTags, Image, UnidentifiedImageError

from poolcli.errors import LimitError, ReadError
from poolcli.media import ahead
from poolcli.media.concatenated import further_pictures
from poolcli.media.exif import exif_of
from poolcli.media.formats import READ
from poolcli.media.jp2 import read_boxes, staying
from poolcli.media.kind import Kind
from poolcli.media.metadata import png_texts, read_animation, read_metadata
from poolcli.media.pixels import TURNS, Pixels, Turn, palette_of, pooled_mode
from poolcli.media.probe import cicp, is_grey_with_alpha, losses, settings_of
from poolcli.media.quiet import quiet
from poolcli.media.source import Document, Item

LAYERED = ("PSD",)
"""Formats whose further "frames" are layers of one picture."""

BOMB_RATIO = 2000
"""Pixels for a byte: more than codecs reach on frames that are not blank."""

INDEXED_FRAMES = ("TIFF", "PNG")
"""Formats whose further frames Pillow gives as indices; of a GIF it gives colours."""

UNIDENTIFIED = (
    "neither a picture that Pillow can read nor .npy or .npz, or it is damaged; "
    "convert it to one of them, or get it anew"
)

logging.getLogger("PIL").addHandler(logging.NullHandler())


@contextmanager
def open_image(
    file: BinaryIO, max_pixels: int, *, indexed: bool = False, unidentified: str = UNIDENTIFIED
) -> Iterator[Document]:
    """Open a picture.

    Parameters
    ----------
    file : binary file
        Seekable.
    max_pixels : int
        The largest picture to decode, in pixels; 0 for no limit.
    indexed : bool
        Whether palette pictures give their indices, not colours, where their frames have such.
    unidentified : str
        The error for a file that has none of the formats in `READ`.

    Raises
    ------
    ReadError
        If Pillow cannot read it.
    LimitError
        If it is too large.
    """
    with warnings.catch_warnings(action="ignore"):
        with _readably(max_pixels, unidentified=unidentified):
            decoded = ahead.take(file)
            image = Image.open(file, formats=READ) if decoded is None else decoded.image
            count = 1 if image.format in LAYERED else getattr(image, "n_frames", 1)
        with image:
            _check_pixels(image, max_pixels)
            with _readably(max_pixels):
                # What has one frame may have closed the file.
                limit = _frames_limit(file, max_pixels) if count > 1 else math.inf
                pixels = _pixels_of_frames(image, count)
            _check_frames(count, pixels, limit)
            reading = _Reading(image, count, max_pixels, limit, indexed=indexed)
            if decoded is not None:
                image.tile = decoded.tile  # type: ignore[attr-defined]
            with _readably(max_pixels):
                reading.document.notes.extend(losses(image, file))
                reading.document.notes.extend(further_pictures(image, file))
                reading.as_before = settings_of(image, file)
                reading.is_grey = is_grey_with_alpha(image)
                if image.format == "JPEG2000":
                    image.info["icc_profile"], image.info["xmp"] = read_boxes(file)
                if image.format == "PNG":
                    image.info["cicp"] = cicp(file)
            if decoded is not None:
                image.tile = []  # type: ignore[attr-defined]
            yield reading.document


class _Reading:
    """A picture that is being read, frame by frame."""

    def __init__(
        self, image: Image.Image, count: int, max_pixels: int, limit: float, *, indexed: bool
    ) -> None:
        self.image = image
        self.max_pixels = max_pixels
        self.limit = limit
        self.indexed = indexed and (count == 1 or image.format in INDEXED_FRAMES)
        self.document = Document(Kind.IMAGE, image.format or "", count, self.items)
        self.is_grey = False
        self.as_before: dict[str, dict[str, object]] = {}

    def say(self, note: str) -> None:
        """Note what the person should know, once for all frames."""
        if note not in self.document.notes:
            self.document.notes.append(note)

    def items(self) -> Iterator[Item]:
        """Decode one frame after the other; the last is let go when nothing more is asked for."""
        document, image = self.document, self.image
        pixels = 0
        for number in range(document.count):
            which = (
                f"frame {number + 1} of {document.count}" if document.count > 1 else "the picture"
            )
            with _readably(self.max_pixels, which):
                if number:
                    image.seek(number)
                    _check_pixels(image, self.max_pixels)
                pixels += image.width * image.height
                _check_frames(document.count, pixels, self.limit)
                with quiet():
                    image.load()
                kept = read_metadata(image, self.say)
                kept.as_before |= self.as_before
                document.kept.append(kept)
                if number == document.count - 1:
                    self._note_what_all_share()
                item = self._item()
            yield item
            del item
        # What was decoded makes room for what is to be encoded.
        image.close()

    def _note_what_all_share(self) -> None:
        """Texts stand anywhere in a PNG, also at its end; loops and backgrounds by then, too."""
        animation = read_animation(self.image)
        self.document.animation.plays = animation.plays
        self.document.animation.background = animation.background
        self.document.animation.still_first = animation.still_first
        if self.image.format == "PNG":
            self.document.kept[0].text = png_texts(self.image)

    def _item(self) -> Item:
        image, animation = self.image, self.document.animation
        animation.from_palette |= image.mode in ("P", "PA") or image.format == "GIF"
        palette = palette_of(image) if self.indexed else None
        mode = "P" if palette is not None else "LA" if self.is_grey else pooled_mode(image)
        if mode == "I;16" and "transparency" in image.info:
            self.say(
                f"the transparent grey {image.info['transparency']} was pooled like any other; "
                "--ignore leaves it out"
            )
        one_bit = image.mode == "1" and mode == "L"
        pixels = Pixels(image, mode, upright(image))
        return Item(pixels, image_mode=mode, one_bit=one_bit, palette=palette)


def upright(image: Image.Image) -> Turn:
    """How a loaded picture is to be turned; Pillow's TIFF reader already has."""
    if image.format == "TIFF":
        return Turn()
    try:
        orientation = exif_of(image).get(ExifTags.Base.Orientation, 1)
    except Exception:
        return Turn()  # damaged EXIF can make its reader raise anything
    return TURNS.get(orientation, Turn())


def _check_pixels(image: Image.Image, max_pixels: int) -> None:
    pixels = image.width * image.height
    if max_pixels and pixels > max_pixels:
        raise LimitError(
            f"{image.width}x{image.height} is {pixels:,} pixels, more than the limit of "
            f"{max_pixels:,}; --max-pixels raises it, 0 lifts it"
        )


def _frames_limit(file: BinaryIO, max_pixels: int) -> float:
    """The most pixels that all frames of a file may have together."""
    with staying(file):
        size = file.seek(0, io.SEEK_END)
    return max(max_pixels, BOMB_RATIO * size) if max_pixels else math.inf


def _pixels_of_frames(image: Image.Image, count: int) -> int:
    """The pixels of all frames, as far as they are known without decoding.

    TIFF pages differ in size, which their directories tell. The frames of animations have the size
    of the canvas; those of other formats are counted when they are read.
    """
    if image.format != "TIFF" or count == 1:
        return image.width * image.height * count
    pixels = 0
    for number in range(count):
        image.seek(number)
        pixels += image.width * image.height
    image.seek(0)
    return pixels


def _check_frames(count: int, pixels: int, limit: float) -> None:
    """Refuse files whose frames are many times larger than those of any useful file."""
    if count > 1 and pixels > limit:
        raise LimitError(
            f"its {count:,} frames have {pixels:,} pixels or more, above the limit of {limit:,} "
            "for a file of its size; --max-pixels 0 lifts it"
        )


@contextmanager
def _readably(
    max_pixels: int, which: str = "the picture", unidentified: str = UNIDENTIFIED
) -> Iterator[None]:
    """Let Pillow have its limit, and turn whatever a decoder throws into one line."""
    before = Image.MAX_IMAGE_PIXELS
    # Pillow refuses what is over twice this number.
    Image.MAX_IMAGE_PIXELS = max_pixels / 2 if max_pixels else None  # type: ignore[assignment]
    try:
        yield
    except (ReadError, LimitError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise ReadError(unidentified) from error
    except Image.DecompressionBombError as error:
        raise LimitError(
            f"more pixels than the limit of {max_pixels:,}; --max-pixels raises it, 0 lifts it"
        ) from error
    except Exception as error:
        # A damaged file can make a decoder raise anything at all; this is the one place for it.
        words = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ReadError(f"{which} cannot be decoded: {words}") from error
    finally:
        Image.MAX_IMAGE_PIXELS = before
