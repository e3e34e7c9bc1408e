"""Text of a figure in lines that are not wider than the space for them."""

from __future__ import annotations

import re
from functools import lru_cache

from poolcli.explain.arithmetic_parts import ARITHMETIC_PART
from poolcli.explain.figure.shapes import text_width

UNBROKEN_PART = re.compile(
    r"at \(\d+(?:, \d+)*\)[ ,:]*"  # the position of a chosen element
    r"|(?:= )?" + ARITHMETIC_PART.pattern
)
"""A part of a text that is kept on one line."""


@lru_cache(1 << 12)
def wrap_text(text: str, width: int, size: int) -> list[str]:
    """Return a text as lines that are not wider than a width, broken between numbers or words.

    Parameters
    ----------
    text : str
        The text.
    width : int
        The width in pixels.
    size : int
        The font size in pixels.

    Examples
    --------
    >>> wrap_text("(10+30+20+1e+20)/4 = 7", 55, 10)
    ['(10+30+', '20+', '1e+20)/4', '= 7']
    """
    lines = [""]
    for part in filter(None, UNBROKEN_PART.findall(text)):
        if text_width((lines[-1] + part).rstrip(), size) > width:
            lines += [""] if lines[-1] else []
            while text_width(part.rstrip(), size) > width and len(part) > 1:
                count = max(1, int(len(part) * width / text_width(part, size)))
                lines[-1:], part = [part[:count], ""], part[count:]
        lines[-1] += part
    return [line.rstrip() for line in lines]
