"""Messages of other packages' exceptions, shortened for one-line errors."""

from __future__ import annotations

MAX_MESSAGE_CHARACTERS = 160


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's message, shortened; its class name if it is empty.

    NumPy and zipfile quote whole headers in their messages.

    Examples
    --------
    >>> first_line(ValueError("wrong header\\ndetails")), first_line(KeyError())
    ('wrong header', 'KeyError')
    """
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    is_short = len(line) <= MAX_MESSAGE_CHARACTERS
    return line if is_short else f"{line[:MAX_MESSAGE_CHARACTERS]}…"
