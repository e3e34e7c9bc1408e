"""Sorting networks, which sort many short lists at once by minima and maxima of whole arrays."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array


class Comparator(NamedTuple):
    """A compare-and-swap: the minimum goes to rank `low`, the maximum to rank `high`.

    An output that no later comparator and no result needs is not computed.
    """

    low: int
    high: int
    needs_low: bool
    needs_high: bool


def odd_even_merge_sort(size: int) -> Iterator[tuple[int, int]]:
    """Yield the comparators of odd-even merge sort for any number of elements.

    Source: K. E. Batcher, "Sorting networks and their applications", 1968.

    Examples
    --------
    >>> list(odd_even_merge_sort(3))
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
def selection_network(size: int, ranks: frozenset[int]) -> tuple[Comparator, ...]:
    """Return the comparators of a sorting network on which some ranks depend.

    Parameters
    ----------
    size : int
        The number of elements of a list.
    ranks : frozenset of int
        The ranks that are needed, from 0 to ``size - 1``.

    Examples
    --------
    >>> len(selection_network(9, frozenset(range(9)))), len(selection_network(9, frozenset([4])))
    (28, 24)
    """
    needed = set(ranks)
    kept = []
    for low, high in reversed(list(odd_even_merge_sort(size))):
        if low in needed or high in needed:
            kept.append(Comparator(low, high, low in needed, high in needed))
            needed |= {low, high}
    return tuple(reversed(kept))


class SortingNetwork:
    """Sorts lists along the first axis of one array, whenever it has new values.

    Each step is one `np.minimum` or `np.maximum` over all lists at once, which run at the speed of
    memory. Sorting each list by itself pays for mispredicted branches. NaN makes every rank of its
    list NaN.

    Parameters
    ----------
    keys : ndarray
        Elements along the first axis, which is short, lists along the others.
    ranks : frozenset of int, optional
        The ranks that are needed; by default all.

    Examples
    --------
    >>> keys = np.array([[3, 1], [2, 2], [1, 9]])
    >>> SortingNetwork(keys).sort()
    [array([1, 1]), array([2, 2]), array([3, 9])]
    """

    def __init__(self, keys: Array, ranks: frozenset[int] | None = None) -> None:
        planes = list(keys)
        spare = np.empty_like(planes[0])
        ranks = ranks or frozenset(range(len(keys)))
        self._calls: list[tuple[np.ufunc, Array, Array, Array]] = []
        for low, high, needs_low, needs_high in selection_network(len(keys), ranks):
            a, b = planes[low], planes[high]
            if needs_low:
                least = spare if needs_high else a
                self._calls.append((np.minimum, a, b, least))
                planes[low] = least
            if needs_high:
                self._calls.append((np.maximum, a, b, b))
            if needs_low and needs_high:
                spare = a
        self._planes = planes

    def sort(self) -> list[Array]:
        """Sort the lists, and return one array per rank; only those in `ranks` are right.

        The array of keys is overwritten. The arrays returned are the same ones at every call.
        """
        for ufunc, one, other, out in self._calls:
            ufunc(one, other, out=out)
        return self._planes
