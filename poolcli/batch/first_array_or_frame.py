"""The first array or frame of an input, for the commands that look at a single one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import NamedTuple

from poolcli.batch.axes_of_store import with_axes_of_document, with_axes_of_item
from poolcli.batch.ignored_nodata import with_nodata
from poolcli.batch.likely_mistakes import looks_channels_last
from poolcli.batch.pooled_axes import pooled_axes
from poolcli.core.shape_text import shape_text
from poolcli.errors import ReadError
from poolcli.io.document import Document, Item
from poolcli.io.member_names import quoted_name
from poolcli.io.open_document import open_document
from poolcli.request import Request


class FirstItem(NamedTuple):
    """The first array or frame of an input.

    Attributes
    ----------
    document : Document
        The input.
    item : Item
        Its first array or frame, which has elements.
    request : Request
        The request, with the nodata value of the file among the ignored values, and with the axes
        of a Zarr store.
    axes : tuple of int, optional
        The pooled axes as requested; None for the default.
    notes : list of str
        The notes on reading the input and on its layout.
    """

    document: Document
    item: Item
    request: Request
    axes: tuple[int, ...] | None
    notes: list[str]


@contextmanager
def open_first_item(path: str, request: Request, *, indexed: bool) -> Iterator[FirstItem]:
    """Open an input: the first frame of an animation, the first array of several.

    Parameters
    ----------
    path : str
        The path of the input.
    request : Request
        The request, for its options.
    indexed : bool
        Whether the elements of an image with a palette are its indices, not its colours.

    Raises
    ------
    PoolcliError, ArgumentError
        If the input cannot be read, has no elements, or does not have the axes of `--layout`.
    """
    with open_document(
        path,
        request.max_pixels,
        indexed=indexed,
        layout=request.layout,
        members=request.member,
    ) as document:
        request = with_axes_of_document(request, document)
        items = document.items()
        item = next(items, None)
        if item is None:
            raise ReadError("holds no arrays")
        request = with_axes_of_item(request, document, item)
        if item.layout is not None:  # a stack is looked at as an array
            item = item._replace(image_mode=None, one_bit=False)
        shape = item.source.shape
        if not prod(shape):
            raise ReadError(f"it has no elements; its shape is {shape_text(shape)}")
        axes = pooled_axes(item, request)
        request = with_nodata(request, document, item)
        notes = [*document.notes]
        if document.count > 1:
            noun = "frame" if document.is_image else "array"
            other = (
                "" if item.key is None else f", {quoted_name(item.key)}; --member names another one"
            )
            notes.append(f"only the first of {document.count} {noun}s is used{other}")
        notes += looks_channels_last(shape, axes, request.window)
        yield FirstItem(document, item, request, axes, notes)
        if document.zarr_image is not None:
            next(items, None)  # raises an error if the store has vanished
