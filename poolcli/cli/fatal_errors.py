"""Errors that end the process, as one line on standard error and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from poolcli.cli.signals import SignalReceived
from poolcli.errors import ExitCode
from poolcli.report.format_values import printable
from poolcli.report.write_encodable_text import redirect_to_null


def print_error(message: str) -> None:
    """Print one line on standard error."""
    try:
        sys.stderr.write(f"poolcli: {printable(message)}\n")
        sys.stderr.flush()
    except OSError:
        redirect_to_null(2)


@contextmanager
def exit_codes_of_errors() -> Iterator[None]:
    """Turn signals, broken streams and failing imports into `SystemExit` with an exit code."""
    try:
        yield
    except SignalReceived as signal:
        raise SystemExit(signal.exit_code) from None
    except BrokenPipeError:
        _exit_for_broken_pipe()
    except SystemExit as end:
        # Typer and rich exit with 1 if the reader of help or of an error has closed the pipe.
        if isinstance(end.__context__, BrokenPipeError):
            _exit_for_broken_pipe()
        raise
    except MemoryError:
        _fail("there is not enough memory to start")
    except ImportError as error:
        reason = str(error.__cause__ or error).strip().partition("\n")[0]
        _fail(f"a package cannot be loaded: {reason}; reinstall it, or allow more memory (ulimit)")
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.filename is None:
            _fail("the current folder was deleted; change to one that exists")
        if error.errno is None:  # of a library's connection: errors of streams have a number
            _fail(str(error) or type(error).__name__)
        redirect_to_null(1)
        subject = "cannot write standard output" if error.filename is None else error.filename
        _fail(f"{subject}: {error.strerror or error}")


def _fail(message: str) -> NoReturn:
    print_error(message)
    raise SystemExit(ExitCode.FAILED) from None


def _exit_for_broken_pipe() -> NoReturn:
    redirect_to_null(1)
    redirect_to_null(2)
    raise SystemExit(ExitCode.BROKEN_PIPE) from None
