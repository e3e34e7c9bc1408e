"""The voxel sizes of a Zarr store in the OME-XML of a TIFF that is made from it."""

from __future__ import annotations

from dataclasses import replace

from poolcli.batch.pooled_level import PooledLevel
from poolcli.io.metadata import tiff_tags
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.write_tiff_directories import copy_directory
from poolcli.io.tiff.axis_scaling import IDENTITY, OutputAxes
from poolcli.io.tiff.ome_xml_of_stack import ome_of_stack
from poolcli.io.zarr.ome_axes import UNITS
from poolcli.io.zarr.open_zarr import ZarrImage
from poolcli.request import SPATIAL_LETTERS

SYMBOLS_OF_UNITS = {name: symbol for symbol, name in UNITS.items()}

ZYX_FOR_DHW = str.maketrans(*SPATIAL_LETTERS)


def voxel_sizes(image: ZarrImage, level: PooledLevel) -> dict[str, str]:
    """Return the voxel sizes of a result, as attributes of OME-XML; empty if the store has none.

    Parameters
    ----------
    image : ZarrImage
        The input.
    level : PooledLevel
        The result, whose geometry counts the axes of the input.
    """
    scale, sizes = image.levels[0].scale, {}
    if image.axes is None or scale is None:
        return {}
    for number, (axis, size) in enumerate(zip(image.axes, scale, strict=True)):
        letter, unit = axis.letter.translate(ZYX_FOR_DHW), SYMBOLS_OF_UNITS.get(axis.unit or "")
        scaling = level.geometry.scalings.get(number, IDENTITY)
        if letter in "XYZ" and unit is not None and scaling is not None:
            sizes[f"PhysicalSize{letter}"] = repr(float(size * scaling.scale))
            sizes[f"PhysicalSize{letter}Unit"] = unit
    return sizes


def with_voxel_sizes(
    metadata: list[ImageMetadata], image: ZarrImage, level: PooledLevel, axes: OutputAxes
) -> list[ImageMetadata]:
    """Return the metadata of the pages of a TIFF, whose first has OME-XML with voxel sizes.

    Parameters
    ----------
    metadata : list of ImageMetadata
        The metadata of all pages.
    image : ZarrImage
        The input.
    level : PooledLevel
        The result.
    axes : OutputAxes
        The axes of all pages.
    """
    sizes = voxel_sizes(image, level)
    text = ome_of_stack(axes, level.result.dtype.name, sizes) if sizes else None
    if text is None:
        return metadata
    main = copy_directory(metadata[0].tags.main)
    main.tagtype[tiff_tags.DESCRIPTION] = tiff_tags.ASCII
    main[tiff_tags.DESCRIPTION] = text
    return [replace(metadata[0], tags=replace(metadata[0].tags, main=main)), *metadata[1:]]
