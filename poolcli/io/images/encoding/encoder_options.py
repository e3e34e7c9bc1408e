"""Options of Pillow's encoders: as the user or the input wants them, or by a default, by format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from PIL import Image

from poolcli.io.images.encoding import png_strategy
from poolcli.io.images.pixel_array import PixelArray
from poolcli.io.note_callback_type import AddNote

SaveOptions = dict[str, Any]
"""Keyword arguments of Pillow's `Image.save`."""

DEFAULT_QUALITY = 90
"""The quality of all lossy formats if neither the user nor the input determines it."""

LOSSLESS_QUALITY = 100
"""The quality of lossless JPEG XL (as of its tool cjxl), which the plugin takes as an option."""

LABEL_FORMATS = "PNG, TIFF and WebP"
"""Formats that store labels without loss, for notes."""

TIFF_COMPRESSIONS = ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "zstd", "lzma")
"""Compressions that hold every mode without loss."""

FAX_COMPRESSIONS = ("group3", "group4", "tiff_ccitt")
"""Compressions of 1-bit images."""

PREDICTOR_COMPRESSIONS = ("tiff_lzw", "tiff_adobe_deflate", "zstd", "lzma")
"""Compressions that can be combined with a predictor."""

PREDICTORS: dict[str, tuple[int, ...]] = {"1": (), "F": (2, 3)}
"""Predictors by mode: 2 stores differences, 3 those of floats; other modes have 2 only."""

RENAMED_COMPRESSIONS = {"tiff_deflate": "tiff_adobe_deflate", "tiff_jpeg": "jpeg"}
"""Outdated compressions of TIFF, and those that replace them."""


LOSSLESS_OPTIONS: dict[str, SaveOptions] = {
    "WEBP": {"lossless": True, "exact": True},
    "HEIF": {"quality": -1, "chroma": "444", "matrix_coefficients": 0},
    "JXL": {"lossless": True},
}
"""Options that keep all values. HEIF needs no subsampling and the identity matrix."""

FORMAT_NAMES = {"WEBP": "WebP", "JXL": "JPEG XL"}
"""The names of formats in notes, where Pillow has others."""


class EncoderOptions(NamedTuple):
    """Options for an encoder that the user or the input decides.

    Attributes
    ----------
    quality : int, optional
        The quality of JPEG, WebP, AVIF, HEIF and JPEG XL.
    compress_level : int, optional
        The compression level of PNG, 0 to 9.
    labels : bool
        Whether the values are labels, which must not change.
    codestream : bool
        Whether a JPEG 2000 is written without a container.
    threads : int
        The number of threads that may be used.
    """

    quality: int | None = None
    compress_level: int | None = None
    labels: bool = False
    codestream: bool = False
    threads: int = 1


def choose_save_options(
    frame: Image.Image | PixelArray,
    format_name: str,
    input_encoding: Mapping[str, SaveOptions],
    options: EncoderOptions,
    add_note: AddNote,
) -> SaveOptions:
    """Return the options with which Pillow encodes the pixels, and the predictor of a TIFF.

    Parameters
    ----------
    frame : Image or PixelArray
        The image to encode.
    format_name : str
        Pillow's name of the format.
    input_encoding : mapping
        How the input was encoded, by format.
    options : EncoderOptions
        What the user wants.
    add_note : callable
        Called with each note for the report.

    Examples
    --------
    >>> image = Image.new("L", (1, 1))
    >>> choose_save_options(image, "JPEG", {}, EncoderOptions(quality=50), print)
    {'quality': 50}
    """
    before = input_encoding.get("JPEG" if format_name == "MPO" else format_name, {})
    if format_name in ("JPEG", "MPO", "AVIF") and options.labels:
        add_note(f"{format_name} changes values, which blends labels; {LABEL_FORMATS} keep them")
    match format_name:
        case "JPEG" | "MPO" if before and options.quality is None:
            return dict(before)
        case "JPEG" | "MPO" | "AVIF":
            return _quality_options(options)
        case "WEBP" | "HEIF" | "JXL":
            return _quality_or_lossless_options(frame, format_name, before, options, add_note)
        case "PNG":
            return {
                **before,
                **png_strategy.choose_strategy(frame, options.threads, options.compress_level),
            }
        case "TIFF":
            return _tiff_options(frame, before, options, add_note)
        case "GIF":
            return {"optimize": False}  # optimizing would renumber indices and give grey a palette
        case "ICO":
            return {"sizes": [frame.size]}
        case "JPEG2000":
            return {"no_jp2": options.codestream}
    return dict(before)


def _quality_options(options: EncoderOptions) -> SaveOptions:
    return {"quality": DEFAULT_QUALITY if options.quality is None else options.quality}


def _quality_or_lossless_options(
    frame: Image.Image | PixelArray,
    format_name: str,
    before: SaveOptions,
    options: EncoderOptions,
    add_note: AddNote,
) -> SaveOptions:
    """Return the lossless options of a format that has them, which keep labels and data."""
    is_data = frame.mode in ("I;16", "F") and format_name == "JXL"
    if is_data:
        add_note(
            "JPEG XL of 16 bits or floats is declared as linear light: viewers may show it lighter"
        )
    kept = {key: value for key, value in before.items() if key != "lossless"}
    if options.quality is None:
        is_lossless = bool(options.labels or before.get("lossless") or is_data)
    else:
        is_lossless = (format_name, options.quality) == ("JXL", LOSSLESS_QUALITY)
    if is_lossless:
        return {**kept, **LOSSLESS_OPTIONS[format_name]}
    if options.labels:
        shown = FORMAT_NAMES.get(format_name, format_name)
        add_note(
            f"{shown} with a quality changes values, which blends labels; without, it keeps them"
        )
    return {**kept, **_quality_options(options)}


def _tiff_options(
    frame: Image.Image | PixelArray, before: SaveOptions, options: EncoderOptions, add_note: AddNote
) -> SaveOptions:
    compression = before.get("compression", "raw")
    compression = RENAMED_COMPRESSIONS.get(compression, compression)
    if compression == "jpeg" and frame.mode in ("L", "RGB", "CMYK"):
        if not options.labels:
            return {"compression": "jpeg", **_quality_options(options)}
        add_note("compressed with deflate: JPEG would blend labels")
        return {"compression": "tiff_adobe_deflate"}
    lossless = TIFF_COMPRESSIONS + (FAX_COMPRESSIONS if frame.mode == "1" else ())
    if compression not in lossless:
        add_note(f"compressed with deflate: {compression} cannot be written for such an image")
        return {"compression": "tiff_adobe_deflate"}
    predictor = before.get("predictor", 1)
    if compression in PREDICTOR_COMPRESSIONS and predictor in PREDICTORS.get(frame.mode, (2,)):
        return {"compression": compression, "predictor": predictor}
    return {"compression": compression}
