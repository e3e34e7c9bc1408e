"""Carrying out a command: plan, run, report, and the exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer

from poolcli.cli.build import build
from poolcli.errors import ExitCode, Terminated, UsageError
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
    if code:
        raise typer.Exit(code)


def perform(request: Request) -> ExitCode:
    """Plan, run and report."""
    from poolcli.batch.plan import plan
    from poolcli.batch.run import run
    from poolcli.report import reporter

    todo = plan(request)
    streams = any(task.target is not None and task.target.path == STREAM for task in todo.tasks)
    telling = reporter.make(request, sys.stderr if streams else sys.stdout)
    try:
        return run(todo, request, telling.tell)
    finally:
        telling.finish()
        sys.stdout.flush()


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn what ends a run from outside into the exit codes that shells know."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except KeyboardInterrupt:
        print("poolcli: interrupted; complete files stay, --skip-existing resumes", file=sys.stderr)  # noqa: T201
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except Terminated:
        raise typer.Exit(ExitCode.TERMINATED) from None
    except BrokenPipeError:
        # Nobody reads any more; the interpreter must not try to flush once again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise typer.Exit(ExitCode.BROKEN_PIPE) from None


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated
