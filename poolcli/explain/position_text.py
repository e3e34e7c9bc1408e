"""Positions of elements as text."""

from __future__ import annotations

from collections.abc import Sequence

Position = tuple[int, int]
"""Row and column of an element or a window, from 0. With a single axis, the row is 0."""


def position_text(position: Position, rank: int) -> str:
    """Return a position as text.

    Parameters
    ----------
    position : (int, int)
        Row and column.
    rank : int
        The number of pooled axes. With a single axis only the column is written.

    Examples
    --------
    >>> position_text((1, 3), 2), position_text((0, 3), 1)
    ('(1, 3)', '3')
    """
    return f"({position[0]}, {position[1]})" if rank > 1 else str(position[1])


def region_text(rows: Sequence[int], columns: Sequence[int], rank: int) -> str:
    """Return the positions of a region as text.

    Parameters
    ----------
    rows, columns : sequence of int
        The positions on both axes, in equal steps. With a single axis only the columns are written.
    rank : int
        The number of pooled axes.

    Examples
    --------
    >>> region_text(range(2), range(2, 4), 2), region_text(range(1), range(0, 9, 4), 1)
    ('rows 0-1, columns 2-3', 'elements 0, 4, 8')
    """
    if rank == 1:
        return _positions_text(columns, "element")
    return f"{_positions_text(rows, 'row')}, {_positions_text(columns, 'column')}"


def _positions_text(positions: Sequence[int], noun: str) -> str:
    """Return positions on one axis as text.

    Examples
    --------
    >>> _positions_text(range(2, 4), "row"), _positions_text([5], "row")
    ('rows 2-3', 'row 5')
    >>> _positions_text(range(0, 90, 2), "row")
    'rows 0, 2, … 88'
    """
    first, last = positions[0], positions[-1]
    if len(positions) == 1:
        return f"{noun} {first}"
    if positions[1] == first + 1:
        return f"{noun}s {first}-{last}"
    if len(positions) <= 4:
        return f"{noun}s {', '.join(map(str, positions))}"
    return f"{noun}s {first}, {positions[1]}, … {last}"
