"""The work of a worker process: it answers the tasks that its parent sends."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
import traceback
from dataclasses import replace
from multiprocessing.connection import Connection
from types import FrameType
from typing import NoReturn

from poolcli.batch.file_work import FileWork, load_and_pool_file
from poolcli.batch.workers.messages import Answer, Assignment, PathReport, PathRequest
from poolcli.batch.write_permit import UnregisteredPathError
from poolcli.batch.zarr_stores.box_messages import BoxTask
from poolcli.errors import ExitCode, Terminated
from poolcli.io import atomic_write
from poolcli.request import Request

IS_BUSY = threading.Event()
"""Set while a task is being worked on."""

CLEANUP_SECONDS = 10.0
"""Seconds that a worker whose parent has ended may take to remove its temporary files."""

CHECK_SECONDS = 1.0
"""Seconds between two checks whether the parent has ended, on macOS."""


def serve(connection: Connection) -> NoReturn:
    """Work on the tasks that come through a connection, until it is closed.

    The first message is a tuple: the request, the work on each file, the identifier of the run's
    temporary files, and the current folder of the parent (None if it was deleted). The worker sends
    None when it is ready. It then answers each assignment, or sends the exception that the task
    raised. Before an answer it may send reports on renamed outputs.
    """
    try:
        request, work, run_id, folder = connection.recv()
        if folder is not None:
            os.chdir(folder)
        _prepare(connection, run_id)
        connection.send(None)
        while True:
            connection.send(_answer_or_error(connection, request, work))
    except (EOFError, ConnectionError):
        os._exit(0)
    except Terminated:
        os._exit(ExitCode.TERMINATED)


def _prepare(connection: Connection, run_id: str) -> None:
    """Handle SIGTERM, and watch for the end of the parent."""
    atomic_write.RUN_ID.set(run_id)
    signal.signal(signal.SIGTERM, _terminate)
    threading.Thread(target=_end_with_parent, args=(connection.fileno(),), daemon=True).start()


def _answer_or_error(
    connection: Connection, request: Request, work: FileWork
) -> Answer | Exception:
    assignment = connection.recv()
    IS_BUSY.set()
    try:
        permit = replace(assignment.permit, report=lambda *args: connection.send(PathReport(*args)))
        return answer(assignment._replace(permit=permit), request, work)
    except Exception as error:  # the parent raises it
        error.add_note("".join(traceback.format_exception(error)))
        return error
    finally:
        IS_BUSY.clear()


def answer(assignment: Assignment, request: Request, work: FileWork = load_and_pool_file) -> Answer:
    """Work on one task or box; return its records, or ask whether it may write another file.

    Parameters
    ----------
    assignment : Assignment
        The task and the files that it may write.
    request : Request
        The request.
    work : callable
        The work on each file, by default pooling.

    Returns
    -------
    list of Record or PathRequest
        Of a box BoxStatistics or BoxError.
    """
    task = assignment.task
    if isinstance(task, BoxTask):
        from poolcli.batch.zarr_stores.answer_box import answer_box  # imports zarr

        return answer_box(task, request)
    try:
        return work(task, request, assignment.permit)
    except UnregisteredPathError as error:
        return PathRequest(error.path)


def _terminate(number: int, frame: FrameType | None) -> None:
    if not IS_BUSY.is_set():
        os._exit(ExitCode.TERMINATED)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # another must not interrupt the cleanup
    raise Terminated  # `finally` blocks remove temporary files


def _wait_for_end_of_parent(descriptor: int) -> None:
    """Wait until the parent closes its end of the connection or is killed."""
    if sys.platform == "darwin":  # where `poll` without events never returns
        fork_server = os.getppid()  # ends with the parent
        while os.getppid() == fork_server:
            time.sleep(CHECK_SECONDS)
        return
    poll = select.poll()
    poll.register(descriptor, 0)  # only the end of the connection is reported
    poll.poll()


def _end_with_parent(descriptor: int) -> None:
    """Terminate this process when the parent closes its end of the connection or is killed."""
    _wait_for_end_of_parent(descriptor)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    time.sleep(CLEANUP_SECONDS)
    os._exit(ExitCode.TERMINATED)
