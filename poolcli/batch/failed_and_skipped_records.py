"""The records of inputs that failed and of outputs that were skipped.

The parent of worker processes makes them too; it does not import NumPy, which `records` needs.
"""

from __future__ import annotations

from poolcli.batch.tasks import Task
from poolcli.report.record import ErrorInfo, Record
from poolcli.request import Request


def failed_record(
    task: Task, mode: str | None, kind: str, message: str, diagram: tuple[str, ...] = ()
) -> Record:
    """Return the record of an input that failed.

    Parameters
    ----------
    task : Task
        The task, which has the input's name.
    mode : str, optional
        The pooling mode; None for `poolcli info`.
    kind : str
        The name of the error's class, which the JSON lines give as its type.
    message : str
        What is wrong and what to do.
    diagram : tuple of str
        The lines of a diagram of the window; empty if there is none.

    Examples
    --------
    >>> record = failed_record(Task("a.png", None), "max", "ReadError", "there is no such file")
    >>> record.status, record.error
    ('failed', ErrorInfo(type='ReadError', message='there is no such file'))
    """
    return Record(
        input=task.input,
        status="failed",
        mode=mode,
        member=task.member,
        error=ErrorInfo(kind, message),
        window_diagram=diagram,
    )


def skipped_record(task: Task, request: Request, level: int | None, path: str) -> Record:
    """Return the record of an output that existed already and stays.

    Parameters
    ----------
    task : Task
        The task, which has the input's name.
    request : Request
        The request, for its mode.
    level : int, optional
        The level of a pyramid, from 1; None without `--levels`.
    path : str
        The path of the output.

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> request = Request(("a.png",), "max", Window.fixed(2))
    >>> record = skipped_record(Task("a.png", None), request, 1, "out/a.L1.png")
    >>> record.status, record.level, record.output
    ('skipped', 1, 'out/a.L1.png')
    """
    return Record(
        input=task.input,
        status="skipped",
        mode=request.mode,
        member=task.member,
        level=level,
        output=path,
    )
