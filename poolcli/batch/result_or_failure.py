"""The result of work on a task, or the record of the error that it raised."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

from poolcli.batch.failed_and_skipped_records import failed_record
from poolcli.batch.tasks import Task
from poolcli.batch.write_permit import UnregisteredPathError
from poolcli.core.errors import ArgumentError, ArgumentTypeError, TemporaryFileError
from poolcli.errors import NO_THREAD, SHORTAGES, PoolcliError, is_shortage
from poolcli.report.record import Record

T = TypeVar("T")

NO_MEMORY = "there is not enough memory for it"


def timed_records(
    task: Task, mode: str | None, debug: bool, work: Callable[[], list[Record]]
) -> list[Record]:
    """Return the records of a task with their times, or its failed record.

    Each record has the seconds that were spent on it alone. Time that the records share, such as
    that of opening the input, is added to the first.

    Parameters
    ----------
    task : Task
        The task.
    mode : str, optional
        The pooling mode, for a failed record; None for `poolcli info`.
    debug : bool
        Whether an unexpected error, which is a bug, is raised instead.
    work : callable
        Takes no argument; returns the records of the task, at least one.

    Returns
    -------
    list of Record

    Raises
    ------
    UnregisteredPathError, BrokenPipeError
        If `work` raises it.

    Examples
    --------
    >>> task = Task("a.png", None)
    >>> (record,) = timed_records(task, "max", False, lambda: [Record("a.png", "ok")])
    >>> record.status, record.seconds >= 0
    ('ok', True)
    """
    start = perf_counter()
    result = result_or_failure(task, mode, debug, work)
    records = [result] if isinstance(result, Record) else result
    seconds = [record.seconds or 0.0 for record in records]
    seconds[0] += max(0.0, perf_counter() - start - sum(seconds))
    for record, own in zip(records, seconds, strict=True):
        record.seconds = own
    return records


def result_or_failure(
    task: Task, mode: str | None, debug: bool, work: Callable[[], T]
) -> T | Record:
    """Return the result of a function, or the record of the error that it raised.

    Parameters
    ----------
    task : Task
        The task. If it has a failure, the function is not called.
    mode : str, optional
        The pooling mode, for a failed record; None for a command without one.
    debug : bool
        Whether an unexpected error, which is a bug, is raised instead.
    work : callable
        Takes no argument; returns the result.

    Raises
    ------
    UnregisteredPathError, BrokenPipeError
        If `work` raises it.

    Examples
    --------
    >>> task = Task("a.png", None)
    >>> result_or_failure(task, "max", False, lambda: 42)
    42
    >>> record = result_or_failure(task, "max", False, lambda: bytearray(1 << 62))
    >>> record.status, record.error.message
    ('failed', 'there is not enough memory for it')
    """
    try:
        if task.failure is not None:
            raise task.failure
        return work()
    except (PoolcliError, ArgumentError, ArgumentTypeError, TemporaryFileError) as error:
        diagram = getattr(error, "diagram", ())
        return failed_record(task, mode, type(error).__name__, str(error), diagram)
    except MemoryError:
        return failed_record(task, mode, "MemoryError", NO_MEMORY)
    except (BrokenPipeError, UnregisteredPathError):
        raise
    except Exception as error:
        # A bug must not stop the other files of a batch.
        if debug:
            raise
        return failed_record(task, mode, *_described(error))


def _described(error: Exception) -> tuple[str, str]:
    """Return the type and the message for an unexpected error."""
    name = type(error).__name__
    if str(error) == NO_THREAD:
        return "MemoryError", NO_MEMORY
    if isinstance(error, OSError) and is_shortage(error):
        return name, SHORTAGES[error.errno or 0]
    return name, f"a bug in poolcli ({name}: {error}); --debug shows the traceback"
