"""The check that Zarr stores that are read contain no outputs, and those written no inputs."""

from __future__ import annotations

import os
from collections.abc import Iterator

from poolcli.batch.output_registry import OutputRegistry
from poolcli.batch.tasks import Tasks
from poolcli.errors import UsageError
from poolcli.io.zarr.location import is_url, is_zarr_folder, place_of


def check_nested_stores(tasks: Tasks, registry: OutputRegistry) -> None:
    """Raise `UsageError` if a store of the run contains an output, or an output an input.

    Parameters
    ----------
    tasks : Tasks
        All tasks of the run.
    registry : OutputRegistry
        Has all outputs.
    """
    _check_urls(tasks)
    places = set()
    for folder in tasks.folders:
        if folder.rule is not None and not is_url(folder.rule.path or ""):
            named = folder.rule.path
            places.add(folder.rule.folder if named is None else os.path.dirname(named))  # noqa: PTH120
    for place in places:
        stores = [each for each in _with_parents(place) if is_zarr_folder(each)]
        if stores:
            _refuse_inputs(tasks, stores, place)
    for prefix in {folder.prefix for folder in tasks.folders}:
        if not is_url(prefix) and any(map(registry.is_output, _with_parents(prefix))):
            raise UsageError(
                f"{prefix} lies in a Zarr store that would be written; write elsewhere, with -o"
            )


def _check_urls(tasks: Tasks) -> None:
    """Raise `UsageError` if a store at a URL would replace, contain or lie in its input."""
    for folder, name in tasks.named():
        output, path = None if folder.rule is None else folder.rule.path, f"{folder.prefix}{name}"
        if output is None or not (is_url(output) or is_url(path)):
            continue
        ours, theirs = f"{place_of(output)}/", f"{place_of(path)}/"
        if ours == theirs:
            raise UsageError(f"{path} is the input itself, which is never replaced", "--output")
        if ours.startswith(theirs) or theirs.startswith(ours):
            outer, inner = (path, output) if ours.startswith(theirs) else (output, path)
            raise UsageError(f"{inner} lies in {outer}; write elsewhere, with -o", "--output")


def _refuse_inputs(tasks: Tasks, stores: list[str], place: str) -> None:
    """Raise `UsageError` if one of the stores that contain an output is an input."""
    for folder, name in tasks.named():
        path = f"{folder.prefix}{name}"
        if folder.is_store and os.path.realpath(path) in stores:
            raise UsageError(
                f"an output in {place} would lie in {path}, which is an input; write elsewhere, "
                "with -o"
            )


def _with_parents(folder: str) -> Iterator[str]:
    """Yield the real path of a folder, and those of the folders that contain it."""
    path = os.path.realpath(folder)
    yield path
    while (above := os.path.dirname(path)) != path:  # noqa: PTH120
        yield above
        path = above
