"""Names, numbers, times and statistics as short, printable text."""

from __future__ import annotations

import sys
from decimal import Context, Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

from poolcli.io.output_paths import STDIN_OR_STDOUT

if TYPE_CHECKING:
    from poolcli.io.tiff.pixel_size import PixelSize
    from poolcli.report.record import ArrayInfo

CONSECUTIVE_INTEGERS_LIMIT = 2.0**53
"""Below this, float64 represents every integer."""


def printable(text: str) -> str:
    """Return text with control characters and undecodable bytes as escapes.

    Examples
    --------
    >>> printable("a\\nb\\x1b[31m\\udcff")
    'a\\\\nb\\\\x1b[31m\\\\xff'
    """
    return "".join(letter if letter.isprintable() else _escape(letter) for letter in text)


def _escape(letter: str) -> str:
    """Return the escape sequence of a character that is not printable."""
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8 (surrogateescape)
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")


def input_name(path: str, member: str | None = None) -> str:
    """Return the printable name of an input, and of an array in it.

    Examples
    --------
    >>> input_name("a.png"), input_name("-"), input_name(""), input_name("a.npz", "conv1")
    ('a.png', 'standard input', "''", 'a.npz:conv1')
    """
    name = "standard input" if path == STDIN_OR_STDOUT else printable(path) or "''"
    return name if member is None else f"{name}:{printable(member)}"


def output_name(path: str) -> str:
    """Return the printable name of an output.

    Examples
    --------
    >>> output_name("a.png"), output_name("-")
    ('a.png', 'standard output')
    """
    return "standard output" if path == STDIN_OR_STDOUT else printable(path)


def format_number(value: Any) -> str:
    """Return a number as text: integers in full, others with six digits or one decimal.

    Only floats that are too large to represent every integer lose digits before the point.

    Parameters
    ----------
    value : int, float, complex, NumPy scalar, Fraction or None
        The number. None becomes ``-``.

    Examples
    --------
    >>> format_number(3.3125), format_number(65535), format_number(1/3), format_number(None)
    ('3.3125', '65535', '0.333333', '-')
    >>> format_number(1234567.0), format_number(1234567.89), format_number(2.5e20)
    ('1234567', '1234567.9', '2.5e+20')
    """
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, float):
        if not isinstance(value, Real):
            imaginary = format_number(value.imag)
            sign = "" if imaginary.startswith("-") else "+"
            return f"{format_number(value.real)}{sign}{imaginary}j"
        size: Any = abs(value)
        if 0 < size < sys.float_info.min or sys.float_info.max < size < float("inf"):
            return _format_exact(value)
        value = float(value)
    if not abs(value) < CONSECUTIVE_INTEGERS_LIMIT:
        return f"{value:.6g}"
    if value.is_integer():
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 1e5 else f"{value:.6g}"


def _format_exact(value: Any) -> str:
    """Return a real number outside float64's range with six digits."""
    numerator, denominator = map(Decimal, value.as_integer_ratio())
    return f"{Context(prec=6).divide(numerator, denominator).normalize():g}"


def format_element(value: Any) -> str:
    """Return an array element as text; the channels of a pixel are separated by commas.

    Examples
    --------
    >>> format_element(3.0), format_element((255, 0, 7))
    ('3', '255,0,7')
    """
    if isinstance(value, tuple):
        return ",".join(map(format_number, value))
    return format_number(value)


def format_statistics(array: ArrayInfo) -> str:
    """Return the minimum, mean and maximum of an array as text."""
    return " · ".join(map(format_number, (array.min, array.mean, array.max)))


def format_duration(seconds: float) -> str:
    """Return a time in seconds or milliseconds as text.

    Examples
    --------
    >>> format_duration(0.0211), format_duration(83.5)
    ('21.1 ms', '83.50 s')
    """
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def format_pixel_size(pixel_size: PixelSize | None) -> str:
    """Return the size of a pixel as text, in the order of the axes; empty if it is unknown.

    Examples
    --------
    >>> from poolcli.io.tiff.pixel_size import AxisStep
    >>> format_pixel_size({"Z": AxisStep(2, "µm"), "Y": AxisStep(0.25, "µm")})
    '2x0.25 µm'
    >>> format_pixel_size({"Z": AxisStep(2, "mm"), "Y": AxisStep(1 / 3)})
    '2 mm x 0.3333333'
    """
    if pixel_size is None:
        return ""
    sizes = [f"{step.size:.7g}" for step in pixel_size.values()]
    units = [printable(step.unit or "") for step in pixel_size.values()]
    if len(set(units)) == 1:
        return f"{'x'.join(sizes)} {units[0]}".rstrip()
    pairs = zip(sizes, units, strict=True)
    return " x ".join(f"{size} {unit}".rstrip() for size, unit in pairs)
