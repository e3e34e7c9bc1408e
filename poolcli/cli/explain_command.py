"""From the command line of `explain` to an explanation on standard output and in files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple

from poolcli.cli import parse
from poolcli.cli.request_builder import STDOUT_FILES, build
from poolcli.cli.usage_hints import did_you_mean
from poolcli.core.modes import MODES
from poolcli.errors import ExitCode, OutputError, OutputExistsError, UsageError
from poolcli.io.detect_unsupported import is_zarr_store
from poolcli.io.unsupported_formats import ZARR
from poolcli.request import STDIN_OR_STDOUT, Request

KINDS: tuple[Literal["svg", "html"], ...] = ("svg", "html")
"""The flags for files, and the kinds of file that they name."""


class Asked(NamedTuple):
    """What a command line asks for.

    Attributes
    ----------
    at : tuple of int, optional
        The element whose windows are wanted.
    files : dict
        The files to write, by `KINDS`.
    """

    request: Request
    at: tuple[int, ...] | None
    files: dict[Literal["svg", "html"], str]


def build_explanation(given: dict[str, Any]) -> Asked:
    """Parse the flags.

    Raises
    ------
    UsageError
        If the command line is wrong.
    """
    mode, source, at = (given.pop(name) for name in ("mode", "input", "at"))
    named = {kind: given.pop(kind) for kind in KINDS}
    if mode not in MODES:
        words = f"{mode!r} is none of {', '.join(MODES)}{did_you_mean(mode)}"
        raise UsageError(words, "MODE")
    files = {kind: path for kind, path in named.items() if path is not None}
    for kind, path in files.items():
        if path in ("", STDIN_OR_STDOUT, *STDOUT_FILES) or path.endswith("/"):
            raise UsageError("it needs the name of a file", f"--{kind}")
    if len(files) > 1 and len({os.path.realpath(path) for path in files.values()}) == 1:
        raise UsageError("--svg and --html name the same file", "--html")
    if source == "":
        raise UsageError("its name is empty", "INPUT")
    if os.path.isdir(source):  # noqa: PTH112
        words = "it is a folder; name one picture or array"
        raise UsageError(ZARR.message if is_zarr_store(source) else words, "INPUT")
    place = None if at is None else parse.place(at, "--at")
    return Asked(build(mode, given | {"inputs": [source]}, "explain"), place, files)


def perform_explanation(asked: Asked) -> ExitCode:
    """Explain, on standard output and in files."""
    from poolcli.batch.pool_file import result_or_failure
    from poolcli.batch.tasks import Task
    from poolcli.report.formatting import printable
    from poolcli.report.reporters import print_failure
    from poolcli.report.text_stream import write_text

    request = asked.request
    task = Task(request.inputs[0], None)
    made = result_or_failure(task, request.mode, request.debug, partial(_explained, asked))
    if not isinstance(made, str):
        print_failure(made)
        return ExitCode.FAILED
    write_text(sys.stdout, made)
    for path in asked.files.values():
        write_text(sys.stdout, f"Written: {printable(path)}\n")
    sys.stdout.flush()
    return ExitCode.OK


def _explained(asked: Asked) -> str:
    """Write the files; gives what is to be printed."""
    from poolcli.explain.explainer import open_explainer
    from poolcli.explain.explanation import Explanation
    from poolcli.explain.render import render_file, render_text
    from poolcli.io.leftover_files import remove_leftovers

    request = asked.request
    name = request.inputs[0]
    for path in asked.files.values():
        _check(path, request)
    remove_leftovers(os.path.dirname(os.path.realpath(path)) for path in asked.files.values())  # noqa: PTH120
    with open_explainer(request) as explainer:
        make: Callable[[int], Explanation] = partial(explainer.explain, asked.at)
        made = {kind: render_file(make, name, kind) for kind in asked.files}
        for kind, path in asked.files.items():
            _write(path, made[kind], request)
        return render_text(make, name, sys.stdout)


def _check(path: str, request: Request) -> None:
    """Refuse to replace what must stay."""
    from poolcli.io.publish_file import check_output_path

    check_output_path(path, allow_special=True)
    if not os.path.isfile(path):  # noqa: PTH113 - devices are written straight
        return
    source = request.inputs[0]
    if source != STDIN_OR_STDOUT and os.path.exists(source) and os.path.samefile(path, source):  # noqa: PTH110, PTH121
        raise OutputError(f"{path} is the input itself; name another file")
    if not request.overwrite:
        raise OutputExistsError(f"{path} exists; --overwrite replaces it")


def _write(path: str, text: str, request: Request) -> None:
    from poolcli.io.atomic_write import atomic_write

    with atomic_write(path, replace=request.overwrite, allow_special=True) as file:
        file.write(text.encode("utf-8", "backslashreplace"))
