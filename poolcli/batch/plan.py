"""The plan: which input goes to which output, made and checked before any work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from poolcli.batch.discover import Filter, Found, discover
from poolcli.errors import PoolcliError, UsageError
from poolcli.media.formats import ARRAY_FORMATS, HOLDS, extension_format, format_of
from poolcli.media.paths import is_folder, is_special, is_there, split, tagged
from poolcli.request import STREAM, Request


@dataclass(frozen=True, slots=True)
class Target:
    """Where a result goes.

    Attributes
    ----------
    path : str
        A file's, or `STREAM`.
    format : str, optional
        The format that was asked for; without one the input's real format stays.
    named : bool
        Whether the person named this very file, so that its extension is not corrected.
    """

    path: str
    format: str | None = None
    named: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One input and its target; or why there is no work to do."""

    input: str
    target: Target | None
    failure: PoolcliError | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All tasks, and the absolute paths of all planned outputs."""

    tasks: tuple[Task, ...]
    outputs: frozenset[str]


def plan(request: Request) -> Plan:
    """Find the inputs and decide where each result goes.

    Raises
    ------
    UsageError
        If that cannot work, as can be told without opening an input.
    """
    inputs = request.inputs
    folders = [path for path in inputs if path != STREAM and is_folder(path)]
    several = len(inputs) > 1 or bool(folders)
    _check_streams(request, several)
    into = _output_folder(request, several)
    only = Filter(
        recursive=request.recursive,
        include=request.include,
        exclude=request.exclude,
        skip=None if into is None else os.path.realpath(into),
    )
    asked = None if request.format is None else format_of(f".{request.format}", "--format")
    tasks: list[Task] = []
    taken: dict[str, str] = {}
    for path in inputs:
        found = iter([Found(path)]) if path == STREAM else discover(path, only)
        for task in _tasks(found, request, into, asked):
            if task.target is not None and task.target.path != STREAM:
                _take(taken, task)
            tasks.append(task)
    return Plan(tuple(tasks), frozenset(taken))


def _tasks(
    found: Iterator[Found], request: Request, into: str | None, asked: str | None
) -> Iterator[Task]:
    for each in found:
        if each.failure is not None:
            yield Task(each.path, None, each.failure)
        else:
            yield Task(each.path, _target(each, request, into, asked))


def _target(found: Found, request: Request, into: str | None, asked: str | None) -> Target:
    output = request.output
    if output == STREAM or (output is None and found.path == STREAM):
        return Target(STREAM, asked)
    if output is not None and into is None:
        return Target(output, asked or _format_of_name(output), named=True)
    name = "stdin" if found.path == STREAM else Path(found.path).name
    if found.folder is not None:
        relative = os.path.relpath(found.path, found.folder)
        tree = into or f"{_plain(found.folder)}.{request.tag}"
        path = Path(tree, relative)
    elif into is not None:
        path = Path(into, name)
    else:
        path = Path(tagged(found.path, request.tag))
    if asked is not None:
        path = path.with_name(f"{split(path.name)[0]}.{request.format}")
    return Target(str(path), asked)


def _plain(folder: str) -> str:
    """A folder's name without slashes and dots at its end; `.` and `..` by their real names."""
    plain = Path(folder)
    if plain.name in ("", ".."):
        plain = plain.resolve()
        if not plain.name:
            raise UsageError("the root folder has nothing beside it; name an output with -o")
    return str(plain)


def _check_streams(request: Request, several: bool) -> None:
    if not request.inputs:
        raise UsageError("there is no input: name files or folders, or - for standard input")
    if request.inputs.count(STREAM) > 1:
        raise UsageError("standard input can be read only once; name - only once")
    if request.output == STREAM and several:
        raise UsageError("standard output takes one result; -o FOLDER/ takes several", "--output")
    if request.indices is not None and several:
        raise UsageError("indices are written for one input at a time", "--indices")


def _output_folder(request: Request, several: bool) -> str | None:
    """The folder that outputs go into, where `-o` names one."""
    output = request.output
    if output is None or output == STREAM:
        return None
    if not output:
        raise UsageError("the output's name is empty", "--output")
    if output.endswith("/") or is_folder(output):
        return output
    if not several:
        return None
    writable = {*HOLDS, *ARRAY_FORMATS.values()}
    if is_there(output) or is_special(output) or extension_format(split(output)[1]) in writable:
        raise UsageError(
            f"{output} names one file for several inputs; end it in '/' for a folder", "--output"
        )
    return output


def _format_of_name(output: str) -> str | None:
    """The format that the extension of `-o` picks; none without an extension."""
    extension = Path(output).suffix
    return None if not extension or is_special(output) else format_of(extension, "--output")


def _take(taken: dict[str, str], task: Task) -> None:
    assert task.target is not None
    path = os.path.abspath(task.target.path)  # noqa: PTH100 - links are not looked at here
    if path in taken:
        raise UsageError(
            f"{taken[path]} and {task.input} would both be written to {task.target.path}; "
            "give them different outputs"
        )
    taken[path] = task.input
