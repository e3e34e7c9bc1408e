"""Hints on arrays and options: output shapes of common windows, and likely mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from poolcli.core.errors import WindowError
from poolcli.core.modes import find_mode
from poolcli.core.prepare_recipe import pooled_axes
from poolcli.core.size_text import size_text
from poolcli.core.window import Window
from poolcli.request import Request

CHANNELS_LAST = (
    "looks like channels last; the last two axes are pooled. --layout HWC pools the first two"
)

CLASSIFIER_SIDE = 7
"""The output size of the last pooling in classifiers of the VGG family."""


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
    >>> would_make((5,), None)
    {'--k 2': [2], '--k 3 --s 2 --p 1': [3], '--k 8': None, '--adaptive 7': [7], '--global': [1]}
    """
    if not shape:
        return {}
    spatial = pooled_axes(len(shape), Window.global_window(), axes)
    adaptive = size_text([CLASSIFIER_SIDE] * len(spatial))
    windows = {
        "--k 2": Window.fixed(2),
        "--k 3 --s 2 --p 1": Window.fixed(3, 2, 1),
        "--k 8": Window.fixed(8),
        f"--adaptive {adaptive}": Window.adaptive(CLASSIFIER_SIDE),
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


def looks_channels_last(
    shape: Sequence[int], axes: Sequence[int] | None, window: Window
) -> list[str]:
    """Return a note if the last axis of an array without a layout looks like channels.

    Parameters
    ----------
    axes : sequence of int, optional
        The pooled axes if a layout is given, in which case there is no note.

    Examples
    --------
    >>> looks_channels_last((64, 48, 3), None, Window.fixed(2)) == [CHANNELS_LAST]
    True
    >>> looks_channels_last((3, 64, 48), None, Window.fixed(2))
    []
    """
    looks = len(shape) == 3 and shape[2] in (1, 3, 4) and shape[0] > shape[2]
    if not looks or axes is not None:
        return []
    return [CHANNELS_LAST] if pooled_axes(3, window, None) == (1, 2) else []


def padding_for_exponent(request: Request) -> list[str]:
    """Return a note if `--p` may have been meant as the exponent of a norm.

    Frameworks call the exponent of Lp pooling ``p``. The note is given for a mode with an exponent,
    if padding is one number and `--norm` is not given.

    Examples
    --------
    >>> padding_for_exponent(Request((), "gem", Window.fixed(4, padding=3)))
    ['--p 3 is padding; the exponent is --norm, here 3']
    >>> padding_for_exponent(Request((), "gem", Window.fixed(4, padding=3), norm=3))
    []
    """
    exponent, padding = find_mode(request.mode).default_norm_type, request.window.padding
    if exponent is None or request.norm is not None or isinstance(padding, str):
        return []
    numbers = {number for pair in padding for number in pair}
    if len(numbers) != 1 or numbers == {0}:
        return []
    return [f"--p {numbers.pop()} is padding; the exponent is --norm, here {exponent:g}"]
