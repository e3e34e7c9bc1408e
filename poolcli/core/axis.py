"""Where the windows of one spatial axis lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    import numpy.typing as npt

Number = TypeVar("Number", int, "npt.NDArray[Any]")


class Axis(NamedTuple):
    """The windows along one axis.

    Window ``i`` covers the elements ``first(i) + j * dilation`` for ``j`` below ``kernel``, those
    of them that lie on the axis. An adaptive window has a length of its own, at most ``kernel``.
    """

    size: int
    out: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    adaptive: bool = False

    def first(self, i: Number) -> Number:
        """Position of the first element of window ``i``; below 0 in the padding."""
        if self.adaptive:
            return i * self.size // self.out
        return i * self.stride - self.before

    def last(self, i: Number) -> Number:
        """Position of the last element of window ``i``; may lie past the data."""
        if self.adaptive:
            return -(-(i + 1) * self.size // self.out) - 1
        return self.first(i) + (self.kernel - 1) * self.dilation

    def reach(self, start: int, stop: int) -> tuple[int, int]:
        """The range of elements that the windows ``start`` to ``stop`` (exclusive) look at."""
        low = max(self.first(start), 0)
        return low, max(low, min(self.last(stop - 1) + 1, self.size))

    def is_even(self, padded: bool) -> bool:
        """Whether all windows have as many elements, with the padding asked for or without."""
        if self.adaptive:
            return False
        before, after = (self.before, self.after) if padded else (0, 0)
        return self.first(0) >= -before and self.last(self.out - 1) < self.size + after

    @property
    def most(self) -> int:
        """The most elements that a window can have on the data."""
        return min(self.kernel, -(-self.size // self.dilation))

    @property
    def covers(self) -> bool:
        """Whether the first window is the whole axis, no more and no less."""
        return not (self.before or self.after) and self.kernel == self.size and self.dilation == 1

    @property
    def trivial(self) -> bool:
        """Whether every output is just its own element."""
        return self.out == self.size and self.kernel == 1 and self.before == 0


def fixed_axis(
    size: int, kernel: int, stride: int, dilation: int, before: int, after: int, ceil_mode: bool
) -> Axis:
    """Lay a window with explicit padding on an axis (the rule of PyTorch's pooling layers).

    Examples
    --------
    >>> fixed_axis(5, kernel=2, stride=2, dilation=1, before=0, after=0, ceil_mode=False).out
    2
    >>> fixed_axis(5, kernel=2, stride=2, dilation=1, before=0, after=0, ceil_mode=True).out
    3
    """
    room = size + before + after - (dilation * (kernel - 1) + 1)
    out = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (out - 1) * stride >= size + before:
        out -= 1  # it would start in the padding after the data
    return Axis(size, out, kernel, stride, dilation, before, after)


def same_axis(size: int, kernel: int, stride: int, dilation: int, lower: bool) -> Axis:
    """Lay a SAME window on an axis (TensorFlow's SAME, ONNX's SAME_UPPER and SAME_LOWER).

    Examples
    --------
    >>> axis = same_axis(5, kernel=2, stride=2, dilation=1, lower=False)
    >>> axis.out, axis.before, axis.after
    (3, 0, 1)
    """
    out = -(-size // stride)
    total = max((out - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    less, more = total // 2, total - total // 2
    before, after = (more, less) if lower else (less, more)
    return Axis(size, out, kernel, stride, dilation, before, after)


def adaptive_axis(size: int, out: int) -> Axis:
    """Lay ``out`` windows on an axis, each from ``floor(i*n/m)`` to ``ceil((i+1)*n/m)``.

    Examples
    --------
    >>> axis = adaptive_axis(5, 3)
    >>> [(axis.first(i), axis.last(i)) for i in range(3)]
    [(0, 1), (1, 3), (3, 4)]
    """
    if out > 0 and size % out == 0:
        return Axis(size, out, kernel=size // out, stride=size // out)
    longest = min(size, size // out + 2) if out else 0
    return Axis(size, out, kernel=longest, adaptive=True)
