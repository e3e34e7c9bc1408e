"""The commands that pool: one for each mode, `pool`, and the inverse `unpool`."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from time import perf_counter
from typing import Any

from poolcli.cli.faster_start_and_exit import finish_loading
from poolcli.cli.request_builder import build_request
from poolcli.cli.signals import raise_on_signals
from poolcli.cli.speculative_start import names_store
from poolcli.errors import ExitCode, UsageError
from poolcli.io.output_paths import STDIN_OR_STDOUT
from poolcli.request import Request


def run_pool(mode: str, values: dict[str, Any]) -> ExitCode:
    """Pool all inputs, and report.

    Parameters
    ----------
    mode : str
        The name of the mode.
    values : dict
        The values of the options by name.
    """
    started_at = perf_counter()
    return _run(build_request(mode, values), started_at)


def run_unpool(values: dict[str, Any]) -> ExitCode:
    """Unpool all inputs, and report.

    Parameters
    ----------
    values : dict
        The values of the options by name.
    """
    started_at = perf_counter()
    try:
        request = build_request("max", values, "unpool")
    except UsageError as error:
        if error.option == "--adaptive":  # the name of the option in all other commands
            error.option = "--output-size"
        raise
    return _run(request, started_at)


def _run(request: Request, started_at: float) -> ExitCode:
    """Pool or unpool all inputs of a request, and report."""
    folders = filter(os.path.isdir, request.inputs)
    has_store = names_store([*request.inputs, request.output or ""])
    is_batch = len(request.inputs) > 1 or request.files_from or has_store or any(folders)
    uses_workers = is_batch and request.dask is None
    if uses_workers:
        from poolcli.batch.workers import fork_server_client

        # It loads while this process loads.
        fork_server_client.start_in_advance(for_stores=has_store)
    else:
        import poolcli.batch.pool_file  # noqa: F401 - before signals have to be handled
    from poolcli.batch.plan import make_plan
    from poolcli.batch.scheduler import run_plan
    from poolcli.io.stdout_and_stderr import reserve_stdout_for_data
    from poolcli.report.progress_bar import progress_bar
    from poolcli.report.reporters import open_report
    from poolcli.report.run_totals import RunContext
    from poolcli.request_description import describe_request

    finish_loading(request, reads_inputs=not uses_workers)
    with raise_on_signals():
        plan = make_plan(request)
        rules = (folder.rule for folder in plan.tasks.folders)
        to_stdout = any(rule is not None and rule.path == STDIN_OR_STDOUT for rule in rules)
        stream = sys.stderr if to_stdout else sys.stdout
        context = RunContext(
            started_at,
            describe_request(request),
            plan.folders,
            has_one_input=len(plan.tasks) == 1,
            left_out=plan.tasks.left_out,
        )
        with (
            reserve_stdout_for_data() if to_stdout else nullcontext(),
            open_report(request, stream, context) as add_record,
            progress_bar(request, len(plan.tasks)) as progress,
        ):
            return run_plan(plan, request, add_record, progress)
