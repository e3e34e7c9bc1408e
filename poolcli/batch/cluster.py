"""A Dask cluster in place of worker processes: for what one machine is too small for."""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Iterable
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from poolcli.batch.desk import SentDesk, UnansweredError
from poolcli.batch.job import do
from poolcli.batch.server import start_tracker, unseen
from poolcli.batch.sweep import sweep
from poolcli.batch.worker import Order, Outcome
from poolcli.errors import ClusterError
from poolcli.media import atomic
from poolcli.request import Request

LOCAL = "local"
"""The address that stands for a cluster that is started here."""

SECONDS = 10
"""How long a scheduler is waited for."""


LOGGERS = ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio")
"""What complains where something is lost, which the report does."""

GONE = "the Dask cluster went away; --skip-existing goes on where it ended, once it is back"

ASKED_EVERY = 5.0
"""Seconds between two questions for the number of workers."""


class Cluster:
    """The workers of a Dask cluster, which see the same files under the same absolute paths.

    Parameters
    ----------
    address : str
        The scheduler's: ``tcp://host:8786``; or `LOCAL`.
    request : Request
        As each worker is to see it.
    jobs : int
        How many workers a local cluster has.
    run : str
        What the run's temporary files are called after.

    Raises
    ------
    ClusterError
        If there is no Dask, or no scheduler at the address.
    """

    def __init__(self, address: str, request: Request, jobs: int, run: str) -> None:
        try:
            dask: Any = importlib.import_module("dask")
            distributed: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise ClusterError(
                "--dask takes Dask, which is not installed: pip install 'poolcli[dask]'"
            ) from error
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        dask.config.set({"logging.distributed": "critical"})
        self.request = replace(request, jobs=1)  # a worker has as many threads as it is to use
        self.run = run
        self.here = f"{os.getcwd()}/"  # noqa: PTH109
        self._orders: list[Order] = []
        self._began = time.time()
        self._asked, self._threads = -ASKED_EVERY, 0
        self._local: Any = None
        self._lost: type[BaseException] = distributed.KilledWorker
        try:
            if address == LOCAL:
                os.environ["DASK_LOGGING__DISTRIBUTED"] = "critical"  # for workers started here
                start_tracker()
                with unseen(signal.SIGINT, signal.SIGHUP):
                    self._local = distributed.LocalCluster(
                        n_workers=jobs, threads_per_worker=1, dashboard_address="127.0.0.1:0"
                    )
            self._client = distributed.Client(self._local or address, timeout=SECONDS)
        except (OSError, ValueError, TimeoutError) as error:
            words = str(error).strip().splitlines() or [type(error).__name__]
            raise ClusterError(f"no Dask scheduler answers at {address}: {words[0]}") from error
        self._executor = self._client.get_executor(pure=False)

    @property
    def jobs(self) -> int:
        """How many tasks the cluster works on at a time."""
        now = time.monotonic()
        if now - self._asked > ASKED_EVERY:
            try:
                self._threads = sum(map(int, self._client.nthreads().values()))
            except Exception as error:  # whatever its connection raises
                raise ClusterError(GONE) from error
            self._asked = now
        return max(1, self._threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._executor.shutdown(wait=True)
        self._close()

    def submit(self, order: Order) -> Future[Outcome]:
        """Hand out a task."""
        self._orders = [*self._orders[-100:], order]
        # Dask may hand it out twice.
        sent = replace(self._absolute(order), since=self._began)
        future: Future[Outcome] = self._executor.submit(
            work_there, self.request, sent, self.run, self.here
        )
        return future

    def lost(self, error: BaseException) -> str | None:
        """Why a task is given up, where its workers died: Dask has tried others already."""
        if isinstance(error, self._lost):
            return "each Dask worker that it was given to died; the other files are not touched"
        if isinstance(error, (OSError, CancelledError)):
            raise ClusterError(GONE) from error
        return None

    def heed(self) -> None:
        """Nothing: Dask looks after its workers."""

    def abandon(self) -> None:
        """Cancel what waits; what is being worked on is finished by the workers."""
        self._executor.shutdown(wait=False)
        if self._local is not None:
            for nanny in self._local.workers.values():
                nanny.auto_restart = False
            for child in multiprocessing.active_children():
                child.kill()

    def sweep(self, orders: Iterable[Order]) -> None:
        """Remove what workers that died have left beside the outputs of their tasks."""
        sweep(orders, self.run)

    def _close(self) -> None:
        self.sweep(self._orders)
        self._client.close(timeout=2)
        if self._local is not None:
            self._local.close(timeout=2)

    def _absolute(self, order: Order) -> Order:
        """The same order with paths that hold in any folder."""
        task = order.task
        assert task.target is not None
        target = task.target._replace(path=self._there(task.target.path))
        known = {self._there(path): answer for path, answer in order.known.items()}
        moved = task._replace(input=self._there(task.input), target=target)
        return replace(order, task=moved, known=known)

    def _there(self, path: str) -> str:
        return path if path.startswith("/") else self.here + path


def work_there(request: Request, order: Order, run: str, here: str) -> Outcome:
    """Work on one task, on a worker of the cluster.

    A task that is handed out twice is harmless: whether its output exists was asked before, and
    either try replaces what the other wrote.
    """
    atomic.RUN.set(run)
    try:
        records = do(order.task, request, SentDesk(order.known, order.is_alone, order.since))
    except UnansweredError as error:
        return error.path.removeprefix(here)
    for record in records:
        record.input = record.input.removeprefix(here)
        record.output = None if record.output is None else record.output.removeprefix(here)
        if record.error is not None:
            record.error.message = record.error.message.replace(here, "")
    return records
