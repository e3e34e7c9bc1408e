"""The numbers in the cells of a small tile: their digits and font size."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.report.built_in_font import built_in_font
from poolcli.report.format_values import format_number

DIGITS = (6, 5, 4, 3)
"""The digits of the largest float of a tile, in the order in which they are tried."""

FONT_SIZE_OF_MORE_DIGITS = 18
"""Floats get more than their `fewest_digits` only in a font of at least this size in pixels."""

MAX_DECIMALS = 4
"""Floats that need more decimals to show their digits are written with an exponent."""

MIN_FONT_SIZE, MAX_FONT_SIZE = 11, 36
"""The sizes of the smallest and the largest font of a number in pixels."""

CELL_WIDTH_SHARE = 0.85
"""The largest share of the width of a cell that a number takes."""

LINE_HEIGHT = 1.3
"""The height of a line of text over the size of its font."""

REFERENCE_SIZE = 100
"""The size of the font in which widths are measured, in pixels."""


class CellNumbers(NamedTuple):
    """The numbers of a tile as they are drawn.

    Attributes
    ----------
    texts : list of list of str
        The number in each cell, by row and column.
    font_size : int
        The size of the font in pixels.
    """

    texts: list[list[str]]
    font_size: int


def fit_numbers(numbers: Array, cell_height: int, cell_width: int) -> CellNumbers | None:
    """Return the numbers of a result with as many digits as fit; None if they do not fit at all.

    All of them have the same font, and as many decimals as each other at the most. Fractions are
    rounded to whole numbers only where there is no room for a decimal.

    Parameters
    ----------
    numbers : ndarray, shape (height, width)
        The numbers; those of several planes are below each other.
    cell_height, cell_width : int
        The size of the smallest cell in pixels.

    Examples
    --------
    >>> import numpy as np
    >>> fit_numbers(np.array([[1 / 3, 2]]), 64, 64)
    CellNumbers(texts=[['0.333', '2']], font_size=21)
    >>> fit_numbers(np.array([[123456789]]), 64, 24) is None
    True
    """
    fewest = fewest_digits(numbers)
    for digits in DIGITS:
        texts = number_texts(numbers, digits)
        by_width = CELL_WIDTH_SHARE * cell_width / _relative_width(texts)
        size = math.floor(min(by_width, cell_height / LINE_HEIGHT, MAX_FONT_SIZE))
        needed = MIN_FONT_SIZE if digits <= fewest else FONT_SIZE_OF_MORE_DIGITS
        if size >= needed:
            return CellNumbers(texts, size)
    return None


def fewest_digits(numbers: Array) -> int:
    """Return the fewest digits of `DIGITS` that show a decimal of the largest float.

    Parameters
    ----------
    numbers : ndarray, shape (height, width)
        The numbers. Whole numbers need no decimal.

    Examples
    --------
    >>> import numpy as np
    >>> [fewest_digits(np.array([[0.5, each]])) for each in (2, 210.5, 2105.5, 1e9)]
    [3, 4, 5, 6]
    >>> fewest_digits(np.array([[1000.0]]))
    3
    """
    finite = numbers[np.isfinite(numbers)]
    if finite.dtype.kind not in "fc" or (finite == np.rint(finite)).all():
        return DIGITS[-1]
    return next((each for each in reversed(DIGITS) if _decimals(numbers, each)), DIGITS[0])


def smallest_cell(numbers: Array, digits: int) -> tuple[int, int]:
    """Return the height and width in pixels of the smallest cells that hold the numbers.

    Parameters
    ----------
    numbers : ndarray, shape (height, width)
        The numbers.
    digits : int
        The number of digits of the largest number.
    """
    width = _relative_width(number_texts(numbers, digits)) * MIN_FONT_SIZE
    return math.ceil(MIN_FONT_SIZE * LINE_HEIGHT), math.ceil(width / CELL_WIDTH_SHARE)


def number_texts(numbers: Array, digits: int) -> list[list[str]]:
    """Return numbers as texts, by row and column.

    Parameters
    ----------
    numbers : ndarray, shape (height, width)
        The numbers.
    digits : int
        The number of digits of the largest number. With six all numbers are as in the report,
        with fewer all floats but whole numbers have the same number of decimals.

    Examples
    --------
    >>> import numpy as np
    >>> numbers = np.array([[10 / 3, 0.5, 4]])
    >>> number_texts(numbers, 6), number_texts(numbers, 3)
    ([['3.33333', '0.5', '4']], [['3.33', '0.50', '4']])
    """
    rows = numbers.tolist()
    if digits == DIGITS[0]:
        return [[format_number(each) for each in row] for row in rows]
    style = _float_style(numbers, digits)
    return [[_number_text(each, style) for each in row] for row in rows]


def _float_style(numbers: Array, digits: int) -> str:
    """Return the format of floats that shows some digits of the largest of them."""
    decimals = _decimals(numbers, digits)
    return f".{digits}g" if decimals is None else f".{decimals}f"


def _decimals(numbers: Array, digits: int) -> int | None:
    """Return how many decimals show some digits of the largest number; None for an exponent."""
    with np.errstate(over="ignore"):
        largest = np.abs(numbers[np.isfinite(numbers)]).max(initial=0).astype(np.float64)
    if not 0 < largest < math.inf:  # infinite beyond float64's range
        return None
    decimals = max(digits - 1 - math.floor(math.log10(largest)), 0)
    return decimals if decimals <= MAX_DECIMALS else None


def _number_text(value: Any, style: str) -> str:
    """Return a number as text; of a complex number both parts.

    Examples
    --------
    >>> _number_text(0.5 - 0.001j, ".2f"), _number_text(65535, ".2f"), _number_text(4.0, ".2f")
    ('0.50+0.00j', '65535', '4')
    >>> _number_text(0.25, ".0f")  # only 0 itself is 0
    '0.2'
    """
    if isinstance(value, complex):
        imaginary = _number_text(value.imag, style)
        sign = "" if imaginary.startswith("-") else "+"
        return f"{_number_text(value.real, style)}{sign}{imaginary}j"
    if not isinstance(value, float) or value.is_integer() or not math.isfinite(value):
        return format_number(value)
    text = f"{value:{style}}"
    if float(text):
        return text
    return f"{value:.1g}" if text.lstrip("-") == "0" else text.lstrip("-")


def _relative_width(texts: list[list[str]]) -> float:
    """Return the width of the widest text over the size of its font."""
    return max(_text_width(text) for row in texts for text in row) / REFERENCE_SIZE


@lru_cache(1 << 14)
def _text_width(text: str) -> float:
    """Return the width of a text in the font of the reference size."""
    return float(built_in_font(REFERENCE_SIZE).getlength(text))
