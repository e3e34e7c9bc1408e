"""The scheduler: runs all tasks of a plan, in this process or on workers."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from poolcli.batch.failed_and_skipped_records import failed_record
from poolcli.batch.file_work import FileWork, load_and_pool_file
from poolcli.batch.output_targets import STORE
from poolcli.batch.plan import Plan
from poolcli.batch.tasks import Task
from poolcli.batch.workers.messages import Answer, Assignment, NoWorkerError, PathRequest, TaskLost
from poolcli.batch.write_permit import WritePermit
from poolcli.batch.zarr_stores.box_messages import BoxError, BoxTask
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.errors import ExitCode
from poolcli.io.leftover_files import remove_leftovers
from poolcli.io.output_paths import STDIN_OR_STDOUT
from poolcli.io.zarr.location import is_in_memory
from poolcli.io.zarr.zarr_installed import has_zarr_extra
from poolcli.report.progress_bar import Progress
from poolcli.report.record import Record
from poolcli.request import Request

if TYPE_CHECKING:
    from poolcli.batch.zarr_stores.stores_in_progress import StoresInProgress

AddRecord = Callable[[Record], None]

NO_OTHER_WORKER = "the process that worked on it died, and no other could be started"


def run_plan(
    plan: Plan,
    request: Request,
    add_record: AddRecord,
    progress: Progress,
    work: FileWork = load_and_pool_file,
) -> ExitCode:
    """Run all tasks of a plan. One failed input does not stop the others.

    Parameters
    ----------
    plan : Plan
        The tasks and the registry of their outputs.
    request : Request
        The request, which also says how many workers run, and where.
    add_record : callable
        Adds a record to the report, as soon as it is complete.
    progress : Progress
        The progress bar, which each task advances; Zarr stores advance it by their chunks.
    work : callable
        The work on each file, by default pooling.

    Returns
    -------
    ExitCode
        `FAILED` if any input failed.

    Raises
    ------
    ClusterError
        If `--dask` names a cluster that cannot do the work, or the cluster is lost.
    """
    in_use = [] if request.dry_run else remove_leftovers(plan.registry.output_folders())
    scheduler = Scheduler(plan, request, add_record, progress, work)
    jobs = request.jobs or usable_cpus()
    if request.dask is None and not _is_shared(plan, jobs):
        for task in plan.tasks:
            scheduler.run_in_this_process(task, request)
    elif len(plan.tasks):
        if not any(map(_makes_store, plan.tasks)):
            jobs = min(jobs, len(plan.tasks))
        workers = _workers(request, jobs, work)
        try:
            scheduler.run_on(workers)
        except BaseException:
            workers.close(abort=True)
            scheduler.abandon_stores()
            raise
        workers.close(abort=False)
        scheduler.abandon_stores()
    remove_leftovers(in_use)  # left by processes that were still ending when the run began
    return scheduler.code


def _is_shared(plan: Plan, jobs: int) -> bool:
    """Return whether several workers can work at a time: on several tasks, or on a Zarr store."""
    if len(plan.tasks) != 1:
        return len(plan.tasks) > 1
    return jobs > 1 and any(map(_makes_store, plan.tasks))


def _makes_store(task: Task) -> bool:
    """Return whether the output of a task is a Zarr store, which may be computed box by box."""
    return task.target is not None and task.target.format == STORE


def _workers(request: Request, jobs: int, work: FileWork) -> Workers:
    """Return worker processes on this machine, or the workers of a cluster."""
    if request.dask is not None:
        from poolcli.batch.workers.dask_workers import DaskWorkers

        return DaskWorkers(request.dask, request, jobs, os.urandom(4).hex())
    from poolcli.batch.workers.local_workers import LocalWorkers

    return LocalWorkers(request._replace(jobs=max(1, usable_cpus() // jobs)), jobs, work)


class Workers(Protocol):
    """Workers that run tasks."""

    @property
    def in_flight(self) -> int:
        """The number of tasks that were handed out and have no answer yet."""

    @property
    def free_slots(self) -> int:
        """The number of further tasks that may be handed out."""

    def submit(self, assignment: Assignment) -> None:
        """Hand out a task.

        Raises
        ------
        NoWorkerError
            If there is no worker, and none can be started.
        """

    def completed(self) -> list[tuple[Assignment, Answer | TaskLost]]:
        """Wait about a second for answers; return those that came, maybe none."""

    def close(self, *, abort: bool) -> None:
        """End the use of the workers; with `abort`, stop all work and remove temporary files."""


class Scheduler:
    """The tasks of a plan, of which a bounded number is in flight; reports their records.

    Attributes
    ----------
    code : ExitCode
        `FAILED` once a record has failed.
    """

    def __init__(
        self,
        plan: Plan,
        request: Request,
        add_record: AddRecord,
        progress: Progress,
        work: FileWork,
    ) -> None:
        self.request = request
        self.registry = plan.registry
        self.code = ExitCode.OK
        self._has_one_task = len(plan.tasks) == 1
        self._add_record = add_record
        self._progress = progress
        self._work = work
        self._waiting = self._assignments(plan)
        self._stores: StoresInProgress | None = None
        self._to_resend: deque[Assignment] = deque()

    def run_in_this_process(self, task: Task, request: Request) -> None:
        """Run a task in this process.

        Parameters
        ----------
        task : Task
            The task.
        request : Request
            The request; it may allow fewer threads than the run's own request.
        """
        self._report_all(self._work(task, request, self.registry.permit(task, self.request)))

    def run_on(self, workers: Workers) -> None:
        """Run all tasks on workers; in this process if no worker can be started."""
        try:
            while self._hand_out(workers):
                for assignment, answer in workers.completed():
                    self._handle_answer(assignment, answer)
        except NoWorkerError as error:
            self._run_rest_in_this_process(error.assignments)

    @property
    def _stops_early(self) -> bool:
        """Whether `--fail-fast` forbids starting another task."""
        return self.request.fail_fast and self.code is not ExitCode.OK

    def _report_all(self, records: list[Record]) -> None:
        """Report the records of one task."""
        failed = any(record.status == "failed" for record in records)
        for record in records:
            self._add_record(record)
        if failed:
            self.code = ExitCode.FAILED
        self._progress.advance(failed)

    def _assignments(self, plan: Plan) -> Iterator[Assignment]:
        """Yield the tasks for workers. Tasks that use a standard stream are run in this process."""
        for task in plan.tasks:
            if self._stops_early:
                return
            target = task.target
            if target is None or STDIN_OR_STDOUT in (task.input, target.path, target.indices):
                self.run_in_this_process(task, self.request)
            else:
                yield Assignment(task, self.registry.worker_permit(task, self.request))

    def _hand_out(self, workers: Workers) -> bool:
        """Hand out tasks while workers have free slots; return whether any is in flight."""
        while workers.free_slots > 0 and not self._stops_early:
            assignment = self._next_assignment()
            if assignment is None:
                break
            workers.submit(assignment)
        return workers.in_flight > 0

    def _next_assignment(self) -> Assignment | None:
        """Return a task that has to be sent again, a box of an open store, or the next task."""
        if self._to_resend:
            return self._to_resend.popleft()
        while True:
            box = None if self._stores is None else self._stores.next_box()
            if box is not None:
                return Assignment(box, WritePermit())
            assignment = next(self._waiting, None)
            if assignment is None or not self._opens_store(assignment):
                return assignment

    def _opens_store(self, assignment: Assignment) -> bool:
        """Open the store that a task makes; return False if one worker makes it, or a file."""
        task = assignment.task
        assert isinstance(task, Task)
        if not _makes_store(task):
            return False
        is_open = has_zarr_extra() and self._open_stores().open(
            task, self.registry.permit(task, self.request)
        )
        assert task.target is not None
        in_memory = any(map(is_in_memory, (task.input, task.target.path)))
        if not is_open and (in_memory or (self._has_one_task and self.request.dask is None)):
            self.run_in_this_process(task, self.request)
            return True
        return is_open

    def _open_stores(self) -> StoresInProgress:
        if self._stores is None:
            from poolcli.batch.zarr_stores.stores_in_progress import (
                StoresInProgress,  # imports zarr
            )

            self._stores = StoresInProgress(self.request, self._report_all, self._progress)
        return self._stores

    def abandon_stores(self) -> None:
        """Close the stores that are not complete; what is resumed by `--skip-existing` stays."""
        if self._stores is not None:
            self._stores.abandon()

    def _handle_answer(self, assignment: Assignment, answer: Answer | TaskLost) -> None:
        task = assignment.task
        if isinstance(answer, TaskLost):
            self._give_up(assignment, answer.message)
        elif isinstance(task, BoxTask):
            assert self._stores is not None
            assert not isinstance(answer, (PathRequest, list))
            self._stores.add(task, answer, is_retry=assignment.permit.may_have_written)
        elif isinstance(answer, PathRequest):
            permit = self.registry.extended_permit(assignment.permit, task, answer.path)
            self._to_resend.append(assignment._replace(permit=permit))
        else:
            assert isinstance(answer, list)
            self._report_all(answer)

    def _give_up(self, assignment: Assignment, message: str) -> None:
        task, kind = assignment.task, "WorkerDied"
        if isinstance(task, BoxTask):
            assert self._stores is not None
            self._stores.add(task, BoxError(kind, message))
        else:
            self._report_all([failed_record(task, self.request.mode, kind, message)])

    def _run_rest_in_this_process(self, unanswered: list[Assignment]) -> None:
        """Run the remaining tasks in this process, one after the other, on one thread.

        A task that has killed a worker is given up. The system may lack memory for threads too.
        """
        single = self.request._replace(jobs=1)
        self._to_resend.extendleft(reversed(unanswered))
        while not self._stops_early and (assignment := self._next_assignment()) is not None:
            task = assignment.task
            if assignment.permit.may_have_written:
                self._give_up(assignment, NO_OTHER_WORKER)
            elif isinstance(task, BoxTask):
                from poolcli.batch.zarr_stores.answer_box import answer_box

                assert self._stores is not None
                self._stores.add(task, answer_box(task, single))
            else:
                self.run_in_this_process(task, single)
