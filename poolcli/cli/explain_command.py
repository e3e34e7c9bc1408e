"""The command `explain`: an explanation on standard output and in files."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any, NamedTuple

from poolcli.cli.explanation_files import (
    FileOptions,
    check_paths,
    take_file_options,
    write_files,
)
from poolcli.cli.faster_start_and_exit import finish_loading
from poolcli.cli.option_values import parse_position
from poolcli.cli.request_builder import build_request
from poolcli.cli.signals import raise_on_signals
from poolcli.cli.usage_checks import check_is_not_folder
from poolcli.errors import ExitCode, UsageError
from poolcli.request import Request


class ExplanationRequest(NamedTuple):
    """The parsed command line of `explain`.

    Attributes
    ----------
    position : tuple of int, optional
        The element whose windows are explained.
    files : FileOptions
        The files to write, and their style.
    """

    request: Request
    position: tuple[int, ...] | None
    files: FileOptions


def run_explain(values: dict[str, Any]) -> ExitCode:
    """Explain a mode on one input, on standard output and in files.

    Parameters
    ----------
    values : dict
        The values of the options by name.
    """
    parsed = build_explanation(values)
    request = parsed.request
    from poolcli.batch.result_or_failure import result_or_failure
    from poolcli.batch.tasks import Task
    from poolcli.report.format_values import printable
    from poolcli.report.reporters import print_failure
    from poolcli.report.write_encodable_text import write_text

    finish_loading(request)
    with raise_on_signals():
        task = Task(request.inputs[0], None)
        text = result_or_failure(task, request.mode, request.debug, partial(_explain, parsed))
        if not isinstance(text, str):
            print_failure(text)
            return ExitCode.FAILED
        write_text(sys.stdout, text)
        for path in parsed.files.paths.values():
            write_text(sys.stdout, f"Written: {printable(path)}\n")
        sys.stdout.flush()
        return ExitCode.OK


def build_explanation(values: dict[str, Any]) -> ExplanationRequest:
    """Return the request of an explanation.

    Parameters
    ----------
    values : dict
        The values of the options by name.

    Raises
    ------
    UsageError
        If the command line is wrong.
    """
    values = dict(values)
    mode, path, at = (values.pop(name) for name in ("mode", "input", "at"))
    files = take_file_options(values)
    if path == "":
        raise UsageError("its name is empty", "INPUT")
    check_is_not_folder(path)
    position = None if at is None else parse_position(at, "--at")
    request = build_request(mode, values | {"inputs": [path]}, "explain")
    return ExplanationRequest(request, position, files)


def _explain(parsed: ExplanationRequest) -> str:
    """Write the files, and return the text for standard output."""
    from poolcli.explain.explainer import open_explainer
    from poolcli.explain.text_drawing import render_text

    request, position, files = parsed
    check_paths(request, files)
    with open_explainer(request) as explainer:
        write_files(explainer, position, request, files)
        return render_text(partial(explainer.explain, position), request.inputs[0], sys.stdout)
