"""ImageJ stacks in one directory: those too large for a classic TIFF, which is all ImageJ reads.

The directory is that of the first image; the other images follow its pixels without a gap. Their
number is in the description (ImageJ's `TiffDecoder`, ``nImages``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from poolcli.io.document import Source
from poolcli.io.tiff.imagej_description import is_imagej_description
from poolcli.io.tiff.page_storage_layout import NONE, PageLayout
from poolcli.io.tiff.pixel_chunks import row_chunks


def fits_one_directory(
    description: bytes | None, pages: Sequence[Source], layouts: Sequence[PageLayout]
) -> bool:
    """Return whether pages can be written as an ImageJ stack in one directory.

    Parameters
    ----------
    description : bytes, optional
        The description of the first page.
    pages : sequence of Source
        The pixels of the pages, H W or H W C.
    layouts : sequence of PageLayout
        How they are stored.

    Examples
    --------
    >>> pages = [np.zeros((2, 2), np.uint16)] * 3
    >>> fits_one_directory(b"ImageJ=1.54f\\nimages=3\\n", pages, [PageLayout()] * 3)
    True
    >>> fits_one_directory(None, pages, [PageLayout()] * 3)
    False
    """
    text = (description or b"").decode(errors="replace")
    return (
        len(pages) > 1
        and is_imagej_description(text)
        and f"images={len(pages)}" in text.splitlines()
        and len({(page.shape, page.dtype) for page in pages}) == 1
        and pages[0].dtype != np.bool_
        and all(map(_is_plain, layouts))
    )


def _is_plain(layout: PageLayout) -> bool:
    is_raw = layout.compression == NONE and layout.bits is None
    return is_raw and layout.tile_size is None and not layout.is_planar


def append_pixels(file: BinaryIO, pages: Sequence[Source]) -> None:
    """Write pixels at the end of a file, little-endian, one page after the other.

    Parameters
    ----------
    file : binary file
        A TIFF that ends with the pixels of its only page.
    pages : sequence of Source
        H W, or H W C.
    """
    file.seek(0, 2)
    for page in pages:
        for chunk in row_chunks(page, is_planar=False):
            file.write(np.ascontiguousarray(chunk, chunk.dtype.newbyteorder("<")).tobytes())
