"""The workers of a Dask cluster, used in place of local worker processes."""

from __future__ import annotations

import os
import time
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import replace
from typing import Any

from poolcli import __version__
from poolcli.batch.workers import start_or_connect_dask
from poolcli.batch.workers.local_workers import CHECK_SECONDS, TASKS_PER_WORKER, current_folder
from poolcli.batch.workers.messages import Answer, Assignment, PathRequest, TaskLost
from poolcli.batch.workers.remove_temporary_files import remove_temporary_files
from poolcli.batch.workers.worker import answer
from poolcli.batch.zarr_stores.box_messages import BoxTask
from poolcli.errors import ClusterError
from poolcli.io import atomic_write
from poolcli.io.zarr.location import is_url
from poolcli.request import Request

LOCAL_ADDRESS = "local"
"""The value of `--dask` that starts a cluster on this machine."""

SCHEDULER_SECONDS = 8
"""Seconds to wait for an answer of a scheduler."""

CLUSTER_LOST = (
    "the connection to the Dask cluster was lost; run again with --skip-existing when it is back"
)

COUNT_SECONDS = 5.0
"""Seconds between two counts of the cluster's threads."""

NO_WORKERS_SECONDS = 10.0
"""Seconds that a cluster may have no workers while there is work."""

ALL_DIED = "every Dask worker that tried it died; other files are not affected"


class DaskWorkers:
    """The workers of a Dask cluster, which have the same files under the same absolute paths.

    Parameters
    ----------
    address : str
        The scheduler's address, such as ``tcp://host:8786``, or `LOCAL_ADDRESS`.
    request : Request
        The request that workers carry out.
    jobs : int
        The number of workers of a local cluster.
    run_id : str
        Identifies the temporary files of the run, whose names contain it.

    Raises
    ------
    ClusterError
        If Dask is not installed, or no cluster at the address can do the work.
    """

    def __init__(self, address: str, request: Request, jobs: int, run_id: str) -> None:
        folder = current_folder()
        if folder is None:
            raise ClusterError("the current folder was deleted; Dask workers would not find it")
        self._folder_prefix = f"{folder}/"
        indices = None if request.indices is None else self._absolute(request.indices)
        # One task uses one thread; a Dask worker runs one task on each of its threads.
        self.request = request._replace(jobs=1, indices=indices)
        self.run_id = run_id
        self._in_flight: dict[Future[Answer], Assignment] = {}
        self._sent: list[Assignment] = []
        distributed = start_or_connect_dask.load()
        self._killed_error: type[BaseException] = distributed.KilledWorker
        self._local: Any = None
        if address == LOCAL_ADDRESS:
            started = start_or_connect_dask.start_cluster(distributed, jobs)
            self._local, self._client, self._local_folder = started
        else:
            self._client = start_or_connect_dask.connect(distributed, address, SCHEDULER_SECONDS)
        self._executor = self._client.get_executor(pure=False)
        self._counted_at = self._had_workers_at = time.monotonic()
        self._threads = self._count_threads()

    @property
    def in_flight(self) -> int:
        """The number of tasks that were handed out and have no answer yet."""
        return len(self._in_flight)

    @property
    def free_slots(self) -> int:
        """The number of further tasks that may be handed out."""
        self._check_workers()
        return TASKS_PER_WORKER * max(1, self._threads) - self.in_flight

    def close(self, *, abort: bool) -> None:
        """Leave the cluster, or end a local one; with `abort`, cancel the tasks that wait."""
        with start_or_connect_dask.ignoring_lost_connection():
            if abort:
                self._stop()
            else:
                self._executor.shutdown(wait=True)
        remove_temporary_files(self._sent, self.run_id)
        start_or_connect_dask.close(self._client)
        if self._local is not None:
            start_or_connect_dask.close(self._local)
            self._local_folder.cleanup()

    def submit(self, assignment: Assignment) -> None:
        """Hand out a task."""
        self._sent = [*self._sent[-100:], assignment]
        sent = self._with_absolute_paths(assignment).as_retry()  # Dask may run a task twice
        relative = self._relative_paths(assignment)
        future: Future[Answer] = self._executor.submit(
            run_assignment, self.request, sent, self.run_id, self._folder_prefix, relative
        )
        self._in_flight[future] = assignment

    def completed(self) -> list[tuple[Assignment, Answer | TaskLost]]:
        """Wait for answers; return those that came within a second, maybe none.

        Raises
        ------
        ClusterError
            If the cluster does not answer, or cannot do the work.
        """
        done, _ = wait(self._in_flight, CHECK_SECONDS, FIRST_COMPLETED)
        if not done:
            self._check_workers()
        return [(self._in_flight.pop(future), self._answer_of(future)) for future in done]

    def _answer_of(self, future: Future[Answer]) -> Answer | TaskLost:
        try:
            return future.result()
        except self._killed_error:  # Dask has tried other workers already
            return TaskLost(ALL_DIED)
        except (OSError, CancelledError) as error:
            raise ClusterError(CLUSTER_LOST) from error
        except Exception as error:
            if self.request.debug:
                raise
            raise ClusterError(
                f"a Dask worker cannot do the work ({type(error).__name__}: {error}); it needs "
                f"poolcli {__version__} and the same packages as here"
            ) from error

    def _check_workers(self) -> None:
        """Count the threads of the cluster, at most every few seconds.

        Raises
        ------
        ClusterError
            If the scheduler does not answer, or the cluster has lost all its workers.
        """
        now = time.monotonic()
        if now - self._counted_at > COUNT_SECONDS:
            self._threads = self._count_threads()
            self._counted_at = time.monotonic()
        if self._threads:
            self._had_workers_at = now
        elif now - self._had_workers_at > NO_WORKERS_SECONDS:
            raise ClusterError(f"all workers are gone: {CLUSTER_LOST}")

    def _count_threads(self) -> int:
        try:
            threads = self._client.sync(
                self._client.scheduler.ncores, callback_timeout=SCHEDULER_SECONDS
            )
        except Exception as error:  # connections raise many kinds of errors
            raise ClusterError(CLUSTER_LOST) from error
        return sum(map(int, threads.values()))

    def _stop(self) -> None:
        """Cancel the tasks that wait; workers finish those that they have begun."""
        self._executor.shutdown(wait=False)
        if self._local is not None:
            for nanny in self._local.workers.values():
                nanny.auto_restart = False
            start_or_connect_dask.kill_children()

    def _with_absolute_paths(self, assignment: Assignment) -> Assignment:
        """Return the assignment with absolute paths, which hold in any current folder."""
        task = assignment.task
        if isinstance(task, BoxTask):
            return assignment  # its plan has absolute paths
        assert task.target is not None
        indices = task.target.indices
        target = task.target._replace(
            path=self._absolute(task.target.path),
            indices=None if indices is None else self._absolute(indices),
        )
        permit = assignment.permit
        statuses = {self._absolute(path): status for path, status in permit.statuses.items()}
        moved = task._replace(input=self._absolute(task.input), target=target)
        return Assignment(moved, replace(permit, statuses=statuses))

    def _relative_paths(self, assignment: Assignment) -> tuple[str, ...]:
        """Return those paths of a task (input, output, indices) that are relative."""
        task = assignment.task
        if isinstance(task, BoxTask):
            return ()
        assert task.target is not None
        paths = (task.input, task.target.path, task.target.indices)
        return tuple(path for path in paths if path is not None and self._absolute(path) != path)

    def _absolute(self, path: str) -> str:
        return path if path.startswith("/") or is_url(path) else self._folder_prefix + path


