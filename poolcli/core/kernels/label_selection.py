"""The choice of the most frequent labels of windows, of which some labels were counted.

Elements are needed only where a label that was not counted may be the most frequent one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.kernels.known_labels import ManyLabels, MixedWindows
from poolcli.core.kernels.most_frequent import where

MAX_COUNTED_LABELS = 6
"""The largest number of labels that are counted one after the other in gathered windows; windows
that need more are sorted."""


class OtherLabels(NamedTuple):
    """Windows in which a label between the second smallest and the largest may be most frequent.

    Attributes
    ----------
    at : ndarray of int
        Their indices in `ManyLabels`.
    second, high : ndarray
        The second smallest and the largest label.
    best : ndarray
        The more frequent one of the smallest and the second smallest label.
    n_best, n_high, n_other : ndarray of int
        How often `best`, `high` and the labels between `second` and `high` occur.
    """

    at: Array
    second: Array
    high: Array
    best: Array
    n_best: Array
    n_high: Array
    n_other: Array


def choose_label(
    mixed: MixedWindows, many: ManyLabels, n_elements: int
) -> tuple[Array, OtherLabels]:
    """Return the most frequent labels of windows of three and more labels, and the undecided ones.

    Parameters
    ----------
    mixed : MixedWindows
    many : ManyLabels
    n_elements : int
        The number of elements of a window.

    Returns
    -------
    chosen : ndarray
        The most frequent labels; those of undecided windows are not final.
    others : OtherLabels
        The undecided windows.

    Examples
    --------
    >>> low, high, count = np.array([3, 3]), np.array([9, 9]), np.array([2, 1])
    >>> mixed = MixedWindows(np.arange(2), low, high, count, np.array([1, 1]))
    >>> gap, n_second = np.array([0, 0], np.uint64), np.array([3, 1])
    >>> chosen, others = choose_label(mixed, ManyLabels(np.arange(2), gap, n_second), 6)
    >>> chosen[0], others.at, others.n_other
    (np.int64(4), array([1]), array([3]))
    """
    low, high, n_low, n_high = (each.take(many.at) for each in mixed[1:])
    unsigned = many.gap.dtype
    second = (low.view(unsigned) + many.gap + unsigned.type(1)).view(low.dtype)
    n_other = n_elements - n_low - many.n_second - n_high
    # Of equally frequent labels the smallest counts.
    best, n_best = where(many.n_second > n_low, second, low), np.maximum(many.n_second, n_low)
    chosen = where(n_high > n_best, high, best)
    at = np.flatnonzero((n_other > n_best) & (n_other >= n_high))
    parts = (second, high, best, n_best, n_high, n_other)
    return chosen, OtherLabels(at, *(each.take(at) for each in parts))


def choose_among_others(elements: Array, others: OtherLabels) -> Array:
    """Return the most frequent labels of windows, given their elements.

    The labels above the second smallest one are counted one after the other, which takes few vector
    operations. Rows of many labels are sorted.

    Parameters
    ----------
    elements : ndarray
        The elements of the windows, one row for each.
    others : OtherLabels
        What is known of these windows.

    Returns
    -------
    ndarray
        Of one label for each row.
    """
    unsigned = np.dtype(f"u{elements.itemsize}")
    chosen, rows = np.empty(len(elements), elements.dtype), np.arange(len(elements))
    _, label, high, best, n_best, n_high, n_left = others
    for _ in range(MAX_COUNTED_LABELS):
        above = label.view(unsigned) + unsigned.type(1)
        gaps = elements.view(unsigned) - above[:, None]
        gap = gaps.min(axis=1)
        n = np.add.reduce((gaps == gap[:, None]).view(np.uint8), axis=1, dtype=n_best.dtype)
        label = (above + gap).view(elements.dtype)
        best, n_best = where(n > n_best, label, best), np.maximum(n, n_best)
        n_left = n_left - n
        is_open = (n_left > n_best) & (n_left >= n_high)
        chosen[rows] = where(n_high > n_best, high, best)
        if not is_open.any():
            return chosen
        rows, elements = rows[is_open], elements[is_open]
        label, high, best, n_best, n_high, n_left = (
            each[is_open] for each in (label, high, best, n_best, n_high, n_left)
        )
    chosen[rows], _ = _most_frequent_of_rows(elements, np.ones(elements.shape, np.intp))
    return chosen


def choose_among_counted(labels: Array, numbers: Array, size: int) -> tuple[Array, Array]:
    """Return the most frequent labels of windows, given labels that were counted in their parts.

    Parameters
    ----------
    labels : ndarray
        The labels of a window's parts, one row for each window; labels may occur several times.
    numbers : ndarray of int
        How often they occur in the part.
    size : int
        The number of elements of a window; other elements may have any labels.

    Returns
    -------
    chosen : ndarray
        Of one label for each row.
    is_certain : ndarray of bool
        Whether the label is the most frequent one, whichever labels the other elements have.

    Examples
    --------
    >>> labels, numbers = np.array([[3, 5, 3], [3, 5, 3]]), np.array([[2, 3, 2], [2, 3, 1]])
    >>> choose_among_counted(labels, numbers, 7)
    (array([3, 3]), array([ True, False]))
    """
    chosen, lead = _most_frequent_of_rows(labels, numbers)
    n_unknown = size - numbers.sum(axis=1)
    return chosen, (n_unknown == 0) | (lead > n_unknown)


def _most_frequent_of_rows(labels: Array, numbers: Array) -> tuple[Array, Array]:
    """Return the most frequent label of each row, the smallest of equally frequent ones.

    Parameters
    ----------
    labels, numbers : ndarray
        As in `choose_among_counted`.

    Returns
    -------
    (ndarray, ndarray of int)
        The labels, and how much more often they occur than the second most frequent ones.

    Examples
    --------
    >>> rows = np.array([[3, 2, 3, 2], [1, 2, 3, 3]])
    >>> _most_frequent_of_rows(rows, np.ones((2, 4), int))
    (array([2, 3]), array([0, 1]))
    """
    n_rows, size = labels.shape
    order = labels.argsort(axis=1) + np.arange(n_rows)[:, None] * size
    labels, numbers = labels.take(order), numbers.take(order)
    is_start = np.ones(labels.shape, np.bool_)
    np.not_equal(labels[:, 1:], labels[:, :-1], out=is_start[:, 1:])
    starts = np.flatnonzero(is_start)
    totals = np.add.reduceat(numbers.reshape(-1), starts, dtype=np.int64)
    # The most frequent label of a row, of equally frequent ones the first, has the largest rank.
    ranks = totals * size + (size - 1 - starts % size)
    row_starts = np.searchsorted(starts, np.arange(n_rows) * size)
    best = np.maximum.reduceat(ranks, row_starts)
    is_best = ranks == best.repeat(np.diff(row_starts, append=len(starts)))
    second = np.maximum.reduceat(np.where(is_best, 0, totals), row_starts)
    chosen: Array = labels[np.arange(n_rows), size - 1 - best % size]
    return chosen, best // size - second
