"""Pages to be written to a TIFF: results with the tags and the layout of their inputs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from PIL.TiffImagePlugin import COMPRESSION_INFO
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

from poolcli.io.document import Source
from poolcli.io.images.pixel_array import OutputImage, PixelArray
from poolcli.io.metadata.colour_maps import has_colours
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.metadata_save_options import page_directory
from poolcli.io.metadata.tiff_tags import (
    ASCII,
    DESCRIPTION,
    ICC,
    LONG,
    RATIONAL,
    RESOLUTION_UNIT,
    SIGNED_RATIONAL,
    X_RESOLUTION,
    Y_RESOLUTION,
)
from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff.page_kinds import Photometric
from poolcli.io.tiff.page_storage_layout import PageLayout, layout_of_result
from poolcli.io.tiff.pixel_conversions import OffsetLab, ThresholdedPixels, is_signed_lab
from poolcli.io.tiff.tifffile_arguments import OutputPage
from poolcli.io.tiff.tifffile_writer import POINTER_PLACEHOLDERS

COLOUR_MAP_FACTOR = 257
"""The factor from 8-bit colours to the 16-bit numbers of a colour map: 255 becomes 65,535."""

INCH = 2

SEPARATE_TAGS = {DESCRIPTION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, ICC}
"""Tags that tifffile takes as arguments."""


def output_page(
    image: OutputImage,
    mode: str,
    metadata: ImageMetadata,
    add_note: AddNote,
    levels: Sequence[OutputImage] = (),
) -> OutputPage:
    """Return the page that holds an image.

    Parameters
    ----------
    image : WritableImage or PixelArray
        The image; no stack.
    mode : str
        The image mode that the TIFF stores.
    metadata : ImageMetadata
        The metadata of the page, with the layout of the input.
    add_note : callable
        Called with each note for the report.
    levels : sequence of WritableImage or PixelArray
        Versions of the image with lower resolution.
    """
    encoding = metadata.input_encoding.get("TIFF", {})
    layout = layout_of_result(_input_layout(metadata), mode, image)
    colour_map = None
    if image.palette is not None:
        colours = np.frombuffer(image.palette.colours, np.uint8).reshape(-1, 3)
        colour_map = np.zeros((3, 256), np.uint16)
        colour_map[:, : len(colours)] = colours.T.astype(np.uint16) * COLOUR_MAP_FACTOR
        before = encoding.get("colour_map")
        if before is not None and has_colours(before, colours.T):
            colour_map[:, : before.shape[1]] = before
    elif _is_indexed(image, encoding):
        colour_map, layout = (
            encoding["colour_map"],
            layout._replace(photometric=Photometric.PALETTE),
        )
    directory = page_directory(metadata, add_note)
    return OutputPage(
        pixels=_stored_pixels(image, mode, layout),
        layout=layout,
        tags=_extra_tags(directory),
        description=_description(directory),
        resolution=_resolution(directory, metadata),
        icc_profile=metadata.icc_profile,
        colour_map=colour_map,
        levels=[_stored_pixels(each, mode, layout) for each in levels],
        subdirectories=metadata.tags.subdirectories,
    )


def _is_indexed(image: OutputImage, encoding: dict[str, Any]) -> bool:
    """Return whether the pixels are 16-bit indices into the colour map of the input."""
    colour_map = encoding.get("colour_map")
    return colour_map is not None and colour_map.shape[1] > 256 and image.dtype == np.uint16


def _input_layout(metadata: ImageMetadata) -> PageLayout:
    """Return the layout of a page, of which Pillow gives the compression alone."""
    encoding = metadata.input_encoding.get("TIFF", {})
    if "layout" in encoding:
        layout: PageLayout = encoding["layout"]
        return layout
    photometric = Photometric.WHITE_IS_ZERO if metadata.white_is_zero else Photometric.BLACK_IS_ZERO
    codes = {name: code for code, name in COMPRESSION_INFO.items()}
    compression = codes.get(encoding.get("compression", "raw"), 1)
    predictor = encoding.get("predictor", 1)
    return PageLayout(photometric=photometric, compression=compression, predictor=predictor)


def _stored_pixels(pixels: Source, mode: str, layout: PageLayout) -> Source:
    """Return pixels as they are stored, from those that are pooled."""
    if mode == "1":
        return ThresholdedPixels(pixels)
    array: Source = pixels.pixels if isinstance(pixels, PixelArray) else pixels
    return OffsetLab(array) if is_signed_lab(layout.photometric, array.dtype) else array


def _extra_tags(directory: Directory) -> list[tuple[int, int, int, Any, bool]]:
    """Return tags as tifffile takes them."""
    tags: list[tuple[int, int, int, Any, bool]] = []
    for code, value in directory.items():
        if code in SEPARATE_TAGS:
            continue
        if code in POINTER_PLACEHOLDERS:
            tags.append((POINTER_PLACEHOLDERS[code], LONG, 1, 0, False))
            continue
        kind = directory.tagtype[code]
        values: Any = value if isinstance(value, (tuple, bytes)) else (value,)
        if kind == ASCII:
            text = b"\0".join(each.encode() for each in values)
            tags.append((code, kind, 0, text, False))
        elif isinstance(values, bytes):
            tags.append((code, kind, len(values), values, False))
        elif kind in (RATIONAL, SIGNED_RATIONAL):
            pairs = [number for each in values for number in _as_pair(each)]
            tags.append((code, kind, len(values), pairs, False))
        else:
            tags.append((code, kind, len(values), values, False))
    return tags


def _description(directory: Directory) -> bytes | None:
    text = directory.get(DESCRIPTION)
    return text.encode() if isinstance(text, str) else None


def _resolution(
    directory: Directory, metadata: ImageMetadata
) -> tuple[tuple[int, int], tuple[int, int], int] | None:
    """Return the resolution of the tags, or that of an image of another format."""
    if {X_RESOLUTION, Y_RESOLUTION} <= set(directory):
        unit = directory.get(RESOLUTION_UNIT, INCH)
        return _as_pair(directory[X_RESOLUTION]), _as_pair(directory[Y_RESOLUTION]), int(unit)
    if metadata.dpi is None:
        return None
    horizontal, vertical = metadata.dpi
    return _as_pair(horizontal), _as_pair(vertical), INCH


def _as_pair(value: Any) -> tuple[int, int]:
    """Return a rational or a float as numerator and denominator of 32 bits."""
    if hasattr(value, "denominator") and hasattr(value, "numerator"):
        numerator, denominator = int(value.numerator), int(value.denominator)
        if max(abs(numerator), denominator) < 1 << 31:
            return numerator, denominator
    fraction = Fraction(float(value)).limit_denominator(1 << 20)
    return fraction.numerator, fraction.denominator
