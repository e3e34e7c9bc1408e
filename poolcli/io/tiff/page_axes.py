"""The axes that the pages of a TIFF have together, as its description gives them."""

from __future__ import annotations

from poolcli.io.tiff import imagej

Axes = list[tuple[str, int]]
"""Letter and size of each axis, slowest first; an empty letter where only sizes are known."""


def page_axes(description: str, count: int, page_rank: int) -> Axes | None:
    """Return the axes that count the pages of a file, as its description gives them.

    Parameters
    ----------
    description : str
        The tag ImageDescription of the first page.
    count : int
        The number of pages.
    page_rank : int
        The number of axes of a page: 2, or 3 with channels.

    Returns
    -------
    list of (str, int), or None
        Axes whose sizes give the number of pages; None if the description gives none.

    Examples
    --------
    >>> page_axes("ImageJ=1.54f\\nimages=6\\nchannels=2\\nslices=3\\n", 6, 2)
    [('Z', 3), ('C', 2)]
    """
    if imagej.is_imagej_description(description):
        axes = imagej.page_axes(description, count)
        return None if axes is None else list(axes.items())
    return None
