"""Worker processes on this machine. If one dies, at most the file that it worked on fails."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait

from poolcli.batch.file_work import FileWork
from poolcli.batch.workers import fork_server_client
from poolcli.batch.workers.messages import Answer, Assignment, NoWorkerError, PathReport, TaskLost
from poolcli.batch.workers.remove_temporary_files import remove_temporary_files
from poolcli.request import Request

TASKS_PER_WORKER = 2
"""The number of tasks that a worker holds: one that it works on, one that waits."""

CHECK_SECONDS = 1.0
"""Seconds to wait for an answer before it is checked whether workers are stopped."""

CLEANUP_SECONDS = 1.0
"""Seconds that workers get to remove their temporary files before they are killed."""

DIED_TWICE = (
    "two worker processes died while they worked on it (killed, out of memory, or a crash in a "
    "codec); other files are not affected"
)


@dataclass(eq=False, slots=True)
class WorkerProcess:
    """A worker process, as its parent sees it.

    Attributes
    ----------
    run_id : str
        Identifies its temporary files, whose names contain it.
    assignments : deque of Assignment
        Its tasks that have no answer yet; it works on the first.
    is_stopped : bool
        Whether it was stopped (SIGSTOP) at the last check.
    """

    pid: int
    connection: Connection
    run_id: str
    assignments: deque[Assignment] = field(default_factory=deque)
    is_stopped: bool = False

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        with contextlib.suppress(OSError):
            os.kill(self.pid, number)


class LocalWorkers:
    """Worker processes on this machine, started as they are needed.

    If a worker dies, only the task that it had begun is retried: once, alone, when no other task is
    in flight. The tasks that waited for it go to other workers.

    Parameters
    ----------
    request : Request
        The request that workers carry out.
    jobs : int
        The number of workers; fewer run if the system cannot start as many.
    work : callable
        The work on each file.
    """

    def __init__(self, request: Request, jobs: int, work: FileWork) -> None:
        self.request = request
        self.work = work
        self.workers: list[WorkerProcess] = []
        self._limit = jobs
        self._to_send: deque[Assignment] = deque()
        self._to_retry: deque[Assignment] = deque()

    @property
    def in_flight(self) -> int:
        """The number of tasks that were handed out and have no answer yet."""
        sent = sum(len(worker.assignments) for worker in self.workers)
        return sent + len(self._to_send) + len(self._to_retry)

    @property
    def free_slots(self) -> int:
        """The number of further tasks that may be handed out."""
        return TASKS_PER_WORKER * self._limit - self.in_flight

    def close(self, *, abort: bool) -> None:
        """Let all workers end; with `abort`, stop those that work."""
        if abort:
            self._stop_all()
        for worker in self.workers:
            worker.connection.close()  # the process ends then
        self.workers.clear()

    def submit(self, assignment: Assignment) -> None:
        """Hand out a task.

        Raises
        ------
        NoWorkerError
            If there is no worker, and none can be started.
        """
        worker = self._least_busy_worker()
        if worker is None:
            raise NoWorkerError([*self._to_send, assignment, *self._to_retry])
        try:
            worker.connection.send(assignment)
        except ConnectionError:  # `completed` finds the dead process
            self._to_send.append(assignment)
        else:
            worker.assignments.append(assignment)

    def completed(self) -> list[tuple[Assignment, Answer | TaskLost]]:
        """Wait for answers; return those that came within a second, maybe none.

        Raises
        ------
        NoWorkerError
            As `submit` does, if a task is to be handed out again.
        """
        for _ in range(len(self._to_send)):
            self.submit(self._to_send.popleft())
        if self._to_retry and not any(worker.assignments for worker in self.workers):
            self.submit(self._to_retry.popleft())
        ready = wait([worker.connection for worker in self.workers], CHECK_SECONDS)
        if not ready:
            self._kill_stopped()
        workers = [worker for worker in self.workers if worker.connection in ready]
        return [answer for worker in workers for answer in self._receive(worker)]

    def _least_busy_worker(self) -> WorkerProcess | None:
        """Return an idle worker, a new one, or the one with the fewest tasks; None if none runs."""
        worker = min(self.workers, key=lambda each: len(each.assignments), default=None)
        if len(self.workers) < self._limit and (worker is None or worker.assignments):
            try:
                worker = self._start_worker()
            except (OSError, EOFError, MemoryError):
                self._limit = max(1, len(self.workers))
        return worker

    def _start_worker(self) -> WorkerProcess:
        pid, connection = fork_server_client.fork_worker()
        worker = WorkerProcess(pid, connection, os.urandom(4).hex())
        connection.send((self.request, self.work, worker.run_id, current_folder()))
        fork_server_client.wait_for_answer(connection, pid)
        connection.recv()  # the message that it is ready
        self.workers.append(worker)
        return worker

    def _receive(self, worker: WorkerProcess) -> list[tuple[Assignment, Answer | TaskLost]]:
        """Receive an answer from a worker, or take back its tasks if it has died."""
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError):
            return self._take_back_tasks(worker)
        assignment = worker.assignments.popleft()
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, PathReport):
            permit = assignment.permit.extended(answer.path, answer.status)
            worker.assignments.appendleft(assignment._replace(permit=permit))
            return []
        return [(assignment, answer)]

    def _take_back_tasks(self, worker: WorkerProcess) -> list[tuple[Assignment, Answer | TaskLost]]:
        """Take back the tasks of a dead worker; return the one that is given up, if any."""
        self.workers.remove(worker)
        worker.connection.close()
        remove_temporary_files(worker.assignments, worker.run_id)
        if not worker.assignments:
            return []
        begun = worker.assignments.popleft()
        self._to_send.extend(worker.assignments)
        if begun.permit.may_have_written:
            return [(begun, TaskLost(DIED_TWICE))]
        self._to_retry.append(begun.as_retry())
        return []

    def _kill_stopped(self) -> None:
        """Kill workers that were stopped at two checks in a row; other workers take their tasks."""
        for worker in self.workers:
            was, worker.is_stopped = worker.is_stopped, fork_server_client.is_stopped(worker.pid)
            if was and worker.is_stopped:
                worker.signal(signal.SIGKILL)

    def _stop_all(self) -> None:
        """Terminate all workers, which remove their temporary files; kill those that remain."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for worker in self.workers:
                worker.signal(number)
            self._wait_for_exits(CLEANUP_SECONDS)

    def _wait_for_exits(self, seconds: float) -> None:
        """Wait until all workers have ended; remove the temporary files that they left."""
        end = time.monotonic() + seconds
        while self.workers and (left := end - time.monotonic()) > 0:
            ready = wait([worker.connection for worker in self.workers], left)
            for worker in [each for each in self.workers if each.connection in ready]:
                try:
                    worker.connection.recv()  # an answer that is no longer needed
                except (EOFError, OSError):
                    self._take_back_tasks(worker)


def current_folder() -> str | None:
    """Return the path of the current folder; None if it has been deleted."""
    try:
        return os.getcwd()  # noqa: PTH109
    except FileNotFoundError:
        return None
