"""What runs in a worker process."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import FrameType
from typing import NoReturn

from poolcli.batch.desk import Answer, SentDesk, UnansweredError
from poolcli.batch.tasks import Task
from poolcli.errors import ExitCode, Terminated
from poolcli.io import atomic_write
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

BUSY = threading.Event()

PATIENCE = 10.0
"""Seconds that a worker whose parent has ended may take to remove its temporary files."""


def serve(connection: Connection) -> NoReturn:
    """Do the tasks that come through a connection, until it is closed.

    The first message is the request, what temporary files are called after, and the current folder
    of the parent, if it has one; it is answered when the worker is ready. Each order is answered
    by its outcome, or by the exception that it ended with.
    """
    try:
        request, run, folder = connection.recv()
        if folder is not None:
            os.chdir(folder)
        _prepare(connection, run)
        connection.send(None)
        while True:
            connection.send(_answer(connection.recv(), request))
    except (EOFError, ConnectionError):
        os._exit(0)
    except Terminated:
        os._exit(ExitCode.TERMINATED)


def _prepare(connection: Connection, run: str) -> None:
    """Make a new process ready for signals and for the end of its parent."""
    atomic_write.RUN_ID.set(run)
    signal.signal(signal.SIGTERM, _terminate)
    threading.Thread(target=_end_with_parent, args=(connection.fileno(),), daemon=True).start()


def _answer(order: Order, request: Request) -> Outcome | Exception:
    try:
        return work(order, request)
    except Exception as error:  # it is raised again in the parent
        error.add_note("".join(traceback.format_exception(error)))
        return error


def work(order: Order, request: Request) -> Outcome:
    """Work on one task."""
    from poolcli.batch.pool_file import do  # loaded already, where this runs: see `ready`

    BUSY.set()
    try:
        return do(order.task, request, SentDesk(order.known, order.is_alone, order.since))
    except UnansweredError as error:
        return error.path
    finally:
        BUSY.clear()


def _terminate(number: int, frame: FrameType | None) -> None:
    if not BUSY.is_set():
        os._exit(ExitCode.TERMINATED)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not interrupt the cleaning
    raise Terminated  # unwinds the stack, so that no temporary file is left


def _end_with_parent(descriptor: int) -> None:
    """Unwind the main thread when the other end of the connection is closed.

    Nobody is to go on working for a parent that was killed.
    """
    poll = select.poll()
    poll.register(descriptor, 0)  # reports nothing but the end
    poll.poll()
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(ExitCode.TERMINATED)
