"""Parsers of option values, as users write them on the command line.

Each raises `UsageError` if it cannot read the text.
"""

from __future__ import annotations

import math

from poolcli.core.errors import ArgumentError
from poolcli.core.exact_numbers import Number, read_exact_number
from poolcli.core.modes import Mode, find_mode
from poolcli.errors import UsageError

MAX_SIZE = 2**53
"""Larger than any array in memory or on disk."""


def parse_mode(text: str, option: str) -> Mode:
    """Return the mode with a name; the error suggests a similar name.

    Parameters
    ----------
    text : str
        The name of a mode.
    option : str
        The option that an error names.

    Examples
    --------
    >>> parse_mode("max", "--mode").name
    'max'
    """
    try:
        return find_mode(text)
    except ArgumentError as error:
        from poolcli.cli.usage_hints import did_you_mean

        raise UsageError(f"{error}{did_you_mean(text)}", option) from None


def parse_sizes(text: str, option: str) -> int | tuple[int, ...]:
    """Return one size, ``2``, or one per axis, ``3x2``; a comma works as ``x``.

    Parameters
    ----------
    text : str
        Whole numbers, joined by ``x`` or a comma.
    option : str
        The option that an error names.

    Examples
    --------
    >>> parse_sizes("2", "--kernel-size"), parse_sizes("3x2", "--kernel-size")
    (2, (3, 2))
    """
    parts = [_integer(part, text, option) for part in _split(text)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def parse_chunks(text: str, option: str) -> tuple[int, ...]:
    """Return the shape of a chunk, ``64`` or ``64x64x64``, without zeros.

    Parameters
    ----------
    text : str
        Whole numbers, joined by ``x`` or a comma.
    option : str
        The option that an error names.

    Examples
    --------
    >>> parse_chunks("64", "--chunks"), parse_chunks("1x64x64", "--chunks")
    ((64,), (1, 64, 64))
    """
    sizes = parse_sizes(text, option)
    shape = sizes if isinstance(sizes, tuple) else (sizes,)
    if min(shape) < 1:
        raise UsageError(f"the sizes of a chunk are at least 1, not {text!r}", option)
    return shape


def parse_padding(text: str, option: str) -> int | str | tuple[int | tuple[int, int], ...]:
    """Return the padding of ``1``, ``1x0``, ``1:2x0:1``, ``valid``, ``same`` or ``same-lower``.

    Parameters
    ----------
    text : str
        A word, or whole numbers: one, or one per axis, or a pair ``before:after`` per axis.
    option : str
        The option that an error names.

    Examples
    --------
    >>> parse_padding("1:2x0", "--padding"), parse_padding("same", "--padding")
    (((1, 2), (0, 0)), 'same')
    """
    word = text.strip().lower()
    if word in ("valid", "same", "same-lower"):
        return word
    if not any(letter.isdigit() for letter in word):
        raise UsageError(
            f"{text!r} is not a padding; write a number, one per axis (1x0), before:after "
            "(1:2x0:1), valid, same or same-lower",
            option,
        )
    pairs = []
    for part in _split(text):
        before, colon, after = part.partition(":")
        first = _integer(before, text, option)
        pairs.append((first, _integer(after, text, option) if colon else first))
    if len(pairs) == 1 and pairs[0][0] == pairs[0][1]:
        return pairs[0][0]
    return tuple(pairs)


def parse_output_size(text: str, option: str) -> int | tuple[int | None, ...] | None:
    """Return the output size of ``7`` or ``7x7``; None for ``_``, which keeps an axis.

    Parameters
    ----------
    text : str
        Whole numbers and ``_``, joined by ``x`` or a comma.
    option : str
        The option that an error names.

    Examples
    --------
    >>> parse_output_size("7x_", "--adaptive")
    (7, None)
    """
    parts = [None if part == "_" else _integer(part, text, option) for part in _split(text)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def parse_position(text: str, option: str) -> tuple[int, ...]:
    """Return the position of an element on the pooled axes, such as row and column, ``3,5``.

    Parameters
    ----------
    text : str
        One, two or three whole numbers, counted from 0, in elements.
    option : str
        The option that an error names.

    Examples
    --------
    >>> parse_position("3,5", "--at"), parse_position("7", "--at")
    ((3, 5), (7,))
    """
    parts = _split(text)
    if len(parts) > 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise UsageError(
            f"{text!r} is not a position; write ROW,COL, or SLICE,ROW,COL, counted from 0", option
        )
    return tuple(_integer(part, text, option) for part in parts)


def parse_exact_number(
    text: str, option: str, problem: str = "is not a number; write a number, or nan"
) -> Number:
    """Return a number exactly: an int, or a Fraction; ``nan`` and ``inf`` as floats.

    Parameters
    ----------
    text : str
        A number in decimal or scientific notation, ``nan``, ``inf`` or ``-inf``.
    option : str
        The option that an error names.
    problem : str
        The error message for other texts.

    Examples
    --------
    >>> parse_exact_number("9007199254740993", "--ignore"), parse_exact_number("0.1", "--ignore")
    (9007199254740993, Fraction(1, 10))
    """
    try:
        return read_exact_number(text)
    except OverflowError:
        raise UsageError(f"{text!r} is out of the range of every dtype", option) from None
    except ValueError:
        raise UsageError(f"{text!r} {problem}", option) from None


def parse_float(text: str, option: str) -> float:
    """Return a number as a float; ``inf`` is allowed, ``nan`` is not.

    Parameters
    ----------
    text : str
        A number in decimal or scientific notation, ``inf`` or ``-inf``.
    option : str
        The option that an error names.

    Examples
    --------
    >>> parse_float("2.5", "--norm"), parse_float("inf", "--norm")
    (2.5, inf)
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value) or "_" in text:
        raise UsageError(f"{text!r} is not a number", option)
    return value


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.lower().replace(",", "x").split("x")]


def _integer(part: str, text: str, option: str) -> int:
    if not part.isascii() or not part.isdigit():
        problem = f"{part!r} is not a whole number" if part else "a number is missing"
        raise UsageError(f"{text!r}: {problem}; write 2, or one number per axis: 3x2", option)
    digits = part.lstrip("0") or "0"
    if len(digits) > len(str(MAX_SIZE)) or int(digits) > MAX_SIZE:
        raise UsageError(f"{text!r} is larger than any array", option)
    return int(digits)
