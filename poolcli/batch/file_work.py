"""The work on one file, which the scheduler and its workers do for each task."""

from __future__ import annotations

from collections.abc import Callable

from poolcli.batch.tasks import Task
from poolcli.batch.write_permit import WritePermit
from poolcli.report.record import Record
from poolcli.request import Request

FileWork = Callable[[Task, Request, WritePermit], list[Record]]
"""Works on a task, with a request that says how many threads it may use, and returns its records.

Any error of the task becomes a failed record. It is pickled for workers: a function of a module, or
a `functools.partial` of one.
"""


def load_and_pool_file(task: Task, request: Request, permit: WritePermit) -> list[Record]:
    """Pool one file; see `poolcli.batch.pool_file`.

    The parent of workers does not import that module, which imports NumPy and Pillow. The fork
    server has loaded it for them: see `poolcli.batch.workers.preload`.
    """
    from poolcli.batch.pool_file import pool_file

    return pool_file(task, request, permit)
