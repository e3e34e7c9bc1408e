"""The records of inputs that failed and of outputs that were skipped.

The parent of worker processes makes them too; it does not import NumPy, which `records` needs.
"""

from __future__ import annotations

from poolcli.batch.tasks import Task
from poolcli.report.record import ErrorInfo, Record
from poolcli.request import Request


def failed_record(task: Task, mode: str | None, kind: str, message: str) -> Record:
    """Return the record of an input that failed.

    Parameters
    ----------
    kind : str
        The name of the error's class, which the JSON lines give as its type.
    message : str
        What is wrong and what to do.
    """
    error = ErrorInfo(kind, message)
    return Record(input=task.input, status="failed", mode=mode, error=error)


def skipped_record(task: Task, request: Request, level: int | None, path: str) -> Record:
    """Return the record of an output that existed already and stays."""
    return Record(input=task.input, status="skipped", mode=request.mode, level=level, output=path)
