"""What can go wrong outside the core, and the exit code that each failure leads to."""

from __future__ import annotations

import errno
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process returns to its caller."""

    OK = 0
    FAILED = 1
    """Some input failed."""
    USAGE = 2
    """The command line was wrong; nothing was done."""
    HUNG_UP = 129
    """SIGHUP: the terminal was closed."""
    INTERRUPTED = 130
    """Ctrl-C."""
    QUIT = 131
    """SIGQUIT."""
    BROKEN_PIPE = 141
    """The reader of standard output went away."""
    TERMINATED = 143
    """SIGTERM."""


SHORTAGES = {
    errno.EMFILE: "too few files may be open at a time (ulimit -n)",
    errno.ENFILE: "the system has too many files open",
    errno.ENOMEM: "there is not enough memory for it",
}
"""Errors of the system that no input is to blame for."""


def is_shortage(error: Exception) -> bool:
    """True if the system had no descriptor or memory left."""
    return isinstance(error, OSError) and error.errno in SHORTAGES


class PoolcliError(Exception):
    """An error written for the person who gets it; its message is all there is to say."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED


class UsageError(PoolcliError):
    """The command line is wrong, as can be told without opening an input.

    Attributes
    ----------
    flag : str, optional
        The flag to name in the message.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, flag: str | None = None) -> None:
        super().__init__(message)
        self.flag = flag


class ReadError(PoolcliError):
    """An input is missing, unreadable, damaged, or of no kind that can be read."""


class LimitError(PoolcliError):
    """An input is larger than it may be, or claims to be."""


class FormatError(PoolcliError):
    """The output's format cannot hold the result."""


class OutputError(PoolcliError):
    """An output cannot be written."""


class OutputExistsError(OutputError):
    """An output is there already and may not be replaced."""


class ClusterError(PoolcliError):
    """There is no cluster to work on."""


class EmptyFolderError(PoolcliError):
    """A folder holds nothing to pool."""


class Terminated(BaseException):
    """SIGTERM arrived; unwinds the stack so that temporary files go."""
