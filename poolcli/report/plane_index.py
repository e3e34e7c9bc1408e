"""The planes of an array: how many there are along each axis, and their indices as text."""

from __future__ import annotations

from collections.abc import Container, Sequence


def plane_counts(shape: Sequence[int], plane_axes: Container[int]) -> list[int]:
    """Return the number of planes along each axis, which is 1 along the axes of a plane.

    Parameters
    ----------
    shape : sequence of int
        The shape of the array.
    plane_axes : container of int
        The axes of a plane.

    Examples
    --------
    >>> plane_counts((3, 480, 640), plane_axes=(1, 2))
    [3, 1, 1]
    """
    return [1 if axis in plane_axes else size for axis, size in enumerate(shape)]


def plane_index_text(index: Sequence[int], plane_axes: Container[int]) -> str:
    """Return the index of a plane as NumPy writes it.

    Parameters
    ----------
    index : sequence of int
        The index on each axis of the array; any number on the axes of the plane.
    plane_axes : container of int
        The axes of the plane.

    Examples
    --------
    >>> plane_index_text((2, 0, 0), plane_axes=(1, 2))
    '[2, :, :]'
    """
    parts = (":" if axis in plane_axes else str(position) for axis, position in enumerate(index))
    return f"[{', '.join(parts)}]"
