"""A Dask cluster in place of worker processes: for what one machine is too small for."""

from __future__ import annotations

import os
import time
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from poolcli import __version__
from poolcli.batch.desk import SentDesk, UnansweredError
from poolcli.batch.pool_file import do
from poolcli.batch.workers import dask_connection
from poolcli.batch.workers.cleanup import sweep
from poolcli.batch.workers.local import AHEAD, PATIENCE, Lost, current_folder
from poolcli.batch.workers.worker import Order, Outcome
from poolcli.errors import ClusterError
from poolcli.io import atomic_write
from poolcli.request import Request

LOCAL = "local"
"""The address that stands for a cluster that is started here."""

SECONDS = 8
"""How long a scheduler is waited for."""

GONE = "the Dask cluster went away; --skip-existing goes on where it ended, once it is back"

ASKED_EVERY = 5.0
"""Seconds between two questions for the number of workers."""

WORKERLESS = 10.0
"""Seconds that a cluster may be without workers while there is work."""

KILLED = "each Dask worker that it was given to died; the other files are not touched"


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
        If there is no Dask, or no cluster at the address that can do the work.
    """

    def __init__(self, address: str, request: Request, jobs: int, run: str) -> None:
        folder = current_folder()
        if folder is None:
            raise ClusterError("the current folder was deleted; Dask workers would not find it")
        self.here = f"{folder}/"
        self._indices = request.indices
        indices = None if request.indices is None else self._there(request.indices)
        # A worker has as many threads as it is to use.
        self.request = replace(request, jobs=1, indices=indices)
        self.run = run
        self._flying: dict[Future[Outcome], Order] = {}
        self._sent: list[Order] = []
        self._began = time.time()
        distributed = dask_connection.load()
        self._killed: type[BaseException] = distributed.KilledWorker
        self._local: Any = None
        if address == LOCAL:
            self._local, self._client, self._folder = dask_connection.started(distributed, jobs)
        else:
            self._client = dask_connection.connected(distributed, address, SECONDS)
        self._executor = self._client.get_executor(pure=False)
        self._asked = self._seen = time.monotonic()
        self._threads = self._counted()

    @property
    def flying(self) -> int:
        """The number of tasks that were handed out and have no outcome yet."""
        return len(self._flying)

    @property
    def room(self) -> int:
        """The number of further tasks that may be handed out."""
        self._look_after()
        return AHEAD * max(1, self._threads) - self.flying

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        with dask_connection.ignoring_lost_connection():
            if kind is None:
                self._executor.shutdown(wait=True)
            else:
                self._abandon()
        sweep(self._sent, self.run)
        dask_connection.close(self._client)
        if self._local is not None:
            dask_connection.close(self._local)
            self._folder.cleanup()

    def submit(self, order: Order) -> None:
        """Hand out a task."""
        self._sent = [*self._sent[-100:], order]
        # Dask may hand it out twice.
        sent = replace(self._absolute(order), since=self._began)
        future: Future[Outcome] = self._executor.submit(
            work_there, self.request, sent, self.run, self.here, self._relative(order)
        )
        self._flying[future] = order

    def completed(self) -> list[tuple[Order, Outcome | Lost]]:
        """Wait for outcomes; gives none where none comes within a second.

        Raises
        ------
        ClusterError
            If the cluster went away, or cannot do the work.
        """
        done, _ = wait(self._flying, PATIENCE, FIRST_COMPLETED)
        if not done:
            self._look_after()
        return [(self._flying.pop(future), self._outcome(future)) for future in done]

    def _outcome(self, future: Future[Outcome]) -> Outcome | Lost:
        try:
            return future.result()
        except self._killed:  # Dask has tried other workers already
            return Lost(KILLED)
        except (OSError, CancelledError) as error:
            raise ClusterError(GONE) from error
        except Exception as error:
            if self.request.debug:
                raise
            raise ClusterError(
                f"a Dask worker cannot do the work ({type(error).__name__}: {error}); it needs "
                f"poolcli {__version__} and the same packages as here"
            ) from error

    def _look_after(self) -> None:
        """Count the threads of the cluster, now and then.

        Raises
        ------
        ClusterError
            If its scheduler does not answer, or it has lost all workers.
        """
        now = time.monotonic()
        if now - self._asked > ASKED_EVERY:
            self._threads = self._counted()
            self._asked = time.monotonic()
        if self._threads:
            self._seen = now
        elif now - self._seen > WORKERLESS:
            raise ClusterError(f"all workers are gone: {GONE}")

    def _counted(self) -> int:
        try:
            threads = self._client.sync(self._client.scheduler.ncores, callback_timeout=SECONDS)
        except Exception as error:  # whatever its connection raises
            raise ClusterError(GONE) from error
        return sum(map(int, threads.values()))

    def _abandon(self) -> None:
        """Cancel what waits; what is being worked on is finished by the workers."""
        self._executor.shutdown(wait=False)
        if self._local is not None:
            for nanny in self._local.workers.values():
                nanny.auto_restart = False
            dask_connection.kill_children()

    def _absolute(self, order: Order) -> Order:
        """The same order with paths that hold in any folder."""
        task = order.task
        assert task.target is not None
        target = task.target._replace(path=self._there(task.target.path))
        known = {self._there(path): answer for path, answer in order.known.items()}
        moved = task._replace(input=self._there(task.input), target=target)
        return replace(order, task=moved, known=known)

    def _relative(self, order: Order) -> tuple[str, ...]:
        """The input, the output and the indices of a task, where they are no absolute paths."""
        task = order.task
        assert task.target is not None
        paths = (task.input, task.target.path, self._indices)
        return tuple(path for path in paths if path is not None and not path.startswith("/"))

    def _there(self, path: str) -> str:
        return path if path.startswith("/") else self.here + path


def work_there(
    request: Request, order: Order, run: str, here: str, relative: tuple[str, ...]
) -> Outcome:
    """Work on one task, on a worker of the cluster.

    Paths in what comes out are relative to the folder `here`, as the person named them, where
    they begin as one of `relative` does.

    A task that is handed out twice is harmless: whether its output exists was asked before, and
    either try replaces what the other wrote.
    """
    atomic_write.RUN_ID.set(run)
    try:
        records = do(order.task, request, SentDesk(order.known, order.is_alone, order.since))
    except UnansweredError as error:
        return _as_named(error.path, relative, here)
    for record in records:
        record.input = _as_named(record.input, relative, here)
        if record.output is not None:
            record.output = _as_named(record.output, relative, here)
        if record.error is not None:
            record.error.message = _as_named(record.error.message, relative, here)
    return records


def _as_named(text: str, relative: tuple[str, ...], here: str) -> str:
    """A text in which absolute paths of relative ones are relative again.

    Examples
    --------
    >>> _as_named("/home/a/b.png exists", ("b.jpg",), "/home/a/")
    'b.png exists'
    >>> _as_named("/home/a/out/b.png exists", ("b.jpg",), "/home/a/")
    '/home/a/out/b.png exists'
    """
    for path in relative:
        root = os.path.splitext(path)[0]  # noqa: PTH122 - the extension of an output may change
        text = text.replace(here + root, root)
    return text
