"""The size of a pixel, as the tags of a TIFF give it: GeoTIFF, ImageJ and OME-XML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from poolcli.io.metadata import tiff_tags
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.tiff.geotiff import (
    GEO_KEY_DIRECTORY,
    MODEL_PIXEL_SCALE,
    MODEL_TRANSFORMATION,
    geo_key,
)
from poolcli.io.tiff.imagej_description import entries_of, is_imagej_description
from poolcli.io.tiff.ome_xml_parser import OmeError, children, is_ome_description, parse
from poolcli.io.tiff.output_descriptions import as_utf8, description_of

MICROMETRE = "µm"
"""The unit of OME's physical sizes that name none."""

MICROMETRE_NAMES = (
    "um",
    "\\u00B5m",
    "micron",
    "microns",
    "micrometer",
    "\N{GREEK SMALL LETTER MU}m",
)
"""Other spellings of `MICROMETRE`, in ImageJ's descriptions and in OME-XML."""

SECONDS = ("s", "sec", "secs", "second", "seconds")
"""ImageJ's names of a second."""

GEOGRAPHIC_UNITS_KEY, PROJECTED_UNITS_KEY = 2054, 3076
GEO_UNITS = {9001: "m", 9002: "ft", 9003: "US ft", 9101: "rad", 9102: "°", 9105: "grad"}
"""EPSG's numbers of units (GeoTIFF 1.1, 7.5)."""

MAX_UNIT_CHARACTERS = 20
"""The length up to which a text counts as a unit."""


class AxisStep(NamedTuple):
    """The distance between neighbouring pixels along an axis.

    Attributes
    ----------
    size : float
        The distance, positive.
    unit : str, optional
        The unit as the file names it; None if it does not.
    """

    size: float
    unit: str | None = None


PixelSize = Mapping[str, AxisStep]
"""The steps along the axes by their letters: Y and X, or Z, Y and X."""


def find_pixel_size(metadata: ImageMetadata) -> PixelSize | None:
    """Return the size of a pixel; None if the file does not give it.

    Parameters
    ----------
    metadata : ImageMetadata
        The metadata of the first page.
    """
    text = as_utf8(description_of(metadata))
    tags = metadata.tags.main
    try:
        if is_imagej_description(text):
            found = _of_imagej(tags, text)
        elif is_ome_description(text):
            found = _of_ome(text)
        else:
            found = _of_geotiff(tags)
    except (OmeError, KeyError, TypeError, ValueError, ArithmeticError, IndexError):
        return None
    is_valid = all(math.isfinite(step.size) and step.size > 0 for step in found.values())
    return found if found and is_valid else None


def find_frame_interval(metadata: ImageMetadata) -> AxisStep | None:
    """Return the time from frame to frame; None if ImageJ's description or OME-XML give none.

    Parameters
    ----------
    metadata : ImageMetadata
        The metadata of the first page.
    """
    text = as_utf8(description_of(metadata))
    try:
        if is_imagej_description(text):
            entries = entries_of(text)
            size, unit = float(entries["finterval"]), entries.get("tunit", "s")
        elif is_ome_description(text):
            attributes = children(children(parse(text), "Image")[0], "Pixels")[0].attrib
            size = float(attributes["TimeIncrement"])
            unit = attributes.get("TimeIncrementUnit", "s")
        else:
            return None
    except (OmeError, KeyError, ValueError, IndexError):
        return None
    is_valid = math.isfinite(size) and size > 0
    return AxisStep(size, "s" if unit in SECONDS else unit_text(unit)) if is_valid else None


def _of_geotiff(tags: Mapping[int, Any]) -> dict[str, AxisStep]:
    if MODEL_PIXEL_SCALE in tags:
        x, y, *_ = tags[MODEL_PIXEL_SCALE]
    elif MODEL_TRANSFORMATION in tags:
        matrix = tags[MODEL_TRANSFORMATION]
        x, y = math.hypot(matrix[0], matrix[4]), math.hypot(matrix[1], matrix[5])
    else:
        return {}
    keys = tags.get(GEO_KEY_DIRECTORY, ())
    units = (geo_key(keys, key) for key in (PROJECTED_UNITS_KEY, GEOGRAPHIC_UNITS_KEY))
    unit = next((GEO_UNITS[each] for each in units if each in GEO_UNITS), None)
    return {"Y": AxisStep(abs(float(y)), unit), "X": AxisStep(abs(float(x)), unit)}


def _of_imagej(tags: Mapping[int, Any], text: str) -> dict[str, AxisStep]:
    entries = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    unit = entries.get("unit", "pixel")
    if unit in ("", "pixel"):
        return {}
    sizes = {"Z": abs(float(entries["spacing"]))} if "spacing" in entries else {}
    sizes["Y"] = 1 / float(tags[tiff_tags.Y_RESOLUTION])
    sizes["X"] = 1 / float(tags[tiff_tags.X_RESOLUTION])
    return {letter: AxisStep(size, unit_text(unit)) for letter, size in sizes.items()}


def _of_ome(text: str) -> dict[str, AxisStep]:
    image = children(parse(text), "Image")[0]
    attributes = children(image, "Pixels")[0].attrib
    steps = {}
    for letter in "ZYX" if "PhysicalSizeZ" in attributes else "YX":
        name = f"PhysicalSize{letter}"
        unit = unit_text(attributes.get(f"{name}Unit", MICROMETRE))
        steps[letter] = AxisStep(float(attributes[name]), unit)
    return steps


def unit_text(name: str) -> str | None:
    """Return a unit as it is shown; None for an empty or a long text.

    Examples
    --------
    >>> unit_text("micrometer"), unit_text("mm"), unit_text("")
    ('µm', 'mm', None)
    """
    if name in MICROMETRE_NAMES:
        return MICROMETRE
    return name if 0 < len(name) <= MAX_UNIT_CHARACTERS else None
