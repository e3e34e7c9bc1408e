"""The plan: the output of each input, made and checked before any work."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from poolcli.batch.find_inputs import Filter, Found, inputs_of_argument, inputs_of_list
from poolcli.batch.output_registry import OutputRegistry
from poolcli.batch.output_rules import indices_below, indices_rule, output_folder, output_rule
from poolcli.batch.output_targets import IndicesRule, file_levels
from poolcli.batch.register_outputs import register_outputs
from poolcli.batch.store_checks import check_store_options, store_failure
from poolcli.batch.tasks import TaskFolder, Tasks
from poolcli.batch.terminal_check import refuse_terminals
from poolcli.errors import ReadError, UsageError
from poolcli.io.formats import parse_format
from poolcli.io.output_paths import STDIN_OR_STDOUT, is_folder, is_special_file
from poolcli.io.zarr.location import is_url, is_zarr_input
from poolcli.request import Request
from poolcli.request_description import output_tag


class Plan(NamedTuple):
    """All tasks of a run, and the registry of their outputs.

    Attributes
    ----------
    folders : tuple of str
        The output folders that the user named or that are named after inputs, without subfolders.
    """

    tasks: Tasks
    registry: OutputRegistry
    folders: tuple[str, ...] = ()


def make_plan(request: Request) -> Plan:
    """Find the inputs, choose the output of each, and check all of them.

    Raises
    ------
    UsageError
        If the command line is wrong. No input is opened to find out.
    OutputError
        If the page of `--html` exists already, or cannot be written.
    """
    folders = input_folders(request.inputs)
    several = takes_several_inputs(request.inputs, request.files_from)
    _check_streams(request, several)
    into = output_folder(request, several)
    indices = indices_rule(request, several)
    wanted = None if request.format is None else parse_format(f".{request.format}", "--format")
    tasks = Tasks()
    trees: list[str] = []
    for path, found in inputs_of(request, into):
        beside = into is None and path in folders
        tree = f"{_normal_name(path)}.{output_tag(request)}" if beside else into
        trees += [] if tree is None else [str(Path(tree))]
        _add_found(tasks, found, request, tree, wanted, indices)
    check_store_options(tasks, request)
    return Plan(tasks, register_outputs(tasks, request), tuple(dict.fromkeys(trees)))


def input_folders(inputs: Sequence[str]) -> list[str]:
    """Return the arguments that are folders of inputs, not Zarr stores.

    Parameters
    ----------
    inputs : sequence of str
        The arguments.
    """
    return [
        path
        for path in inputs
        if path != STDIN_OR_STDOUT and is_folder(path) and not is_zarr_input(path)
    ]


def takes_several_inputs(inputs: Sequence[str], files_from: str | None) -> bool:
    """Return whether a command line may stand for several inputs.

    Parameters
    ----------
    inputs : sequence of str
        The arguments.
    files_from : str, optional
        The list of further inputs.

    Examples
    --------
    >>> takes_several_inputs(["a.png"], None), takes_several_inputs(["a.png", "b.png"], None)
    (False, True)
    """
    return len(inputs) > 1 or bool(input_folders(inputs)) or files_from is not None


def inputs_of(request: Request, into: str | None = None) -> Iterator[tuple[str, Iterator[Found]]]:
    """Yield each input argument and the inputs that it stands for; a list has an empty name.

    Parameters
    ----------
    request : Request
        The request, for its arguments, its list of inputs and the globs.
    into : str, optional
        The output folder. It is not an input, and neither is the folder of indices. Relative paths
        of a list keep their folders in it.

    Yields
    ------
    (str, iterator of Found)
        The argument, and the inputs folder by folder.

    Raises
    ------
    UsageError
        If the list of inputs cannot be read.
    """
    only = Filter(
        recursive=request.recursive,
        include=request.include,
        exclude=request.exclude,
        skip=tuple(path for path in (into, request.indices) if path is not None),
    )
    for path in request.inputs:
        is_stream = path == STDIN_OR_STDOUT
        yield path, iter([Found("", [path])]) if is_stream else inputs_of_argument(path, only)
    if request.files_from is not None:
        below = into is not None
        yield "", inputs_of_list(request.files_from, null=request.null, below=below, only=only)


def tasks_without_outputs(request: Request) -> Tasks:
    """Return the tasks of `info`, which have inputs and no outputs.

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
                folder = TaskFolder(each.prefix, None, each.failure, member=each.member)
                tasks.add(folder, each.names)
    return tasks


def _add_found(
    tasks: Tasks,
    found: Iterator[Found],
    request: Request,
    into: str | None,
    wanted: str | None,
    indices: IndicesRule | None,
) -> None:
    """Add the tasks of the inputs that were found."""
    into = None if into is None else str(Path(into))
    for each in found:
        tasks.left_out.update(each.left_out)
        if not each.names:
            continue
        failure, rule = each.failure, None
        if failure is None and request.output is None and _is_device(each.prefix, each.names):
            failure = ReadError(
                "is a pipe or device, which has no folder for the output; name an output with -o"
            )
        has_place = request.output is not None or request.in_place
        if failure is None and not has_place and is_url(each.prefix):
            failure = ReadError(
                "is a URL, which has no folder for the output; name an output with -o"
            )
        if failure is None:
            failure = store_failure(each, request, into)
        if failure is None:
            rule = output_rule(each, request, into, wanted)
            rule = rule._replace(indices=indices_below(indices, each.below), member=each.member)
        folder = TaskFolder(each.prefix, rule, failure, each.is_store, each.member)
        tasks.add(folder, each.names)


def _is_device(prefix: str, names: list[str]) -> bool:
    """Return whether the only path is a pipe or a device: `<(command)` is /dev/fd/63."""
    if len(names) > 1 or not f"{prefix}{names[0]}".startswith(("/dev/", "/proc/")):
        return False
    folder = os.path.realpath(prefix)  # resolves links
    return folder in ("/dev", "/dev/fd") or folder.startswith("/proc/")


def _normal_name(folder: str) -> str:
    """Return a folder's path without a slash or dots at its end; `.` and `..` are resolved."""
    plain = Path(folder)
    if plain.name in ("", ".."):
        plain = plain.resolve()
        if not plain.name:
            raise UsageError("no folder can be made beside the root folder; name an output with -o")
    return str(plain)


def _check_streams(request: Request, several: bool) -> None:
    if request.null and request.files_from is None:
        raise UsageError("it applies to lists of inputs; name a list with --files-from", "--null")
    read = (*request.inputs, request.files_from, request.indices if request.unpools else None)
    if read.count(STDIN_OR_STDOUT) > 1:
        raise UsageError("standard input can be read only once; name - only once")
    if request.output == STDIN_OR_STDOUT and several:
        raise UsageError("standard output takes one result; -o FOLDER/ takes several", "--output")
    refuse_terminals(request)
    special = request.output is not None and is_special_file(request.output)
    if file_levels(request, None) is not None and special:
        raise UsageError(f"{request.output} takes one result; name a file with -o", "--levels")
    if request.html is not None and (request.html == STDIN_OR_STDOUT or request.html.endswith("/")):
        raise UsageError(f"the page goes into a file, not {request.html!r}", "--html")
