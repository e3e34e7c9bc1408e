"""The tags of a TIFF page that Pillow does not open, as the readers of metadata take them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, BinaryIO

from PIL import Image
from PIL.TiffImagePlugin import COMPRESSION_INFO

from poolcli.io.metadata.tiff_tags import (
    COMPRESSION,
    ICC,
    RESOLUTION_UNIT,
    X_RESOLUTION,
    XMP,
    Y_RESOLUTION,
)
from poolcli.io.pillow_private import tiff_directory

RESOLUTIONS = (X_RESOLUTION, Y_RESOLUTION)

CM_PER_INCH = 2.54

VERSION_BYTES = 4
"""The size of the byte order and the version at the beginning of a file."""

BIG_TIFF_VERSION = 43


class TaggedPage:
    """The tags of a page, with the attributes of a Pillow image that describe metadata.

    Parameters
    ----------
    file : binary file
        The file; its position changes.
    offset : int
        The position of the page's directory.

    Attributes
    ----------
    tag_v2 : Directory
        The tags.
    info : dict
        What Pillow tells of an opened image: compression, resolution, ICC profile and XMP.
    """

    format = "TIFF"

    def __init__(self, file: BinaryIO, offset: int) -> None:
        self._file = file
        self._offset = offset
        file.seek(0)
        header = file.read(VERSION_BYTES)
        self._byte_order = "<" if header[:2] == b"II" else ">"
        self._is_big_tiff = BIG_TIFF_VERSION in header[2:4]
        self.tag_v2: Any = tiff_directory(header[:2], is_big_tiff=self._is_big_tiff)
        file.seek(offset)
        self.tag_v2.load(file)
        self.info: dict[str, Any] = self._info()

    def _info(self) -> dict[str, Any]:
        tags = self.tag_v2
        found = {
            "compression": COMPRESSION_INFO.get(tags.get(COMPRESSION, 1)),
            "icc_profile": tags.get(ICC),
            "xmp": tags.get(XMP),
        }
        unit = tags.get(RESOLUTION_UNIT, 2)
        if set(RESOLUTIONS) <= set(tags) and unit in (2, 3):
            factor = CM_PER_INCH if unit == 3 else 1
            with suppress(TypeError, ValueError):  # damaged values
                found["dpi"] = tuple(float(tags[each]) * factor for each in RESOLUTIONS)
        return {key: value for key, value in found.items() if value is not None}

    def getexif(self) -> Image.Exif:
        """Return the tags as Pillow's EXIF, which reads the Exif and GPS directories.

        It is empty for a big-endian BigTIFF, of which Pillow cannot read them.
        """
        exif = Image.Exif()
        if self._is_big_tiff and self._byte_order == ">":
            return exif
        exif.endian, exif.bigtiff = self._byte_order, self._is_big_tiff
        exif.load_from_fp(self._file, self._offset)
        return exif
