"""Writing text to streams whose encoding or reader may be limited."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TextIO

ASCII_SUBSTITUTES = str.maketrans(
    {"→": ">", "↓": "v", "·": ".", "│": "|", "─": "-", "┼": "+", "…": "~", "±": "+-"}
)
"""Characters of the reports, and what stands for them where an encoding lacks any of them."""


def write_text(stream: TextIO, text: str) -> None:
    """Write text to a stream, with ASCII substitutes or escapes where its encoding needs them.

    Parameters
    ----------
    stream : text file
        The stream. Without an encoding, UTF-8 is assumed.
    text : str
        The text, with its line ends.

    Raises
    ------
    OSError
        If the stream cannot be written, `BrokenPipeError` if its reader has gone.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(ASCII_SUBSTITUTES)
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)


def fits_terminal(lines: Iterable[str], border: int = 0) -> bool:
    """Return whether the terminal, or what stands for it, has room for lines.

    Parameters
    ----------
    lines : iterable of str
        The lines.
    border : int
        Columns that are needed beside them.

    Examples
    --------
    >>> fits_terminal(["x" * 2000]), fits_terminal([])
    (False, True)
    """
    width = max(map(len, lines), default=0)
    if width == 0:
        return True
    from shutil import get_terminal_size  # slow to import

    return width + border <= get_terminal_size().columns


def redirect_to_null(descriptor: int) -> None:
    """Redirect a file descriptor to the null device.

    The interpreter flushes its streams at exit. A stream that failed would fail again then.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
