"""Reading pictures through Pillow: frames, orientation, limits, and quiet."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from poolcli.errors import LimitError, ReadError
from poolcli.media.kind import Kind
from poolcli.media.pixels import Pixels, palette_of, pooled_mode
from poolcli.media.source import Document, Item

KEPT = ("icc_profile", "dpi", "loop", "duration", "disposal", "compression")
"""Entries of a picture's `info` that carry over to the output."""

LAYERED = ("PSD",)
"""Formats whose further "frames" are layers of one picture."""

logging.getLogger("PIL").addHandler(logging.NullHandler())


@contextmanager
def open_image(file: BinaryIO, max_pixels: int, *, indexed: bool = False) -> Iterator[Document]:
    """Open a picture.

    Parameters
    ----------
    file : binary file
        Seekable.
    max_pixels : int
        The largest picture to decode, in pixels; 0 for no limit.
    indexed : bool
        Whether palette pictures give their indices, not colours; animations give colours, for
        Pillow puts their frames together as such.

    Raises
    ------
    ReadError
        If Pillow cannot read it.
    LimitError
        If it is too large.
    """
    # Pillow refuses what is over twice this number.
    Image.MAX_IMAGE_PIXELS = max_pixels / 2 if max_pixels else None  # type: ignore[assignment]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _readably(max_pixels):
            image = Image.open(file)
            count = 1 if image.format in LAYERED else getattr(image, "n_frames", 1)
        with image:
            _check_pixels(image, max_pixels)
            document = Document(Kind.IMAGE, image.format or "", count, lambda: iter(()))
            document.notes.extend(_narrowings(image))
            indexed = indexed and (count == 1 or image.format == "TIFF")
            yield _with_frames(document, image, max_pixels, indexed=indexed)


def _with_frames(
    document: Document, image: Image.Image, max_pixels: int, *, indexed: bool
) -> Document:
    keep = document.keep
    durations: list[Any] = []

    def items() -> Iterator[Item]:
        for number in range(document.count):
            with _readably(max_pixels):
                if number:
                    image.seek(number)
                    _check_pixels(image, max_pixels)
                image.load()
                frame = upright(image)
            durations.append(image.info.get("duration", 0))
            keep.update({key: image.info[key] for key in KEPT if key in image.info})
            if document.count > 1:
                keep["duration"] = durations
            keep["from_palette"] = keep.get("from_palette") or frame.mode in ("P", "PA")
            palette = palette_of(frame) if indexed else None
            mode = "P" if palette is not None else pooled_mode(frame)
            yield Item(
                Pixels(frame, mode),
                image_mode=mode,
                one_bit=frame.mode == "1",
                palette=palette,
            )

    return Document(
        document.kind, document.format, document.count, items, document.keep, document.notes
    )


def upright(image: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF orientation says (Pillow's TIFF reader already has)."""
    if image.format == "TIFF":
        return image
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    if orientation == 1:
        return image
    return ImageOps.exif_transpose(image) or image


def _check_pixels(image: Image.Image, max_pixels: int) -> None:
    pixels = image.width * image.height
    if max_pixels and pixels > max_pixels:
        raise LimitError(
            f"{image.width}x{image.height} is {pixels:,} pixels, more than the limit of "
            f"{max_pixels:,}; --max-pixels raises it, 0 lifts it"
        )


def _narrowings(image: Image.Image) -> list[str]:
    """What Pillow loses on reading; its decoder's arguments tell before it does."""
    raw = [tile[3] for tile in getattr(image, "tile", [])]
    # The arguments of portable maps are a raw mode and the largest value.
    deep = image.format == "PPM" and any(isinstance(each, tuple) and each[-1] > 255 for each in raw)
    if (deep or ";16" in str(raw)) and image.mode in ("RGB", "RGBA", "LA", "CMYK"):
        return ["16-bit colour was read as 8-bit"]
    return []


@contextmanager
def _readably(max_pixels: int) -> Iterator[None]:
    """Turn whatever a decoder throws into one line."""
    try:
        yield
    except (ReadError, LimitError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise ReadError(
            "neither a picture that Pillow can read nor .npy or .npz; convert it to one of them"
        ) from error
    except Image.DecompressionBombError as error:
        raise LimitError(
            f"more pixels than the limit of {max_pixels:,}; --max-pixels raises it, 0 lifts it"
        ) from error
    except Exception as error:
        # A damaged file can make a decoder raise anything at all; this is the one place for it.
        words = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ReadError(f"the picture cannot be decoded: {words}") from error
