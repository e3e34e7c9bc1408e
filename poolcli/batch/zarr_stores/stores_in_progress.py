"""The stores of a run that are being made on several workers at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing

from poolcli.batch.failed_and_skipped_records import failed_record
from poolcli.batch.output_registry import WritePermit
from poolcli.batch.result_or_failure import result_or_failure
from poolcli.batch.tasks import Task
from poolcli.batch.zarr_stores.box_statistics import BoxStatistics
from poolcli.batch.zarr_stores.box_task import BoxFailed, BoxTask
from poolcli.batch.zarr_stores.pool_store import StoreTask
from poolcli.batch.zarr_stores.store_input import makes_store_box_by_box
from poolcli.batch.zarr_stores.store_job import StoreJob
from poolcli.batch.zarr_stores.store_plan import chunks_of_box
from poolcli.report.progress_bar import Progress
from poolcli.report.record import Record
from poolcli.request import Request


class StoresInProgress:
    """The stores whose boxes are handed out, each until it is complete or has failed.

    Parameters
    ----------
    request : Request
        The request.
    report : callable
        Takes the records of a store that is complete or has failed.
    progress : Progress
        The progress bar, which boxes advance by the chunks that they read.
    """

    def __init__(
        self, request: Request, report: Callable[[list[Record]], None], progress: Progress
    ) -> None:
        self.request = request
        self._report = report
        self._progress = progress
        self._stores: dict[int, tuple[StoreTask, StoreJob]] = {}

    def open(self, task: Task, permit: WritePermit) -> bool:
        """Open a task; return whether it needs no other work than its boxes.

        Its records are reported at once if there is nothing to compute.

        Parameters
        ----------
        task : Task
            The task.
        permit : WritePermit
            The files that it may write.

        Returns
        -------
        bool
            False if one worker has to do the whole task.
        """
        result = result_or_failure(
            task, self.request.mode, self.request.debug, lambda: self._open(task, permit)
        )
        if isinstance(result, Record):
            self._report([result])
            return True
        if isinstance(result, list):
            self._report(result)
            return True
        return result

    def next_box(self) -> BoxTask | None:
        """Return the next box of any store; None if none can be handed out now."""
        for _, job in self._stores.values():
            box = job.next_box()
            if box is not None:
                return box
        return None

    def add(
        self, box: BoxTask, answer: BoxStatistics | BoxFailed, *, is_retry: bool = False
    ) -> None:
        """Take the answer to a box; finish and report its store if it was the last.

        Parameters
        ----------
        box : BoxTask
            The box.
        answer : BoxStatistics or BoxFailed
            Its result.
        is_retry : bool
            Whether a worker has died while it worked on the box.
        """
        store, job = self._stores[box.number]
        job.has_lost_workers |= is_retry
        self._progress.advance(steps=chunks_of_box(job.plan.steps[box.step], box.box))
        mode, debug = self.request.mode, self.request.debug
        added = result_or_failure(store.task, mode, debug, lambda: job.add(box, answer))
        if isinstance(added, Record) and added.error is not None:
            job.failure = job.failure or BoxFailed(added.error.type, added.error.message)
        if job.is_finished:
            self._finish(store, job)

    def abandon(self) -> None:
        """Close the stores that are not complete; their complete boxes stay for a later run."""
        for store, job in self._stores.values():
            job.abandon(keep=True)
            store.close()
        self._stores.clear()

    def _open(self, task: Task, permit: WritePermit) -> list[Record] | bool:
        if task.failure is not None or not makes_store_box_by_box(task, self.request):
            return False
        with ExitStack() as stack:
            store = stack.enter_context(closing(StoreTask(task, self.request, permit)))
            records = store.records_without_work()
            if records is not None:
                return records
            if store.is_for_one_worker:
                return False
            job = store.begin()
            self._stores[task.number] = store, job
            stack.pop_all()  # `_finish` closes it
        self._progress.add_steps(job.chunks_left)
        if job.is_finished:
            self._finish(store, job)
        return True

    def _finish(self, store: StoreTask, job: StoreJob) -> None:
        """Publish a store, or remove one that has failed; report it."""
        task, request, failure = store.task, self.request, job.failure
        del self._stores[task.number]
        result: list[Record] | Record
        if failure is not None:
            result = failed_record(task, request.mode, failure.type, failure.message)
        else:
            result = result_or_failure(task, request.mode, request.debug, store.finish)
        if isinstance(result, Record):
            job.abandon(keep=request.skip_existing)
            result = [result]
        store.close()
        self._report(result)
