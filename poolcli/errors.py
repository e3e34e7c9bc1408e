"""Errors for users of the command line, and the exit code that each leads to."""

from __future__ import annotations

import errno
from enum import IntEnum

TYPE_CHECKING = False  # as in typing, which takes milliseconds to load
if TYPE_CHECKING:
    from typing import ClassVar


class ExitCode(IntEnum):
    """The exit codes of the process."""

    OK = 0
    FAILED = 1
    """Some input failed."""
    USAGE = 2
    """The command line was wrong; nothing was done."""
    HUNG_UP = 129
    """SIGHUP: the terminal was closed."""
    INTERRUPTED = 130
    """SIGINT: Ctrl-C."""
    QUIT = 131
    """SIGQUIT."""
    BROKEN_PIPE = 141
    """The reader of standard output closed the pipe."""
    TERMINATED = 143
    """SIGTERM."""


SHORTAGES = {
    errno.EMFILE: "too few files may be open at a time (ulimit -n)",
    errno.ENFILE: "the system has too many files open",
    errno.ENOMEM: "there is not enough memory for it",
}
"""Messages for errors of the system that no input causes, by error number."""


NO_THREAD = "can't start new thread"
"""Python's message if the system has no memory for the stack of a thread."""


def is_shortage(error: Exception) -> bool:
    """Return whether the system had no file descriptor or memory left.

    Examples
    --------
    >>> is_shortage(MemoryError()), is_shortage(OSError(errno.EMFILE, "")), is_shortage(OSError())
    (True, True, False)
    """
    is_memory = isinstance(error, MemoryError) or str(error) == NO_THREAD
    return is_memory or getattr(error, "errno", None) in SHORTAGES


class PoolcliError(Exception):
    """Base of errors whose message is written for the user."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED


class UsageError(PoolcliError):
    """The command line is wrong, which is known without opening an input.

    Attributes
    ----------
    option : str, optional
        The option or argument at fault, as users write it: ``"--stride"``, ``"INPUT"``.
    diagram : tuple of str
        The lines of a diagram of the window; empty if there is none.
    """

    exit_code = ExitCode.USAGE

    def __init__(
        self, message: str, option: str | None = None, diagram: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.option = option
        self.diagram = diagram


class ReadError(PoolcliError):
    """An input is missing, unreadable, damaged, or of a kind that cannot be read."""


class LimitError(PoolcliError):
    """An input exceeds a limit, or its header claims more than the file holds."""


class FormatError(PoolcliError):
    """The format of the output cannot hold the result."""


class OutputError(PoolcliError):
    """An output cannot be written."""


class OutputExistsError(OutputError):
    """An output exists already and may not be replaced."""


class ClusterError(PoolcliError):
    """The Dask cluster cannot be reached or started."""


class EmptyFolderError(PoolcliError):
    """A folder holds nothing to pool."""


class Terminated(BaseException):
    """A signal ends the run; raised so that temporary files are removed on the way out."""
