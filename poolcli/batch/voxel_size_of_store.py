"""The voxel size of an OME-Zarr image in a TIFF, which OME-XML describes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from poolcli.batch.pooled_level import PooledLevel
from poolcli.io.metadata import tiff_tags
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.write_tiff_directories import copy_directory
from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff.axis_scaling import IDENTITY, OutputAxes
from poolcli.io.tiff.ome_xml_of_stack import ome_of_stack
from poolcli.io.tiff.output_tags import NO_STEP
from poolcli.io.tiff.pixel_size import AxisStep
from poolcli.io.zarr.ome_axes import UNITS
from poolcli.request import as_zyx

if TYPE_CHECKING:
    from poolcli.io.zarr.open_zarr import ZarrImage

SYMBOLS = {name: symbol for symbol, name in UNITS.items()}
"""The symbols of units in OME-XML by their names in OME-Zarr."""

LETTERS_WITH_STEPS = "TZYX"
"""The letters of axes with a step in OME-XML."""


def describe_voxel_size(
    metadata: list[ImageMetadata],
    image: ZarrImage,
    level: PooledLevel,
    axes: OutputAxes,
    add_note: AddNote,
) -> list[ImageMetadata]:
    """Return the metadata of a TIFF's pages; OME-XML in the first has the voxel size of the store.

    Parameters
    ----------
    metadata : list of ImageMetadata
        The metadata of the pages.
    image : ZarrImage
        The input.
    level : PooledLevel
        The result.
    axes : OutputAxes
        The axes of all pages together.
    add_note : callable
        Called with a note if the voxel size was dropped.
    """
    steps = _steps(image, level, add_note)
    result = level.result
    dtype = "bool" if result.mode == "1" else result.dtype.name
    ome = ome_of_stack(axes, dtype, ImageMetadata(), steps) if steps else None
    if ome is None:
        if steps:
            add_note("the voxel size was dropped: OME-XML has no such axes or no such dtype")
        return metadata
    main = copy_directory(metadata[0].tags.main)
    main.tagtype[tiff_tags.DESCRIPTION] = tiff_tags.ASCII
    main[tiff_tags.DESCRIPTION] = ome
    first = replace(metadata[0], tags=replace(metadata[0].tags, main=main))
    return [first, *metadata[1:]]


def _steps(image: ZarrImage, level: PooledLevel, add_note: AddNote) -> dict[str, AxisStep]:
    """Return the steps of the result along space and time, by tifffile's letters."""
    scale = image.levels[0].scale
    steps: dict[str, AxisStep] = {}
    lost: dict[str, list[str]] = {}
    for number, axis in enumerate(image.axes or ()):
        letter, unit = as_zyx(axis.letter), SYMBOLS.get(axis.unit or "")
        is_plain = axis.unit is None and scale is not None and scale[number] == 1
        if scale is None or letter not in LETTERS_WITH_STEPS or is_plain:
            continue
        scaling = level.geometry.scalings.get(number, IDENTITY)
        if scaling is not None and unit is not None and scale[number] > 0:
            steps[letter] = AxisStep(float(scale[number] * Fraction(scaling.scale)), unit)
            continue
        reason = NO_STEP if scaling is None else "OME-XML has no such step, or none of its unit"
        lost.setdefault(reason, []).append(axis.name)
    for reason, names in lost.items():
        add_note(f"the scale along {', '.join(names)} was dropped: {reason}")
    return steps
