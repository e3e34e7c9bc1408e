"""The check that Zarr stores that are read contain no outputs, and those written no inputs."""

from __future__ import annotations

import os
from collections.abc import Iterable

from poolcli.batch.output_targets import STORE
from poolcli.batch.tasks import Tasks
from poolcli.errors import UsageError
from poolcli.io.zarr.location import is_url


def check_nested_stores(tasks: Tasks) -> None:
    """Raise `UsageError` if a store of the run contains an output, or an output an input.

    Parameters
    ----------
    tasks : Tasks
        All tasks of the run.
    """
    if any(folder.is_store for folder in tasks.folders):
        _check_outputs(tasks)
    if any(folder.rule is not None and folder.rule.format == STORE for folder in tasks.folders):
        _check_inputs(tasks)


def _check_outputs(tasks: Tasks) -> None:
    """Refuse outputs in stores that are read."""
    paths = (f"{folder.prefix}{name}" for folder, name in tasks.named() if folder.is_store)
    read = {os.path.realpath(path): path for path in paths if not is_url(path)}
    for folder in tasks.folders:
        if folder.rule is None:
            continue
        named = folder.rule.path
        place = folder.rule.folder if named is None else os.path.dirname(named)  # noqa: PTH120
        store = _containing(place, read)
        if store is not None:
            raise UsageError(
                f"{named or place} would lie in {store}, which is an input; write elsewhere, "
                "with -o"
            )


def _check_inputs(tasks: Tasks) -> None:
    """Refuse inputs in stores that are written."""
    paths = (
        folder.rule.target(name).path
        for folder, name in tasks.named()
        if folder.rule is not None and folder.rule.format == STORE
    )
    written = {os.path.realpath(path): path for path in paths if not is_url(path)}
    for folder in tasks.folders:
        store = _containing(folder.prefix, written)
        if store is not None:
            raise UsageError(
                f"{folder.prefix} lies in {store}, which would be written; write elsewhere, with -o"
            )


def _containing(folder: str, stores: dict[str, str]) -> str | None:
    """Return the store that is a folder or contains it, as the user named it; None if none is."""
    real = os.path.realpath(folder)
    return next((stores[each] for each in _with_parents(real) if each in stores), None)


def _with_parents(path: str) -> Iterable[str]:
    yield path
    while (above := os.path.dirname(path)) != path:  # noqa: PTH120
        yield above
        path = above
