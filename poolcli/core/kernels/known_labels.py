"""Counts of the labels of windows: of the smallest, the second smallest and the largest one.

Most windows of label maps contain one or two labels, the smallest and the largest. In such windows
their counts give the mode. Only in windows of three and more labels the second smallest one is
counted too.
"""

from __future__ import annotations

from typing import NamedTuple

from poolcli.core.dtypes import Array


class LabelCounts(NamedTuple):
    """Numbers of three labels of each window: the smallest, the second smallest and the largest.

    Attributes
    ----------
    n_low, n_high : ndarray of int
        How often the smallest and the largest label occur.
    gap : ndarray of unsigned int
        In windows of three and more labels, the second smallest label, less the smallest and 1.
        In other windows the largest integer, which is -1: then the sum is the smallest label.
    n_second : ndarray of int
        How often the second smallest label occurs in windows of three and more; 0 in others.
    """

    n_low: Array
    n_high: Array
    gap: Array
    n_second: Array


class MixedWindows(NamedTuple):
    """The windows of a level that hold several labels.

    Attributes
    ----------
    at : ndarray of int
        Their flat indices.
    low, high : ndarray
        Their smallest and largest labels.
    n_low, n_high : ndarray of int
        How often these occur.
    """

    at: Array
    low: Array
    high: Array
    n_low: Array
    n_high: Array


class ManyLabels(NamedTuple):
    """The windows of three and more labels.

    Attributes
    ----------
    at : ndarray of int
        Their indices in `MixedWindows`.
    gap, n_second : ndarray of int
        As in `LabelCounts`.
    """

    at: Array
    gap: Array
    n_second: Array


class WindowLabels(NamedTuple):
    """The labels of all windows of a level that are decided or counted.

    Attributes
    ----------
    low, high : ndarray
        Their smallest and their largest labels.
    counts : LabelCounts or None
        How often labels occur; None if the windows are elements.
    is_mixed : ndarray of bool or None
        Whether they hold several labels; None if they are elements.
    """

    low: Array
    high: Array
    counts: LabelCounts | None
    is_mixed: Array | None
