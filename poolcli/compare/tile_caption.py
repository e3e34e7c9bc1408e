"""Captions of tiles: which values are black and white, and the colours of all other values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from poolcli.compare.display_range import DisplayRange
from poolcli.core.dtypes import Array, DType
from poolcli.io.document import Item
from poolcli.report.format_values import format_number

MODES_WITHOUT_BLACK_AND_WHITE = ("CMYK", "YCbCr", "LAB", "HSV")
"""The image modes in which the lowest value of a channel is not black, or the highest not white."""


def range_text(display_range: DisplayRange, dtype: DType, item: Item) -> str:
    """Return the values that are drawn black and white, or of which the only one is grey.

    Parameters
    ----------
    display_range : DisplayRange
        The range on which an input or a result is drawn.
    dtype : dtype
        The dtype of its elements.
    item : Item
        The input.

    Examples
    --------
    >>> array = Item(np.zeros((2, 2)))
    >>> range_text(DisplayRange(0, 3344), np.dtype("uint64"), array)
    'black 0, white 3344'
    >>> range_text(DisplayRange(5, 5), np.dtype("complex64"), array)
    'grey 5 (magnitude)'
    """
    as_element = bool if dtype.kind == "b" else float
    low, high = (format_number(as_element(each)) for each in display_range)
    mode = item.image_mode or ""
    if item.palette is None and mode.startswith(MODES_WITHOUT_BLACK_AND_WHITE):
        return f"channels {low} to {high}"
    magnitude = " (magnitude)" if dtype.kind == "c" else ""
    if low == high:
        return f"grey {low}{magnitude}"
    return f"black {low}, white {high}{magnitude}"


def special_values(
    values: Array, display_range: DisplayRange, ignored: Sequence[Any]
) -> Iterator[str]:
    """Yield the colours of the values outside the range: of NaN, infinities and ignored values.

    Parameters
    ----------
    values : ndarray
        The elements of an input or a result, without alpha.
    display_range : DisplayRange
        The range on which they are drawn.
    ignored : sequence of scalar
        The values of ignored elements.

    Examples
    --------
    >>> list(special_values(np.array([np.nan, np.inf, -9999]), DisplayRange(0, 9), [-9999.0]))
    ['NaN red', 'inf white', '-9999 black']
    """
    others = list(ignored)
    if values.dtype.kind in "fc":
        if np.isnan(values).any():
            yield "NaN red"
        others = [np.inf, -np.inf, *others]
    if values.dtype.kind == "c":
        values, others = np.abs(values), [np.inf]
    for value in dict.fromkeys(others):
        outside = "black" if value < display_range.low else "white"
        if not display_range.low <= value <= display_range.high and (values == value).any():
            yield f"{format_number(value)} {outside}"
