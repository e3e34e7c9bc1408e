"""Crops of an axis: the windows and positions that an explanation shows."""

from __future__ import annotations

from typing import NamedTuple

from poolcli.core.axis import Axis

MAX_EXTRA_PADDING = 4
"""The number of positions of padding that are shown beside the elements of a short axis."""


class AxisCrop(NamedTuple):
    """The part of an axis that is shown.

    Attributes
    ----------
    axis : Axis
        The axis.
    windows : range
        The indices of the windows shown.
    positions : range
        The positions shown, in elements. Those below 0 and past the data are padding.
    has_whole_windows : bool
        Whether all elements of these windows are shown.
    """

    axis: Axis
    windows: range
    positions: range
    has_whole_windows: bool = True

    @property
    def is_whole_axis(self) -> bool:
        """Whether nothing of the axis is hidden."""
        return len(self.windows) == self.axis.out_size and self.has_whole_windows

    @property
    def data_positions(self) -> range:
        """The positions shown that are not padding."""
        return range(max(self.positions.start, 0), min(self.positions.stop, self.axis.size))

    @property
    def position_labels(self) -> list[str]:
        """The positions shown as text; padding has none.

        Examples
        --------
        >>> axis = Axis(2, out_size=1, kernel_size=2)
        >>> AxisCrop(axis, range(1), range(-1, 2)).position_labels
        ['', '0', '1']
        """
        return [str(each) if each in self.data_positions else "" for each in self.positions]

    def window_positions(self, window: int) -> range:
        """Return the positions of a window's elements that are shown, in the padding too."""
        positions = window_positions(self.axis, window)
        return _positions_between(positions, self.positions.start, self.positions.stop)

    @property
    def disjoint_windows(self) -> list[int]:
        """The windows to colour: in order, each that shares no position with one before it.

        Examples
        --------
        >>> axis = Axis(7, out_size=3, kernel_size=3, stride=2)
        >>> AxisCrop(axis, range(3), range(7)).disjoint_windows
        [0, 2]
        """
        disjoint: list[int] = []
        covered: set[int] = set()
        for window in self.windows:
            positions = set(window_positions(self.axis, window))
            if not positions & covered:
                disjoint.append(window)
                covered |= positions
        return disjoint

    @property
    def boundaries(self) -> list[int] | None:
        """The positions before which a window starts or has ended; None if windows overlap."""
        axis, boundaries = self.axis, set()
        if axis.dilation > 1 and axis.kernel_size > 1:
            return None
        for window in self.windows:
            start, stop = axis.first_position(window), axis.last_position(window) + 1
            if window + 1 < axis.out_size and stop > axis.first_position(window + 1):
                return None
            boundaries |= {start, stop}
        return sorted(boundaries & set(self.positions[1:]))


Crops = tuple[AxisCrop, AxisCrop, AxisCrop]
"""The windows and positions that are shown along slices, rows and columns."""


def window_positions(axis: Axis, window: int) -> range:
    """Return the positions of a window's elements, including those in the padding.

    Parameters
    ----------
    axis : Axis
        The axis.
    window : int
        The index of the window.

    Examples
    --------
    >>> axis = Axis(4, out_size=2, kernel_size=3, stride=2, pad_before=1)
    >>> window_positions(axis, 0), window_data_positions(axis, 0)
    (range(-1, 2), range(0, 2))
    """
    return range(axis.first_position(window), axis.last_position(window) + 1, axis.dilation)


def window_data_positions(axis: Axis, window: int) -> range:
    """Return the positions of a window's elements without those in the padding.

    Parameters
    ----------
    axis : Axis
        The axis.
    window : int
        The index of the window.
    """
    return _positions_between(window_positions(axis, window), 0, axis.size)


def window_value_positions(axis: Axis, window: int) -> range:
    """Return the positions of a window's elements if padding has values.

    What a window of `--ceil` covers beyond the padding has none.

    Parameters
    ----------
    axis : Axis
        The axis.
    window : int
        The index of the window.

    Examples
    --------
    >>> axis = Axis(4, out_size=3, kernel_size=3, stride=2, pad_before=1, pad_after=0)
    >>> window_value_positions(axis, 0), window_value_positions(axis, 2)
    (range(-1, 2), range(3, 4))
    """
    positions = window_positions(axis, window)
    return _positions_between(positions, -axis.pad_before, axis.size + axis.pad_after)


def _positions_between(positions: range, low: int, high: int) -> range:
    """Return the positions of a range that are at least `low` and less than `high`."""
    start = positions.start + max(0, -((positions.start - low) // positions.step)) * positions.step
    return range(start, max(start, min(positions.stop, high)), positions.step)


def crop_axis(axis: Axis, position: int | None, max_positions: int) -> AxisCrop:
    """Return the whole axis if it is short, else the windows that contain a position.

    Parameters
    ----------
    axis : Axis
        The axis.
    position : int, optional
        The position to show. Without one, the first windows are shown.
    max_positions : int
        The largest number of positions to show. An axis of so many elements is whole if it has at
        most `MAX_EXTRA_PADDING` positions of padding more.

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> (axis,) = Window.fixed((2,)).on_axes((256,))
    >>> crop = crop_axis(axis, 100, 12)
    >>> crop.windows, crop.positions
    (range(50, 56), range(100, 112))
    """
    low = -axis.pad_before
    high = max(axis.size + axis.pad_after, axis.last_position(axis.out_size - 1) + 1)
    is_short = axis.size <= max_positions
    if high - low <= max_positions + (MAX_EXTRA_PADDING if is_short else 0):
        return AxisCrop(axis, range(axis.out_size), range(low, high))
    start, stop = 0, 1
    if position is not None:
        nearest = min(max((position + axis.pad_before) // axis.stride, 0), axis.out_size - 1)
        containing = windows_containing(axis, position) or [nearest]
        start, stop = containing[0], containing[-1] + 1

    def extent(start: int, stop: int) -> range:
        return range(axis.first_position(start), axis.last_position(stop - 1) + 1)

    while stop - start > 1 and len(extent(start, stop)) > max_positions:
        stop -= 1
    if len(extent(start, stop)) > max_positions:  # not even one window fits
        first, end = axis.first_position(start), axis.last_position(start) + 1 - max_positions
        if position is None:
            first = max(first, 1 - max_positions)  # not only padding
        else:
            first = min(max(position - max_positions // 2, first), end)
        positions = range(first, first + max_positions)
        return AxisCrop(axis, range(start, stop), positions, has_whole_windows=False)
    while True:
        if stop < axis.out_size and len(extent(start, stop + 1)) <= max_positions:
            stop += 1
        elif start > 0 and len(extent(start - 1, stop)) <= max_positions:
            start -= 1
        else:
            return AxisCrop(axis, range(start, stop), extent(start, stop))


def windows_containing(axis: Axis, position: int) -> list[int]:
    """Return the indices of the windows that contain a position.

    Parameters
    ----------
    axis : Axis
        The axis.
    position : int
        The position in elements; below 0 or past the data for padding.

    Examples
    --------
    >>> windows_containing(Axis(9, out_size=4, kernel_size=3, stride=2), 4)
    [1, 2]
    """
    if axis.is_adaptive:
        start = max(position * axis.out_size // axis.size - 1, 0)
        stop = (position + 1) * axis.out_size // axis.size + 2
    else:
        offset, extent = position + axis.pad_before, (axis.kernel_size - 1) * axis.dilation
        start = max(-((extent - offset) // axis.stride), 0)
        stop = offset // axis.stride + 1
    candidates = range(start, min(stop, axis.out_size))
    return [i for i in candidates if position in window_positions(axis, i)]
