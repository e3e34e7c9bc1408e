"""The metadata of an output image: those of the input, adapted to the window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from poolcli.batch.choose_output import Output
from poolcli.batch.pooled_level import PooledLevel, Results
from poolcli.io.document import Document
from poolcli.io.images.pixel_array import OutputImage, PixelArray
from poolcli.io.metadata import tiff_tags
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.tiff_tags import GDAL_NODATA
from poolcli.request import Request

if TYPE_CHECKING:
    from poolcli.io.tiff.axis_scaling import OutputAxes
    from poolcli.io.tiff.output_descriptions import PageGeometry

RESULT_DEPENDENT_TAGS = (
    tiff_tags.GEOREFERENCE_TAGS | tiff_tags.IMAGEJ_TAGS | {tiff_tags.DESCRIPTION, GDAL_NODATA}
)
"""Tags that may say where pixels are, how pages make a stack, or which value is none."""


def output_metadata(
    output: Output, document: Document, results: Results, request: Request
) -> list[ImageMetadata]:
    """Return the metadata of each frame of an output image; for an array they are those left out.

    Parameters
    ----------
    output : Output
        The output, which receives notes for what was dropped.
    document : Document
        The input.
    results : sequence of PooledLevel
        The results of all frames.
    request : Request
        The request, for the letters of the axes of a stack.
    """
    kept = _adapted_metadata(output, document, results, request)
    if output.format != "TIFF" or document.zarr_image is None:
        return kept
    from poolcli.batch.voxel_size_of_store import describe_voxel_size  # rarely needed

    axes = stack_axes(results[0], request.layout)
    return describe_voxel_size(kept, document.zarr_image, results[0], axes, output.add_note)


def _adapted_metadata(
    output: Output, document: Document, results: Results, request: Request
) -> list[ImageMetadata]:
    """Return the metadata of each frame, without the voxel size of a Zarr store."""
    kept = list(document.metadata) or [ImageMetadata() for _ in results]
    is_dependent = any(RESULT_DEPENDENT_TAGS & set(each.tags.main) for each in kept)
    is_stack = output.format == "TIFF" and is_stack_result(results[0])
    if not (is_dependent or is_stack) or "TIFF" not in (output.format, document.format):
        return kept[: len(results)]  # the pages of an input may have become one

    add_note = output.add_note
    if request.ignores_nodata and len({each.tags.main.get(GDAL_NODATA) for each in kept}) > 1:
        add_note("its pages differ in their nodata; that of the first counts for all")
    from poolcli.io.tiff import output_tags  # imported late: few images are TIFF

    if output.format != "TIFF":
        kept = kept[: len(results)]  # a stack of one page
        return output_tags.remove_page_tags(output.format, kept, add_note)
    reason = _why_nodata_is_stale(document, results[0], request)
    if reason is not None:
        kept = output_tags.remove_nodata(kept, reason, add_note)
    if is_stack:
        layout = request.layout
        dtype = "bool" if results[0].result.mode == "1" else results[0].result.dtype.name
        return output_tags.adapt_stack_tags(kept, stack_axes(results[0], layout), dtype, add_note)
    return output_tags.adapt_page_tags(kept, _page_geometries(results), add_note)


def _why_nodata_is_stale(document: Document, level: PooledLevel, request: Request) -> str | None:
    """Return why the nodata value of a file is not that of a result; None if it is."""
    from poolcli.core.ignored_values import as_element

    nodata, result = document.nodata, level.result
    if nodata is None:
        return None
    if request.normalize:
        return "--normalize changes the values"
    if document.animation.from_palette and result.palette is None:
        return "it is an index of a palette"
    before = np.dtype(level.before.dtype)
    if as_element(nodata, before) is not None and as_element(nodata, result.dtype) is None:
        return f"{result.dtype.name} cannot hold it"
    return None


def is_stack_result(level: PooledLevel) -> bool:
    """Return whether a result has axes that count pages, even if there is one page."""
    return isinstance(level.result, PixelArray) and level.result.page_rank < len(level.result.shape)


def stack_axes(level: PooledLevel, layout: str | None) -> OutputAxes:
    """Return the axes of a stack, or of a picture without scalings, with tifffile's letters.

    Parameters
    ----------
    level : PooledLevel
        The result.
    layout : str, optional
        The letters of its axes. Without one, axes that count pages have the letter Q.
    """
    from poolcli.io.tiff.axis_scaling import OutputAxes

    image = level.result
    if not is_stack_result(level):
        return OutputAxes("YXS"[: len(image.shape)], image.shape, {})
    pages = len(image.shape) - image.page_rank
    page_letters = "YXS"[: image.page_rank]
    letters = "Q" * pages if layout is None else layout[:pages].replace("D", "Z")
    letters += page_letters
    scalings = {letters[axis]: scaling for axis, scaling in level.geometry.scalings.items()}
    return OutputAxes(letters, image.shape, scalings)


def _page_geometries(results: Sequence[PooledLevel]) -> list[PageGeometry]:
    from poolcli.io.tiff.output_descriptions import PageGeometry

    pages = []
    for level in results:
        assert isinstance(level.result, OutputImage)
        height, width, *channels = level.result.shape
        height_before, width_before, *_ = level.geometry.input_shape
        scalings = {"YX"[axis]: scaling for axis, scaling in level.geometry.scalings.items()}
        dtype = "bool" if level.result.mode == "1" else level.result.dtype.name
        samples = channels[0] if channels else 1
        size_before, size_after = (height_before, width_before), (height, width)
        pages.append(PageGeometry(size_before, size_after, samples, dtype, scalings))
    return pages
