"""The command `explain`: an explanation on standard output and in files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple

from poolcli.cli.faster_start_and_exit import finish_loading
from poolcli.cli.option_values import parse_position
from poolcli.cli.request_builder import STDOUT_FILES, build_request
from poolcli.cli.signals import raise_on_signals
from poolcli.cli.usage_checks import check_is_not_folder
from poolcli.errors import ExitCode, OutputError, OutputExistsError, UsageError
from poolcli.io.member_names import split_member
from poolcli.io.output_paths import STDIN_OR_STDOUT
from poolcli.request import Request

FileKind = Literal["svg", "html"]
FILE_KINDS: tuple[FileKind, ...] = ("svg", "html")
"""The options that name files, and the kinds of these files."""


class ExplanationRequest(NamedTuple):
    """The parsed command line of `explain`.

    Attributes
    ----------
    position : tuple of int, optional
        The element whose windows are explained.
    files : dict
        The paths of the files to write, by kind.
    """

    request: Request
    position: tuple[int, ...] | None
    files: dict[FileKind, str]


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
        for path in parsed.files.values():
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
    paths = {kind: values.pop(kind) for kind in FILE_KINDS}
    files = {kind: file for kind, file in paths.items() if file is not None}
    for kind, file in files.items():
        if file in ("", STDIN_OR_STDOUT, *STDOUT_FILES) or file.endswith("/"):
            raise UsageError("it needs the name of a file", f"--{kind}")
    if len(files) > 1 and len({os.path.realpath(file) for file in files.values()}) == 1:
        raise UsageError("--svg and --html name the same file", "--html")
    if path == "":
        raise UsageError("its name is empty", "INPUT")
    check_is_not_folder(path)
    position = None if at is None else parse_position(at, "--at")
    request = build_request(mode, values | {"inputs": [path]}, "explain")
    return ExplanationRequest(request, position, files)


def _explain(parsed: ExplanationRequest) -> str:
    """Write the files, and return the text for standard output."""
    from poolcli.explain.explainer import open_explainer
    from poolcli.explain.explanation import Explanation
    from poolcli.explain.render_text_svg_html import render_file
    from poolcli.explain.text_drawing import render_text
    from poolcli.io.leftover_files import remove_leftovers

    request, position, files = parsed
    name = request.inputs[0]
    for path in files.values():
        _check_output(path, request)
    remove_leftovers(os.path.dirname(os.path.realpath(path)) for path in files.values())  # noqa: PTH120
    with open_explainer(request) as explainer:
        make: Callable[[int, int], Explanation] = partial(explainer.explain, position)
        texts = {kind: render_file(make, name, kind) for kind in files}
        for kind, path in files.items():
            _write(path, texts[kind], request)
        return render_text(make, name, sys.stdout)


def _check_output(path: str, request: Request) -> None:
    """Raise `OutputError` if a file cannot be written, or may not be replaced."""
    from poolcli.io.publish_file import check_output_path

    check_output_path(path, allow_special=True)
    if not os.path.isfile(path):  # noqa: PTH113 - nothing to replace, or a device
        return
    source, _ = split_member(request.inputs[0])
    if source != STDIN_OR_STDOUT and os.path.exists(source) and os.path.samefile(path, source):  # noqa: PTH110, PTH121
        raise OutputError(f"{path} is the input itself; name another file")
    if not request.overwrite:
        raise OutputExistsError(f"{path} exists; --overwrite replaces it")


def _write(path: str, text: str, request: Request) -> None:
    from poolcli.io.atomic_write import atomic_write

    with atomic_write(path, replace=request.overwrite, allow_special=True) as file:
        file.write(text.encode("utf-8", "backslashreplace"))
