"""The tags of an output's pages that depend on the window: where pixels are, what pages describe.

Pages may be pooled one by one, or as one array with further axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PIL.TiffImagePlugin import IFDRational
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

from poolcli.io.metadata import tiff_tags
from poolcli.io.metadata.exif_and_page_tags import Latin1Text
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.write_tiff_directories import copy_directory
from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff.axis_scaling import IDENTITY, AxisScaling, AxisScalings, OutputAxes
from poolcli.io.tiff.geotiff import scale_georeference
from poolcli.io.tiff.imagej_metadata_tags import (
    BYTE_COUNTS,
    METADATA,
    UNREADABLE,
    ImageJMetadata,
    rewrite_metadata,
)
from poolcli.io.tiff.ome_xml_parser import is_ome_description
from poolcli.io.tiff.output_descriptions import (
    AdaptedDescription,
    PageGeometry,
    adapt_page_descriptions,
    adapt_stack_description,
    description_of,
    has_voxel_sizes,
)
from poolcli.io.tiff.resolution_tags import scale_resolution
from poolcli.io.tiff.shape_description import is_shape_description

NO_STEP = "the result has no common step"

OUTPUT_BYTE_ORDER = "<"
"""The byte order of the files that are written."""


def adapt_page_tags(
    metadata: Sequence[ImageMetadata], pages: Sequence[PageGeometry], add_note: AddNote
) -> list[ImageMetadata]:
    """Return the metadata of pages that were pooled one by one.

    Parameters
    ----------
    metadata : sequence of ImageMetadata
        The metadata of the input's pages.
    pages : sequence of PageGeometry
        Their pixels before and after pooling.
    add_note : callable
        Called with a note for what was dropped.
    """
    texts = [description_of(each) for each in metadata]
    adapted = adapt_page_descriptions(texts, pages, add_note)
    is_measured = has_voxel_sizes(texts[0])
    return [
        _adapt_page(each, description, page.scalings, is_measured, add_note)
        for each, description, page in zip(metadata, adapted, pages, strict=True)
    ]


def adapt_stack_tags(
    metadata: Sequence[ImageMetadata], axes: OutputAxes, dtype: str, add_note: AddNote
) -> list[ImageMetadata]:
    """Return the metadata of the output's pages if the input's pages were pooled as one array.

    Parameters
    ----------
    metadata : sequence of ImageMetadata
        The metadata of the input's pages.
    axes : OutputAxes
        The axes of the output.
    dtype : str
        NumPy's name of the output's dtype.
    add_note : callable
        Called with a note for what was dropped.

    Returns
    -------
    list of ImageMetadata
        One per page of the output: of the input's pages if there are as many, else of the first.
    """
    text = description_of(metadata[0])
    first = adapt_stack_description(text, len(metadata), axes, dtype, add_note)
    others = AdaptedDescription("")
    is_measured = has_voxel_sizes(text)
    kept = list(metadata)
    if len(metadata) != axes.page_count:
        whole_file = tiff_tags.IMAGEJ_TAGS | {tiff_tags.DESCRIPTION}
        other = _without_tags(metadata[0], whole_file, is_measured=False)
        kept = [metadata[0], *[other] * (axes.page_count - 1)]
    return [
        _adapt_page(each, others if number else first, axes.scalings, is_measured, add_note)
        for number, each in enumerate(kept)
    ]


def remove_page_tags(
    name: str, metadata: Sequence[ImageMetadata], add_note: AddNote
) -> list[ImageMetadata]:
    """Return metadata for a format that cannot store where pixels are and what pages describe.

    Parameters
    ----------
    name : str
        The name of the format.
    metadata : sequence of ImageMetadata
        The metadata of the input's pages, or of other images.
    add_note : callable
        Called with a note for what was dropped.
    """
    text = description_of(metadata[0]) if metadata else ""
    is_measured = has_voxel_sizes(text)
    found = {tag for each in metadata for tag in each.tags.main}
    lost = []
    if found & tiff_tags.GEOREFERENCE_TAGS:
        lost.append("the scale and position of a GeoTIFF")
    if tiff_tags.GDAL_NODATA in found:
        lost.append("GDAL's nodata")
    if is_measured:
        lost.append("OME-XML" if is_ome_description(text) else "ImageJ's metadata")
    if lost:
        add_note(f"{name} cannot store {', '.join(lost)}: dropped")
    removed = tiff_tags.GEOREFERENCE_TAGS | tiff_tags.IMAGEJ_TAGS | {tiff_tags.GDAL_NODATA}
    if is_measured:
        removed |= tiff_tags.RESOLUTION_TAGS
    return [_without_tags(each, removed, is_measured=is_measured) for each in metadata]


def remove_nodata(
    metadata: Sequence[ImageMetadata], reason: str, add_note: AddNote
) -> list[ImageMetadata]:
    """Return metadata without GDAL's nodata.

    Parameters
    ----------
    metadata : sequence of ImageMetadata
        The metadata of all pages.
    reason : str
        Why the value is not that of the output, for the note.
    add_note : callable
        Called with a note.
    """
    add_note(f"GDAL's nodata was dropped: {reason}")
    return [_without_main_tags(each, frozenset({tiff_tags.GDAL_NODATA})) for each in metadata]


def _without_tags(
    metadata: ImageMetadata, removed: frozenset[int], *, is_measured: bool
) -> ImageMetadata:
    text = description_of(metadata)
    if has_voxel_sizes(text) or is_shape_description(text):
        removed |= {tiff_tags.DESCRIPTION}
    if not removed & set(metadata.tags.main):
        return metadata
    dpi = None if is_measured else metadata.dpi
    return replace(_without_main_tags(metadata, removed), dpi=dpi)


def _without_main_tags(metadata: ImageMetadata, removed: frozenset[int]) -> ImageMetadata:
    main = copy_directory(metadata.tags.main)
    for tag in removed & set(main):
        del main[tag]
    return replace(metadata, tags=replace(metadata.tags, main=main))


def _adapt_page(
    metadata: ImageMetadata,
    description: AdaptedDescription,
    scalings: AxisScalings,
    is_measured: bool,
    add_note: AddNote,
) -> ImageMetadata:
    main = copy_directory(metadata.tags.main)
    columns, rows = scalings.get("X", IDENTITY), scalings.get("Y", IDENTITY)
    _adapt_georeference(main, columns, rows, add_note)
    _adapt_imagej_metadata(main, metadata.tags.byte_order, description, add_note)
    if description.text != description_of(metadata):
        main.pop(tiff_tags.DESCRIPTION, None)
        if description.text:
            main.tagtype[tiff_tags.DESCRIPTION] = tiff_tags.ASCII
            main[tiff_tags.DESCRIPTION] = Latin1Text(description.text)
    dpi = metadata.dpi
    if is_measured:
        _adapt_resolution(main, columns, rows, add_note)
        dpi = None
    return replace(metadata, tags=replace(metadata.tags, main=main), dpi=dpi)


def _adapt_georeference(
    main: Directory, columns: AxisScaling | None, rows: AxisScaling | None, add_note: AddNote
) -> None:
    found = tiff_tags.GEOREFERENCE_TAGS & set(main)
    if not found:
        return
    reason, scaled = NO_STEP, None
    if columns is not None and rows is not None:
        reason, scaled = "they are damaged", scale_georeference(_values(main), columns, rows)
    if scaled is None:
        add_note(f"the scale and position of a GeoTIFF were dropped: {reason}")
    for tag in found:
        del main[tag]
        if scaled is not None:
            main.tagtype[tag] = tiff_tags.DOUBLE
            main[tag] = scaled[tag]


def _values(main: Directory) -> dict[int, Any]:
    """Return the values of tags as sequences; Pillow unpacks single values."""
    values = {tag: main[tag] for tag in main}
    return {tag: each if isinstance(each, tuple) else (each,) for tag, each in values.items()}


def _adapt_resolution(
    main: Directory, columns: AxisScaling | None, rows: AxisScaling | None, add_note: AddNote
) -> None:
    for tag, axis in ((tiff_tags.X_RESOLUTION, columns), (tiff_tags.Y_RESOLUTION, rows)):
        if tag not in main:
            continue
        value = main[tag]
        reason, scaled = NO_STEP, None
        if axis is not None:
            reason, scaled = "it is damaged", None
            if isinstance(value, IFDRational):
                scaled = scale_resolution(int(value.numerator), int(value.denominator), axis)
        if scaled is None:
            add_note(f"the resolution, which is a measurement, was dropped: {reason}")
            del main[tag]
        else:
            main[tag] = IFDRational(*scaled)


def _adapt_imagej_metadata(
    main: Directory, byte_order: bytes, description: AdaptedDescription, add_note: AddNote
) -> None:
    found = tiff_tags.IMAGEJ_TAGS & set(main)
    if not found:
        return
    values = _values(main)
    for tag in found:
        del main[tag]
    data, counts = values.get(METADATA, ("",))[0], values.get(BYTE_COUNTS, ())
    are_sizes = all(isinstance(count, int) and count >= 0 for count in counts)
    if not isinstance(data, bytes) or not are_sizes or description.axes is None:
        add_note(UNREADABLE)
        return
    before = ImageJMetadata(data, counts, "<" if byte_order == b"II" else ">")
    pages = description.pages_before
    after = rewrite_metadata(before, pages, description.axes, OUTPUT_BYTE_ORDER, add_note)
    if after is not None:
        main.tagtype[METADATA], main[METADATA] = tiff_tags.BYTE, after.data
        main.tagtype[BYTE_COUNTS], main[BYTE_COUNTS] = tiff_tags.LONG, after.byte_counts
