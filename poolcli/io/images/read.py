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

from poolcli.errors import LimitError, ReadError, is_shortage
from poolcli.io.document import Document, Item
from poolcli.io.file_kind import Kind
from poolcli.io.file_position import keep_position
from poolcli.io.formats import READ
from poolcli.io.images import prefetch
from poolcli.io.images.decoding.fidelity import is_grey_with_alpha, losses, settings_of
from poolcli.io.images.decoding.pillow_corrections import (
    check_before_opening,
    correct_before_decoding,
    corrected,
)
from poolcli.io.images.decoding.stored_values import Scaling, as_stored, scaling_note, scaling_of
from poolcli.io.images.pixels import TURNS, Pixels, Turn, palette_of, pooled_mode
from poolcli.io.metadata.container_metadata import Container, read_container
from poolcli.io.metadata.exif import exif_of
from poolcli.io.metadata.gain_map import picture_frames
from poolcli.io.metadata.read import read_animation, read_metadata
from poolcli.io.silence_stderr import quiet
from poolcli.io.trailing_data import further_pictures

LAYERED = ("PSD",)
"""Formats whose further "frames" are layers of one picture."""

BOMB_RATIO = 2000
"""Pixels for a byte: more than codecs reach on frames that are not blank."""

INDEXED_FRAMES = ("TIFF", "PNG")
"""Formats whose further frames Pillow gives as indices; of a GIF it gives colours."""

AS_COLOURS = "holds indices into a palette: labels were taken as colours"
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
            check_before_opening(file)
            decoded = prefetch.take(file)
            image = Image.open(file, formats=READ) if decoded is None else decoded.image
            count = 1 if image.format in LAYERED else getattr(image, "n_frames", 1)
        with image:
            if count < 1:
                raise ReadError(f"its header claims {count} frames; get it anew")
            _check_pixels(image, max_pixels)
            with _readably(max_pixels):
                frames, notes = picture_frames(image, count)
                # What has one frame may have closed the file.
                limit = _frames_limit(file, max_pixels) if count > 1 else math.inf
                pixels = _pixels_of_frames(image, count)
            _check_frames(count, pixels, limit)
            reading = _Reading(image, file, frames, max_pixels, limit, indexed=indexed)
            reading.document.notes.extend(notes)
            if decoded is not None:
                image.tile = decoded.tile  # type: ignore[attr-defined]
            with _readably(max_pixels):
                correct_before_decoding(image, file, reading.say)
                reading.document.notes.extend(losses(image, file))
                reading.document.notes.extend(further_pictures(image, file))
                reading.find_scaling()
                reading.as_before |= settings_of(image, file)
                reading.is_grey = is_grey_with_alpha(image)
                reading.container = read_container(image, file, reading.say)
            if decoded is not None:
                image.tile = []  # type: ignore[attr-defined]
            yield reading.document


class _Reading:
    """A picture that is being read, frame by frame."""

    def __init__(
        self,
        image: Image.Image,
        file: BinaryIO,
        frames: list[int],
        max_pixels: int,
        limit: float,
        *,
        indexed: bool,
    ) -> None:
        self.image = image
        self.file = file
        self.frames = frames
        self.max_pixels = max_pixels
        self.limit = limit
        count = len(frames)
        self.indexed = indexed and (count == 1 or image.format in INDEXED_FRAMES)
        self.scaling: Scaling | None = None
        # An MPO of one picture and its gain map becomes a JPEG.
        name = "JPEG" if image.format == "MPO" and count == 1 else image.format or ""
        self.document = Document(Kind.IMAGE, name, count, self.items)
        self.container = Container()
        self.is_grey = False
        self.as_before: dict[str, dict[str, object]] = {}

    def say(self, note: str) -> None:
        """Note what the person should know, once for all frames."""
        if note not in self.document.notes:
            self.document.notes.append(note)

    def find_scaling(self) -> None:
        """Find how Pillow scales the numbers of the file; with labels they are kept as stored."""
        scaling = scaling_of(self.image, self.file)
        if scaling is None:
            return
        self.say(scaling_note(scaling))
        if self.indexed:
            self.scaling = scaling
            largest: dict[str, object] = {"maxval": len(scaling) - 1}
            self.as_before = {"PPM": largest, "PNG": largest}

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
                    image.seek(self.frames[number])
                    _check_pixels(image, self.max_pixels)
                pixels += image.width * image.height
                _check_frames(document.count, pixels, self.limit)
                with quiet():
                    image.load()
                right = corrected(image, self.file, self.say)
                kept = read_metadata(image, self.container, self.say)
                kept.as_before |= self.as_before
                document.kept.append(kept)
                if number == document.count - 1:
                    self._note_what_all_share()
                item = self._item(right)
            yield item
            del item, right
        # What was decoded makes room for what is to be encoded.
        image.close()

    def _note_what_all_share(self) -> None:
        """Loops and backgrounds may stand at the end of a file."""
        animation = read_animation(self.image)
        self.document.animation.plays = animation.plays
        self.document.animation.background = animation.background
        self.document.animation.still_first = animation.still_first
        if self.image.format == "GIF":
            every = [comment for kept in self.document.kept for comment in kept.comments]
            self.document.kept[0].comments = list(dict.fromkeys(every))

    def _item(self, image: Image.Image) -> Item:
        """The item of a decoded and corrected picture or frame."""
        turn = upright(self.image)
        self._note_palette(image)
        if self.scaling is not None:
            image = as_stored(image, self.scaling)
        palette = palette_of(image) if self.indexed else None
        mode = "P" if palette is not None else "LA" if self.is_grey else pooled_mode(image)
        if mode == "I;16" and "transparency" in image.info:
            self.say(
                f"the transparent grey {image.info['transparency']} was pooled like any other; "
                "--ignore leaves it out"
            )
        one_bit = image.mode == "1" and mode == "L"
        aperture = self.container.aperture
        shown = image if aperture is None else image.crop(aperture)
        return Item(Pixels(shown, mode, turn), image_mode=mode, one_bit=one_bit, palette=palette)

    def _note_palette(self, image: Image.Image) -> None:
        """Note where the pixels are indices into a palette that are read as its colours."""
        animation, is_gif = self.document.animation, image.format == "GIF"
        has_palette = image.mode in ("P", "PA")
        animation.from_palette |= has_palette or is_gif
        if not has_palette and not (is_gif and image.mode in ("RGB", "RGBA")):
            return
        has_indices = self.document.count == 1 or image.format in INDEXED_FRAMES
        if palette_of(image) is None or not has_indices:
            self.say(f"{AS_COLOURS}, for Pillow gives no indices of it")
        elif not self.indexed:
            self.say(f"{AS_COLOURS}; mode pools the labels")


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
    with keep_position(file):
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
        if is_shortage(error):
            raise
        # A damaged file can make a decoder raise anything at all; this is the one place for it.
        words = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ReadError(f"{which} cannot be decoded: {words}") from error
    finally:
        Image.MAX_IMAGE_PIXELS = before
