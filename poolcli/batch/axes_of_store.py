"""The layout and the pooled axes of a Zarr store, as its metadata name them."""

from __future__ import annotations

from poolcli.core.errors import WindowError
from poolcli.io.document import Document, Item
from poolcli.request import Request, spatial_letters


def with_axes_of_document(request: Request, document: Document) -> Request:
    """Return the request for a document, with its axes if it is a Zarr store that names them.

    Parameters
    ----------
    request : Request
        The request.
    document : Document
        The input.

    Raises
    ------
    WindowError
        As `with_axes_of_store`.
    """
    if document.zarr_image is None or document.layout is None:
        return request
    shape = document.zarr_image.levels[0].array.shape
    return with_axes_of_store(request, document.layout, shape)


def with_axes_of_item(request: Request, document: Document, item: Item) -> Request:
    """Return the request for an item, with its axes if it is one of several arrays of a Zarr group.

    Parameters
    ----------
    request : Request
        The request for the document.
    document : Document
        The input.
    item : Item
        An array or frame of it.

    Raises
    ------
    WindowError
        As `with_axes_of_store`.
    """
    if document.format != "ZARR" or document.zarr_image is not None or item.layout is None:
        return request
    return with_axes_of_store(request, item.layout, item.source.shape)


def with_axes_of_store(request: Request, layout: str, shape: tuple[int, ...]) -> Request:
    """Return the request with the layout of a store, and with the axes of it that are pooled.

    These are the ones of `--axes`, else the spatial ones. If the sizes of the window do not say
    otherwise, a volume of one plane is pooled as a plane: most stores with pictures have five axes.

    Parameters
    ----------
    request : Request
        The request. Its axes may have any letters, in any order.
    layout : str
        The letters of the axes.
    shape : tuple of int
        The length of each axis.

    Raises
    ------
    WindowError
        If the store has no such axes or no spatial ones, or the window is for another number of
        axes.

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> request = Request((), "max", Window.fixed(2))
    >>> with_axes_of_store(request, "CZYX", (3, 9, 8, 8)).pooled_letters
    'ZYX'
    >>> with_axes_of_store(request, "TCZYX", (1, 3, 1, 8, 8)).pooled_letters
    'YX'
    """
    spatial, given, rank = spatial_letters(layout), request.axes, request.window.rank
    named = " ".join(layout)
    if given is not None:
        unknown = sorted(set(given) - set(layout))
        if unknown:
            raise WindowError(f"the store has the axes {named}, not {' '.join(unknown)}")
        axes: str | None = "".join(letter for letter in layout if letter in given)
    else:
        is_plane = len(spatial) == 3 and shape[layout.index(spatial[0])] == 1 and rank in (None, 2)
        axes = spatial[1:] if is_plane else None
    pooled = axes or spatial
    if not pooled:
        raise WindowError(
            f"the axes of the store, {named}, are not spatial; name the ones to pool with --axes"
        )
    if rank not in (None, len(pooled)):
        raise WindowError(
            f"{request.window.describe()} is for {rank} axes, but the axes {' '.join(pooled)} of "
            "the store are pooled; give as many sizes, or name other axes with --axes"
        )
    return request._replace(layout=layout, axes=axes)
