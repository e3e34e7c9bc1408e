"""A Zarr store as a document: its full-resolution array, or the selected members of a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from poolcli.errors import ReadError
from poolcli.io.document import Document, Item
from poolcli.io.zarr.open_zarr import ZarrImage, open_zarr
from poolcli.io.zarr.zarr_members import ZarrMember, open_members
from poolcli.io.zarr.zarr_source import ZarrSource
from poolcli.request import as_zyx


@contextmanager
def open_zarr_document(
    path: str, layout: str | None, members: Sequence[str] = ()
) -> Iterator[Document]:
    """Open a Zarr array, or the full-resolution array of an OME-Zarr image.

    Parameters
    ----------
    path : str
        The path of a folder, or a URL that fsspec opens.
    layout : str, optional
        The letters of the axes that the user gives, upper case.
    members : sequence of str
        Globs for the arrays and images of a group that become items.

    Raises
    ------
    ReadError
        If the store cannot be read, its metadata name other axes, it has no such members, or it
        vanishes or changes while its arrays are read.
    """
    if members:
        opened = open_members(path, members)
    else:
        image = open_zarr(path)
        opened = [ZarrMember(image.levels[0].path, image)]
    layouts = [_layout(member.image, layout) for member in opened]

    def items() -> Iterator[Item]:
        for (name, image), own in zip(opened, layouts, strict=True):
            level = image.levels[0]
            source = ZarrSource(level.array, level.path)
            yield Item(source, key=name or None, layout=own, stays_valid=True)
            source.check()

    yield Document(
        "ZARR",
        len(opened),
        items,
        layout=layouts[0] if len(set(layouts)) == 1 else None,
        zarr_image=opened[0].image if len(opened) == 1 else None,
    )


def _layout(image: ZarrImage, layout: str | None) -> str | None:
    """Return the letters of the axes that the metadata name, in the spelling of the user."""
    own = image.layout
    if own is not None and layout is not None and as_zyx(own) != as_zyx(layout):
        raise ReadError(f"its axes are {own}, as its metadata say, not {layout}; omit --layout")
    return own and (layout or own)
