"""A pool of worker processes; one that dies costs at most the file it worked on."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import deque
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self

from poolcli.batch.workers import fork_server_client
from poolcli.batch.workers.cleanup import sweep
from poolcli.batch.workers.worker import Order, Outcome
from poolcli.request import Request

AHEAD = 2
"""So many tasks are handed to each worker at a time: one at work, one waiting."""

PATIENCE = 1.0
"""Seconds to wait for a result before workers are looked after."""

GRACE = 1.0
"""Seconds that workers get to clean up."""

DIED = (
    "the process that worked on it died twice (killed, out of memory, or a crash in its codec); "
    "the other files are not touched by that"
)


@dataclass(frozen=True, slots=True)
class Lost:
    """The outcome of a task that is given up.

    Attributes
    ----------
    message : str
        Why.
    """

    message: str


class NoWorkerError(Exception):
    """No worker runs, and none can be started.

    Attributes
    ----------
    orders : list of Order
        The tasks that were handed out and have no outcome; `since` is set where a worker has died
        of one.
    """

    def __init__(self, orders: list[Order]) -> None:
        super().__init__("no worker process can be started")
        self.orders = orders


@dataclass(eq=False, slots=True)
class Worker:
    """A worker process.

    Attributes
    ----------
    run : str
        What its temporary files are called after.
    orders : deque of Order
        Its tasks that have no outcome yet; it works on the first.
    is_stopped : bool
        Whether it was stopped (SIGSTOP) when it was last looked after.
    """

    pid: int
    connection: Connection
    run: str
    orders: deque[Order] = field(default_factory=deque)
    is_stopped: bool = False

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        with contextlib.suppress(OSError):
            os.kill(self.pid, number)


class Pool:
    """A number of worker processes, which are started as they are needed.

    A task whose worker died is tried once more, alone, when nothing else is in flight.

    Parameters
    ----------
    request : Request
        As each worker is to see it.
    jobs : int
        How many workers; less where the system has no room for more.
    """

    def __init__(self, request: Request, jobs: int) -> None:
        self.request = request
        self.workers: list[Worker] = []
        self._limit = jobs
        self._began = time.time()
        self._unsent: deque[Order] = deque()
        self._again: deque[Order] = deque()

    @property
    def flying(self) -> int:
        """The number of tasks that were handed out and have no outcome yet."""
        sent = sum(len(worker.orders) for worker in self.workers)
        return sent + len(self._unsent) + len(self._again)

    @property
    def room(self) -> int:
        """The number of further tasks that may be handed out."""
        return AHEAD * self._limit - self.flying

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._abandon()
        for worker in self.workers:
            worker.connection.close()  # it ends with that
        self.workers.clear()

    def submit(self, order: Order) -> None:
        """Hand out a task.

        Raises
        ------
        NoWorkerError
            If there is no worker, and none can be started.
        """
        worker = self._idlest()
        if worker is None:
            raise NoWorkerError([*self._unsent, order, *self._again])
        try:
            worker.connection.send(order)
        except ConnectionError:  # it has died, which `completed` will see
            self._unsent.append(order)
        else:
            worker.orders.append(order)

    def completed(self) -> list[tuple[Order, Outcome | Lost]]:
        """Wait for outcomes; gives none where none comes within a second.

        Raises
        ------
        NoWorkerError
            As `submit` does, if a task is to be handed out again.
        """
        for _ in range(len(self._unsent)):
            self.submit(self._unsent.popleft())
        if self._again and not any(worker.orders for worker in self.workers):
            self.submit(self._again.popleft())
        ready = wait([worker.connection for worker in self.workers], PATIENCE)
        if not ready:
            self._kill_stopped()
        workers = [worker for worker in self.workers if worker.connection in ready]
        return [outcome for worker in workers for outcome in self._received(worker)]

    def _idlest(self) -> Worker | None:
        """The worker with the fewest tasks; a new one where all have some."""
        worker = min(self.workers, key=lambda each: len(each.orders), default=None)
        if len(self.workers) < self._limit and (worker is None or worker.orders):
            try:
                worker = self._started()
            except (OSError, EOFError, MemoryError):
                self._limit = max(1, len(self.workers))
        return worker

    def _started(self) -> Worker:
        pid, connection = fork_server_client.fork_worker()
        worker = Worker(pid, connection, os.urandom(4).hex())
        connection.send((self.request, worker.run, current_folder()))
        fork_server_client.wait_for_answer(connection, pid)
        connection.recv()  # it is ready
        self.workers.append(worker)
        return worker

    def _received(self, worker: Worker) -> list[tuple[Order, Outcome | Lost]]:
        """Receive from a worker: an outcome, or the end of the process."""
        try:
            outcome = worker.connection.recv()
        except (EOFError, OSError):
            return self._buried(worker)
        order = worker.orders.popleft()
        if isinstance(outcome, Exception):
            raise outcome
        return [(order, outcome)]

    def _buried(self, worker: Worker) -> list[tuple[Order, Outcome | Lost]]:
        """Take back the tasks of a worker that has died; gives the one that is given up."""
        self.workers.remove(worker)
        worker.connection.close()
        sweep(worker.orders, worker.run)
        begun, waiting = list(worker.orders)[:1], list(worker.orders)[1:]
        self._unsent.extend(waiting)
        self._again.extend(replace(each, since=self._began) for each in begun if not each.since)
        return [(each, Lost(DIED)) for each in begun if each.since]

    def _kill_stopped(self) -> None:
        """Kill workers that have been stopped for a second; others take their tasks."""
        for worker in self.workers:
            was, worker.is_stopped = worker.is_stopped, fork_server_client.is_stopped(worker.pid)
            if was and worker.is_stopped:
                worker.signal(signal.SIGKILL)

    def _abandon(self) -> None:
        """End all workers: with time to remove their temporary files, then without."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for worker in self.workers:
                worker.signal(number)
            self._wait_for_ends(GRACE)

    def _wait_for_ends(self, seconds: float) -> None:
        """Wait until all workers have ended, and remove what they have left."""
        end = time.monotonic() + seconds
        while self.workers and (left := end - time.monotonic()) > 0:
            ready = wait([worker.connection for worker in self.workers], left)
            for worker in [each for each in self.workers if each.connection in ready]:
                try:
                    worker.connection.recv()  # a result that nobody waits for
                except (EOFError, OSError):
                    self._buried(worker)


def current_folder() -> str | None:
    """The path of the current folder; None where it has been deleted."""
    try:
        return os.getcwd()  # noqa: PTH109
    except FileNotFoundError:
        return None
