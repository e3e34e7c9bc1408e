"""Removal of temporary files of workers that died."""

from __future__ import annotations

import os
from collections.abc import Iterable

from poolcli.batch.output_targets import STORE
from poolcli.batch.tasks import Task
from poolcli.batch.workers.messages import Assignment
from poolcli.io.leftover_files import remove_leftovers


def remove_temporary_files(assignments: Iterable[Assignment], run_id: str) -> None:
    """Remove temporary files and stores that dead processes left beside the outputs of tasks.

    Parameters
    ----------
    assignments : iterable of Assignment
        The tasks of the dead processes, and the files that they might write.
    run_id : str
        Identifies the temporary files to remove, whose names contain it.
    """
    assignments = list(assignments)
    for task, _ in assignments:
        target = task.target if isinstance(task, Task) else None
        if target is not None and target.format == STORE:
            from poolcli.io.zarr.partial_store import remove_abandoned_store  # rarely needed

            remove_abandoned_store(target.path)
    paths = {
        path
        for task, permit in assignments
        if isinstance(task, Task) and task.target is not None
        for path in (task.target.path, *permit.statuses)
    }
    # If an output is a link, its temporary file is in the folder of the link's target.
    remove_leftovers({os.path.dirname(os.path.realpath(path)) for path in paths}, run_id)  # noqa: PTH120
