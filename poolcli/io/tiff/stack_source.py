"""The pages of a stack as one array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.errors import ReadError
from poolcli.io.arrays.npy_blocks import NpyReader
from poolcli.io.document import Source, chunk_shape_of

MIN_READ_BYTES = 1 << 18
"""The size of the rows of an uncompressed page that are read at once: single rows of thousands of
pages cost a call of the system for some KB each."""


def stack_source(pages: Sequence[Source], shape: tuple[int, ...]) -> Source:
    """Return pages as one array, whose first axes count the pages.

    Parameters
    ----------
    pages : sequence of Source
        The pages, H W or H W C, in C order of the first axes.
    shape : tuple of int
        The length of the first axes; their product is the number of pages.

    Raises
    ------
    ReadError
        If the pages differ in shape or dtype.

    Examples
    --------
    >>> pages = [np.full((2, 2), number) for number in range(6)]
    >>> stack_source(pages, (2, 3))[1:2, 0:3, 0:1, 0:1].ravel().tolist()
    [3, 4, 5]
    """
    assert math.prod(shape) == len(pages)
    first = pages[0]
    for number, page in enumerate(pages, 1):
        if page.shape != first.shape or page.dtype != first.dtype:
            sizes = " and ".join(
                f"{'x'.join(map(str, each.shape))} {each.dtype.name}" for each in (first, page)
            )
            raise ReadError(
                f"its pages differ: page 1 and page {number} are {sizes}; without --layout each "
                "page is pooled on its own"
            )
    return _contiguous_array(pages, shape) or StackedPages(pages, shape)


def _contiguous_array(pages: Sequence[Source], shape: tuple[int, ...]) -> NpyReader | None:
    """Return small pages that follow each other in the file as one stored array; else None."""
    first = pages[0]
    if not isinstance(first, NpyReader) or first.header.nbytes > MIN_READ_BYTES:
        return None
    header = first.header
    for number, page in enumerate(pages):
        offset = header.data_offset + number * header.nbytes
        if not isinstance(page, NpyReader) or page.header.data_offset != offset:
            return None
    return NpyReader(first.descriptor, header._replace(shape=(*shape, *header.shape)))


class StackedPages:
    """Pages as one array, read block by block.

    Parameters
    ----------
    pages, shape
        As in `stack_source`; all pages have one shape and dtype.
    """

    def __init__(self, pages: Sequence[Source], shape: tuple[int, ...]) -> None:
        self.pages = pages
        self.pages_shape = shape
        self.shape = (*shape, *pages[0].shape)
        self.dtype: np.dtype[Any] = pages[0].dtype

    @property
    def chunk_shape(self) -> tuple[int, ...]:
        """The shape of a strip or tile of a page; of some rows if pages are stored as arrays."""
        page = self.pages[0]
        chunk = chunk_shape_of(page)
        if chunk is None:
            row_bytes = self.dtype.itemsize * math.prod(page.shape[1:])
            rows = min(page.shape[0], max(1, MIN_READ_BYTES // row_bytes))
            chunk = (rows, *page.shape[1:])
        return (*(1 for _ in self.pages_shape), *chunk)

    def __getitem__(self, index: tuple[slice, ...]) -> npt.NDArray[Any]:
        ranges = [range(*part.indices(size)) for part, size in zip(index, self.shape, strict=True)]
        block = np.empty([len(each) for each in ranges], self.dtype)
        rank = len(self.pages_shape)
        for place in product(*(range(len(each)) for each in ranges[:rank])):
            number = 0
            for chosen, size, position in zip(ranges, self.pages_shape, place, strict=False):
                number = number * size + chosen[position]
            block[place] = self.pages[number][index[rank:]]
        return block