def run_assignment(
    request: Request, assignment: Assignment, run_id: str, here: str, relative: tuple[str, ...]
) -> Answer:
    """Run one task, on a worker of the cluster; return its records with the user's relative paths.

    Running a task twice does no harm: the registry was asked before the first attempt whether the
    output exists, and an attempt accepts an existing output with the bytes that it would write.

    Parameters
    ----------
    request : Request
        The request, with absolute paths.
    assignment : Assignment
        The task and its permit, with absolute paths.
    run_id : str
        Identifies the temporary files of the run, whose names contain it.
    here : str
        The current folder of the user's process, with a slash at its end.
    relative : tuple of str
        Those paths of the task that the user gave as relative paths.

    Returns
    -------
    list of Record or PathRequest
        The records of the task, or the question whether it may write another file; of a box
        BoxStatistics or BoxError.
    """
    atomic_write.RUN_ID.set(run_id)
    if isinstance(assignment.task, BoxTask):
        _set_zarr_threads_of_worker()
    result = answer(assignment, request)
    if isinstance(result, PathRequest):
        return PathRequest(_with_relative_paths(result.path, relative, here))
    if not isinstance(result, list):
        return result
    for record in result:
        record.input = _with_relative_paths(record.input, relative, here)
        if record.output is not None:
            record.output = _with_relative_paths(record.output, relative, here)
        if record.error is not None:
            record.error.message = _with_relative_paths(record.error.message, relative, here)
    return result


def _set_zarr_threads_of_worker() -> None:
    """Let zarr use as many threads as this Dask worker: each of them computes a box."""
    from distributed import get_worker

    from poolcli.io.zarr.zarr_threads import set_zarr_threads

    set_zarr_threads(get_worker().state.nthreads, is_remote=False)


def _with_relative_paths(text: str, relative: tuple[str, ...], here: str) -> str:
    """Return a text in which the absolute forms of relative paths are replaced by these.

    Examples
    --------
    >>> _with_relative_paths("/home/a/b.png exists", ("b.jpg",), "/home/a/")
    'b.png exists'
    >>> _with_relative_paths("/home/a/out/b.png exists", ("b.jpg",), "/home/a/")
    '/home/a/out/b.png exists'
    """
    for path in relative:
        root = os.path.splitext(path)[0]  # noqa: PTH122 - the extension of an output may change
        text = text.replace(here + root, root)
    return text
