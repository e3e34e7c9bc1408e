"""The format of each output, and the image modes of its frames."""

from __future__ import annotations

from pathlib import Path

from poolcli.batch.output_targets import Target
from poolcli.batch.pooled_level import Results
from poolcli.errors import FormatError
from poolcli.io import formats
from poolcli.io.document import Document
from poolcli.io.images.pixel_array import OutputImage
from poolcli.io.pixel_array_modes import is_pixel_array_mode
from poolcli.io.storable_image_modes import (
    DEEP_HEIF_MODES,
    MAX_SIDE_PIXELS,
    MIXED_FRAME_FORMATS,
    MULTI_FRAME_FORMATS,
    PALETTE_COLOUR_MODES,
    STORABLE_MODES,
    common_mode,
    storable_mode,
    unstorable_error,
)


def wanted_format(document: Document, target: Target) -> str:
    """Return the format that `--format` or `-o` gives, else the input's own.

    Parameters
    ----------
    document : Document
        The input.
    target : Target
        The target, with the format that the user chose, if any.

    Returns
    -------
    str
        Pillow's name of the format, or ``NPY``, ``NPZ`` and the like.
    """
    return target.format or document.format


def indices_format(path: str, document: Document) -> str:
    """Return the format of a file of indices: ``NPY``, or that of several arrays.

    Parameters
    ----------
    path : str
        The path, whose extension gives the format.
    document : Document
        The input of max pooling, which gives the format of a path without an extension.

    Examples
    --------
    >>> npz = Document("NPZ", 2, list)
    >>> indices_format("at", npz), indices_format("at.npy", npz), indices_format("at.npz", npz)
    ('NPZ', 'NPY', 'NPZ')
    """
    suffix = Path(path).suffix.lower()
    for name, extension in formats.ARCHIVE_EXTENSIONS.items():
        if suffix == extension or (not suffix and document.format == name):
            return name
    return "NPY"


def choose_format(
    document: Document, results: Results, target: Target
) -> tuple[str, list[str], list[str]]:
    """Return the format of a result, the modes of its frames, and notes for the report.

    Parameters
    ----------
    document : Document
        The input, whose format the result keeps if it can.
    results : sequence of PooledLevel
        The results of all items at one level.
    target : Target
        Where the result goes, with the format that the user chose, if any.

    Raises
    ------
    FormatError
        If the format that the user chose cannot hold the result.
    """
    name = wanted_format(document, target)
    if name in formats.ARRAY_FORMATS.values():
        return name, [], []
    extension = "" if target.format is None else target.extension or ""
    modes = _stored_modes(name, document, results, extension)
    if modes is not None:
        return name, modes, []
    if target.format is None:
        other = _fallback(results)
        modes = _stored_modes(other, document, results)
        if modes is not None:
            words = f"written as {other}: {name} cannot hold the result or cannot be written"
            return other, modes, [words]
    raise _refusal(name, document, results, extension if name == "PPM" else "")


def _stored_modes(
    name: str, document: Document, results: Results, extension: str = ""
) -> list[str] | None:
    """Return the modes in which a format stores the frames; None if it cannot store them."""
    if len(results) > 1 and name not in MULTI_FRAME_FORMATS:
        return None
    if results[0].page_count > 1 and name != "TIFF":
        return None
    if _too_large(name, results):
        return None
    found = _modes(results)
    if len(results) > 1 and name == "PNG" and any(map(_has_16_bits, found)):
        return None  # Pillow compares frames as 8 bits
    if len(results) > 1 and name not in MIXED_FRAME_FORMATS and not _one_palette(name, results):
        found = [PALETTE_COLOUR_MODES.get(mode, mode) for mode in found]
    opaque = [level.is_opaque for level in results]
    if name not in MIXED_FRAME_FORMATS:
        common = common_mode(found)
        if common is None or len(_sizes(results)) > 1:
            return None
        found, opaque = [common] * len(found), [all(opaque)] * len(found)
    if name == "HEIF" and _has_deep_heif(document) and set(found) <= set(DEEP_HEIF_MODES):
        return found
    palette = document.animation.from_palette
    stored = [
        storable_mode(name, mode, opaque=clear, from_palette=palette, extension=extension)
        for mode, clear in zip(found, opaque, strict=True)
    ]
    kept = [mode for mode in stored if mode is not None]
    return kept if len(kept) == len(stored) else None


def _one_palette(name: str, results: Results) -> bool:
    """Return whether the format can store one palette for all frames."""
    palettes = [level.result.palette for level in results if isinstance(level.result, OutputImage)]
    return name == "PNG" and all(palette == palettes[0] for palette in palettes)


def _too_large(name: str, results: Results) -> bool:
    limit = MAX_SIDE_PIXELS.get(name)
    return limit is not None and any(max(size) > limit for size in _sizes(results))


def _fallback(results: Results) -> str:
    """Return the format for results that the input's format cannot hold."""
    mode = common_mode(_modes(results))
    if mode is None or storable_mode("PNG", mode) is None or len(_sizes(results)) > 1:
        return "TIFF"
    return "TIFF" if _has_16_bits(mode) and len(results) > 1 else "PNG"


def _has_deep_heif(document: Document) -> bool:
    """Return whether all images of a HEIF have more than 8 bits, which the output will have too."""
    depths = [each.input_encoding.get("HEIF", {}).get("bit_depth", 8) for each in document.metadata]
    return document.format == "HEIF" and min(depths, default=8) > 8


def _has_16_bits(mode: str) -> bool:
    """Return whether the mode of a PNG has 16 bits per channel."""
    return mode == "I;16" or is_pixel_array_mode(mode)


def _refusal(name: str, document: Document, results: Results, extension: str) -> FormatError:
    modes = _modes(results)
    if (count := results[0].page_count) > 1:
        return FormatError(f"{name} cannot hold the {count} pages of a stack; .tif and .npy can")
    if _too_large(name, results):
        return FormatError(
            f"{name} holds at most {MAX_SIDE_PIXELS[name]} pixels a side; PNG holds more"
        )
    if len(results) > 1 and name in MULTI_FRAME_FORMATS and name not in MIXED_FRAME_FORMATS:
        if len(_sizes(results)) > 1:
            return FormatError(f"{name} wants frames of one size; TIFF and .npz hold unlike ones")
        if name == "PNG" and any(map(_has_16_bits, modes)):
            return FormatError("PNG cannot hold several frames of 16 bits; TIFF and .npz can")
        if common_mode(modes) is None:
            unlike = ", ".join(dict.fromkeys(modes))
            return FormatError(
                f"{name} wants frames of one mode, not {unlike}; TIFF and .npz hold unlike ones"
            )
    lacking = [mode for mode in modes if storable_mode(name, mode) is None]
    able = [
        other for other in STORABLE_MODES if _stored_modes(other, document, results) is not None
    ]
    lacking = lacking or modes
    return unstorable_error(name, lacking[0], able, frames=len(results), extension=extension)


def _modes(results: Results) -> list[str]:
    return [level.image_mode for level in results]


def _sizes(results: Results) -> set[tuple[int, ...]]:
    return {level.page_size for level in results}
