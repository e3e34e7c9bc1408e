"""The queue of the boxes of one Zarr store: which are left, which were answered."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from poolcli.batch.tasks import Task
from poolcli.batch.zarr_stores.box_messages import BoxError, BoxTask
from poolcli.batch.zarr_stores.box_statistics import BoxStatistics
from poolcli.batch.zarr_stores.plan_fingerprint import plan_fingerprint
from poolcli.batch.zarr_stores.progress_journal import Journal, JournalError
from poolcli.batch.zarr_stores.store_output import StoreOutput
from poolcli.batch.zarr_stores.store_plan import StorePlan, chunk_count, chunks_of_box
from poolcli.core.engine.statistics import Statistics
from poolcli.io.publish_file import OutputAppearedError


class BoxQueue:
    """The boxes of one store, in the order of its stages, and what workers answered.

    Parameters
    ----------
    task : Task
        The task.
    plan : StorePlan
        The arrays and the steps.
    output : StoreOutput
        The store, which has no arrays yet unless an interrupted run has left them.

    Attributes
    ----------
    failure : BoxError, optional
        The first error of a box. No further box is handed out then.
    has_lost_workers : bool
        Whether processes that wrote to the store may have been killed.
    source_statistics : dict of int to Statistics
        The statistics of what each step has pooled.
    level_statistics : dict of int to Statistics
        The statistics of each level.
    """

    def __init__(self, task: Task, plan: StorePlan, output: StoreOutput) -> None:
        self.task = task
        self.plan = plan
        self.output = output
        self.failure: BoxError | None = None
        self.has_lost_workers = output.request.dask is not None
        self.source_statistics: dict[int, Statistics] = {}
        self.level_statistics: dict[int, Statistics] = {}
        self.in_flight = 0
        self._started_at = perf_counter()
        self._complete = [bytearray(-(-step.grid.box_count // 8)) for step in plan.steps]
        self._complete_count = 0
        self._stages = self._boxes_of_stages()
        self._boxes: Iterator[BoxTask] = iter(())
        self._peeked: BoxTask | None = None
        self._complete_chunks = 0
        self._journal: Journal | None = None

    def begin(self) -> None:
        """Create the arrays, or take over the complete boxes of an interrupted run.

        Raises
        ------
        OutputError
            If the store cannot be written.
        """
        journal = None
        if self.output.is_resumable:
            fingerprint = plan_fingerprint(self.plan, self.output)
            journal = Journal(self.output.location, self.plan.name, fingerprint)
        resumes = journal is not None and self._take_over(journal)
        if not resumes:
            self.output.create_arrays(self.plan)
        self._journal = journal
        if journal is not None:
            journal.begin(resume=resumes)

    @property
    def seconds(self) -> float:
        """Seconds since this object was created."""
        return perf_counter() - self._started_at

    @property
    def chunks_left(self) -> int:
        """The number of chunks that the boxes without an answer read."""
        return sum(map(chunk_count, self.plan.steps)) - self._complete_chunks

    @property
    def is_finished(self) -> bool:
        """Whether no box is left or, after a failure, in flight."""
        return not self.in_flight and (self.failure is not None or self._peek() is None)

    def next_box(self) -> BoxTask | None:
        """Return the next box; None if boxes in flight must be answered first, or none is left."""
        box = None if self.failure is not None else self._peek()
        if box is not None:
            self._peeked = None
            self.in_flight += 1
        return box

    def add(self, box: BoxTask, answer: BoxStatistics | BoxError) -> None:
        """Take the answer to a box.

        Raises
        ------
        OutputError
            If the disk is full.
        """
        self.in_flight -= 1
        if isinstance(answer, BoxError):
            self.failure = self.failure or answer
            return
        self._add_statistics(box.step_index, answer)
        self._complete_count += 1
        if self._journal is not None:
            self._journal.add(box.step_index, box.box_index, answer)

    def publish(self) -> None:
        """Give the complete store its name.

        Raises
        ------
        OutputError
            If that is not possible.
        """
        self.output.prepare(self.plan, has_lost_workers=self.has_lost_workers)
        if self._journal is not None:
            self._journal.remove()
        try:
            self.output.publish(self.plan)
        except OutputAppearedError:
            self.output.discard()
            raise

    def abandon(self, *, keep: bool) -> None:
        """Close the queue before the store is complete.

        Parameters
        ----------
        keep : bool
            Whether the complete boxes stay for a later run with `--skip-existing`.
        """
        if self._journal is not None:
            self._journal.close()
        if (
            keep
            and self.output.is_resumable
            and (self._complete_count or self.output.has_earlier_data)
        ):
            self.output.keep()
        else:
            self.output.discard()

    def _take_over(self, journal: Journal) -> bool:
        """Take over the complete boxes of an interrupted run; return False if that is not possible.

        That is so if there are none, or an array or the journal is damaged.
        """
        output = self.output
        if not (output.has_earlier_data and journal.matches() and output.has_arrays(self.plan)):
            return False
        steps = self.plan.steps
        try:
            for step, box, statistics in journal.complete_boxes([s.grid.box_count for s in steps]):
                if not self._is_complete(step, box):
                    self._complete[step][box // 8] |= 1 << box % 8
                    self._complete_chunks += chunks_of_box(steps[step], box)
                    self._add_statistics(step, statistics)
        except JournalError:
            self._take_back()
            return False
        self.has_lost_workers = True
        return True

    def _take_back(self) -> None:
        """Make all boxes incomplete, as they were when the queue was made."""
        self._complete = [bytearray(len(each)) for each in self._complete]
        self._complete_chunks = 0
        self.source_statistics.clear()
        self.level_statistics.clear()

    def _boxes_of_stages(self) -> Iterator[Iterator[BoxTask]]:
        number = 0
        for stage in self.plan.stages:
            yield self._boxes_of_steps(range(number, number + len(stage)))
            number += len(stage)

    def _boxes_of_steps(self, steps: range) -> Iterator[BoxTask]:
        for step in steps:
            for box in range(self.plan.steps[step].grid.box_count):
                if not self._is_complete(step, box):
                    yield BoxTask(self.plan, step, box, self.task.number)

    def _peek(self) -> BoxTask | None:
        """Return the next box without taking it; begin the next stage if this one is complete."""
        while self._peeked is None:
            self._peeked = next(self._boxes, None)
            if self._peeked is not None or self.in_flight:  # a stage needs all of the one before
                break
            boxes = next(self._stages, None)
            if boxes is None:
                break
            self._boxes = boxes
        return self._peeked

    def _is_complete(self, step: int, box: int) -> bool:
        return bool(self._complete[step][box // 8] >> box % 8 & 1)

    def _add_statistics(self, step: int, statistics: BoxStatistics) -> None:
        empty = Statistics()
        source = self.source_statistics
        source[step] = source.get(step, empty) + statistics.source
        for level, each in statistics.levels.items():
            self.level_statistics[level] = self.level_statistics.get(level, empty) + each
