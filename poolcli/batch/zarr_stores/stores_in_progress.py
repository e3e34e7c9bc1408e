"""The stores of a run that are being made on several workers at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing

from poolcli.batch.failed_and_skipped_records import failed_record
from poolcli.batch.result_or_failure import result_or_failure
from poolcli.batch.tasks import Task
from poolcli.batch.write_permit import WritePermit
from poolcli.batch.zarr_stores.box_messages import BoxError, BoxTask
from poolcli.batch.zarr_stores.box_queue import BoxQueue
from poolcli.batch.zarr_stores.box_statistics import BoxStatistics
from poolcli.batch.zarr_stores.pool_store import StoreTask
from poolcli.batch.zarr_stores.store_input import makes_store_box_by_box
from poolcli.batch.zarr_stores.store_plan import chunks_of_box
from poolcli.io.zarr.validate_ome_metadata import load_models_in_background
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
        self._stores: dict[int, tuple[StoreTask, BoxQueue]] = {}

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
        for _, queue in self._stores.values():
            box = queue.next_box()
            if box is not None:
                return box
        return None

    def add(
        self, box: BoxTask, answer: BoxStatistics | BoxError, *, is_retry: bool = False
    ) -> None:
        """Take the answer to a box; finish and report its store if it was the last.

        Parameters
        ----------
        box : BoxTask
            The box.
        answer : BoxStatistics or BoxError
            Its result.
        is_retry : bool
            Whether a worker has died while it worked on the box.
        """
        store, queue = self._stores[box.task_number]
        queue.has_lost_workers |= is_retry
        self._progress.advance(steps=chunks_of_box(queue.plan.steps[box.step_index], box.box_index))
        mode, debug = self.request.mode, self.request.debug
        added = result_or_failure(store.task, mode, debug, lambda: queue.add(box, answer))
        if isinstance(added, Record) and added.error is not None:
            queue.failure = queue.failure or BoxError(added.error.type, added.error.message)
        if queue.is_finished:
            self._finish(store, queue)

    def abandon(self) -> None:
        """Close the stores that are not complete; their complete boxes stay for a later run."""
        for store, queue in self._stores.values():
            queue.abandon(keep=True)
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
            queue = store.begin()
            self._stores[task.number] = store, queue
            stack.pop_all()  # `_finish` closes it
        load_models_in_background()
        self._progress.add_steps(queue.chunks_left)
        if queue.is_finished:
            self._finish(store, queue)
        return True

    def _finish(self, store: StoreTask, queue: BoxQueue) -> None:
        """Publish a store, or remove one that has failed; report it."""
        task, request, failure = store.task, self.request, queue.failure
        del self._stores[task.number]
        result: list[Record] | Record
        if failure is not None:
            result = failed_record(task, request.mode, failure.type, failure.message)
        else:
            result = result_or_failure(task, request.mode, request.debug, store.finish)
        if isinstance(result, Record):
            queue.abandon(keep=request.skip_existing)
            result = [result]
        store.close()
        self._report(result)
