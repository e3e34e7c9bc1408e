"""Pages to be written to a TIFF, and the arguments with which tifffile writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

from poolcli.io.document import Source
from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff.page_storage_layout import (
    DEFLATE,
    JPEG,
    NONE,
    PageLayout,
    can_compress,
    fitting_predictor,
)

BUFFER_BYTES = 1 << 24
"""The size of the strips or tiles that tifffile compresses at a time."""

TILE_SIDE = 256
"""The sides of tiles, where the input has none."""

JPEG_QUALITY = 90


class OutputPage(NamedTuple):
    """A page to be written.

    Attributes
    ----------
    pixels : Source
        H W, or H W C.
    layout : PageLayout
        How they are stored.
    tags : sequence of tuple
        Further tags, as tifffile takes them: code, type, count, value, False.
    description : bytes, optional
        The tag ImageDescription.
    resolution : tuple, optional
        Horizontal and vertical resolution, as pairs of numerator and denominator, and its unit.
    icc_profile : bytes, optional
        The ICC profile.
    colour_map : ndarray of uint16, 3 by 256 or 65536, optional
        The palette.
    levels : sequence of Source
        Versions of the page with lower resolution.
    subdirectories : mapping of int to Directory
        The Exif and GPS directories, by the tags that point to them.
    """

    pixels: Source
    layout: PageLayout
    tags: Sequence[tuple[int, int, int, Any, bool]] = ()
    description: bytes | None = None
    resolution: tuple[tuple[int, int], tuple[int, int], int] | None = None
    icc_profile: bytes | None = None
    colour_map: npt.NDArray[np.uint16] | None = None
    levels: Sequence[Source] = ()
    subdirectories: Mapping[int, Directory] = {}


class TiffFileOptions(NamedTuple):
    """The options that apply to all pages of a file.

    Attributes
    ----------
    quality : int, optional
        The quality of JPEG compression.
    labels : bool
        Whether values are labels, which lossy compression would change.
    threads : int
        The number of threads that compress.
    chains_levels : bool
        Whether reduced-resolution versions follow their page in the chain of directories, as GDAL
        writes overviews, instead of being its SubIFDs.
    """

    quality: int | None = None
    labels: bool = False
    threads: int = 1
    chains_levels: bool = False


def description_arguments(page: OutputPage) -> dict[str, Any]:
    """Return the arguments for the tags that describe a page.

    Parameters
    ----------
    page : OutputPage
        The page.
    """
    arguments: dict[str, Any] = {
        "description": page.description,
        "extratags": page.tags,
        "iccprofile": page.icc_profile,
        "colormap": page.colour_map,
    }
    if page.resolution is not None:
        *resolution, unit = page.resolution
        arguments |= {"resolution": resolution, "resolutionunit": unit}
    return arguments


def storage_arguments(
    page: OutputPage, layout: PageLayout, options: TiffFileOptions, add_note: AddNote
) -> dict[str, Any]:
    """Return the arguments for the layout of pixels, with a compression that tifffile can write.

    Parameters
    ----------
    page : OutputPage
        The page.
    layout : PageLayout
        How its pixels are to be stored.
    options : TiffFileOptions
        What applies to all pages.
    add_note : callable
        Called with a note if another compression or depth is written.
    """
    pixels = page.pixels
    channels = pixels.shape[2] if len(pixels.shape) == 3 else 1
    compression = layout.compression
    arguments: dict[str, Any] = {
        "photometric": layout.photometric,
        "metadata": None,
        "software": False,
        "maxworkers": options.threads,
        "buffersize": BUFFER_BYTES,
        "tile": _tile_of(pixels, layout),
    }
    if channels > 1:
        arguments["planarconfig"] = "separate" if layout.is_planar else "contig"
        arguments["extrasamples"] = layout.extra_samples or None
    if page.colour_map is not None:
        arguments["colormap"] = page.colour_map
    if compression == NONE:
        if layout.bits is not None:
            arguments["bitspersample"] = layout.bits
        return arguments
    if layout.bits is not None:
        stored = 8 * pixels.dtype.itemsize
        add_note(f"compressed values of {layout.bits} bits are stored as {stored} bits")
    predictor = fitting_predictor(layout, pixels.dtype)
    encoded = arguments | {"compression": compression, "predictor": predictor}
    can_be_jpeg = pixels.dtype == np.uint8 and channels in (1, 3) and not options.labels
    if compression == JPEG and can_be_jpeg:
        quality = JPEG_QUALITY if options.quality is None else options.quality
        return encoded | {"compressionargs": {"level": quality}}
    tried = layout._replace(predictor=predictor, tile_size=None, bits=None)
    if compression != JPEG and can_compress(tried, channels, pixels.dtype):
        return encoded
    add_note(f"compressed with deflate: {_reason(compression, options)}")
    return arguments | {"compression": DEFLATE, "predictor": predictor}


def _reason(compression: int, options: TiffFileOptions) -> str:
    import tifffile

    if compression == JPEG and options.labels:
        return "JPEG would blend labels"
    try:
        name = tifffile.COMPRESSION(compression).name
    except ValueError:
        name = f"compression {compression}"
    return f"{name} cannot be written for such an image"


def _tile_of(pixels: Source, layout: PageLayout) -> tuple[int, int] | None:
    """Return the tile of a page; sides are multiples of 16 (TIFF 6.0, section 15).

    Compressed pixels that are not in memory are tiled: tifffile takes tiles one by one, but
    strips of a whole page.
    """
    if layout.tile_size is not None:
        rows, columns = layout.tile_size
        return -(-rows // 16) * 16, -(-columns // 16) * 16
    streams = not isinstance(pixels, np.ndarray)
    return (TILE_SIDE, TILE_SIDE) if streams and layout.compression != NONE else None
