"""Positions of windows along one pooled axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    import numpy.typing as npt

Number = TypeVar("Number", int, "npt.NDArray[Any]")


class Axis(NamedTuple):
    """The windows along one axis; all sizes and positions are in elements.

    Window ``i`` consists of the positions ``first_position(i) + j * dilation`` for ``j`` below
    ``kernel_size`` that lie on the axis. Each adaptive window has its own size, at most
    ``kernel_size``.

    Attributes
    ----------
    size : int
        Elements of the input along the axis.
    out_size : int
        The number of windows, which is the output's size.
    kernel_size, stride, dilation : int
        The window, its step and the distance between its elements.
    pad_before, pad_after : int
        Padding before and after the data.
    is_adaptive : bool
        Whether window ``i`` is from ``floor(i * size / out_size)`` to
        ``ceil((i + 1) * size / out_size)``.
    extra_padding : int
        Padded elements of every window besides those at its positions.
    whole_size : int
        The size of the whole axis, if this is a part of it (`poolcli.core.recipe_part`).
    """

    size: int
    out_size: int
    kernel_size: int
    stride: int = 1
    dilation: int = 1
    pad_before: int = 0
    pad_after: int = 0
    is_adaptive: bool = False
    extra_padding: int = 0
    whole_size: int = 0

    def first_position(self, i: Number) -> Number:
        """Return the first position of window ``i``; it is negative in the padding."""
        if self.is_adaptive:
            return i * self.size // self.out_size
        return i * self.stride - self.pad_before

    def last_position(self, i: Number) -> Number:
        """Return the last position of window ``i``; it may lie after the data."""
        if self.is_adaptive:
            return -(-(i + 1) * self.size // self.out_size) - 1
        return self.first_position(i) + (self.kernel_size - 1) * self.dilation

    def input_range(self, start: int, stop: int) -> tuple[int, int]:
        """Return the range of positions on the data that a range of windows needs.

        Parameters
        ----------
        start, stop : int
            The first window, and the window after the last.

        Returns
        -------
        (int, int)
            The first position, and the position after the last.

        Examples
        --------
        >>> fixed_axis(9, 3, 2, 1, padding=(1, 1), ceil_mode=False).input_range(0, 2)
        (0, 4)
        """
        low = max(self.first_position(start), 0)
        return low, max(low, min(self.last_position(stop - 1) + 1, self.size))

    def has_equal_counts(self, padded: bool) -> bool:
        """Return whether all windows have `kernel_size` elements.

        With `padded`, elements in the padding count too.
        """
        if self.is_adaptive:
            return False
        before, after = (self.pad_before, self.pad_after) if padded else (0, 0)
        end = self.last_position(self.out_size - 1)
        return self.first_position(0) >= -before and end < self.size + after

    @property
    def max_elements(self) -> int:
        """The largest number of elements that a window can have on the data.

        A part of an axis has the number of the whole one, by which dtypes of sums are chosen.
        """
        return min(self.kernel_size, -(-max(self.size, self.whole_size) // self.dilation))

    @property
    def window_is_axis(self) -> bool:
        """Whether the first window consists of exactly the elements of the axis."""
        is_unpadded = not (self.pad_before or self.pad_after)
        return is_unpadded and self.kernel_size == self.size and self.dilation == 1

    @property
    def is_identity(self) -> bool:
        """Whether window ``i`` is element ``i``, so that pooling changes nothing on the axis."""
        is_padded = self.pad_before != 0 or self.extra_padding != 0
        return self.out_size == self.size and self.kernel_size == 1 and not is_padded


def fixed_axis(
    size: int, kernel: int, stride: int, dilation: int, padding: tuple[int, int], ceil_mode: bool
) -> Axis:
    """Return the windows of fixed size along an axis, as PyTorch's pooling layers place them.

    Parameters
    ----------
    size, kernel, stride, dilation : int
        The size of the axis, and the window's size, step and distance between elements.
    padding : (int, int)
        Padding before and after the data.
    ceil_mode : bool
        Whether to round the number of windows up. A last window that would start in the padding
        after the data is dropped.

    Examples
    --------
    >>> fixed_axis(5, 2, 2, 1, padding=(0, 0), ceil_mode=False).out_size
    2
    >>> fixed_axis(5, 2, 2, 1, padding=(0, 0), ceil_mode=True).out_size
    3
    """
    before, after = padding
    span = size + before + after - (dilation * (kernel - 1) + 1)
    out_size = (-(-span // stride) if ceil_mode else span // stride) + 1
    if ceil_mode and (out_size - 1) * stride >= size + before:
        out_size -= 1
    return Axis(size, out_size, kernel, stride, dilation, before, after)


def same_axis(size: int, kernel: int, stride: int, dilation: int, lower: bool) -> Axis:
    """Return the windows of SAME padding (TensorFlow SAME, ONNX SAME_UPPER and SAME_LOWER).

    Parameters
    ----------
    size, kernel, stride, dilation : int
        As in `fixed_axis`.
    lower : bool
        Whether the odd element of padding goes before the data (SAME_LOWER), not after.

    Examples
    --------
    >>> axis = same_axis(5, kernel=2, stride=2, dilation=1, lower=False)
    >>> axis.out_size, axis.pad_before, axis.pad_after
    (3, 0, 1)
    """
    out_size = -(-size // stride)
    total = max((out_size - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    smaller, larger = total // 2, total - total // 2
    before, after = (larger, smaller) if lower else (smaller, larger)
    return Axis(size, out_size, kernel, stride, dilation, before, after)


def adaptive_axis(size: int, out_size: int) -> Axis:
    """Return the windows that PyTorch's adaptive pooling layers place along an axis.

    Window ``i`` is from ``floor(i * size / out_size)`` to ``ceil((i + 1) * size / out_size)``,
    exclusive.

    Parameters
    ----------
    size : int
        The size of the axis.
    out_size : int
        The number of windows; it may exceed `size`.

    Examples
    --------
    >>> axis = adaptive_axis(5, 3)
    >>> [(axis.first_position(i), axis.last_position(i)) for i in range(3)]
    [(0, 1), (1, 3), (3, 4)]
    """
    if out_size > 0 and size % out_size == 0:
        return Axis(size, out_size, kernel_size=size // out_size, stride=size // out_size)
    longest = min(size, size // out_size + 2) if out_size else 0
    return Axis(size, out_size, kernel_size=longest, is_adaptive=True)


def fitted_sizes(sizes: Sequence[int], longest_side: int) -> tuple[int, ...]:
    """Return the output sizes that keep the ratio of the axes and do not exceed `longest_side`.

    Parameters
    ----------
    sizes : sequence of int
        The sizes of the pooled axes. They stay if none is larger than `longest_side`.
    longest_side : int
        The output size of the longest axis. The others are rounded half up, and are at least 1.

    Examples
    --------
    >>> fitted_sizes((1200, 1600), 256), fitted_sizes((3, 1000), 100), fitted_sizes((40, 100), 256)
    ((192, 256), (1, 100), (40, 100))
    """
    longest = max(sizes)
    if longest <= longest_side:
        return tuple(sizes)
    # floor(size * ratio + 1/2) in integers
    return tuple(max((2 * size * longest_side + longest) // (2 * longest), 1) for size in sizes)
