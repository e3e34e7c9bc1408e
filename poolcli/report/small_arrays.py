"""The elements of a small input and of its output, printed side by side."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product, zip_longest
from math import prod
from typing import Any

from poolcli.report.format_values import format_number
from poolcli.report.plane_index import plane_counts, plane_index_text
from poolcli.report.record import SmallArrays

ARROW = " → "


def small_array_lines(arrays: SmallArrays) -> Iterator[str]:
    """Yield the lines that show the planes of both arrays, one pair of planes after the other.

    Examples
    --------
    >>> import numpy as np
    >>> arrays = SmallArrays(np.array([[1, 3], [5, 6]]), np.array([[3.75]]), (0, 1))
    >>> print(*small_array_lines(arrays), sep="\\n")
      1 3 → 3.75
      5 6
    """
    before, after = (_planes(array, arrays.spatial_axes) for array in (arrays.before, arrays.after))
    pairs = zip_longest(before, after, fillvalue=("", None))
    for (input_index, input_plane), (output_index, output_plane) in pairs:
        if input_index or output_index:
            yield f"  {input_index or output_index}"
        yield from _side_by_side(_rows(input_plane), _rows(output_plane))


def _planes(array: Any, spatial_axes: tuple[int, ...]) -> list[tuple[str, Any]]:
    """Return the planes over the last two spatial axes, each with its index as NumPy writes it."""
    if not array.size:  # an empty array can have more planes than memory holds
        return []
    plane_axes = spatial_axes[-2:]
    counts = plane_counts(array.shape, plane_axes)
    planes = []
    for index in product(*map(range, counts)):
        keys = (slice(None) if axis in plane_axes else at for axis, at in enumerate(index))
        plane = array[tuple(keys)]
        name = plane_index_text(index, plane_axes) if prod(counts) > 1 else ""
        planes.append((name, plane if plane.ndim > 1 else plane[None]))
    return planes


def _side_by_side(left: list[str], right: list[str]) -> Iterator[str]:
    """Yield the lines of two blocks of text next to each other, with an arrow on the first."""
    width = max(map(len, left), default=0)
    for number, (one, other) in enumerate(zip_longest(left, right, fillvalue="")):
        between = ARROW if number == 0 and left and right else " " * len(ARROW)
        yield f"  {one:<{width}}{between}{other}".rstrip()


def _rows(plane: Any | None) -> list[str]:
    """Return the rows of a plane with aligned columns; none for a missing plane."""
    if plane is None:
        return []
    cells = [[format_number(cell) for cell in row] for row in plane.tolist()]
    width = max((len(cell) for row in cells for cell in row), default=0)
    return [" ".join(f"{cell:>{width}}" for cell in row) for row in cells]
