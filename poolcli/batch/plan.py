"""The plan: which input goes to which output, made and checked before any work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from poolcli.batch.claims import INDICES, PAGE, Claims
from poolcli.batch.find_inputs import Filter, Found, discover, listed
from poolcli.batch.tasks import Folder, Goal, Tasks
from poolcli.batch.terminal_check import refuse_terminals
from poolcli.errors import OutputError, OutputExistsError, ReadError, UsageError
from poolcli.io.formats import format_of_extension, is_writable_format, parse_format
from poolcli.io.paths import (
    is_file_or_folder,
    is_folder,
    is_special_file,
    level_paths,
    split_extension,
)
from poolcli.request import STDIN_OR_STDOUT, Request
from poolcli.window_description import output_tag


class Plan(NamedTuple):
    """All tasks, and who writes which file.

    Attributes
    ----------
    folders : tuple of str
        The output folders, without those inside them.
    """

    tasks: Tasks
    claims: Claims
    folders: tuple[str, ...] = ()


def plan(request: Request) -> Plan:
    """Find the inputs and decide where each result goes.

    Raises
    ------
    UsageError
        If that cannot work, as can be told without opening an input.
    OutputError
        If the page of `--html` is there already, or cannot be.
    """
    folders = [path for path in request.inputs if path != STDIN_OR_STDOUT and is_folder(path)]
    several = len(request.inputs) > 1 or bool(folders) or request.files_from is not None
    _check_streams(request, several)
    into = _output_folder(request, several)
    asked = None if request.format is None else parse_format(f".{request.format}", "--format")
    tasks = Tasks()
    trees: list[str] = []
    for path, found in inputs_of(request, into):
        beside = into is None and path in folders
        tree = f"{_plain(path)}.{output_tag(request)}" if beside else into
        trees += [] if tree is None else [str(Path(tree))]
        _gather(tasks, found, request, tree, asked)
    return Plan(tasks, _claims(tasks, request), tuple(dict.fromkeys(trees)))


def inputs_of(request: Request, into: str | None = None) -> Iterator[tuple[str, Iterator[Found]]]:
    """Each input that was named, and what it stands for; for a list its name is empty.

    Parameters
    ----------
    into : str, optional
        The output folder: it is no input, and relative paths of a list keep their folders in it.
    """
    only = Filter(
        recursive=request.recursive,
        include=request.include,
        exclude=request.exclude,
        skip=None if into is None else os.path.realpath(into),
    )
    for path in request.inputs:
        yield path, iter([Found("", [path])]) if path == STDIN_OR_STDOUT else discover(path, only)
    if request.files_from is not None:
        yield "", listed(request.files_from, null=request.null, below=into is not None, only=only)


def to_look_at(request: Request) -> Tasks:
    """The inputs, without any results.

    Raises
    ------
    UsageError
        If the command line is wrong.
    """
    _check_streams(request, several=True)
    tasks = Tasks()
    for _, found in inputs_of(request):
        for each in found:
            tasks.left_out.update(each.left_out)
            if each.names:
                tasks.add(Folder(each.prefix, None, each.failure), each.names)
    return tasks


def _gather(
    tasks: Tasks,
    found: Iterator[Found],
    request: Request,
    into: str | None,
    asked: str | None,
) -> None:
    """Add what was found."""
    into = None if into is None else str(Path(into))
    for each in found:
        tasks.left_out.update(each.left_out)
        if not each.names:
            continue
        failure, goal = each.failure, None
        if failure is None and request.output is None and _is_device(each.prefix, each.names):
            failure = ReadError("is no file to write beside; name an output with -o")
        if failure is None:
            goal = _goal(each, request, into, asked)
        tasks.add(Folder(each.prefix, goal, failure), each.names)


def _is_device(prefix: str, names: list[str]) -> bool:
    """Whether a path is that of a pipe or a device: `<(command)` is /dev/fd/63."""
    if len(names) > 1 or not f"{prefix}{names[0]}".startswith(("/dev/", "/proc/")):
        return False
    folder = os.path.realpath(prefix)  # links are seen through
    return folder == "/dev" or folder.startswith("/proc/")


def _goal(found: Found, request: Request, into: str | None, asked: str | None) -> Goal:
    output = request.output
    extension = None if request.format is None else f".{request.format}"
    is_stream = not found.prefix and found.names == [STDIN_OR_STDOUT]
    if output == STDIN_OR_STDOUT or (output is None and is_stream):
        return Goal(path=STDIN_OR_STDOUT, format=asked, extension=extension)
    if output is not None and into is None:
        named = asked or _format_of_name(output)
        extension = extension or split_extension(output)[1].lower() or None
        return Goal(path=output, format=named, named=True, extension=extension)
    if into is None:
        folder = str(Path(found.prefix)) if found.prefix else ""
        return Goal(
            "" if folder == "." else folder, output_tag(request), None, asked, False, extension
        )
    path = f"{into}/stdin{extension if asked else ''}" if is_stream else None
    folder = into if found.below is None else os.path.normpath(f"{into}/{found.below}")
    return Goal(folder, None, path, asked, False, extension)


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
    if (*request.inputs, request.files_from).count(STDIN_OR_STDOUT) > 1:
        raise UsageError("standard input can be read only once; name - only once")
    if request.output == STDIN_OR_STDOUT and several:
        raise UsageError("standard output takes one result; -o FOLDER/ takes several", "--output")
    refuse_terminals(request)
    special = request.output is not None and is_special_file(request.output)
    if request.levels is not None and special:
        raise UsageError(f"{request.output} takes one result; name a file with -o", "--levels")
    if request.indices is not None and several:
        raise UsageError("indices are written for one input at a time", "--indices")
    if request.html is not None and (request.html == STDIN_OR_STDOUT or request.html.endswith("/")):
        raise UsageError(f"the page goes into a file, not {request.html!r}", "--html")


def _output_folder(request: Request, several: bool) -> str | None:
    """The folder that outputs go into, where `-o` names one."""
    output = request.output
    if output is None or output == STDIN_OR_STDOUT:
        return None
    if not output:
        raise UsageError("the output's name is empty", "--output")
    if output.endswith("/") or is_folder(output):
        return output
    if not several:
        return None
    named = is_writable_format(format_of_extension(split_extension(output)[1]) or "")
    if named or is_file_or_folder(output) or is_special_file(output):
        raise UsageError(
            f"{output} names one file for several inputs; end it in '/' for a folder", "--output"
        )
    return output


def _format_of_name(output: str) -> str | None:
    """The format that the extension of `-o` picks; none without an extension."""
    extension = Path(output).suffix
    if not extension or (is_special_file(output) and format_of_extension(extension) is None):
        return None
    return parse_format(extension, "--output")


def _claims(tasks: Tasks, request: Request) -> Claims:
    """Claim all planned outputs.

    Raises
    ------
    UsageError
        If one is another's too, or would replace an input.
    OutputError
        As `plan` does.
    """
    claims = Claims(tasks.input)
    for number, (folder, name) in enumerate(tasks.named()):
        goal = folder.goal
        if goal is None or goal.path == STDIN_OR_STDOUT:
            continue
        for at in _places(goal, name, request.levels):
            words = claims.take_in(*at, number)
            if words is not None:
                raise UsageError(f"{tasks.input(number)}: {words}")
    if request.indices is not None and not is_special_file(request.indices):
        words = claims.take(request.indices, INDICES)
        if words is not None:
            raise UsageError(words, "--indices")
    if request.html is not None and not is_special_file(request.html):
        _claim_page(request.html, request, claims)
    if request.overwrite:  # without, what exists stays, an input too: its turn tells
        _protect(tasks, claims)
    return claims


def _claim_page(path: str, request: Request, claims: Claims) -> None:
    """Claim the page; what would keep it from being written is told before any work."""
    if is_folder(path) or claims.fills(os.path.realpath(path)):
        raise OutputError(f"{path} is a folder; name a file for the page")
    listed = request.files_from
    if listed is not None and os.path.realpath(listed) == os.path.realpath(path):
        raise UsageError(f"{path} is the list of inputs; name another page", "--html")
    words = claims.take(path, PAGE)
    if words is not None:
        raise UsageError(words, "--html")
    if is_file_or_folder(path) and not (request.overwrite or request.dry_run):
        way = "name another page" if request.skip_existing else "--overwrite replaces it"
        raise OutputExistsError(f"{path} exists; {way}")


def _protect(tasks: Tasks, claims: Claims) -> None:
    for number, (folder, name) in enumerate(tasks.named()):
        is_file = folder.prefix or name != STDIN_OR_STDOUT
        words = claims.protect(folder.prefix, name, number) if is_file else None
        if words is not None:
            raise UsageError(words)


def _places(goal: Goal, name: str, levels: int | None) -> Iterator[tuple[str, str]]:
    """The folder and the name of each file that an input is written to."""
    if goal.path is None and levels is None:
        yield goal.folder, goal.name(name)
    else:
        for path in level_paths(goal.target(name).path, levels):
            yield os.path.split(path)
