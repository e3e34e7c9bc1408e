"""Numbers that are read from text exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction

Number = int | float | Fraction
"""A number that is exact; a float stands for NaN or an infinity."""

DECIMAL_EXPONENTS = -4951, 4932
"""The decimal exponents of the least and the greatest finite long double."""


def read_exact_number(text: str) -> Number:
    """Return a number exactly: an int, or a Fraction; ``nan`` and ``inf`` as floats.

    Parameters
    ----------
    text : str
        A number in decimal or scientific notation, ``nan``, ``inf`` or ``-inf``.

    Raises
    ------
    ValueError
        If the text is not a number.
    OverflowError
        If the number is out of the range of every dtype.

    Examples
    --------
    >>> read_exact_number("9007199254740993"), read_exact_number("0.1"), read_exact_number("nan")
    (9007199254740993, Fraction(1, 10), nan)
    """
    word = text.strip().lower()
    value = float(word)
    if not math.isfinite(value) and not any(letter.isdigit() for letter in word):
        return value
    # A Fraction expands exponents: without these checks some would fill the memory.
    if value == 0 and not any(letter in "123456789" for letter in word.partition("e")[0]):
        return 0
    try:
        exponent = Decimal(word).adjusted()
    except InvalidOperation:
        raise OverflowError(text) from None
    if not DECIMAL_EXPONENTS[0] <= exponent <= DECIMAL_EXPONENTS[1]:
        raise OverflowError(text)
    exact = Fraction(word)
    return int(exact) if exact.denominator == 1 else exact


def distinct_numbers(numbers: Iterable[Number]) -> tuple[Number, ...]:
    """Return numbers in their order, each once; all NaNs are one number.

    Examples
    --------
    >>> distinct_numbers([0, 255, 0.0, float("nan"), float("nan")])
    (0, 255, nan)
    """
    found: list[Number] = []
    for value in numbers:
        if not any(value == other or (value != value and other != other) for other in found):
            found.append(value)
    return tuple(found)


def number_text(value: Number) -> str:
    """Return a number in few characters: the nearest float, or 17 digits beyond its range.

    Examples
    --------
    >>> number_text(255), number_text(3.0), number_text(Fraction(1, 10)), number_text(10**400)
    ('255', '3', '0.1', '1e+400')
    """
    # An integer past 64 bits can have 300 digits, too many for a file's name.
    if isinstance(value, int) and value.bit_length() <= 64:
        return str(value)
    try:
        nearest = float(value)
    except OverflowError:
        nearest = 0.0
    if nearest or not value:
        return repr(nearest).removesuffix(".0")
    exact = Fraction(value)  # a float would be infinite, or 0
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    return f"{decimal.normalize(Context(prec=17)):e}"
