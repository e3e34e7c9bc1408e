"""Carrying out a command: plan, run, report, and the exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any, TextIO

import typer

from poolcli.cli.request_builder import build
from poolcli.cli.shutdown import Ended, say, unwinding
from poolcli.errors import ExitCode, PoolcliError, UsageError
from poolcli.request import STDIN_OR_STDOUT, Request

if TYPE_CHECKING:
    from poolcli.batch.scheduler import Report
    from poolcli.cli.compare_requests import Asked
    from poolcli.report.progress_bar import Advance
    from poolcli.report.reporters import Reporter

RESUME = "what is complete stays, --skip-existing passes over it next time"


def execute(mode: str, given: dict[str, Any]) -> None:
    """Pool as a command line asks for.

    Raises
    ------
    typer.Exit
        With the exit code, where that is not 0.
    typer.BadParameter
        If the command line is wrong.
    """
    another = "" if given.get("html") is None else ", with another name for --html"
    with _ending(f"; {RESUME}{another}"):
        _exit(perform(build(mode, given)))


def look(given: dict[str, Any]) -> None:
    """Tell what inputs are.

    Raises
    ------
    typer.Exit, typer.BadParameter
        As `execute` does.
    """
    with _ending(""):
        # What is asked for is a request like any other, whose window nobody looks at.
        _exit(perform_look(build("max", given, "info")))


def compare(given: dict[str, Any]) -> None:
    """Compare modes on one input.

    Raises
    ------
    typer.Exit, typer.BadParameter
        As `execute` does.
    """
    from poolcli.cli.compare_requests import build_comparison

    with _ending(""):
        _exit(perform_comparison(build_comparison(given)))


def explain(given: dict[str, Any]) -> None:
    """Explain a pooling window by window.

    Raises
    ------
    typer.Exit, typer.BadParameter
        As `execute` does.
    """
    from poolcli.cli.explain_command import build_explanation, perform_explanation

    with _ending(""):
        asked = build_explanation(given)
        _begin(asked.request)
        with unwinding():
            _exit(perform_explanation(asked))


def _exit(code: ExitCode) -> None:
    if code:
        raise typer.Exit(code)


@contextmanager
def _ending(resume: str) -> Iterator[None]:
    """Say what ended a run."""
    try:
        yield
    except UsageError as error:
        hint = error.option or "INPUT..."
        raise typer.BadParameter(str(error), param_hint=hint) from None
    except PoolcliError as error:
        say(str(error))
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        say(f"interrupted{resume}")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except Ended:
        say(f"terminated{resume}")
        raise


def perform(request: Request) -> ExitCode:
    """Plan, run and report."""
    began = perf_counter()
    many = len(request.inputs) > 1 or request.files_from or any(map(os.path.isdir, request.inputs))
    if many and request.dask is None:
        from poolcli.batch.workers import fork_server_client

        fork_server_client.start_in_advance()  # it loads while this process loads
    else:
        import poolcli.batch.pool_file  # noqa: F401 - not while something is to be cleaned up
    from poolcli.batch.plan import make_plan
    from poolcli.batch.scheduler import run_plan
    from poolcli.io.standard_output import reserve_stdout_for_data
    from poolcli.report.progress_bar import progress_bar
    from poolcli.report.reporters import make_reporter
    from poolcli.report.totals import RunContext
    from poolcli.window_description import describe_request

    _begin(request)
    with unwinding():
        plan = make_plan(request)
        rules = (folder.rule for folder in plan.tasks.folders)
        streams = any(rule is not None and rule.path == STDIN_OR_STDOUT for rule in rules)
        stream = sys.stderr if streams else sys.stdout
        bar = progress_bar(request, len(plan.tasks))
        context = RunContext(
            began,
            describe_request(request),
            plan.folders,
            has_one_input=len(plan.tasks) == 1,
            left_out=plan.tasks.left_out,
        )
        with (
            reserve_stdout_for_data() if streams else nullcontext(),
            _reporting(make_reporter(request, stream, context), stream, bar) as (tell, advance),
        ):
            return run_plan(plan, request, tell, advance)


def _begin(request: Request) -> None:
    """Load the rest, before there is something to clean up; from now on garbage is watched for."""
    if request.report == "table":
        import poolcli.report.table_reporter  # noqa: F401
    gc.freeze()
    gc.enable()


def perform_look(request: Request) -> ExitCode:
    """Look at the inputs and report."""
    from poolcli.batch.inspect import inspect
    from poolcli.batch.plan import tasks_without_outputs
    from poolcli.report.progress_bar import progress_bar
    from poolcli.report.reporters import make_reporter
    from poolcli.report.totals import RunContext

    began = perf_counter()
    _begin(request)
    with unwinding():
        tasks = tasks_without_outputs(request)
        code = ExitCode.OK
        bar = progress_bar(request, len(tasks), "looking")
        telling = make_reporter(request, sys.stdout, RunContext(began, left_out=tasks.left_out))
        with _reporting(telling, sys.stdout, bar) as (tell, advance):
            for task in tasks:
                records = inspect(task, request)
                failed = records[0].status == "failed"
                code = ExitCode.FAILED if failed else code
                for record in records:
                    tell(record)
                advance(failed)
        return code


def perform_comparison(asked: Asked) -> ExitCode:
    """Compare, write the sheet, and report."""
    from poolcli.batch.plan import make_plan
    from poolcli.compare.comparison_report import report_comparison
    from poolcli.compare.write_contact_sheet import write_contact_sheet
    from poolcli.io.standard_output import reserve_stdout_for_data
    from poolcli.report.record import Record

    request = asked.requests[0]
    _begin(request)
    with unwinding():
        plan = make_plan(request)
        (task,) = plan.tasks
        streams = task.target is not None and task.target.path == STDIN_OR_STDOUT
        with reserve_stdout_for_data() if streams else nullcontext():
            made = write_contact_sheet(plan, asked.requests, asked.noise, asked.theme)
            output = None if isinstance(made, Record) or task.target is None else task.target.path
            stream = sys.stderr if streams else sys.stdout
            report_comparison(made, output, asked.noise, request.report, stream)
    return ExitCode.FAILED if isinstance(made, Record) else ExitCode.OK


@contextmanager
def _reporting(
    telling: Reporter, stream: TextIO, bar: AbstractContextManager[Advance]
) -> Iterator[tuple[Report, Advance]]:
    """What takes records, and what takes how far a run is."""
    try:
        with bar as advance:
            yield telling.add, advance
    finally:
        telling.finish()
        stream.flush()
