"""The nodata value of a file, which is ignored by default."""

from __future__ import annotations

from poolcli.core.errors import ArgumentError
from poolcli.core.exact_numbers import distinct_numbers, number_text
from poolcli.core.ignored_values import as_element
from poolcli.io.document import Document, Item
from poolcli.request import Request


def with_nodata(request: Request, document: Document, item: Item) -> Request:
    """Return the request for one item, which ignores the nodata value of the file, too.

    The value comes before those of `--ignore`. A note says so. Nothing is added with
    `--ignore none`, where the dtype cannot hold the value, and for the colours of a palette image,
    whose nodata is an index.

    Parameters
    ----------
    request : Request
        The request.
    document : Document
        The file, which receives the note.
    item : Item
        An array or frame of it.

    Raises
    ------
    ArgumentError
        If padding is to be counted in means, which ignored values exclude.

    Examples
    --------
    >>> import numpy as np
    >>> from poolcli.core.window import Window
    >>> item = Item(np.zeros((4, 4), np.int16), image_mode="L;int16")
    >>> document = Document("TIFF", 1, lambda: iter([item]), nodata=-9999)
    >>> with_nodata(Request((), "avg", Window.fixed(2), ignore=(0,)), document, item).ignore
    (-9999, 0)
    >>> document.notes
    ["the file's nodata -9999 was ignored; --ignore none pools it as a value"]
    """
    nodata = document.nodata
    is_colour = document.animation.from_palette and item.palette is None
    if nodata is None or not request.ignores_nodata or is_colour:
        return request
    shown = number_text(nodata)
    if item.one_bit:
        nodata *= 255  # as its pixels
    if as_element(nodata, item.source.dtype.newbyteorder("=")) is None:
        return request
    if request.count_include_pad:
        raise ArgumentError(
            f"the file's nodata {shown} is ignored, and then padding counts in no window: leave "
            "--count-include-pad out, or add --ignore none",
            "count_include_pad",
        )
    ignore = distinct_numbers((nodata, *request.ignore))
    note = f"the file's nodata {shown} was ignored; --ignore none pools it as a value"
    if ignore != request.ignore and note not in document.notes:
        document.notes.append(note)
    return request._replace(ignore=ignore)
