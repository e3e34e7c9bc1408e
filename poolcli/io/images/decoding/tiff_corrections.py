"""Corrections of Pillow's decoder for pages of a TIFF, found from their tags."""

from __future__ import annotations

from typing import Any

from PIL import Image

from poolcli.io.pillow_private import override_tiff_tags, set_raw_mode, tiles_of
from poolcli.io.tiff.page_kinds import PHOTOMETRIC, PLANAR_CONFIGURATION, Photometric
from poolcli.io.tiff.pages_to_pool import TiffPage

COLOR_MAP = 320

CONTIGUOUS = 1
"""The value of PlanarConfiguration for channels side by side."""

NATIVE_RAW_MODES = {"I;32BS": "I;32NS", "F;32BF": "F;32NF"}
"""Raw modes of big-endian values, and those of the values that libtiff returns in their place."""


def correct_tiff_decoder(image: Image.Image, page: TiffPage) -> None:
    """Make Pillow decode the stored values of the current page of an opened TIFF.

    Values of WhiteIsZero are not inverted. A page of one channel is read, though it claims to be
    planar. A colour map of 8-bit numbers is read as such (as by libtiff's `checkcmap`). Compressed
    big-endian values of 32 bits are taken in the byte order in which libtiff returns them.

    Parameters
    ----------
    image : Image
        Not loaded; changed in place.
    page : TiffPage
        The current page; one without a `pillow_problem`.
    """
    tags: dict[int, Any] = {}
    if page.pixels.photometric == Photometric.WHITE_IS_ZERO:
        tags[PHOTOMETRIC] = int(Photometric.BLACK_IS_ZERO)
    if page.pixels.channels == 1:
        tags[PLANAR_CONFIGURATION] = CONTIGUOUS
    if page.pixels.colour == "P":
        colours = page.directory.integers(COLOR_MAP)
        if max(colours, default=0) < 256:
            tags[COLOR_MAP] = tuple(257 * colour for colour in colours)
    override_tiff_tags(image, tags)
    for tile in tiles_of(image):
        raw_mode = tile.args[0] if isinstance(tile.args, tuple) else None
        if tile.codec_name == "libtiff" and raw_mode in NATIVE_RAW_MODES:
            set_raw_mode(image, NATIVE_RAW_MODES[raw_mode])
