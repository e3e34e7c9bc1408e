"""The plan: which input goes to which output, made and checked before any work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from poolcli.batch.claims import Claims
from poolcli.batch.discover import Filter, Found, discover, listed
from poolcli.errors import PoolcliError, ReadError, UsageError
from poolcli.media.formats import extension_format, format_of, is_writable
from poolcli.media.paths import is_folder, is_special, is_there, level_paths, split, tagged
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
    extension : str, optional
        The extension that was asked for, which says more than the format: a .pgm is grey.
    """

    path: str
    format: str | None = None
    named: bool = False
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One input and its target; or why there is no work to do."""

    input: str
    target: Target | None
    failure: PoolcliError | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All tasks, and who writes which file."""

    tasks: tuple[Task, ...]
    claims: Claims


def plan(request: Request) -> Plan:
    """Find the inputs and decide where each result goes.

    Raises
    ------
    UsageError
        If that cannot work, as can be told without opening an input.
    """
    inputs = request.inputs
    folders = [path for path in inputs if path != STREAM and is_folder(path)]
    several = len(inputs) > 1 or bool(folders) or request.files_from is not None
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
    for path in inputs:
        found = iter([Found(path)]) if path == STREAM else discover(path, only)
        tree = f"{_plain(path)}.{request.tag}" if into is None and path in folders else into
        tasks.extend(_tasks(found, request, tree, asked))
    if request.files_from is not None:
        found = listed(request.files_from, null=request.null, below=into is not None, only=only)
        tasks.extend(_tasks(found, request, into, asked))
    return Plan(tuple(tasks), _claims(tasks, request))


def _tasks(
    found: Iterator[Found], request: Request, into: str | None, asked: str | None
) -> Iterator[Task]:
    into = None if into is None else str(Path(into))
    for each in found:
        if each.failure is not None:
            yield Task(each.path, None, each.failure)
        elif request.output is None and _is_device(each.path):
            yield Task(
                each.path, None, ReadError("is no file to write beside; name an output with -o")
            )
        else:
            yield Task(each.path, _target(each, request, into, asked))


def _is_device(path: str) -> bool:
    """Whether a path is that of a pipe or a device: `<(command)` is /dev/fd/63."""
    if not path.startswith(("/dev/", "/proc/")):
        return False
    folder = os.path.realpath(os.path.dirname(path))  # noqa: PTH120 - links are seen through
    return folder == "/dev" or folder.startswith("/proc/")


def _target(found: Found, request: Request, into: str | None, asked: str | None) -> Target:
    output = request.output
    extension = None if request.format is None else f".{request.format}"
    if output == STREAM or (output is None and found.path == STREAM):
        return Target(STREAM, asked, extension=extension)
    if output is not None and into is None:
        named = asked or _format_of_name(output)
        return Target(output, named, True, extension or split(output)[1].lower() or None)
    if into is None:
        path = tagged(str(Path(found.path)), request.tag)
    elif found.folder is not None:
        path = f"{into}/{found.path[len(found.folder) :].lstrip('/')}"
    else:
        path = f"{into}/{'stdin' if found.path == STREAM else Path(found.path).name}"
    if asked is not None:
        path = f"{split(path)[0]}{extension}"
    return Target(path, asked, extension=extension)


def _plain(folder: str) -> str:
    """A folder's name without slashes and dots at its end; `.` and `..` by their real names."""
    plain = Path(folder)
    if plain.name in ("", ".."):
        plain = plain.resolve()
        if not plain.name:
            raise UsageError("the root folder has nothing beside it; name an output with -o")
    return str(plain)


def _check_streams(request: Request, several: bool) -> None:
    if not request.inputs and request.files_from is None:
        raise UsageError("there is no input: name files or folders, or - for standard input")
    if request.null and request.files_from is None:
        raise UsageError("it says how a list is read; --files-from names one", "--null")
    if (*request.inputs, request.files_from).count(STREAM) > 1:
        raise UsageError("standard input can be read only once; name - only once")
    if request.output == STREAM and several:
        raise UsageError("standard output takes one result; -o FOLDER/ takes several", "--output")
    special = request.output is not None and is_special(request.output)
    if request.levels is not None and special:
        raise UsageError(f"{request.output} takes one result; name a file with -o", "--levels")
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
    named = is_writable(extension_format(split(output)[1]) or "")
    if named or is_there(output) or is_special(output):
        raise UsageError(
            f"{output} names one file for several inputs; end it in '/' for a folder", "--output"
        )
    return output


def _format_of_name(output: str) -> str | None:
    """The format that the extension of `-o` picks; none without an extension."""
    extension = Path(output).suffix
    if not extension or (is_special(output) and extension_format(extension) is None):
        return None
    return format_of(extension, "--output")


def _claims(tasks: list[Task], request: Request) -> Claims:
    """Claim all planned outputs.

    Raises
    ------
    UsageError
        If one is another's too, or would replace an input.
    """
    claims = Claims()
    for task in tasks:
        if task.target is None or task.target.path == STREAM:
            continue
        for path in level_paths(task.target.path, request.levels):
            words = claims.take(path, task.input)
            if words is not None:
                raise UsageError(f"{task.input}: {words}")
    if request.indices is not None and not is_special(request.indices):
        words = claims.take(request.indices, "--indices")
        if words is not None:
            raise UsageError(words, "--indices")
    # Without --overwrite what exists stays, an input too: that is told when its turn comes.
    for task in tasks if request.overwrite else ():
        words = None if task.input == STREAM else claims.protect(task.input)
        if words is not None:
            raise UsageError(words)
    return claims
