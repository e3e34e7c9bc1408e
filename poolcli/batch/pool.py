"""Worker processes that may die, each for itself."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from types import TracebackType
from typing import Self

from poolcli.batch import server
from poolcli.batch.sweep import sweep
from poolcli.batch.worker import Order, Outcome, begin, work
from poolcli.errors import PoolcliError
from poolcli.request import Request

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

NO_SERVER = (
    "no worker can be started, for the process that starts them was killed again and again; what "
    "is complete stays, --skip-existing passes over it next time"
)

GRACE = 1.0
"""Seconds that workers get to clean up."""


class Pool:
    """A number of worker processes.

    Parameters
    ----------
    request : Request
        As each worker is to see it.
    jobs : int
        How many.
    run : str
        What the run's temporary files are called after.
    """

    def __init__(self, request: Request, jobs: int, run: str) -> None:
        self.request = request
        self.jobs = jobs
        self.run = run
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._close()
        else:
            self.abandon()

    def submit(self, order: Order) -> Future[Outcome]:
        """Hand out a task; workers are started with the first, and anew where one has died."""
        for _ in range(2):
            if self._executor is None:
                self._executor = self._started()
            try:
                with server.unseen(*SIGNALS):  # a process that it starts is known to `abandon`
                    return self._executor.submit(work, order)
            except (BrokenProcessPool, EOFError, ConnectionError):
                self.renew()
        raise PoolcliError(NO_SERVER)

    def renew(self) -> None:
        """Forget workers of whom one has died; the others end with it, stopped ones too."""
        self._cut()
        self._close()

    def heed(self) -> None:
        """End what waits for a worker that has died."""
        executor = self._executor
        if executor is not None and any(not each.is_alive() for each in _processes(executor)):
            self._cut()

    def _cut(self) -> None:
        """Kill the workers, and let who reads their results see that nothing more comes.

        A worker that dies while it writes leaves half a message. Who reads it would wait for the
        rest as long as the pipe has another end to write to, and one of them is held here.
        """
        for child in multiprocessing.active_children():
            child.kill()
        if self._executor is not None and (results := _results(self._executor)) is not None:
            results._writer.close()  # type: ignore[attr-defined]

    def _close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def abandon(self) -> None:
        """End all workers: politely, then not."""
        children = multiprocessing.active_children()
        for child in children:
            child.terminate()
        end = time.monotonic() + GRACE
        for child in children:
            child.join(max(0.0, end - time.monotonic()))
        self._cut()
        self._close()  # its thread ends with them; an interpreter that ends first would complain

    def lost(self, error: BaseException) -> str | None:
        """Why a task is given up at once: never, for which worker it was that died is unknown."""
        return None

    def sweep(self, orders: Iterable[Order]) -> None:
        """Remove what workers that died have left beside the outputs of their tasks."""
        sweep(orders, self.run)

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self.jobs,
            mp_context=server.start(),
            initializer=begin,
            initargs=(self.request, self.run),
        )


def _processes(executor: ProcessPoolExecutor) -> list[BaseProcess]:
    """The workers; nothing of Python's that is public tells of them."""
    return list((executor._processes or {}).values())


def _results(executor: ProcessPoolExecutor) -> SimpleQueue[object] | None:
    """What results come through."""
    return executor._result_queue
