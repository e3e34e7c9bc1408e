"""How a run ends that is ended from outside: signals and broken streams, as exit codes."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from poolcli.cli import signals
from poolcli.errors import ExitCode, Terminated
from poolcli.report.formatting import printable
from poolcli.report.text_stream import redirect_to_null

CLEANING_SECONDS = 2.0
"""So long after a signal no other one interrupts the removal of temporary files."""


class Ended(Terminated):
    """SIGTERM, SIGHUP or SIGQUIT arrived; unwinds the stack so that temporary files go."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = signals.exit_code(number)


class Closed(io.TextIOBase):
    """Standard output that was closed before the start: whatever is written is an error."""

    def write(self, text: str) -> int:
        """Fail."""
        raise OSError(errno.EBADF, "it is closed")


class Nowhere(io.TextIOBase):
    """Standard error that was closed before the start: nobody is told."""

    def write(self, text: str) -> int:
        """Take the text and forget it."""
        return len(text)


def stand_in_for_closed_streams() -> None:
    """Python has None for a stream that is closed; put something there that can be written to.

    The descriptor is taken too, so that no output file gets its number: what a C library prints
    would land in that file. What is put there can still not be read (0) or written (1, 2).
    """
    for descriptor, direction in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_RDONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, direction)  # the lowest number that is free
    sys.stdout = sys.stdout or Closed()
    sys.stderr = sys.stderr or Nowhere()


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn what ends a run from outside into the exit codes that shells know."""
    try:
        yield
    except Ended as end:
        raise SystemExit(end.exit_code) from None
    except BrokenPipeError:
        _end_silently()
    except SystemExit as end:
        # Typer and rich end with 1 where the reader of help or of an error went away.
        if isinstance(end.__context__, BrokenPipeError):
            _end_silently()
        raise
    except MemoryError:
        say("there is not enough memory to start")
        raise SystemExit(ExitCode.FAILED) from None
    except ImportError as error:
        reason = str(error.__cause__ or error).strip().partition("\n")[0]
        say(f"a package cannot be loaded: {reason}; install it anew, or allow more memory (ulimit)")
        raise SystemExit(ExitCode.FAILED) from None
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.filename is None:
            say("the current folder was deleted; change to one that exists")
            raise SystemExit(ExitCode.FAILED) from None
        if error.errno is None:  # of a library's connection; to write a stream always has a number
            say(str(error) or type(error).__name__)
            raise SystemExit(ExitCode.FAILED) from None
        redirect_to_null(1)
        place = "cannot write standard output" if error.filename is None else error.filename
        say(f"{place}: {error.strerror or error}")
        raise SystemExit(ExitCode.FAILED) from None


def leave(code: int) -> NoReturn:
    """End the process, without taking apart what was loaded: that takes a tenth of a short run."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            code = code or ExitCode.BROKEN_PIPE
        except (OSError, ValueError):
            code = code or ExitCode.FAILED
    os._exit(code)


@contextmanager
def unwinding() -> Iterator[None]:
    """While there is something to clean up, let signals raise `KeyboardInterrupt` or `Ended`.

    A second signal soon after the first is ignored. An error that comes up on the way out does not
    hide the signal: a terminal that hung up takes no words any more, and libraries that are
    interrupted raise errors of their own.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[BaseException] = []
    last = -CLEANING_SECONDS

    def unwind(number: int, frame: FrameType | None) -> None:
        nonlocal last
        if time.monotonic() - last < CLEANING_SECONDS:
            return
        last = time.monotonic()
        received.append(KeyboardInterrupt() if number == signal.SIGINT else Ended(number))
        raise received[-1]

    before = signals.handle(dict.fromkeys(signals.SIGNALS, unwind))
    try:
        yield
    except BaseException as error:
        if received and error is not received[-1]:
            raise received[-1] from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(message: str) -> None:
    """Print one line on standard error."""
    try:
        sys.stderr.write(f"poolcli: {printable(message)}\n")
        sys.stderr.flush()
    except OSError:
        redirect_to_null(2)


def _end_silently() -> NoReturn:
    redirect_to_null(1)
    redirect_to_null(2)
    raise SystemExit(ExitCode.BROKEN_PIPE) from None
