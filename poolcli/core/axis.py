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
    out_size: int
    kernel_size: int
    stride: int = 1
    dilation: int = 1
    pad_before: int = 0
    pad_after: int = 0
    is_adaptive: bool = False

    def first_position(self, i: Number) -> Number:
        """Position of the first element of window ``i``; below 0 in the padding."""
        if self.is_adaptive:
            return i * self.size // self.out_size
        return i * self.stride - self.pad_before

    def last_position(self, i: Number) -> Number:
        """Position of the last element of window ``i``; may lie past the data."""
        if self.is_adaptive:
            return -(-(i + 1) * self.size // self.out_size) - 1
        return self.first_position(i) + (self.kernel_size - 1) * self.dilation

    def input_range(self, start: int, stop: int) -> tuple[int, int]:
        """The range of elements that the windows ``start`` to ``stop`` (exclusive) look at."""
        low = max(self.first_position(start), 0)
        return low, max(low, min(self.last_position(stop - 1) + 1, self.size))

    def has_equal_counts(self, padded: bool) -> bool:
        """Whether all windows have as many elements, with the padding asked for or without."""
        if self.is_adaptive:
            return False
        before, after = (self.pad_before, self.pad_after) if padded else (0, 0)
        return (
            self.first_position(0) >= -before
            and self.last_position(self.out_size - 1) < self.size + after
        )

    @property
    def max_elements(self) -> int:
        """The most elements that a window can have on the data."""
        return min(self.kernel_size, -(-self.size // self.dilation))

    @property
    def window_is_axis(self) -> bool:
        """Whether the first window is the whole axis, no more and no less."""
        return (
            not (self.pad_before or self.pad_after)
            and self.kernel_size == self.size
            and self.dilation == 1
        )

    @property
    def is_identity(self) -> bool:
        """Whether every output is just its own element."""
        return self.out_size == self.size and self.kernel_size == 1 and self.pad_before == 0


def fixed_axis(
    size: int, kernel: int, stride: int, dilation: int, before: int, after: int, ceil_mode: bool
) -> Axis:
    """Lay a window with explicit padding on an axis (the rule of PyTorch's pooling layers).

    Examples
    --------
    >>> fixed_axis(5, kernel=2, stride=2, dilation=1, before=0, after=0, ceil_mode=False).out_size
    2
    >>> fixed_axis(5, kernel=2, stride=2, dilation=1, before=0, after=0, ceil_mode=True).out_size
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
    >>> axis.out_size, axis.pad_before, axis.pad_after
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
    >>> [(axis.first_position(i), axis.last_position(i)) for i in range(3)]
    [(0, 1), (1, 3), (3, 4)]
    """
    if out > 0 and size % out == 0:
        return Axis(size, out, kernel_size=size // out, stride=size // out)
    longest = min(size, size // out + 2) if out else 0
    return Axis(size, out, kernel_size=longest, is_adaptive=True)
