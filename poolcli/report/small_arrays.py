"""The elements of small arrays, before and after, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product, zip_longest
from typing import Any

from poolcli.report.formatting import number
from poolcli.report.record import Values

GAP = "    "
ARROW = " → "


def lines(values: Values) -> Iterator[str]:
    """Draw the planes of both arrays, one pair after the other.

    Examples
    --------
    >>> import numpy as np
    >>> shown = Values(np.array([[1, 3], [5, 6]]), np.array([[3.75]]), (0, 1))
    >>> print(*lines(shown), sep="\\n")
      1 3 → 3.75
      5 6
    """
    before, after = _planes(values.before, values.axes), _planes(values.after, values.axes)
    for (name, left), (other, right) in zip_longest(before, after, fillvalue=("", None)):
        if name or other:
            yield f"  {name or other}"
        yield from _pair(left, right)


def _planes(array: Any, axes: tuple[int, ...]) -> list[tuple[str, Any]]:
    """The last two spatial axes as rows and columns, all others counted out."""
    if not array.size:  # of planes without elements there may be more than memory holds
        return []
    rows = axes[-2:]
    others = [axis for axis in range(array.ndim) if axis not in rows]
    moved = array.transpose([*others, *rows])
    if len(rows) == 1:
        moved = moved[..., None, :]
    found = []
    for at in product(*(range(size) for size in moved.shape[:-2])):
        index: list[str] = [":"] * array.ndim
        for axis, place in zip(others, at, strict=True):
            index[axis] = str(place)
        name = f"[{', '.join(index)}]" if moved[..., 0, 0].size > 1 else ""
        found.append((name, moved[at]))
    return found


def _pair(left: Any, right: Any) -> Iterator[str]:
    first = [] if left is None else _rows(left)
    second = [] if right is None else _rows(right)
    width = max(map(len, first), default=0)
    for at, (one, other) in enumerate(zip_longest(first, second, fillvalue="")):
        between = ARROW if at == 0 and second and first else " " * len(ARROW)
        yield f"  {one:<{width}}{between}{other}".rstrip()


def _rows(plane: Any) -> list[str]:
    cells = [[number(cell) for cell in row] for row in plane.tolist()]
    width = max((len(cell) for row in cells for cell in row), default=0)
    return [" ".join(f"{cell:>{width}}" for cell in row) for row in cells]
