"""Opening of TIFF files: with Pillow if it reads all pages right, else with tifffile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from poolcli.io.document import Document
from poolcli.io.tiff.directories import Directory, read_directories
from poolcli.io.tiff.extra import require_tiff_extra
from poolcli.io.tiff.imagej import is_imagej_description
from poolcli.io.tiff.page_kinds import read_pixels
from poolcli.io.tiff.pillow_problem import pillow_problem


@contextmanager
def open_tiff(file: BinaryIO, max_pixels: int, *, indexed: bool) -> Iterator[Document]:
    """Open a TIFF as a document with one item per page.

    Parameters
    ----------
    file : binary file
        The file.
    max_pixels : int
        The largest page, in pixels; 0 for no limit.
    indexed : bool
        Whether palette images are read as indices instead of colours.

    Raises
    ------
    ReadError
        If the file is damaged, or needs an extra that is not installed.
    LimitError
        If it has too many pixels.
    """
    structure = read_directories(file)
    pages = structure.directories
    problem = _find_problem(pages)
    if problem is None:
        from poolcli.io.images.read import open_image

        with open_image(file, max_pixels, indexed=indexed) as document:
            yield document
        return
    require_tiff_extra(f"read {problem} from a TIFF")
    from poolcli.io.tiff.read_tifffile import open_with_tifffile

    with open_with_tifffile(file, structure, pages, max_pixels, indexed=indexed) as document:
        yield document


def _find_problem(pages: list[Directory]) -> str | None:
    """Return what Pillow does not read right; None if it reads all pages right."""
    problems = (pillow_problem(page, read_pixels(page)) for page in pages)
    found = next((problem for problem in problems if problem is not None), None)
    if found is None and len(pages) == 1:
        from poolcli.io.tiff.read_tifffile import images_of_imagej

        description = pages[0].value(270, "")
        is_stack = isinstance(description, str) and is_imagej_description(description)
        if is_stack and images_of_imagej(description) > 1:
            return "a stack of ImageJ with a single directory"
    return found
