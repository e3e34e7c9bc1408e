"""Records of what was not pooled: inputs that failed, and outputs that stay as they are."""

from __future__ import annotations

from poolcli.batch.tasks import Task
from poolcli.report.record import ErrorInfo, Record
from poolcli.request import Request


def failure(task: Task, mode: str | None, kind: str, message: str) -> Record:
    """The record of an input that failed."""
    error = ErrorInfo(kind, message)
    return Record(input=task.input, status="failed", mode=mode, error=error)


def skipped(task: Task, request: Request, level: int | None, path: str) -> Record:
    """The record of an output that was there already."""
    return Record(input=task.input, status="skipped", mode=request.mode, level=level, output=path)
