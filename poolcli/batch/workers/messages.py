"""The messages between the scheduler and its workers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Self, TypeAlias, Union

from poolcli.batch.tasks import Task
from poolcli.batch.write_permit import PathStatus, WritePermit
from poolcli.batch.zarr_stores.box_messages import BoxError, BoxTask
from poolcli.report.record import Record

if TYPE_CHECKING:
    from poolcli.batch.zarr_stores.box_statistics import BoxStatistics


class Assignment(NamedTuple):
    """A task, or a box of one, as it is handed to a worker, and the files that it may write."""

    task: Task | BoxTask
    permit: WritePermit

    def as_retry(self) -> Self:
        """Return the assignment for another attempt at the task.

        Examples
        --------
        >>> Assignment(Task("a.png", None), WritePermit()).as_retry().permit.may_have_written
        True
        """
        return self._replace(permit=replace(self.permit, may_have_written=True))


class PathRequest(NamedTuple):
    """A worker's question: may its task write this file too? The task has to be sent again."""

    path: str


class PathReport(NamedTuple):
    """A worker's report, before it writes a renamed output: the path and its status."""

    path: str
    status: PathStatus


class TaskLost(NamedTuple):
    """A task that is given up because its workers died; `message` says so to the user."""

    message: str


Answer: TypeAlias = Union[list[Record], PathRequest, "BoxStatistics", BoxError]
"""The answer of a worker: the records of its task, a question, or the result of a box."""


class NoWorkerError(Exception):
    """No worker runs, and none can be started.

    Attributes
    ----------
    assignments : list of Assignment
        The tasks that were handed out and have no answer.
    """

    def __init__(self, assignments: list[Assignment]) -> None:
        super().__init__("no worker process can be started")
        self.assignments = assignments
