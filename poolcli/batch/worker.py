"""What runs in a worker process."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from dataclasses import dataclass, field
from multiprocessing import parent_process
from multiprocessing.connection import wait
from types import FrameType

from poolcli.batch.desk import Answer, SentDesk, UnansweredError
from poolcli.batch.tasks import Task
from poolcli.errors import ExitCode, Terminated
from poolcli.media import atomic
from poolcli.report.record import Record
from poolcli.request import Request


@dataclass(frozen=True, slots=True)
class Order:
    """A task as it is handed to a worker.

    Attributes
    ----------
    known : dict
        What is known of its outputs.
    is_alone, since
        As `SentDesk` has them.
    """

    task: Task
    known: dict[str, Answer] = field(default_factory=dict)
    is_alone: bool = False
    since: float | None = None


Outcome = list[Record] | str
"""The records of a task; or a file that the plan is to be asked of first."""

REQUEST: list[Request] = []
"""The request of this process's run; one at most."""

BUSY = threading.Event()


def begin(request: Request, run: str) -> None:
    """Make a new process ready: for signals, for the end of its parent, and for noisy codecs.

    Parameters
    ----------
    run : str
        What temporary files are called after.
    """
    REQUEST[:] = [request]
    atomic.RUN.set(run)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent decides
    signal.signal(signal.SIGTERM, _terminate)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def work(order: Order) -> Outcome:
    """Work on one task."""
    from poolcli.batch.job import do  # loaded already, where this runs: see `ready`

    BUSY.set()
    try:
        return do(order.task, REQUEST[0], SentDesk(order.known, order.is_alone, order.since))
    except UnansweredError as error:
        return error.path
    except Terminated:
        os._exit(ExitCode.TERMINATED)  # the stack is unwound: no temporary file is left
    finally:
        BUSY.clear()


def _terminate(number: int, frame: FrameType | None) -> None:
    if BUSY.is_set():
        raise Terminated
    os._exit(ExitCode.TERMINATED)


def _end_with_parent() -> None:
    """Nobody is to go on working for a parent that was killed."""
    parent = parent_process()
    if parent is not None:
        with contextlib.suppress(OSError):
            wait([parent.sentinel])
        os._exit(ExitCode.TERMINATED)
