"""What of an axis is shown, and how its size comes to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from poolcli.core.axis import Axis
from poolcli.core.window import Window


class Strip(NamedTuple):
    """A stretch of an axis.

    Attributes
    ----------
    windows : range
        The windows that are shown.
    places : range
        The positions that are shown; below 0 and past the data they are padding.
    complete : bool
        Whether the windows have no elements elsewhere.
    """

    axis: Axis
    windows: range
    places: range
    complete: bool = True

    @property
    def is_all(self) -> bool:
        """Whether there is nothing else on the axis."""
        return len(self.windows) == self.axis.out_size and self.complete

    @property
    def data(self) -> range:
        """The positions that hold data."""
        return range(max(self.places.start, 0), min(self.places.stop, self.axis.size))

    @property
    def apart(self) -> list[int]:
        """The windows shown that share no position with another of them: those to be coloured.

        Examples
        --------
        >>> Strip(Axis(7, out_size=3, kernel_size=3, stride=2), range(3), range(7)).apart
        [0, 2]
        """
        found: list[int] = []
        taken: set[int] = set()
        for i in self.windows:
            places = set(positions(self.axis, i))
            if not places & taken:
                found.append(i)
                taken |= places
        return found

    @property
    def cuts(self) -> list[int] | None:
        """The positions before which windows begin or have ended; None where they overlap."""
        axis, found = self.axis, set()
        if axis.dilation > 1 and axis.kernel_size > 1:
            return None
        for i in self.windows:
            if i + 1 < axis.out_size and axis.last_position(i) >= axis.first_position(i + 1):
                return None
            found |= {axis.first_position(i), axis.last_position(i) + 1}
        return sorted(found & set(self.places[1:]))


def strip(axis: Axis, at: int | None, most: int) -> Strip:
    """Choose what to show of an axis: all, or else windows that hold a position.

    Parameters
    ----------
    at : int, optional
        The position; without one the first windows are shown.
    most : int
        So many positions at most.

    Examples
    --------
    >>> from poolcli.core.axis import fixed_axis
    >>> axis = fixed_axis(256, 2, 2, 1, 0, 0, False)
    >>> shown = strip(axis, 100, 12)
    >>> shown.windows, shown.places
    (range(50, 56), range(100, 112))
    """
    low, high = (
        -axis.pad_before,
        max(axis.size + axis.pad_after, axis.last_position(axis.out_size - 1) + 1),
    )
    if high - low <= most:
        return Strip(axis, range(axis.out_size), range(low, high))
    start, stop = 0, 1
    if at is not None:
        held = holding(axis, at) or [_nearest(axis, at)]
        start, stop = held[0], held[-1] + 1

    def extent(start: int, stop: int) -> int:
        return axis.last_position(stop - 1) + 1 - axis.first_position(start)

    while stop - start > 1 and extent(start, stop) > most:
        stop -= 1
    if extent(start, stop) > most:  # not even one window
        begin, end = axis.first_position(start), axis.last_position(start) + 1 - most
        begin = begin if at is None else min(max(at - most // 2, begin), end)
        return Strip(axis, range(start, stop), range(begin, begin + most), complete=False)
    while True:
        if stop < axis.out_size and extent(start, stop + 1) <= most:
            stop += 1
        elif start > 0 and extent(start - 1, stop) <= most:
            start -= 1
        else:
            return Strip(
                axis,
                range(start, stop),
                range(axis.first_position(start), axis.last_position(stop - 1) + 1),
            )


def holding(axis: Axis, place: int) -> list[int]:
    """The windows that hold a position.

    Examples
    --------
    >>> holding(Axis(9, out_size=4, kernel_size=3, stride=2), 4)
    [1, 2]
    """
    if axis.is_adaptive:
        guess = range(
            place * axis.out_size // axis.size - 1, (place + 1) * axis.out_size // axis.size + 2
        )
        inside = (i for i in guess if 0 <= i < axis.out_size)
        return [i for i in inside if axis.first_position(i) <= place <= axis.last_position(i)]
    at, reach = place + axis.pad_before, (axis.kernel_size - 1) * axis.dilation
    first, last = max(-((reach - at) // axis.stride), 0), min(at // axis.stride, axis.out_size - 1)
    return [i for i in range(first, last + 1) if (at - i * axis.stride) % axis.dilation == 0]


def _nearest(axis: Axis, place: int) -> int:
    """A window beside a position that none holds."""
    return min(max((place + axis.pad_before) // axis.stride, 0), axis.out_size - 1)


def positions(axis: Axis, i: int) -> range:
    """Where the elements of a window stand, those in the padding among them."""
    return range(axis.first_position(i), axis.last_position(i) + 1, axis.dilation)


def words(places: Sequence[int], one: str, many: str) -> str:
    """Positions on an axis in words.

    Examples
    --------
    >>> words(range(2, 4), "row", "rows"), words([5], "row", "rows")
    ('rows 2-3', 'row 5')
    >>> words(range(0, 9, 4), "row", "rows"), words(range(0, 90, 2), "row", "rows")
    ('rows 0, 4, 8', 'rows 0, 2, … 88')
    """
    if len(places) == 1:
        return f"{one} {places[0]}"
    if places[1] == places[0] + 1:
        return f"{many} {places[0]}-{places[-1]}"
    if len(places) <= 4:
        return f"{many} {', '.join(map(str, places))}"
    return f"{many} {places[0]}, {places[1]}, … {places[-1]}"


def where(rows: Sequence[int], columns: Sequence[int], rank: int) -> str:
    """Positions on both axes in words, or on the only one.

    Examples
    --------
    >>> where(range(2), range(2, 4), 2)
    'rows 0-1, columns 2-3'
    """
    if rank == 1:
        return words(columns, "element", "elements")
    return f"{words(rows, 'row', 'rows')}, {words(columns, 'column', 'columns')}"


def size_formula(axis: Axis, window: Window) -> str:
    """How many windows an axis has, with the numbers put in.

    Examples
    --------
    >>> window = Window.fixed(2)
    >>> size_formula(window.on_axes((4,))[0], window)
    'floor((4 + 0 + 0 - 2) / 2) + 1 = 2'
    """
    n, out = axis.size, axis.out_size
    if window.is_global:
        return f"one window over all {n}: 1"
    if window.is_adaptive:
        return (
            f"{out}, as asked for; window i covers floor(i*{n}/{out}) up to, "
            f"but without, ceil((i+1)*{n}/{out})"
        )
    extent = axis.dilation * (axis.kernel_size - 1) + 1
    spread = (
        f"e = {axis.dilation}*({axis.kernel_size}-1)+1 = {extent}, " if axis.dilation > 1 else ""
    )
    if isinstance(window.padding, str):
        total = axis.pad_before + axis.pad_after
        return (
            f"ceil({n} / {axis.stride}) = {out}; {spread}padding max(({out} - 1)*{axis.stride} + "
            f"{extent} - {n}, 0) = {total}: {axis.pad_before} before, {axis.pad_after} after"
        )
    room = n + axis.pad_before + axis.pad_after - extent
    count = (-(-room // axis.stride) if window.ceil_mode else room // axis.stride) + 1
    rounding = "ceil" if window.ceil_mode else "floor"
    inside = f"({n} + {axis.pad_before} + {axis.pad_after} - {extent}) / {axis.stride}"
    formula = f"{spread}{rounding}({inside}) + 1 = {count}"
    if count != out:
        formula += f", less one, for the last window would start in the padding: {out}"
    return formula
