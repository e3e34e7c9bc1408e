"""The pages of a TIFF as one array, whose axes a layout names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from poolcli.errors import ReadError
from poolcli.io.document import Document, Item, Source
from poolcli.io.metadata.tiff_tags import DESCRIPTION
from poolcli.io.storable_image_modes import describe_mode
from poolcli.io.tiff.page_axes import describes_pages, page_axes, require_one_image
from poolcli.io.tiff.stack_source import stack_source

PAGE_LETTERS = {2: ("YX", "HW"), 3: ("YXC", "HWC")}
"""The letters of the axes of a page, by their number."""


def as_stack(document: Document, layout: str) -> Document:
    """Return a document whose pages are one array, if its layout has axes for them.

    Parameters
    ----------
    document : Document
        The pages of a TIFF, one item each.
    layout : str
        The letters of the axes, upper case: those of the pages, slowest first, and those of a page.

    Returns
    -------
    Document
        With one item; the document itself if the layout is that of a single page.

    Raises
    ------
    ReadError
        If the pages are unlike, or the layout is not theirs.
    """
    if len(layout) <= 2 or layout in PAGE_LETTERS[3]:
        return document
    return replace(document, count=1, layout=layout, items=lambda: _stacked_item(document, layout))


def _stacked_item(document: Document, layout: str) -> Iterator[Item]:
    items = [_kept_item(item) for item in document.items()]
    first = items[0]
    rank = len(first.source.shape)
    if not layout.endswith(PAGE_LETTERS[rank]):
        raise ReadError(
            f"the layout {layout} does not end with the axes of its pages, {PAGE_LETTERS[rank][0]}"
        )
    if any(item.image_mode != first.image_mode for item in items):
        kinds = dict.fromkeys(describe_mode(str(item.image_mode)) for item in items)
        raise ReadError(f"its pages differ ({', '.join(kinds)}): they are no stack")
    sizes, order = _axis_sizes(document, layout[:-rank], len(items), rank)
    source = stack_source([items[number].source for number in order], sizes)
    yield first._replace(source=source, layout=layout)


def _kept_item(item: Item) -> Item:
    """Return an item that stays valid when the next one is read."""
    if item.stays_valid:
        return item
    whole: Source = item.source[tuple(slice(0, size) for size in item.source.shape)]
    return item._replace(source=whole, stays_valid=True)


def _axis_sizes(
    document: Document, letters: str, count: int, rank: int
) -> tuple[tuple[int, ...], Sequence[int]]:
    """Return the sizes of the axes that count pages, and the pages in the order of the axes."""
    description = str(document.metadata[0].tags.main.get(DESCRIPTION, ""))
    named = page_axes(description, count, rank)
    if named is None:
        require_one_image(description, count)
        if len(letters) == 1:
            if describes_pages(description, rank):
                document.notes.append(
                    f"its metadata do not describe its {count} pages as one stack; the pages were "
                    f"taken as {letters}, one after the other"
                )
            return (count,), range(count)
        raise ReadError(
            f"its {count} pages have no metadata that say how {' '.join(letters)} count them "
            f"(ImageJ's, OME-XML or tifffile's shape); name one axis for them, as in ZYX"
        )
    return match_axes(letters, named.axes), named.order


def match_axes(letters: str, named: Sequence[tuple[str, int]]) -> tuple[int, ...]:
    """Return the sizes of axes that a user names, given those that a file names.

    Parameters
    ----------
    letters : str
        The axes of the layout that count pages; D is another spelling of Z.
    named : sequence of (str, int)
        Letter and size of each axis that the file names, slowest first; the letter is empty where
        it only gives sizes. Axes of size 1 may be missing in either.

    Raises
    ------
    ReadError
        If the axes differ.

    Examples
    --------
    >>> match_axes("TZC", [("Z", 3), ("C", 2)]), match_axes("Z", [("T", 1), ("Z", 3)])
    ((1, 3, 2), (3,))
    """
    wanted = letters.replace("D", "Z")
    if not any(letter for letter, _ in named):
        long = [size for _, size in named]
        if len(long) != len(wanted):
            long = [size for size in long if size != 1]
        if len(long) == len(wanted):
            return tuple(long)
    kept = [(letter, size) for letter, size in named if (letter and letter in wanted) or size != 1]
    sizes = dict(kept)
    if [letter for letter in wanted if letter in sizes] == [letter for letter, _ in kept]:
        return tuple(sizes.get(letter, 1) for letter in wanted)
    shown = " ".join(f"{letter or '?'}={size}" for letter, size in named if size != 1)
    raise ReadError(
        f"its metadata give the axes {shown} for its {math.prod(size for _, size in named)} pages, "
        f"not {' '.join(letters)}"
    )
