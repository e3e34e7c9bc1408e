"""The voxel sizes of a Zarr store in the OME-XML of a TIFF that is made from it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from poolcli.batch.pooled_level import PooledLevel
from poolcli.io.metadata import tiff_tags
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.write_tiff_directories import copy_directory
from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff.axis_scaling import IDENTITY, OutputAxes
from poolcli.io.tiff.ome_xml_of_output import STEPS
from poolcli.io.tiff.ome_xml_of_stack import ome_of_stack
from poolcli.io.tiff.output_tags import NO_STEP
from poolcli.io.zarr.ome_axes import UNITS
from poolcli.io.zarr.open_zarr import ZarrImage
from poolcli.request import SPATIAL_LETTERS

SYMBOLS_OF_UNITS = {name: symbol for symbol, name in UNITS.items()}

ZYX_FOR_DHW = str.maketrans(*SPATIAL_LETTERS)


def voxel_sizes(image: ZarrImage, level: PooledLevel, add_note: AddNote) -> dict[str, str]:
    """Return the voxel sizes of a result, and its interval, as attributes of OME-XML.

    Parameters
    ----------
    image : ZarrImage
        The input.
    level : PooledLevel
        The result, whose geometry counts the axes of the input.
    add_note : callable
        Called with a note on the scales that OME-XML cannot hold.

    Returns
    -------
    dict of str to str
        Empty if the store has none.
    """
    scale = image.levels[0].scale
    sizes: dict[str, str] = {}
    lost: dict[str, list[str]] = {}
    for number, axis in enumerate(image.axes or ()):
        letter, unit = axis.letter.translate(ZYX_FOR_DHW), SYMBOLS_OF_UNITS.get(axis.unit or "")
        if scale is None or letter not in STEPS or (axis.unit is None and scale[number] == 1):
            continue
        scaling = level.geometry.scalings.get(number, IDENTITY)
        if scaling is not None and unit is not None and scale[number] > 0:
            name, name_of_unit = STEPS[letter]
            step = float(scale[number] * Fraction(scaling.scale))
            sizes |= {name: repr(step), name_of_unit: unit}
            continue
        reason = NO_STEP if scaling is None else "OME-XML has no such step, or none of its unit"
        lost.setdefault(reason, []).append(axis.name)
    for reason, names in lost.items():
        add_note(f"the scale along {', '.join(names)} was dropped: {reason}")
    return sizes


def with_voxel_sizes(
    metadata: list[ImageMetadata],
    image: ZarrImage,
    level: PooledLevel,
    axes: OutputAxes,
    add_note: AddNote,
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
    add_note : callable
        Called with a note on what was dropped.
    """
    sizes = voxel_sizes(image, level, add_note)
    if not sizes:
        return metadata
    dtype = "bool" if level.result.mode == "1" else level.result.dtype.name
    text = ome_of_stack(axes, dtype, sizes)
    if text is None:
        add_note("the voxel size was dropped: OME-XML has no such axes or no such dtype")
        return metadata
    main = copy_directory(metadata[0].tags.main)
    main.tagtype[tiff_tags.DESCRIPTION] = tiff_tags.ASCII
    main[tiff_tags.DESCRIPTION] = text
    return [replace(metadata[0], tags=replace(metadata[0].tags, main=main)), *metadata[1:]]
