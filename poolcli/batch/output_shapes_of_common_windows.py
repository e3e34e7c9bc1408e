"""The output shapes that common windows would give, for `info`."""

from __future__ import annotations

from collections.abc import Sequence

from poolcli.core.errors import WindowError
from poolcli.core.make_recipe import pooled_axes
from poolcli.core.shape_text import shape_text
from poolcli.core.window import Window

CLASSIFIER_SIDE = 7
"""The output size of the last pooling in classifiers of the VGG family."""

THUMBNAIL_SIDE = 256
"""The longer side of thumbnails."""


def would_make(shape: Sequence[int], axes: Sequence[int] | None) -> dict[str, list[int] | None]:
    """Return the output shapes that common windows give, by their options.

    Parameters
    ----------
    shape : sequence of int
        The shape of the array.
    axes : sequence of int, optional
        Its pooled axes; by default the last 2 (1 for a 1-D array).

    Returns
    -------
    dict
        None for a window that does not fit. Empty for an array without axes.

    Examples
    --------
    >>> would_make((3, 32, 6), None)["--k 3 --s 2 --p 1"]
    [3, 16, 3]
    >>> would_make((900, 1200, 3), (0, 1))["--fit 256"]
    [192, 256, 3]
    >>> would_make((5,), None)["--k 8"]
    """
    if not shape:
        return {}
    spatial = pooled_axes(len(shape), Window.global_window(), axes)
    adaptive = shape_text([CLASSIFIER_SIDE] * len(spatial))
    windows = {
        "--k 2": Window.fixed(2),
        "--k 3 --s 2 --p 1": Window.fixed(3, 2, 1),
        "--k 8": Window.fixed(8),
        f"--adaptive {adaptive}": Window.adaptive(CLASSIFIER_SIDE),
        f"--fit {THUMBNAIL_SIDE}": Window.fit(THUMBNAIL_SIDE),
        "--global": Window.global_window(),
    }
    return {options: _out_shape(window, shape, spatial) for options, window in windows.items()}


def _out_shape(window: Window, shape: Sequence[int], spatial: Sequence[int]) -> list[int] | None:
    try:
        axes = window.on_axes([shape[axis] for axis in spatial])
    except WindowError:
        return None
    out_shape = list(shape)
    for at, axis in zip(spatial, axes, strict=True):
        out_shape[at] = axis.out_size
    return out_shape
