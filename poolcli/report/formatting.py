"""Names and numbers as text that is safe and short."""

from __future__ import annotations

import os
import sys
from decimal import Context, Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from poolcli.report.record import ArrayInfo

COUNTABLE = 2.0**53
"""Below this a float can tell each integer from the next."""


def safe(text: str) -> str:
    """A name that can be printed anywhere: control characters and stray bytes as escapes.

    Examples
    --------
    >>> safe("a\\nb\\x1b[31m\\udcff")
    'a\\\\nb\\\\x1b[31m\\\\xff'
    """
    return "".join(letter if letter.isprintable() else _escape(letter) for letter in text)


def _escape(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, as Python carries it
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")


def number(value: Any) -> str:
    """A number, whole where it is whole, else with six significant digits or one decimal.

    Only where a float is too large to count one by one is its integer part rounded.

    Examples
    --------
    >>> number(3.3125), number(65535), number(1/3), number(None)
    ('3.3125', '65535', '0.333333', '-')
    >>> number(1234567.0), number(1234567.89), number(2.5e20)
    ('1234567', '1234567.9', '2.5e+20')
    """
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, float):
        if not isinstance(value, Real):
            imaginary = number(value.imag)
            sign = "" if imaginary.startswith("-") else "+"
            return f"{number(value.real)}{sign}{imaginary}j"
        if _is_beyond(value):  # a long double, or a fraction
            return _rounded(value)
        value = float(value)
    if not abs(value) < COUNTABLE:
        return f"{value:.6g}"
    if value.is_integer():
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 1e5 else f"{value:.6g}"


def _is_beyond(value: Any) -> bool:
    """True if a number is finite, but beyond the range of float."""
    size = abs(value)
    return bool(0 < size < sys.float_info.min or sys.float_info.max < size < float("inf"))


def _rounded(value: Any) -> str:
    above, below = value.as_integer_ratio()
    return f"{Context(prec=6).divide(Decimal(above), Decimal(below)).normalize():g}"


def shown(value: Any) -> str:
    """An element as people write it; the channels of a pixel side by side.

    Examples
    --------
    >>> shown(3.0), shown((255, 0, 7))
    ('3', '255,0,7')
    """
    if isinstance(value, tuple):
        return ",".join(map(number, value))
    return number(value)


def spread(info: ArrayInfo) -> str:
    """The least value, the mean and the greatest."""
    return " · ".join(number(value) for value in (info.min, info.mean, info.max))


def duration(seconds: float) -> str:
    """A time as people read it.

    Examples
    --------
    >>> duration(0.0211), duration(83.5)
    ('21.1 ms', '83.50 s')
    """
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def cross(shape: list[int] | None) -> str:
    """A shape as people write it.

    Examples
    --------
    >>> cross([1, 3, 4])
    '1x3x4'
    """
    return "-" if shape is None else "x".join(map(str, shape)) or "()"


def abandon(descriptor: int) -> None:
    """Nothing more can be written; the interpreter must not try once again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


ASCII = str.maketrans({"→": ">", "↓": "v", "·": ".", "│": "|", "─": "-", "┼": "+", "…": "~"})
"""What signs of a report become where an encoding lacks any of them."""


def put(stream: TextIO, text: str) -> None:
    """Write text; what the stream's encoding lacks comes out as ASCII, or as escapes."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(ASCII).encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)
