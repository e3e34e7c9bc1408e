"""Carrying out a command: plan, run, report, and the exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType
from typing import Any

import typer

from poolcli.cli.build import build
from poolcli.errors import ExitCode, PoolcliError, Terminated, UsageError
from poolcli.request import STREAM, Request


def execute(mode: str, given: dict[str, Any]) -> None:
    """Do what a command line asks for.

    Raises
    ------
    typer.Exit
        With the exit code, where that is not 0.
    typer.BadParameter
        If the command line is wrong.
    """
    with exit_codes():
        try:
            code = perform(build(mode, given))
        except UsageError as error:
            hint = error.flag or "INPUT..."
            raise typer.BadParameter(str(error), param_hint=hint) from None
        except PoolcliError as error:
            say(str(error))
            code = error.exit_code
    if code:
        raise typer.Exit(code)


def perform(request: Request) -> ExitCode:
    """Plan, run and report."""
    from poolcli.batch.plan import plan
    from poolcli.batch.run import run
    from poolcli.media.atomic import guarded_stdout
    from poolcli.report import reporter

    todo = plan(request)
    streams = any(task.target is not None and task.target.path == STREAM for task in todo.tasks)
    stream = sys.stderr if streams else sys.stdout
    with guarded_stdout() if streams else nullcontext():
        # A stream that was closed before the start is None.
        telling = reporter.make(request, stream or io.StringIO())
        try:
            return run(todo, request, telling.tell)
        finally:
            telling.finish()
            if stream is not None:
                stream.flush()


def say(message: str) -> None:
    """Print one line on standard error."""
    if sys.stderr is not None:
        sys.stderr.write(f"poolcli: {message}\n")


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn what ends a run from outside into the exit codes that shells know."""
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _terminate) if is_main else None
    try:
        yield
    except KeyboardInterrupt:
        say("interrupted; what is complete stays, --skip-existing passes over it next time")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except Terminated:
        raise typer.Exit(ExitCode.TERMINATED) from None
    except BrokenPipeError:
        _abandon_stdout()
        raise typer.Exit(ExitCode.BROKEN_PIPE) from None
    except OSError as error:
        if error.filename is not None:
            raise
        _abandon_stdout()
        say(f"cannot write the report: {error.strerror or error}")
        raise typer.Exit(ExitCode.FAILED) from None
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _abandon_stdout() -> None:
    """Nothing more can be written; the interpreter must not try once again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated
