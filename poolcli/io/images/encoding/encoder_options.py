"""How pixels are packed: as was asked for, as they were, or well; by format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from PIL import Image

from poolcli.io.images.encoding import png_strategy

Say = Callable[[str], None]
Settings = dict[str, Any]

QUALITY = 90
"""For JPEG, WebP and AVIF, where nothing was asked for and the input does not tell."""

TIFF_COMPRESSIONS = ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "zstd", "lzma")
"""Those that hold every mode without loss."""

FAX_COMPRESSIONS = ("group3", "group4", "tiff_ccitt")
"""For 1-bit pictures."""

PREDICTED = ("tiff_lzw", "tiff_adobe_deflate", "zstd", "lzma")
"""Those that pack differences, where a predictor says so."""

PREDICTORS: dict[str, tuple[int, ...]] = {"1": (), "F": (2, 3)}
"""Which there are: 2 for differences, 3 for those of floats."""

RENAMED = {"tiff_deflate": "tiff_adobe_deflate", "tiff_jpeg": "jpeg"}
"""Compressions of TIFF that are written as newer ones."""


class Asked(NamedTuple):
    """What was asked for.

    Attributes
    ----------
    labels : bool
        Whether values are labels, which must not be changed.
    codestream : bool
        Whether a JPEG 2000 is to be written without a container.
    threads : int
        How many may be used.
    """

    quality: int | None = None
    compress_level: int | None = None
    labels: bool = False
    codestream: bool = False
    threads: int = 1


def packing(
    frame: Image.Image, name: str, before: Mapping[str, Settings], asked: Asked, say: Say
) -> Settings:
    """The settings of Pillow's encoder by which a picture is packed, and a TIFF's predictor.

    Parameters
    ----------
    frame : Image
        What is to be written.
    name : str
        Pillow's name of the format.
    before : mapping
        By format, how the input was packed.
    asked : Asked
        What was asked for.
    say : callable
        Takes what the person should know.

    Examples
    --------
    >>> packing(Image.new("L", (1, 1)), "JPEG", {}, Asked(quality=50), print)
    {'quality': 50}
    """
    known = before.get("JPEG" if name == "MPO" else name, {})
    return PACKED[name](frame, known, asked, say) if name in PACKED else dict(known)


def _jpeg(frame: Image.Image, before: Settings, asked: Asked, say: Say) -> Settings:
    if asked.labels:
        say("JPEG changes values, which blends labels; PNG, TIFF and WebP keep them")
    if before and asked.quality is None:
        return dict(before)
    return _quality(asked)


def _quality(asked: Asked) -> Settings:
    return {"quality": QUALITY if asked.quality is None else asked.quality}


def _webp(frame: Image.Image, before: Settings, asked: Asked, say: Say) -> Settings:
    if asked.quality is not None:
        if asked.labels:
            say("WebP of a quality changes values, which blends labels; without, it keeps them")
        return {"quality": asked.quality}
    if asked.labels or before.get("lossless"):
        return {"lossless": True, "exact": True}
    return {"quality": QUALITY}


def _avif(frame: Image.Image, before: Settings, asked: Asked, say: Say) -> Settings:
    if asked.labels:
        say("AVIF changes values, which blends labels; PNG, TIFF and WebP keep them")
    return _quality(asked)


def _png(frame: Image.Image, before: Settings, asked: Asked, say: Say) -> Settings:
    if asked.compress_level is not None:
        return {**before, "compress_level": asked.compress_level}
    return {**before, **png_strategy.settings_for(frame, asked.threads)}


def _tiff(frame: Image.Image, before: Settings, asked: Asked, say: Say) -> Settings:
    compression = before.get("compression", "raw")
    compression = RENAMED.get(compression, compression)
    if compression == "jpeg" and frame.mode in ("L", "RGB", "CMYK"):
        if not asked.labels:
            return {"compression": "jpeg", **_quality(asked)}
        say("packed with deflate: JPEG would blend labels")
        return {"compression": "tiff_adobe_deflate"}
    able = TIFF_COMPRESSIONS + (FAX_COMPRESSIONS if frame.mode == "1" else ())
    if compression not in able:
        say(f"packed with deflate: {compression} cannot be written for such a picture")
        return {"compression": "tiff_adobe_deflate"}
    predictor = before.get("predictor", 1)
    if compression in PREDICTED and predictor in PREDICTORS.get(frame.mode, (2,)):
        return {"compression": compression, "predictor": predictor}
    return {"compression": compression}


def _gif(frame: Image.Image, before: Settings, asked: Asked, say: Say) -> Settings:
    return {"optimize": False}  # which would number the indices anew, and give grey a palette


def _ico(frame: Image.Image, before: Settings, asked: Asked, say: Say) -> Settings:
    return {"sizes": [frame.size]}


def _jpeg2000(frame: Image.Image, before: Settings, asked: Asked, say: Say) -> Settings:
    return {"no_jp2": asked.codestream}


PACKED: dict[str, Callable[[Image.Image, Settings, Asked, Say], Settings]] = {
    "JPEG": _jpeg,
    "MPO": _jpeg,
    "WEBP": _webp,
    "AVIF": _avif,
    "PNG": _png,
    "TIFF": _tiff,
    "GIF": _gif,
    "ICO": _ico,
    "JPEG2000": _jpeg2000,
}
"""Formats that leave a choice."""
