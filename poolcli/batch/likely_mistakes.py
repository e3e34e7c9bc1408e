"""Notes on likely mistakes, such as channels last without a layout."""

from __future__ import annotations

from collections.abc import Sequence

from poolcli.core.make_recipe import pooled_axes
from poolcli.core.modes import find_mode
from poolcli.core.window import Window
from poolcli.request import Request

CHANNELS_LAST = {
    3: "looks like channels last; the last two axes are pooled. --layout HWC pools the first two",
    4: "looks like channels last; the last two axes are pooled. --layout NHWC pools the two before "
    "the last",
}
"""The notes by the number of axes."""


def looks_channels_last(
    shape: Sequence[int], axes: Sequence[int] | None, window: Window
) -> list[str]:
    """Return a note if the last axis of an array without a layout looks like channels.

    Parameters
    ----------
    shape : sequence of int
        The shape of the array.
    axes : sequence of int, optional
        The pooled axes if a layout is given, in which case there is no note.
    window : Window
        The window, which decides how many axes are pooled by default.

    Returns
    -------
    list of str
        One note, or none.

    Examples
    --------
    >>> looks_channels_last((64, 48, 3), None, Window.fixed(2)) == [CHANNELS_LAST[3]]
    True
    >>> looks_channels_last((8, 64, 48, 3), None, Window.fixed(2)) == [CHANNELS_LAST[4]]
    True
    >>> looks_channels_last((3, 64, 48), None, Window.fixed(2))
    []
    >>> looks_channels_last((64, 48, 3), (0, 1), Window.fixed(2))
    []
    """
    rank = len(shape)
    looks = rank in CHANNELS_LAST and shape[-1] in (1, 3, 4) and shape[-3] > shape[-1]
    if not looks or axes is not None:
        return []
    pools_last_two = pooled_axes(rank, window, None) == (rank - 2, rank - 1)
    return [CHANNELS_LAST[rank]] if pools_last_two else []


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
    padding = request.window.padding
    if request.norm is not None or isinstance(padding, str):
        return []
    numbers = {number for pair in padding for number in pair}
    if len(numbers) != 1 or numbers == {0}:
        return []
    mode = find_mode(request.mode)
    if "norm_type" not in mode.arguments:
        return []
    return [f"--p {numbers.pop()} is padding; the exponent is --norm, here {mode.exponent:g}"]


def padding_mode_without_padding(window: Window) -> list[str]:
    """Return a note if a padding mode has no effect, because there is no padding.

    Examples
    --------
    >>> padding_mode_without_padding(Window.fixed(3, padding_mode="reflect"))
    ['there is no padding for --padding-mode reflect to fill; --p gives padding']
    >>> padding_mode_without_padding(Window.fixed(3, padding=1, padding_mode="reflect"))
    []
    """
    mode, padding = window.padding_mode, window.padding
    if mode is None or isinstance(padding, str) or any(pair != (0, 0) for pair in padding):
        return []
    return [f"there is no padding for --padding-mode {mode.text} to fill; --p gives padding"]
