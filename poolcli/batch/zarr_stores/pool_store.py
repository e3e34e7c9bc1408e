"""The tasks that make a Zarr store: opened, computed box by box, finished, reported."""

from __future__ import annotations

from contextlib import ExitStack, closing

from poolcli.batch.array_summary import bytes_of
from poolcli.batch.failed_and_skipped_records import skipped_record
from poolcli.batch.overwrite_or_skip import TaskOutputs
from poolcli.batch.store_checks import check_store_request
from poolcli.batch.tasks import Task, request_of_task
from poolcli.batch.write_permit import WritePermit
from poolcli.batch.zarr_stores.box_queue import BoxQueue
from poolcli.batch.zarr_stores.boxes import MIN_BOX_BYTES
from poolcli.batch.zarr_stores.compute_box import compute_box
from poolcli.batch.zarr_stores.make_store_plan import make_store_plan
from poolcli.batch.zarr_stores.planned_levels import PlannedLevels, plan_levels
from poolcli.batch.zarr_stores.store_arrays import close_arrays
from poolcli.batch.zarr_stores.store_input import StoreInput, open_store_input
from poolcli.batch.zarr_stores.store_output import (
    StoreOutput,
    has_equal_levels,
    require_free_levels,
)
from poolcli.batch.zarr_stores.store_records import store_records
from poolcli.batch.zarr_stores.store_summaries import (
    LevelSummary,
    planned_summaries,
    summaries_of_boxes,
)
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.io.zarr.location import is_in_memory, is_url
from poolcli.io.zarr.partial_store import remove_abandoned_store
from poolcli.io.zarr.zarr_threads import set_zarr_threads
from poolcli.report.record import Record
from poolcli.request import Request

MAX_BYTES_FOR_ONE_WORKER = 2 * MIN_BOX_BYTES
"""The size of inputs that one worker pools alone: sharing them would take longer than the work."""


class StoreTask:
    """A task that makes a Zarr store, from its opening to its records.

    Attributes
    ----------
    opened : StoreInput
        The input.
    levels : PlannedLevels
        The levels.
    queue : BoxQueue, optional
        The boxes; None until `begin`.
    """

    def __init__(self, task: Task, request: Request, permit: WritePermit) -> None:
        check_store_request(request)
        request = request_of_task(task, request)
        assert task.target is not None
        remote = any(map(is_url, (task.input, task.target.path)))
        set_zarr_threads(request.jobs or usable_cpus(), is_remote=remote)
        self.task = task
        self.outputs = TaskOutputs(task, request, permit)
        with ExitStack() as stack:
            self.opened: StoreInput = stack.enter_context(open_store_input(task, request))
            self.levels: PlannedLevels = plan_levels(self.opened, request)
            self._stack = stack.pop_all()
        self.queue: BoxQueue | None = None

    @property
    def is_for_one_worker(self) -> bool:
        """Whether one worker makes the store faster than several, or only this process sees it."""
        assert self.task.target is not None
        if any(map(is_in_memory, (self.task.input, self.task.target.path))):
            return True
        source = self.opened.source
        return bytes_of(source.shape, source.dtype) <= MAX_BYTES_FOR_ONE_WORKER

    def records_without_work(self) -> list[Record] | None:
        """Return the records if there is nothing to do, because outputs exist or in a dry run.

        Raises
        ------
        OutputExistsError
            If an output exists and may not be replaced.
        """
        request = self.levels.request
        assert self.task.target is not None
        if request.in_place:
            if request.skip_existing and has_equal_levels(self.opened, self.levels):
                if not request.dry_run:  # a run that was killed after its last step has left one
                    remove_abandoned_store(self.task.target.path)
                return skipped_levels(self.task, request)
            require_free_levels(self.opened, self.levels)
        elif not self.outputs.is_needed(self.task.target.path):
            return skipped_levels(self.task, request)
        if not request.dry_run:
            return None
        return self._records(planned_summaries(self.opened, self.levels))

    def begin(self) -> BoxQueue:
        """Create the store under a temporary name; return its boxes."""
        output = StoreOutput(self.opened, self.levels, self.outputs)
        queue = None
        try:
            plan = make_store_plan(
                self.levels.planned,
                output.path,
                output.location,
                level_numbers=[number or 1 for number in self.levels.numbers],
                ignore=self.levels.request.ignore,
                measures=self.levels.request.reports_results,
            )
            queue = BoxQueue(self.task, plan, output)
            queue.begin()
        except BaseException:
            if queue is None:
                output.discard()
            else:
                queue.abandon(keep=self.levels.request.skip_existing)
            raise
        self.queue = queue
        return queue

    def close(self) -> None:
        """Close the input."""
        self._stack.close()

    def finish(self) -> list[Record]:
        """Publish the complete store; return its records."""
        queue = self.queue
        assert queue is not None
        summaries = summaries_of_boxes(self.opened, self.levels, queue)
        queue.publish()
        records = self._records(summaries)
        for record in records:
            record.seconds = queue.seconds / len(records)
        return records

    def _records(self, summaries: list[LevelSummary]) -> list[Record]:
        assert self.task.target is not None
        output = self.task.target.path
        return store_records(self.task, self.opened, self.levels, output, summaries)


def pool_store(task: Task, request: Request, permit: WritePermit) -> list[Record]:
    """Make a Zarr store in this process; return the records of its levels.

    Parameters
    ----------
    task : Task
        The task.
    request : Request
        The request; `jobs` is the number of threads.
    permit : WritePermit
        The files that the task may write.

    Raises
    ------
    PoolcliError, ArgumentError, ArgumentTypeError
        If anything fails. Then there is no store.
    """
    with closing(StoreTask(task, request, permit)) as store:
        records = store.records_without_work()
        if records is not None:
            return records
        queue = store.begin()
        try:
            while (box := queue.next_box()) is not None:
                queue.add(box, compute_box(box, request.jobs))
            close_arrays(queue.plan)
            return store.finish()
        except Exception:
            close_arrays(queue.plan)
            queue.abandon(keep=request.skip_existing)
            raise
        except BaseException:  # a signal
            queue.abandon(keep=True)
            raise


def skipped_levels(task: Task, request: Request) -> list[Record]:
    """Return the records of a store that exists already."""
    assert task.target is not None
    path = task.target.path
    levels = [None] if request.levels is None else range(1, request.levels + 1)
    return [skipped_record(task, request, level, path) for level in levels]
