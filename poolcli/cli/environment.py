"""Repair of environment variables and standard streams that would break the start."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import MutableMapping

COMPLETE = "_POOLCLI_COMPLETE"
"""The variable by which a shell asks for the completion of a word."""

COLUMNS = range(20, 10001)
"""Widths that help can be read in; others are no widths of a terminal."""

NUMBERS = ("TERMINAL_WIDTH", "NUMPY_MADVISE_HUGEPAGE")
"""Variables that Typer and NumPy take as numbers when they are imported, without a check."""

SIGNS = {"…": "...", "→": ">", "·": "."}
"""Replacements for characters of help and messages that an encoding lacks."""


def mend_environment(environment: MutableMapping[str, str]) -> None:
    """Remove invalid variables, and set those that NumPy reads when it is imported.

    Examples
    --------
    >>> variables = {"COLUMNS": "-5", "_POOLCLI_COMPLETE": "", "TERMINAL_WIDTH": "wide"}
    >>> mend_environment(variables)
    >>> variables
    {'OPENBLAS_NUM_THREADS': '1'}
    """
    columns = environment.get("COLUMNS", "80")
    # The length comes first: Python does not convert thousands of digits.
    if not (columns.isascii() and columns.isdigit() and len(columns) < 9) or (
        int(columns) not in COLUMNS
    ):
        del environment["COLUMNS"]
    for name in NUMBERS:
        number = environment.get(name, "")
        if not (number.isascii() and number.isdigit() and len(number) < 9):
            environment.pop(name, None)
    if environment.get(COMPLETE) == "":
        del environment[COMPLETE]
    # NumPy's linear algebra is not used. Its threads cost memory, and where the system has no room
    # for them it prints lines of its own and interrupts the process.
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")


def mend_streams() -> None:
    """Let standard output and error take any text: what they cannot encode is escaped."""
    codecs.register_error("poolcli", _as_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="poolcli")


def is_completing() -> bool:
    """True if a shell asks for the completion of a word."""
    return COMPLETE in os.environ


def _as_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    escaped = (
        SIGNS.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in lacking
    )
    return "".join(escaped), error.end
