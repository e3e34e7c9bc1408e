"""A Zarr store as a document of one item: its full-resolution array."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from poolcli.errors import ReadError
from poolcli.io.document import Document, Item
from poolcli.io.zarr.open_zarr import open_zarr
from poolcli.io.zarr.zarr_source import ZarrSource
from poolcli.request import as_zyx


@contextmanager
def open_zarr_document(path: str, layout: str | None) -> Iterator[Document]:
    """Open a Zarr array, or the full-resolution array of an OME-Zarr image.

    Parameters
    ----------
    path : str
        The path of a folder, or a URL that fsspec opens.
    layout : str, optional
        The letters of the axes that the user gives, upper case.

    Raises
    ------
    ReadError
        If the store cannot be read, its metadata name other axes, or it vanishes or changes while
        its array is read.
    """
    image = open_zarr(path)
    own = image.layout
    if own is not None and layout is not None and as_zyx(own) != as_zyx(layout):
        raise ReadError(f"its axes are {own}, as its metadata say, not {layout}; omit --layout")
    level = image.levels[0]
    source = ZarrSource(level.array, level.path)

    def items() -> Iterator[Item]:
        yield Item(source, key=level.path or None, stays_valid=True)
        source.check()

    yield Document("ZARR", 1, items, layout=own and (layout or own), zarr_image=image)
