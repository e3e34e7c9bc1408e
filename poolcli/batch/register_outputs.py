"""Registration of all planned outputs, which finds conflicts before any work."""

from __future__ import annotations

import os
from collections.abc import Iterator

from poolcli.batch.nested_stores import check_nested_stores
from poolcli.batch.output_registry import PAGE_OWNER, OutputRegistry, indices_owner
from poolcli.batch.output_targets import OutputRule, file_levels
from poolcli.batch.tasks import Tasks
from poolcli.errors import OutputError, OutputExistsError, UsageError
from poolcli.io.output_paths import (
    STDIN_OR_STDOUT,
    is_file_or_folder,
    is_folder,
    is_special_file,
    level_paths,
)
from poolcli.request import Request


def register_outputs(tasks: Tasks, request: Request) -> OutputRegistry:
    """Return a registry in which all planned outputs have their owners.

    Parameters
    ----------
    tasks : Tasks
        All tasks of the run.
    request : Request
        The request, for `--levels`, `--indices`, `--html` and `--overwrite`.

    Returns
    -------
    OutputRegistry

    Raises
    ------
    UsageError
        If two inputs have the same output, or an output would replace an input.
    OutputError
        If the page of `--html` exists already, or cannot be written.
    """
    registry = OutputRegistry(tasks.input, tasks.name)
    for number, (folder, name) in enumerate(tasks.named()):
        rule = folder.rule
        if rule is None:
            continue
        names = _output_names(rule, name, file_levels(request, rule.format))
        for folder_and_name in () if rule.path == STDIN_OR_STDOUT else names:
            refusal = registry.claim_new(*folder_and_name, number)
            if refusal is not None:
                raise UsageError(f"{tasks.name(number)}: {refusal}")
        if request.writes_indices:
            _claim_indices(rule.target(name).indices or "", number, registry)
    if not request.in_place:
        check_nested_stores(tasks, registry)
    if request.html is not None and not is_special_file(request.html):
        _claim_page(request.html, request, registry)
    if request.overwrite:  # without it, no existing file is replaced, and thus no input
        _protect_inputs(tasks, registry, unpools=request.unpools)
    return registry


def _claim_indices(path: str, number: int, registry: OutputRegistry) -> None:
    if not is_special_file(path):
        refusal = registry.claim_new(*os.path.split(path), indices_owner(number))
        if refusal is not None:
            raise UsageError(refusal, "--indices")


def _claim_page(path: str, request: Request, registry: OutputRegistry) -> None:
    """Register the page; raise an error before any work if it cannot be written."""
    if is_folder(path) or registry.has_outputs_below(path):
        raise OutputError(f"{path} is a folder; name a file for the page")
    listed = request.files_from
    if listed is not None and os.path.realpath(listed) == os.path.realpath(path):
        raise UsageError(f"{path} is the list of inputs; name another page", "--html")
    refusal = registry.claim(path, PAGE_OWNER)
    if refusal is not None:
        raise UsageError(refusal, "--html")
    if is_file_or_folder(path) and not (request.overwrite or request.dry_run):
        advice = "name another page" if request.skip_existing else "--overwrite replaces it"
        raise OutputExistsError(f"{path} exists; {advice}")


def _protect_inputs(tasks: Tasks, registry: OutputRegistry, *, unpools: bool) -> None:
    for number, (folder, name) in enumerate(tasks.named()):
        is_file = folder.prefix or name != STDIN_OR_STDOUT
        conflict = registry.protect_input(folder.prefix, name, number) if is_file else None
        if conflict is None and unpools and folder.rule is not None:
            read = folder.rule.target(name).indices or STDIN_OR_STDOUT
            is_file = read != STDIN_OR_STDOUT
            conflict = registry.protect_input(*os.path.split(read), number) if is_file else None
        if conflict is not None:
            raise UsageError(conflict)


def _output_names(rule: OutputRule, name: str, levels: int | None) -> Iterator[tuple[str, str]]:
    """Yield the folder and the name of each output of an input."""
    if rule.path is None and levels is None:
        yield rule.folder, rule.name(name)
    else:
        for path in level_paths(rule.target(name).path, levels):
            yield os.path.split(path)
