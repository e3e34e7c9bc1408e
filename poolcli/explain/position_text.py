"""Positions of elements as text."""

from __future__ import annotations

from collections.abc import Sequence

Position = tuple[int, int, int]
"""Slice, row and column of an element or a window, from 0.

With two pooled axes the slice is 0, with a single one also the row.
"""


def position_text(position: Position, rank: int) -> str:
    """Return a position as text.

    Parameters
    ----------
    position : (int, int, int)
        Slice, row and column.
    rank : int
        The number of pooled axes, of which the position is written.

    Examples
    --------
    >>> position_text((0, 1, 3), 2), position_text((0, 0, 3), 1), position_text((2, 1, 3), 3)
    ('(1, 3)', '3', '(2, 1, 3)')
    """
    return str(position[-rank:]) if rank > 1 else str(position[-1])


def axis_nouns(rank: int) -> tuple[str, ...]:
    """Return what positions along each pooled axis are called.

    Parameters
    ----------
    rank : int
        The number of pooled axes.

    Examples
    --------
    >>> axis_nouns(3), axis_nouns(1)
    (('slice', 'row', 'column'), ('element',))
    """
    return ("slice", "row", "column")[-rank:] if rank > 1 else ("element",)


def region_text(positions: Sequence[Sequence[int]], rank: int) -> str:
    """Return the positions of a region as text.

    Parameters
    ----------
    positions : sequence of sequence of int
        The positions along slices, rows and columns, in equal steps.
    rank : int
        The number of pooled axes, whose positions are written.

    Examples
    --------
    >>> region_text([range(1), range(2), range(2, 4)], 2)
    'rows 0-1, columns 2-3'
    >>> region_text([range(1), range(1), range(0, 9, 4)], 1)
    'elements 0, 4, 8'
    """
    nouns = axis_nouns(rank)
    return ", ".join(map(_positions_text, positions[-rank:], nouns))


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
