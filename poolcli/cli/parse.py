"""Flag values as people write them."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from poolcli.errors import UsageError
from poolcli.request import Number

SPATIAL = "DHW"

EXPONENTS = -4951, 4932
"""The decimal exponents of the least and the greatest finite long double."""

LARGEST_SIZE = 2**53
"""Beyond what any memory or disk holds."""


def sizes(text: str, flag: str) -> int | tuple[int, ...]:
    """Read ``2`` or ``3x2`` (a comma works as ``x``).

    Examples
    --------
    >>> sizes("2", "--kernel-size"), sizes("3x2", "--kernel-size")
    (2, (3, 2))
    """
    parts = [_whole(part, text, flag) for part in _split(text)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def padding(text: str, flag: str) -> int | str | tuple[int | tuple[int, int], ...]:
    """Read ``1``, ``1x0``, ``1:2x0:1``, ``valid``, ``same`` or ``same-lower``.

    Examples
    --------
    >>> padding("1:2x0", "--padding"), padding("same", "--padding")
    (((1, 2), (0, 0)), 'same')
    """
    word = text.strip().lower()
    if word in ("valid", "same", "same-lower"):
        return word
    if not any(letter.isdigit() for letter in word):
        raise UsageError(
            f"{text!r} is no padding; write a number, one for each axis (1x0), before:after "
            "(1:2x0:1), valid, same or same-lower",
            flag,
        )
    pairs = []
    for part in _split(text):
        before, colon, after = part.partition(":")
        first = _whole(before, text, flag)
        pairs.append((first, _whole(after, text, flag) if colon else first))
    if len(pairs) == 1 and pairs[0][0] == pairs[0][1]:
        return pairs[0][0]
    return tuple(pairs)


def output_size(text: str, flag: str) -> int | tuple[int | None, ...] | None:
    """Read ``7x7``; ``_`` keeps an axis.

    Examples
    --------
    >>> output_size("7x_", "--adaptive")
    (7, None)
    """
    parts = [None if part == "_" else _whole(part, text, flag) for part in _split(text)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def place(text: str, flag: str) -> tuple[int, ...]:
    """Read ``3,5``, the row and the column of an element; a single number on a single axis.

    Examples
    --------
    >>> place("3,5", "--at"), place("7", "--at")
    ((3, 5), (7,))
    """
    parts = _split(text)
    if len(parts) > 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise UsageError(f"{text!r} is no element; write ROW,COL, counted from 0", flag)
    return tuple(_whole(part, text, flag) for part in parts)


def number(text: str, flag: str) -> Number:
    """Read a number exactly, ``nan`` and ``inf`` included.

    Examples
    --------
    >>> number("9007199254740993", "--ignore"), number("0.1", "--ignore")
    (9007199254740993, Fraction(1, 10))
    """
    word = text.strip().lower()
    try:
        value = float(word)
        if not math.isfinite(value) and not any(letter.isdigit() for letter in word):
            return value
        # A Fraction writes exponents out; without these checks some would fill the memory.
        if value == 0 and not any(letter in "123456789" for letter in word.partition("e")[0]):
            return 0
        if not EXPONENTS[0] <= Decimal(word).adjusted() <= EXPONENTS[1]:
            raise UsageError(f"{text!r} is out of the range of every type", flag)
        exact = Fraction(word)
    except InvalidOperation:
        raise UsageError(f"{text!r} is out of the range of every type", flag) from None
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no number; write one, or nan", flag) from None
    return int(exact) if exact.denominator == 1 else exact


def real(text: str, flag: str) -> float:
    """Read a number as a float; ``inf`` is one, ``nan`` is none.

    Examples
    --------
    >>> real("2.5", "--norm"), real("inf", "--norm")
    (2.5, inf)
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value) or "_" in text:
        raise UsageError(f"{text!r} is no number", flag)
    return value


def layout(text: str, flag: str) -> str:
    """Read the letters of an array's axes.

    Examples
    --------
    >>> layout("nchw", "--layout")
    'NCHW'
    """
    letters = text.strip().upper()
    if not letters.isalpha() or not letters.isascii():
        raise UsageError(f"{text!r} is no layout; write one letter an axis, as in NCHW", flag)
    twice = sorted({letter for letter in letters if letters.count(letter) > 1})
    if twice:
        raise UsageError(f"{text!r} has {', '.join(twice)} more than once", flag)
    if not set(letters) & set(SPATIAL):
        raise UsageError(
            f"{text!r} names no spatial axis: they are written D, H and W (where your data say "
            "Z Y X, write D H W)",
            flag,
        )
    return letters


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.lower().replace(",", "x").split("x")]


def _whole(part: str, text: str, flag: str) -> int:
    if not part.isascii() or not part.isdigit():
        wrong = f"{part!r} is no whole number" if part else "a number is missing"
        raise UsageError(f"{text!r}: {wrong}; write 2, or one number for each axis: 3x2", flag)
    digits = part.lstrip("0") or "0"
    if len(digits) > len(str(LARGEST_SIZE)) or int(digits) > LARGEST_SIZE:
        raise UsageError(f"{text!r} is larger than any array", flag)
    return int(digits)
