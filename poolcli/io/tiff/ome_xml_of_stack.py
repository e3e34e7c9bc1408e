"""OME-XML of stacks that ImageJ, tifffile or a layout describe, for pyramids.

Programs that open the SubIFDs of a page as its lower resolutions expect OME-XML where there are
several pages (OME-TIFF specification, "Sub-resolutions"). Source of the elements: OME schema
2016-06.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from xml.sax.saxutils import quoteattr

from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.tiff_tags import X_RESOLUTION, Y_RESOLUTION
from poolcli.io.tiff import imagej_description
from poolcli.io.tiff.axis_scaling import OutputAxes
from poolcli.io.tiff.ome_xml_of_output import PIXEL_TYPES, STEPS, STORABLE_DTYPES
from poolcli.io.tiff.output_descriptions import description_of
from poolcli.io.tiff.pixel_size import SECONDS, AxisStep

NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"

UNITS = {"um": "µm", "micron": "µm", "microns": "µm", "µm": "µm", "\\u00B5m": "µm",
         "nm": "nm", "mm": "mm", "cm": "cm", "inch": "in", "pixel": "pixel"}  # fmt: skip
"""OME's names of ImageJ's units of length."""


def ome_of_stack(
    axes: OutputAxes,
    dtype: str,
    metadata: ImageMetadata,
    steps: Mapping[str, AxisStep] = MappingProxyType({}),
) -> str | None:
    """Return OME-XML of a stack.

    Parameters
    ----------
    axes : OutputAxes
        The axes of all pages.
    dtype : str
        NumPy's name of the dtype.
    metadata : ImageMetadata
        The metadata of the first page, from which ImageJ's voxel sizes are taken.
    steps : mapping of str to AxisStep
        Voxel sizes and an interval by the letters Z, Y, X and T, with units of OME.

    Returns
    -------
    str or None
        Of ASCII characters. None if OME has no such axes or dtype.

    Examples
    --------
    >>> text = ome_of_stack(OutputAxes("ZYX", (6, 8, 9), {}), "uint16", ImageMetadata())
    >>> 'DimensionOrder="XYZCT"' in text, 'SizeZ="6"' in text
    (True, True)
    """
    pages = [letter for letter in axes.letters if letter not in "YXS"]
    if not set(pages) <= {*"TZC"} or len(set(pages)) < len(pages) or dtype not in STORABLE_DTYPES:
        return None
    order = "XY" + "".join(reversed(pages)) + "".join(each for each in "ZCT" if each not in pages)
    samples = axes.size("S")
    attributes = {
        "ID": "Pixels:0",
        "DimensionOrder": order,
        "Type": PIXEL_TYPES.get(dtype, dtype),
        **{f"Size{letter}": str(axes.size(letter)) for letter in "XYZT"},
        "SizeC": str(axes.size("C") * samples),
        **_voxel_sizes(metadata),
        **_attributes_of_steps(steps),
    }
    channels = "".join(
        f'<Channel ID="Channel:0:{number}" SamplesPerPixel="{samples}"/>'
        for number in range(axes.size("C"))
    )
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{NAMESPACE}"><Image ID="Image:0">'
        f"<Pixels {_as_text(attributes)}>{channels}<TiffData/></Pixels></Image></OME>"
    )
    return text.encode("ascii", "xmlcharrefreplace").decode()


def _as_text(attributes: Mapping[str, str]) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())


def _attributes_of_steps(steps: Mapping[str, AxisStep]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for letter, step in steps.items():
        name, unit_name = STEPS[letter]
        attributes |= {name: repr(step.size), unit_name: str(step.unit)}
    return attributes


def _voxel_sizes(metadata: ImageMetadata) -> dict[str, str]:
    """Return the voxel sizes and the interval that ImageJ's description and the tags give."""
    text = description_of(metadata)
    if not imagej_description.is_imagej_description(text):
        return {}
    entries = imagej_description.entries_of(text)
    found: dict[str, str] = {}
    with suppress(ValueError):
        interval = float(entries.get("finterval", "nan"))
        if math.isfinite(interval) and interval > 0 and entries.get("tunit", "s") in SECONDS:
            found |= {"TimeIncrement": repr(interval), "TimeIncrementUnit": "s"}
    unit = UNITS.get(entries.get("unit", ""))
    if unit is None:
        return found
    tags, sizes = metadata.tags.main, {}
    for letter, tag in (("X", X_RESOLUTION), ("Y", Y_RESOLUTION)):
        if tag in tags and float(tags[tag]) > 0:
            sizes[letter] = 1 / float(tags[tag])
    with suppress(ValueError):
        sizes["Z"] = float(entries.get("spacing", "nan"))
    for letter, size in sizes.items():
        if math.isfinite(size) and size > 0:
            found |= {f"PhysicalSize{letter}": repr(size), f"PhysicalSize{letter}Unit": unit}
    return found
