"""A usage error if images or arrays would be written to a terminal."""

from __future__ import annotations

import os
import stat
import sys

from poolcli.errors import UsageError
from poolcli.io.output_paths import STDIN_OR_STDOUT
from poolcli.request import Request


def refuse_terminals(request: Request) -> None:
    """Refuse to write images and arrays to a terminal, which would interpret control characters.

    Raises
    ------
    UsageError
        If the result or the argmax indices would go to a terminal.
    """
    if request.dry_run:
        return
    output = request.output
    if output is None and request.inputs == (STDIN_OR_STDOUT,):
        output = STDIN_OR_STDOUT
    indices = request.indices if request.writes_indices else None
    for path, option in ((output, "--output"), (indices, "--indices")):
        if path is not None and is_terminal(path):
            name = "standard output" if path == STDIN_OR_STDOUT else path
            words = "is a terminal, and the result is binary data; redirect it, or name a file"
            raise UsageError(f"{name} {words}", option)


def is_terminal(path: str) -> bool:
    """Return whether a path is a terminal.

    Parameters
    ----------
    path : str
        The path of a file or device, or `STDIN_OR_STDOUT` for standard output.
    """
    if path == STDIN_OR_STDOUT:
        return sys.stdout is not None and sys.stdout.isatty()
    try:
        # A FIFO is not opened: closing it would signal the end of the data to its reader.
        if not stat.S_ISCHR(os.stat(path).st_mode):  # noqa: PTH116
            return False
        descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return os.isatty(descriptor)
    finally:
        os.close(descriptor)
