"""Writing pictures through Pillow."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from PIL import Image

from poolcli.errors import OutputError

QUALITY = 90
"""For JPEG, WebP and AVIF, where nothing was asked for."""

RUN_LENGTH = 3
"""zlib's Z_RLE strategy: on photos and label maps a quarter of the time of level 6, and files as
small or smaller; not so on 16-bit gradients."""

TIFF_COMPRESSIONS = ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate")
"""Those that hold every mode without loss."""


def encode(
    file: BinaryIO,
    frames: Sequence[Image.Image],
    name: str,
    keep: Mapping[str, Any],
    *,
    quality: int | None = None,
    compress_level: int | None = None,
) -> None:
    """Write a picture or an animation.

    Parameters
    ----------
    file : binary file
        Need not be seekable.
    frames : sequence of Image
        All of one mode, which the format can hold.
    name : str
        Pillow's name of the format.
    keep : mapping
        What carries over from the input.

    Raises
    ------
    OutputError
        If Pillow cannot write it.
    """
    settings = _settings(frames, name, keep)
    if quality is not None and name in ("JPEG", "MPO", "WEBP", "AVIF"):
        settings["quality"] = quality
    if compress_level is not None and name == "PNG":
        settings.pop("compress_type", None)
        settings["compress_level"] = compress_level
    first, *rest = frames
    if rest:
        settings |= {"save_all": True, "append_images": rest}
    # Encoders seek, and some leave rubbish behind when they fail: memory takes both.
    buffer = io.BytesIO()
    try:
        first.save(buffer, format="JPEG" if name == "MPO" else name, **settings)
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:
        # Encoders have limits of their own (JPEG 65,535 pixels a side) and say so in many ways.
        words = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise OutputError(f"{name} cannot be written: {words}") from error
    file.write(buffer.getbuffer())


def _settings(frames: Sequence[Image.Image], name: str, keep: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if keep.get("icc_profile") and name in ("PNG", "JPEG", "MPO", "WEBP", "AVIF", "TIFF"):
        settings["icc_profile"] = keep["icc_profile"]
    if "dpi" in keep and name in ("PNG", "JPEG", "MPO", "TIFF", "BMP"):
        settings["dpi"] = keep["dpi"]
    if name in ("JPEG", "MPO", "WEBP", "AVIF"):
        settings["quality"] = QUALITY
    if name == "PNG" and frames[0].mode != "I;16":
        settings["compress_type"] = RUN_LENGTH
    if name == "GIF" and frames[0].mode == "P":
        settings["optimize"] = False  # or the encoder numbers the indices anew
    if name == "TIFF" and keep.get("compression") in TIFF_COMPRESSIONS:
        settings["compression"] = keep["compression"]
    if len(frames) > 1 and name in ("GIF", "PNG", "WEBP", "AVIF"):
        settings |= {key: keep[key] for key in ("duration", "loop") if key in keep}
        if "loop" not in settings and name in ("PNG", "WEBP"):
            settings["loop"] = 1 if keep.get("duration") else 0
        if name in ("GIF", "PNG"):
            settings["disposal"] = 2 if name == "GIF" else 1
    return settings
