"""The metadata of an output image: those of the input, adapted to the window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from poolcli.batch.choose_output import Output
from poolcli.batch.pooled_level import PooledLevel, Results
from poolcli.io.document import Document
from poolcli.io.images.pixel_array import OutputImage
from poolcli.io.metadata import tiff_tags
from poolcli.io.metadata.image_metadata import ImageMetadata

if TYPE_CHECKING:
    from poolcli.io.tiff.adapt_descriptions import PageGeometry

WINDOW_DEPENDENT_TAGS = (
    tiff_tags.GEOREFERENCE_TAGS | tiff_tags.IMAGEJ_TAGS | {tiff_tags.DESCRIPTION}
)
"""Tags that may say where pixels are, or how pages make a stack."""


def output_metadata(output: Output, document: Document, results: Results) -> list[ImageMetadata]:
    """Return the metadata of each frame of an output image; for an array they are those left out.

    Parameters
    ----------
    output : Output
        The output, which receives notes for what was dropped.
    document : Document
        The input.
    results : sequence of PooledLevel
        The results of all frames.
    """
    kept = list(document.metadata) or [ImageMetadata() for _ in results]
    is_dependent = any(WINDOW_DEPENDENT_TAGS & set(each.tags.main) for each in kept)
    if not is_dependent or "TIFF" not in (output.format, document.format):
        return kept

    def add_note(note: str) -> None:
        if note not in output.notes:
            output.notes.append(note)

    from poolcli.io.tiff import adapt_tags  # imported late: few images are TIFF

    if output.format != "TIFF":
        return adapt_tags.remove_page_tags(output.format, kept, add_note)
    return adapt_tags.adapt_page_tags(kept, _page_geometries(results), add_note)


def _page_geometries(results: Sequence[PooledLevel]) -> list[PageGeometry]:
    from poolcli.io.tiff.adapt_descriptions import PageGeometry

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
