"""Sizes and shapes as text: one number for each axis, joined by ``x``."""

from __future__ import annotations

from collections.abc import Iterable


def shape_text(sizes: Iterable[int | str | None]) -> str:
    """Return sizes as text, as the command line takes them.

    Parameters
    ----------
    sizes : iterable of int, str or None
        One entry for each axis. None stands for an axis that keeps its size.

    Examples
    --------
    >>> shape_text((1, 3, 4)), shape_text((7, None)), shape_text(["1:2", 0]), shape_text(())
    ('1x3x4', '7x_', '1:2x0', '()')
    """
    return "x".join("_" if size is None else str(size) for size in sizes) or "()"
