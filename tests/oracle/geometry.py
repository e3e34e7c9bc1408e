"""Positions of windows along one axis, and the checks of sizes and axes.

In the names of arguments, `n` is the size of the axis, `k` the kernel size, `s` the stride, `b` and
`a` the padding before and after the data, `d` the dilation, and `m` the output size of an adaptive
window.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

Sizes = int | Sequence[int]


class Axis(NamedTuple):
    """The windows along one pooled axis: size, padding, and the positions of each window."""

    n: int
    before: int
    after: int
    windows: list[list[int]]


def extent(k: int, d: int) -> int:
    """Return the number of positions from the first element of a window to its last."""
    return d * (k - 1) + 1


def output_size(n: int, k: int, s: int, b: int, a: int, d: int, ceil_mode: bool) -> int:
    """Return the number of windows on a padded axis."""
    steps = Fraction(n + b + a - extent(k, d), s)
    if not ceil_mode:
        return math.floor(steps) + 1
    size = math.ceil(steps) + 1
    last_start = (size - 1) * s
    return size - 1 if last_start > n + b - 1 else size


def same_size(n: int, s: int) -> int:
    """Return the number of windows for the paddings ``same`` and ``same-lower``."""
    return math.ceil(Fraction(n, s))


def same_padding(n: int, k: int, s: int, d: int, lower: bool) -> tuple[int, int]:
    """Return the padding before and after for ``same``; with `lower` for ``same-lower``."""
    total = max((same_size(n, s) - 1) * s + extent(k, d) - n, 0)
    smaller, larger = total // 2, total - total // 2
    return (larger, smaller) if lower else (smaller, larger)


def window_positions(i: int, k: int, s: int, b: int, d: int) -> list[int]:
    """Return the positions of window `i`; those below 0 or past the data are padding."""
    return [i * s - b + j * d for j in range(k)]


def adaptive_positions(i: int, n: int, m: int) -> list[int]:
    """Return the positions of adaptive window `i` of `m`."""
    return list(range(math.floor(Fraction(i * n, m)), math.ceil(Fraction((i + 1) * n, m))))


def padding_source(position: int, n: int, mode: str) -> int:
    """Return the position on an axis of `n` elements whose value a padded position has."""
    if mode == "circular":
        return position % n
    if mode == "replicate":
        return min(max(position, 0), n - 1)
    forwards = list(range(n))
    # symmetric: … 1 0 0 1 … n-1 n-1 n-2 …; reflect: … 2 1 0 1 … n-1 n-2 …
    period = forwards + (forwards[::-1] if mode == "symmetric" else forwards[-2:0:-1])
    return period[position % len(period)]


def check_padding_mode(axis: Axis, mode: str | None) -> None:
    """Raise `ValueError` if the padding needs more elements than the axis has."""
    padding = max(axis.before, axis.after)
    if mode == "reflect" and padding >= axis.n:
        raise ValueError(f"reflect padding {padding} on {axis.n} elements")
    if mode in ("symmetric", "circular") and padding > axis.n:
        raise ValueError(f"{mode} padding {padding} on {axis.n} elements")


def at_least(value: int, minimum: int, name: str) -> int:
    """Return `value`; raise `ValueError` if it is below `minimum`."""
    if operator.index(value) < minimum:
        raise ValueError(f"{name} must be at least {minimum}, not {value}")
    return operator.index(value)


def fixed_axis(n: int, k: int, s: int, padding: Any, d: int, ceil_mode: bool) -> Axis:
    """Return the windows of fixed size along an axis."""
    k = at_least(k, 1, "kernel_size")
    s = at_least(s, 1, "stride")
    d = at_least(d, 1, "dilation")
    if padding in ("same", "same-lower"):
        b, a = same_padding(n, k, s, d, padding == "same-lower")
        size = same_size(n, s)
    else:
        pair = (padding, padding) if isinstance(padding, int) else padding
        b, a = (at_least(p, 0, "padding") for p in pair)
        if max(b, a) >= extent(k, d):
            raise ValueError(f"padding {(b, a)} is not smaller than the window's {extent(k, d)}")
        size = output_size(n, k, s, b, a, d, ceil_mode)
    if size < 1:
        raise ValueError(f"the output would be empty: a window of {extent(k, d)} on {n} elements")
    return Axis(n, b, a, [window_positions(i, k, s, b, d) for i in range(size)])


def adaptive_axis(n: int, m: int | None) -> Axis:
    """Return `m` adaptive windows along an axis; None keeps the axis."""
    m = at_least(n if m is None else m, 1, "output size")
    at_least(n, 1, "the size of a pooled axis")
    return Axis(n, 0, 0, [adaptive_positions(i, n, m) for i in range(m)])


def pooled_axes(ndim: int, axes: Sizes | None, sizes: Any) -> list[int]:
    """Return the pooled axes, non-negative, in the order of the sizes."""
    if axes is None:
        count = len(sizes) if isinstance(sizes, Sequence) else 1 if ndim == 1 else 2
        axes = range(-count, 0)
    named = [axes] if isinstance(axes, int) else [operator.index(axis) for axis in axes]
    found = [axis % ndim for axis in named if -ndim <= axis < ndim]
    if not found or len(found) != len(named) or len(set(found)) != len(found):
        raise ValueError(f"axes {named} of an array with {ndim} axes")
    return found


def per_axis(value: Any, count: int, name: str) -> list[Any]:
    """Return one entry per pooled axis."""
    if value is None or not isinstance(value, Sequence):
        return [value] * count
    if len(value) != count:
        raise ValueError(f"{name} {value} for {count} pooled axes")
    return list(value)
