"""The pages of a TIFF that are pooled; reduced-resolution pages and masks are left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from poolcli.io.tiff.directory_reader import SUB_IFDS, Directory, TiffStructure
from poolcli.io.tiff.page_kinds import PageKind, PagePixels, page_kind, read_pixels

PREVIEW = "this is a reduced preview: the full image in the file (SubIFDs) was not read"


class TiffPage(NamedTuple):
    """A page of the main chain.

    Attributes
    ----------
    number : int
        Counted from 0.
    directory : Directory
        Its tags.
    pixels : PagePixels
        How its pixels are stored.
    """

    number: int
    directory: Directory
    pixels: PagePixels


class PagesToPool(NamedTuple):
    """The pages of a file that are pooled.

    Attributes
    ----------
    pages : list of TiffPage
        At least one.
    notes : list of str
        Notes for the report on what was left out.
    """

    pages: list[TiffPage]
    notes: list[str]


def choose_pages(structure: TiffStructure) -> PagesToPool:
    """Return the pages that are pooled.

    These are the images. If all pages are reduced-resolution pages, or all are masks, the ones of
    the largest size are pooled.

    Raises
    ------
    ReadError
        If the tags of a page are missing or contradict each other.
    """
    kinds = [page_kind(directory) for directory in structure.directories]
    kind = next(each for each in PageKind if each in kinds)
    numbers = [number for number, each in enumerate(kinds) if each is kind]
    pages = [
        TiffPage(number, structure.directories[number], read_pixels(structure.directories[number]))
        for number in numbers
    ]
    if kind is not PageKind.IMAGE:
        largest = max(page.pixels.height * page.pixels.width for page in pages)
        pages = [page for page in pages if page.pixels.height * page.pixels.width == largest]
    kept = {page.number for page in pages}
    left_out = [each for number, each in enumerate(kinds) if number not in kept]
    has_parts = [page.directory for page in pages if SUB_IFDS in page.directory.tags]
    notes = []
    if kind is PageKind.REDUCED and has_parts:
        notes.append(PREVIEW)
    else:
        parts = sum(len(directory.integers(SUB_IFDS)) for directory in has_parts)
        left_out += [PageKind.REDUCED] * parts
    if left_out:
        notes.append(f"{_counted(left_out)} left out")
    return PagesToPool(pages, notes)


def _counted(kinds: Iterable[PageKind]) -> str:
    """Return the number of pages of each kind, with the verb.

    Examples
    --------
    >>> _counted([PageKind.REDUCED, PageKind.MASK, PageKind.REDUCED])
    '2 reduced-resolution pages and a mask were'
    >>> _counted([PageKind.MASK])
    'a mask was'
    """
    found = list(kinds)
    counts = [(kind, found.count(kind)) for kind in (PageKind.REDUCED, PageKind.MASK)]
    shown = [
        f"a {kind.value}" if count == 1 else f"{count:,} {kind.value}s"
        for kind, count in counts
        if count
    ]
    return f"{' and '.join(shown)} {'was' if len(found) == 1 else 'were'}"
