"""Carrying out a command: plan, run, report, and the exit code."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import Any

import typer

from poolcli.cli.build import build
from poolcli.cli.ending import Ended, say, unwinding
from poolcli.errors import ExitCode, PoolcliError, UsageError
from poolcli.request import STREAM, Request

RESUME = "what is complete stays, --skip-existing passes over it next time"


def execute(mode: str, given: dict[str, Any]) -> None:
    """Do what a command line asks for.

    Raises
    ------
    typer.Exit
        With the exit code, where that is not 0.
    typer.BadParameter
        If the command line is wrong.
    """
    try:
        code = perform(build(mode, given))
    except UsageError as error:
        hint = error.flag or "INPUT..."
        raise typer.BadParameter(str(error), param_hint=hint) from None
    except PoolcliError as error:
        say(str(error))
        code = error.exit_code
    except KeyboardInterrupt:
        say(f"interrupted; {RESUME}")
        code = ExitCode.INTERRUPTED
    except Ended:
        say(f"terminated; {RESUME}")
        raise
    if code:
        raise typer.Exit(code)


def perform(request: Request) -> ExitCode:
    """Plan, run and report."""
    many = len(request.inputs) > 1 or request.files_from or any(map(os.path.isdir, request.inputs))
    if many and request.dask is None:
        from poolcli.batch import server

        server.start()  # it loads while this process loads
    from poolcli.batch.plan import plan
    from poolcli.batch.run import run
    from poolcli.media.atomic import guarded_stdout
    from poolcli.report import reporter
    from poolcli.report.progress import progress

    with unwinding():
        todo = plan(request)
        goals = (folder.goal for folder in todo.tasks.folders)
        streams = any(goal is not None and goal.path == STREAM for goal in goals)
        stream = sys.stderr if streams else sys.stdout
        with guarded_stdout() if streams else nullcontext():
            telling = reporter.make(request, stream)
            try:
                with progress(request, len(todo.tasks)) as advance:
                    return run(todo, request, telling.tell, advance)
            finally:
                telling.finish()
                stream.flush()
