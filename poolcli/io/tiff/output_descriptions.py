"""The descriptions (tag 270) of an output's pages: ImageJ's, OME-XML and tifffile's shape."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from poolcli.io.metadata import tiff_tags
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff import imagej_description, ome_xml_of_output, shape_description
from poolcli.io.tiff.axis_scaling import AxisScalings, OutputAxes
from poolcli.io.tiff.ome_page_order import find_ome_pages
from poolcli.io.tiff.ome_xml_of_output import OmeImage
from poolcli.io.tiff.ome_xml_parser import is_ome_description

NOT_OF_FIRST_PAGE = "a description of ImageJ or OME that is not on the first page was dropped"


class PageGeometry(NamedTuple):
    """The pixels of a page that is pooled on its own.

    Attributes
    ----------
    size_before, size_after : (int, int)
        Height and width.
    samples : int
        The samples of an output pixel.
    dtype : str
        NumPy's name of the output's dtype; bool for 1 bit.
    scalings : mapping of str to AxisScaling or None
        The scalings of Y and X, if they are pooled.
    """

    size_before: tuple[int, int]
    size_after: tuple[int, int]
    samples: int
    dtype: str
    scalings: AxisScalings

    def axes(self, pages: Mapping[str, int]) -> OutputAxes:
        """Return the axes of several pages like this one together."""
        letters, sizes = "".join(pages) + "YX", (*pages.values(), *self.size_after)
        if self.samples > 1:
            letters, sizes = letters + "S", (*sizes, self.samples)
        return OutputAxes(letters, sizes, self.scalings)


class AdaptedDescription(NamedTuple):
    """The description of a page of the output.

    Attributes
    ----------
    text : str
        The description; empty if there is none.
    pages_before : mapping of str to int
        The axes of the input's pages that it gives, slowest first.
    axes : OutputAxes, optional
        The axes of the output that it gives.
    """

    text: str
    pages_before: Mapping[str, int] = {}
    axes: OutputAxes | None = None


def description_of(metadata: ImageMetadata) -> str:
    """Return the description of a page, one character per byte; empty if there is none."""
    value = metadata.tags.main.get(tiff_tags.DESCRIPTION)
    return value.rstrip("\0") if isinstance(value, str) else ""


def has_voxel_sizes(text: str) -> bool:
    """Return whether a description makes the resolution a measurement: ImageJ's and OME-XML."""
    return imagej_description.is_imagej_description(text) or is_ome_description(text)


def adapt_page_descriptions(
    texts: Sequence[str], pages: Sequence[PageGeometry], add_note: AddNote
) -> list[AdaptedDescription]:
    """Return the descriptions of pages that were pooled one by one.

    Parameters
    ----------
    texts : sequence of str
        The descriptions of the input's pages (see `description_of`).
    pages : sequence of PageGeometry
        The pixels of each page.
    add_note : callable
        Called with a note for what was dropped.
    """
    first = AdaptedDescription("")
    adapted = []
    for number, text in enumerate(texts):
        if has_voxel_sizes(text):
            # Programs that copy tags repeat the description of the first page on others.
            if number == 0:
                first = _adapt_first(text, pages, add_note)
            elif text != texts[0]:
                add_note(NOT_OF_FIRST_PAGE)
            adapted.append(first if text == texts[0] else AdaptedDescription(""))
        elif shape_description.is_shape_description(text):
            adapted.append(AdaptedDescription(_adapt_shape(text, pages[number:], add_note) or ""))
        else:
            adapted.append(AdaptedDescription(text))
    return adapted


def adapt_stack_description(
    text: str, page_count: int, axes: OutputAxes, dtype: str, add_note: AddNote
) -> AdaptedDescription:
    """Return the description of the first page if all pages were pooled as one array.

    Parameters
    ----------
    text : str
        The description of the input's first page.
    page_count : int
        The number of the input's pages.
    axes : OutputAxes
        The axes of the output.
    dtype : str
        NumPy's name of the output's dtype.
    add_note : callable
        Called with a note for what was dropped.

    Returns
    -------
    AdaptedDescription
        The kind of description that the input has; tifffile's shape if it has another text, or if
        its kind does not have the output's axes.
    """
    if imagej_description.is_imagej_description(text):
        pages = imagej_description.page_axes(text, page_count)
        rewritten = imagej_description.rewrite_description(text, axes, add_note)
        if rewritten is not None:
            if pages is None:  # so that labels, which cannot be assigned, are dropped
                pages = dict.fromkeys(axes.pooled_letters & {*"TZC"}, 0)
            return AdaptedDescription(rewritten, pages, axes)
    elif is_ome_description(text):
        image = OmeImage(axes, tuple(range(axes.page_count)), dtype)
        rewritten = ome_xml_of_output.rewrite_ome_xml(as_utf8(text), {0: image}, add_note)
        if rewritten is not None:
            return AdaptedDescription(rewritten, {}, axes)
    values = shape_description.other_values(as_utf8(text))
    return AdaptedDescription(shape_description.describe_shape(axes, values), {}, axes)


def _adapt_first(text: str, pages: Sequence[PageGeometry], add_note: AddNote) -> AdaptedDescription:
    """Return ImageJ's or OME's description of all pages."""
    if imagej_description.is_imagej_description(text):
        before = imagej_description.page_axes(text, len(pages))
        if before is None or any(page != pages[0] for page in pages):
            add_note(imagej_description.NOT_DESCRIBED)
            return AdaptedDescription("")
        axes = pages[0].axes(before)
        rewritten = imagej_description.rewrite_description(text, axes, add_note)
        return AdaptedDescription(rewritten or "", before, axes)
    xml = as_utf8(text)
    images: dict[int, OmeImage] = {}
    for number, found in enumerate(find_ome_pages(xml, len(pages)) or []):
        own = [pages[page] for page in found.pages]
        axes = own[0].axes(dict(zip(found.letters, found.sizes, strict=True)))
        if all(page == own[0] for page in own):
            images[number] = OmeImage(axes, found.pages, own[0].dtype)
    return AdaptedDescription(ome_xml_of_output.rewrite_ome_xml(xml, images, add_note) or "")


def _adapt_shape(text: str, pages: Sequence[PageGeometry], add_note: AddNote) -> str | None:
    """Return tifffile's description of the shape of a page and those after it."""
    page, shape = pages[0], shape_description.described_shape(as_utf8(text))
    scaled = None
    if shape is not None:
        scaled = shape_description.scale_shape(
            shape, page.size_before, page.size_after, page.samples
        )
    if scaled is None or math.prod(scaled) > len(pages) * math.prod(page.size_after) * page.samples:
        add_note(shape_description.UNREADABLE)
        return None
    return shape_description.rewrite_shape(as_utf8(text), scaled, add_note)


def as_utf8(text: str) -> str:
    """Return a text whose characters are bytes of UTF-8; the text itself if they are not."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
