"""The pooled axes of an array or frame, and those that a report draws."""

from __future__ import annotations

from poolcli.core.errors import WindowError
from poolcli.core.shape_text import shape_text
from poolcli.io.document import Item
from poolcli.request import Request, spatial_letters


def pooled_axes(item: Item, request: Request) -> tuple[int, ...] | None:
    """Return the pooled axes: those of a picture, or of the layout; None for the default.

    Parameters
    ----------
    item : Item
        The array or frame.
    request : Request
        The request, for its layout and its axes.

    Returns
    -------
    tuple of int or None
        The pooled axes, from 0, in ascending order.

    Raises
    ------
    WindowError
        If the layout is not that of the picture, or has not as many axes as the array.

    Examples
    --------
    >>> import numpy as np
    >>> from poolcli.core.window import Window
    >>> request = Request((), "max", Window.fixed(2), layout="NHWC")
    >>> pooled_axes(Item(np.zeros((5, 8, 8, 3))), request)
    (1, 2)
    >>> pooled_axes(Item(np.zeros((5, 8, 8, 3))), request._replace(axes="N"))
    (0,)
    >>> print(pooled_axes(Item(np.zeros((8, 8))), request._replace(layout=None)))
    None
    """
    if item.image_mode is not None and item.layout is None:
        return _pooled_axes_of_picture(item, request)
    layout = request.layout
    if layout is None:
        if request.axes is not None:
            raise WindowError(
                f"--axes {request.axes} of an array needs --layout, which names its axes"
            )
        return None
    rank = len(item.source.shape)
    if len(layout) != rank:
        raise WindowError(
            f"the layout {layout} has {len(layout)} axes, the array has {rank}: "
            f"{shape_text(item.source.shape)}"
        )
    return tuple(map(layout.index, request.pooled_letters))


def drawn_axes(item: Item, request: Request, pooled: tuple[int, ...]) -> tuple[int, ...]:
    """Return the axes of which a report draws the last two: the spatial ones.

    Parameters
    ----------
    item : Item
        The array or frame.
    request : Request
        The request, for its layout.
    pooled : tuple of int
        The pooled axes, which count as spatial in arrays without a layout.

    Examples
    --------
    >>> import numpy as np
    >>> from poolcli.core.window import Window
    >>> request = Request((), "max", Window.fixed(2), layout="ZCYX", axes="Z")
    >>> drawn_axes(Item(np.zeros((9, 2, 8, 8))), request, (0,))
    (0, 2, 3)
    """
    if item.image_mode is not None and item.layout is None:
        return (0, 1)
    layout = request.layout or ""
    return tuple(map(layout.index, spatial_letters(layout))) or pooled


def _pooled_axes_of_picture(item: Item, request: Request) -> tuple[int, ...]:
    layout, shape = request.layout, item.source.shape
    own = "HWC" if len(shape) == 3 else "HW"
    # The colours of a palette image are H W C, its indices are H W.
    allowed = ("HW" if own == "HW" else "", "HWC" if own == "HWC" or item.palette else "")
    if layout is not None and _as_hw(layout) not in allowed:
        raise WindowError(
            f"the layout {layout} is not that of the image, which is {own} "
            f"({shape_text(shape)}); leave --layout out, it is for arrays"
        )
    letters = _as_hw(request.axes or "HW")
    if "C" in letters:
        raise WindowError("the channels of a picture are not pooled; leave C out of --axes")
    if not set(letters) <= {"H", "W"}:
        raise WindowError(f"a picture has the axes H W or Y X, not {letters}")
    return tuple(map("HW".index, letters))


def _as_hw(letters: str) -> str:
    """Return letters of axes with H and W for Y and X."""
    return letters.replace("Y", "H").replace("X", "W")
