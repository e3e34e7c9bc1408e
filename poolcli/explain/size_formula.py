"""The formula for the output size of an axis, with its numbers filled in."""

from __future__ import annotations

from poolcli.core.axis import Axis
from poolcli.core.window import Window


def size_formula(axis: Axis, window: Window) -> str:
    """Return the formula for the number of windows on an axis, with its numbers.

    Parameters
    ----------
    axis : Axis
        The axis with its windows.
    window : Window
        The window that was laid on it.

    Examples
    --------
    >>> window = Window.fixed(2)
    >>> size_formula(window.on_axes((4,))[0], window)
    'floor((4 + 0 + 0 - 2) / 2) + 1 = 2'
    """
    size, out_size, kernel_size, stride, dilation, before, after, *_ = axis
    if window.is_global:
        return f"one window over all {size}: 1"
    if window.is_adaptive:
        side = window.longest_side
        if side is not None and out_size == size:
            return f"{size}: an axis that already fits {side} stays as it is"
        reason = "as requested" if side is None else f"so that the longest side is {side}"
        return (
            f"{out_size}, {reason}; window i covers floor(i*{size}/{out_size}) up to, "
            f"but not including, ceil((i+1)*{size}/{out_size})"
        )
    extent = dilation * (kernel_size - 1) + 1
    extent_formula = f"e = {dilation}*({kernel_size}-1)+1 = {extent}, " if dilation > 1 else ""
    if isinstance(window.padding, str):
        return (
            f"ceil({size} / {stride}) = {out_size}; {extent_formula}padding "
            f"max(({out_size} - 1)*{stride} + {extent} - {size}, 0) = {before + after}: "
            f"{before} before, {after} after"
        )
    span = size + before + after - extent
    count = (-(-span // stride) if window.ceil_mode else span // stride) + 1
    rounding = "ceil" if window.ceil_mode else "floor"
    fraction = f"({size} + {before} + {after} - {extent}) / {stride}"
    formula = f"{extent_formula}{rounding}({fraction}) + 1 = {count}"
    if count != out_size:
        formula += f", minus one because the last window would start in the padding: {out_size}"
    return formula
