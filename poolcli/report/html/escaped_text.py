"""Text as HTML."""

from __future__ import annotations

from html import escape

from poolcli.report.format_values import printable


def escaped(text: str) -> str:
    """Return text as HTML.

    Examples
    --------
    >>> escaped("<a>\\n")
    '&lt;a&gt;\\\\n'
    """
    return escape(printable(text), quote=True)


def breakable(path: str) -> str:
    """Return a text with paths as HTML that may be wrapped after slashes.

    Examples
    --------
    >>> breakable("in/a&b.png")
    'in/<wbr>a&amp;b.png'
    """
    return escaped(path).replace("/", "/<wbr>")
