"""Writing of a pyramid, an input and its pooled levels, into one TIFF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from poolcli.batch.choose_output import Output
from poolcli.batch.output_metadata import is_stack_result, output_metadata, stack_axes
from poolcli.batch.overwrite_or_skip import TaskOutputs
from poolcli.batch.pooled_level import Results
from poolcli.batch.write_tiff_output import pages_of, tiff_file_options
from poolcli.errors import FormatError
from poolcli.io.document import Document
from poolcli.io.metadata import tiff_tags
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.write_tiff_directories import copy_directory
from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff.axis_scaling import OutputAxes
from poolcli.io.tiff.imagej_description import is_imagej_description
from poolcli.io.tiff.ome_xml_of_stack import ome_of_stack
from poolcli.io.tiff.output_descriptions import description_of
from poolcli.io.tiff.output_pages import output_page
from poolcli.io.tiff.page_axes import page_axes
from poolcli.io.tiff.shape_description import is_shape_description
from poolcli.io.tiff.tifffile_installed import require_tiff_extra
from poolcli.io.tiff.tifffile_writer import write_tiff
from poolcli.request import Request


def write_pyramid(
    output: Output,
    document: Document,
    results: Sequence[Results],
    request: Request,
    outputs: TaskOutputs,
) -> None:
    """Write the pages of an input, each with its pooled levels as versions of lower resolution.

    They are SubIFDs of their page, as in OME-TIFF, or for a GeoTIFF overviews, as GDAL writes them.

    Parameters
    ----------
    output : Output
        The output, with the image mode of each item.
    document : Document
        The input.
    results : sequence of sequence of PooledLevel
        The items of the input as level 0, then those of each pooled level.
    request : Request
        The request.
    outputs : TaskOutputs
        Opens the file.

    Raises
    ------
    FormatError
        If the levels differ in their number of pages.
    """
    require_tiff_extra("write a pyramid into one TIFF")
    counts = [sum(level.page_count for level in each) for each in results]
    if len(set(counts)) > 1:
        raise FormatError(
            f"its levels have {', '.join(map(str, counts))} pages, and a pyramid as many at each "
            "level; pool rows and columns alone: --axes YX"
        )
    metadata = output_metadata(output, document, results[0], request)
    _describe_as_ome(metadata, results[0], request.layout, output.add_note)
    levels = [pages_of(each) for each in results]
    modes = [
        mode
        for level, mode in zip(results[0], output.modes, strict=True)
        for _ in range(level.page_count)
    ]
    pages = [
        output_page(page, mode, kept, output.add_note, levels=others)
        for (page, *others), mode, kept in zip(
            zip(*levels, strict=True), modes, metadata, strict=True
        )
    ]
    is_geotiff = any(tiff_tags.GEOREFERENCE_TAGS & set(each.tags.main) for each in metadata)
    options = tiff_file_options(request)._replace(chains_levels=is_geotiff and len(pages) == 1)
    with outputs.open(output.path) as file:
        write_tiff(file, pages, options, output.add_note)


def _describe_as_ome(
    metadata: list[ImageMetadata], results: Results, layout: str | None, add_note: AddNote
) -> None:
    """Replace the description of ImageJ or tifffile, beside which levels are not found, by OME-XML.

    Parameters
    ----------
    metadata : list of ImageMetadata
        The metadata of all pages; that of the first is replaced.
    results : sequence of PooledLevel
        The items of the input.
    layout : str, optional
        The letters of the axes of a stack, upper case.
    add_note : callable
        Called with a note on what OME-XML lacks of ImageJ's metadata.
    """
    first, text = results[0], description_of(metadata[0])
    if not (is_imagej_description(text) or is_shape_description(text)):
        return
    if is_stack_result(first):
        axes = stack_axes(first, layout)
    else:
        shape = first.result.shape
        found = page_axes(text, len(results), len(shape))
        named = [] if found is None else found.axes
        letters = "".join(letter or "Q" for letter, _ in named) + "YXS"[: len(shape)]
        axes = OutputAxes(letters, (*(size for _, size in named), *shape), {})
    ome = ome_of_stack(axes, first.result.dtype.name, metadata[0])
    if is_imagej_description(text):
        kept = ", but for axes, voxel size and frame interval" if ome is not None else ""
        add_note(f"ImageJ's metadata were dropped{kept}: OME-XML describes the levels of a pyramid")
    main = copy_directory(metadata[0].tags.main)
    for tag in {tiff_tags.DESCRIPTION, *tiff_tags.IMAGEJ_TAGS} & set(main):
        del main[tag]
    if ome is not None:
        main.tagtype[tiff_tags.DESCRIPTION] = tiff_tags.ASCII
        main[tiff_tags.DESCRIPTION] = ome
    metadata[0] = replace(metadata[0], tags=replace(metadata[0].tags, main=main))
