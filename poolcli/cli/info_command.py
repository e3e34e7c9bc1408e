"""The command `info`, which shows what inputs are."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any

from poolcli.cli.faster_start_and_exit import finish_loading
from poolcli.cli.request_builder import build_request
from poolcli.cli.signals import raise_on_signals
from poolcli.errors import ExitCode


def run_info(values: dict[str, Any]) -> ExitCode:
    """Report what the inputs are; or print the JSON Schema of the report.

    Parameters
    ----------
    values : dict
        The values of the options by name.
    """
    if values.pop("schema"):
        _print_schema()
        return ExitCode.OK
    started_at = perf_counter()
    request = build_request("max", values, "info")  # any mode: nothing is pooled
    from poolcli.batch.inspect_input import inspect
    from poolcli.batch.plan import tasks_without_outputs
    from poolcli.report.progress_bar import progress_bar
    from poolcli.report.reporters import open_report
    from poolcli.report.run_totals import RunContext

    finish_loading(request)
    with raise_on_signals():
        tasks = tasks_without_outputs(request)
        code = ExitCode.OK
        context = RunContext(started_at, left_out=tasks.left_out)
        with (
            open_report(request, sys.stdout, context) as add_record,
            progress_bar(request, len(tasks), "reading") as progress,
        ):
            for task in tasks:
                records = inspect(task, request)
                has_failed = records[0].status == "failed"
                code = ExitCode.FAILED if has_failed else code
                for record in records:
                    add_record(record)
                progress.advance(has_failed)
        return code


def _print_schema() -> None:
    from importlib.resources import files  # slow to import

    schema = files("poolcli.report").joinpath("schemas", "record.schema.json")
    sys.stdout.write(schema.read_text("utf-8"))
