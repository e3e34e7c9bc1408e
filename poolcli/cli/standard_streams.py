"""Repair of standard streams that are closed, or whose encoding lacks characters."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys

ASCII_SUBSTITUTES = {"…": "...", "→": ">", "·": "."}
"""Substitutes for characters of help and messages that an encoding lacks."""


class ClosedStdout(io.TextIOBase):
    """Standard output that was closed before the start: every write fails."""

    def write(self, text: str) -> int:
        """Raise OSError."""
        raise OSError(errno.EBADF, "it is closed")


class ClosedStderr(io.TextIOBase):
    """Standard error that was closed before the start: every write is discarded."""

    def write(self, text: str) -> int:
        """Discard the text."""
        return len(text)


def replace_closed_streams() -> None:
    """Replace closed standard streams, for which Python has None, by streams that have `write`.

    Their file descriptors are opened too, so that no output file gets one of these numbers: a C
    library that prints would write into it. Descriptor 0 cannot be read and 1 and 2 cannot be
    written, as if they were closed.
    """
    for descriptor, direction in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_RDONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, direction)  # gets the lowest free number
    sys.stdout = sys.stdout or ClosedStdout()
    sys.stderr = sys.stderr or ClosedStderr()


def escape_unencodable_text() -> None:
    """Let standard output and error accept any text: unencodable characters become ASCII."""
    codecs.register_error("poolcli", _as_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="poolcli")


def _as_ascii(error: UnicodeError) -> tuple[str, int]:
    """The handler of an encoding error: substitutes or escapes, and where to continue."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unencodable = error.object[error.start : error.end]
    substitutes = (
        ASCII_SUBSTITUTES.get(letter) or letter.encode("ascii", "backslashreplace").decode()
        for letter in unencodable
    )
    return "".join(substitutes), error.end
