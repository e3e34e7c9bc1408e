"""The size of a pixel, as the tags of a TIFF give it: GeoTIFF, ImageJ and OME-XML."""

from __future__ import annotations

import math
from typing import NamedTuple

from poolcli.io.metadata import tiff_tags
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.tiff.adapt_descriptions import as_utf8, description_of
from poolcli.io.tiff.geotiff import MODEL_PIXEL_SCALE, MODEL_TRANSFORMATION
from poolcli.io.tiff.imagej import is_imagej_description
from poolcli.io.tiff.ome_document import OmeError, children, is_ome_description, parse

OME_UNIT = "µm"
"""The unit of physical sizes that name none."""


class PixelSize(NamedTuple):
    """The size of a pixel.

    Attributes
    ----------
    sizes : tuple of float
        Along Y and X; along Z, Y and X if the file gives a distance of slices.
    unit : str
        The unit; empty if it is that of a map's coordinates.
    """

    sizes: tuple[float, ...]
    unit: str = ""

    def __str__(self) -> str:
        """Return the size as a note shows it.

        Examples
        --------
        >>> str(PixelSize((2.0, 0.25, 0.25), "µm"))
        'a pixel is 2 x 0.25 x 0.25 µm (Z Y X)'
        """
        shown = " x ".join(f"{size:.7g}" for size in self.sizes)
        unit = self.unit or "units of the map"
        return f"a pixel is {shown} {unit} ({' '.join('ZYX'[-len(self.sizes) :])})"


def find_pixel_size(metadata: ImageMetadata) -> PixelSize | None:
    """Return the size of a pixel; None if the file does not give it.

    Parameters
    ----------
    metadata : ImageMetadata
        The metadata of the first page.
    """
    text = as_utf8(description_of(metadata))
    try:
        if is_imagej_description(text):
            found = _of_imagej(metadata, text)
        elif is_ome_description(text):
            found = _of_ome(text)
        else:
            found = _of_geotiff(metadata)
    except (OmeError, KeyError, TypeError, ValueError, ArithmeticError, IndexError):
        return None
    is_valid = found is not None and all(math.isfinite(each) and each > 0 for each in found.sizes)
    return found if is_valid else None


def _of_geotiff(metadata: ImageMetadata) -> PixelSize | None:
    tags = metadata.tags.main
    if MODEL_PIXEL_SCALE in tags:
        x, y, *_ = tags[MODEL_PIXEL_SCALE]
        return PixelSize((abs(float(y)), abs(float(x))))
    if MODEL_TRANSFORMATION in tags:
        matrix = tags[MODEL_TRANSFORMATION]
        return PixelSize((math.hypot(matrix[1], matrix[5]), math.hypot(matrix[0], matrix[4])))
    return None


def _of_imagej(metadata: ImageMetadata, text: str) -> PixelSize | None:
    tags = metadata.tags.main
    entries = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    unit = entries.get("unit", "pixel").replace("\\u00B5", "µ")
    if unit in ("", "pixel"):
        return None
    sizes = [1 / float(tags[tag]) for tag in (tiff_tags.Y_RESOLUTION, tiff_tags.X_RESOLUTION)]
    if "spacing" in entries:
        sizes.insert(0, abs(float(entries["spacing"])))
    return PixelSize(tuple(sizes), unit)


def _of_ome(text: str) -> PixelSize | None:
    image = children(parse(text), "Image")[0]
    attributes = children(image, "Pixels")[0].attrib
    letters = "ZYX" if "PhysicalSizeZ" in attributes else "YX"
    sizes = tuple(float(attributes[f"PhysicalSize{letter}"]) for letter in letters)
    units = [attributes.get(f"PhysicalSize{letter}Unit", OME_UNIT) for letter in letters]
    return PixelSize(sizes, units[-1]) if len(set(units)) == 1 else None
