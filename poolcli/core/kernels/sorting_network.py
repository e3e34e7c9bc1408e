"""Sorting networks: sorting many short lists at once, by whole-array minima and maxima."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array


class Comparator(NamedTuple):
    """Puts the lesser of two places into the first and the greater into the second.

    Only those sides are computed that something later, or the result, looks at.
    """

    low: int
    high: int
    wants_low: bool
    wants_high: bool


def batcher(size: int) -> Iterator[tuple[int, int]]:
    """The comparators of odd-even merge sort for any number of elements.

    K. E. Batcher, "Sorting networks and their applications", 1968.

    Examples
    --------
    >>> list(batcher(3))
    [(0, 1), (0, 2), (1, 2)]
    """
    span = 1
    while span < size:
        step = span
        while step:
            for start in range(step % span, size - step, 2 * step):
                for low in range(start, min(start + step, size - step)):
                    if low // (2 * span) == (low + step) // (2 * span):
                        yield low, low + step
            step //= 2
        span *= 2


@lru_cache(maxsize=256)
def comparators(size: int, wanted: frozenset[int]) -> tuple[Comparator, ...]:
    """Those comparators that the wanted places depend on.

    Examples
    --------
    >>> len(comparators(9, frozenset(range(9)))), len(comparators(9, frozenset([4])))
    (28, 24)
    """
    needed = set(wanted)
    kept = []
    for low, high in reversed(list(batcher(size))):
        if low in needed or high in needed:
            kept.append(Comparator(low, high, low in needed, high in needed))
            needed |= {low, high}
    return tuple(reversed(kept))


def sort_planes(stack: Array, wanted: frozenset[int] | None = None) -> list[Array]:
    """Sort along the first axis, for a short one: NaN anywhere makes every place NaN.

    Fast because each step is one `np.minimum` or `np.maximum` over all lists at once, which
    run at the speed of memory, where sorting each list alone pays for every branch.

    Parameters
    ----------
    stack : ndarray
        Overwritten.
    wanted : frozenset of int, optional
        The places that must be right; all by default.

    Returns
    -------
    list of ndarray
        The planes in order; those not wanted hold anything.

    Examples
    --------
    >>> sort_planes(np.array([[3, 1], [2, 2], [1, 9]]))
    [array([1, 1]), array([2, 2]), array([3, 9])]
    """
    size = len(stack)
    planes = list(stack)
    spare = np.empty_like(planes[0])
    for low, high, wants_low, wants_high in comparators(size, wanted or frozenset(range(size))):
        a, b = planes[low], planes[high]
        if wants_low and wants_high:
            np.minimum(a, b, out=spare)
            np.maximum(a, b, out=b)
            planes[low], spare = spare, a
        elif wants_low:
            np.minimum(a, b, out=a)
        else:
            np.maximum(a, b, out=b)
    return planes
