"""The axes that the pages of a TIFF have together, as its description gives them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from poolcli.errors import ReadError
from poolcli.io.tiff import imagej_description, shape_description
from poolcli.io.tiff.ome_page_order import find_ome_pages
from poolcli.io.tiff.ome_xml_parser import is_ome_description


class PageAxes(NamedTuple):
    """The axes that count the pages of a file.

    Attributes
    ----------
    axes : sequence of (str, int)
        Letter and size of each axis, slowest first; the letter is empty where only the size is
        known. Axes of size 1 may be missing.
    order : sequence of int
        The number of each page, from 0, in the order of the axes.
    """

    axes: Sequence[tuple[str, int]]
    order: Sequence[int]


def page_axes(description: str, count: int, page_rank: int) -> PageAxes | None:
    """Return the axes that count the pages of a file, as its description gives them.

    Parameters
    ----------
    description : str
        The tag ImageDescription of the first page.
    count : int
        The number of pages.
    page_rank : int
        The number of axes of a page: 2, or 3 with channels.

    Returns
    -------
    PageAxes or None
        None if the description gives no axes for this number of pages.

    Examples
    --------
    >>> page_axes("ImageJ=1.54f\\nimages=6\\nchannels=2\\nslices=3\\n", 6, 2).axes
    [('Z', 3), ('C', 2)]
    >>> page_axes('{"shape": [2, 3, 8, 8]}', 6, 2).axes
    [('', 2), ('', 3)]
    """
    if imagej_description.is_imagej_description(description):
        axes = imagej_description.page_axes(description, count)
        return None if axes is None else PageAxes(list(axes.items()), range(count))
    if is_ome_description(description):
        images = find_ome_pages(description, count) or []
        if len(images) != 1 or sorted(images[0].pages) != list(range(count)):
            return None
        image = images[0]
        return PageAxes(list(zip(image.letters, image.sizes, strict=True)), image.pages)
    shape = shape_description.described_shape(description)
    if shape is None or len(shape) < page_rank or math.prod(shape[:-page_rank]) != count:
        return None
    letters = shape_description.described_axes(description)
    named = letters if len(letters) == len(shape) else [""] * len(shape)
    known = ["" if letter in ("Q", "I") else letter for letter in named]
    return PageAxes(list(zip(known, shape, strict=True))[:-page_rank], range(count))


def layout_note(description: str, count: int, page_rank: int) -> str | None:
    """Return a note on the layout that a file's description gives its pages.

    Parameters
    ----------
    description, count, page_rank
        As in `page_axes`.

    Returns
    -------
    str or None
        None if the description does not name the axes.

    Examples
    --------
    >>> layout_note("ImageJ=1.54f\\nimages=6\\nchannels=2\\nslices=3\\n", 6, 2)
    'its pages are Z=3 C=2: --layout ZCYX makes them axes of one array'
    """
    found = page_axes(description, count, page_rank)
    axes = [] if found is None else [(letter, size) for letter, size in found.axes if size > 1]
    layout = "".join(letter for letter, _ in axes) + "YXC"[:page_rank]
    if not axes or not all(letter for letter, _ in axes) or len(set(layout)) < len(layout):
        return None
    shown = " ".join(f"{letter}={size}" for letter, size in axes)
    return f"its pages are {shown}: --layout {layout} makes them axes of one array"


def require_one_image(description: str, count: int) -> None:
    """Raise `ReadError` if the pages of a file belong to several images of its OME-XML.

    Parameters
    ----------
    description, count
        As in `page_axes`.
    """
    images = find_ome_pages(description, count) if is_ome_description(description) else None
    if images is not None and len(images) > 1:
        raise ReadError(
            f"its OME-XML describes {len(images)} images: its pages are no single stack"
        )


def describes_pages(description: str, page_rank: int) -> bool:
    """Return whether a description is one that gives axes for pages, fitting or not.

    Parameters
    ----------
    description : str
        The tag ImageDescription of the first page.
    page_rank : int
        As in `page_axes`.

    Examples
    --------
    >>> [describes_pages(f'{{"shape": {shape}}}', 2) for shape in ([2, 8, 8], [8, 8])]
    [True, False]
    """
    if imagej_description.is_imagej_description(description) or is_ome_description(description):
        return True
    return len(shape_description.described_shape(description) or ()) > page_rank
