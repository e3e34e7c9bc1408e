"""Names and numbers as text that is safe and short."""

from __future__ import annotations

from typing import Any, TextIO


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
    """A number with at most six significant digits; integers whole.

    Examples
    --------
    >>> number(3.3125), number(65535), number(1/3), number(None)
    ('3.3125', '65535', '0.333333', '-')
    """
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, complex):
        return f"{value:.6g}"
    return f"{value:.6g}"


def cross(shape: list[int] | None) -> str:
    """A shape as people write it.

    Examples
    --------
    >>> cross([1, 3, 4])
    '1x3x4'
    """
    return "-" if shape is None else "x".join(map(str, shape)) or "()"


def put(stream: TextIO, text: str) -> None:
    """Write text; what the stream's encoding lacks comes out as escapes."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
