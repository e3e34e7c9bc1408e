"""One Zarr store that is being made: boxes to hand out, their answers, the finished store."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from poolcli.batch.tasks import Task
from poolcli.batch.zarr_stores.box_statistics import BoxStatistics
from poolcli.batch.zarr_stores.box_task import BoxFailed, BoxTask
from poolcli.batch.zarr_stores.plan_description import plan_description
from poolcli.batch.zarr_stores.progress_journal import Journal
from poolcli.batch.zarr_stores.store_output import StoreOutput
from poolcli.batch.zarr_stores.store_plan import StorePlan, chunk_count, chunks_of_box
from poolcli.core.engine.statistics import Statistics


class StoreJob:
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
    failure : BoxFailed, optional
        The first error of a box. No further box is handed out then.
    has_lost_workers : bool
        Whether processes that wrote to the store may have been killed.
    seconds : float
        The time since the job began.
    source_statistics : dict of int to Statistics
        The statistics of what each step has pooled.
    level_statistics : dict of int to Statistics
        The statistics of each level.
    """

    def __init__(self, task: Task, plan: StorePlan, output: StoreOutput) -> None:
        self.task = task
        self.plan = plan
        self.output = output
        self.failure: BoxFailed | None = None
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
            description = plan_description(self.plan, self.output)
            journal = Journal(self.output.location, self.plan.name, description)
        resumes = self.output.was_begun and journal is not None and journal.matches()
        if resumes:
            self.has_lost_workers = True
            assert journal is not None
            for step, box, statistics in journal.complete_boxes():
                self._complete[step][box // 8] |= 1 << box % 8
                self._complete_chunks += chunks_of_box(self.plan.steps[step], box)
                self._add_statistics(step, statistics)
        else:
            self.output.create_arrays(self.plan)
        self._journal = journal
        if journal is not None:
            journal.begin(resume=resumes)

    @property
    def seconds(self) -> float:
        """The time since the job was made."""
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

    def add(self, box: BoxTask, answer: BoxStatistics | BoxFailed) -> None:
        """Take the answer to a box.

        Raises
        ------
        OutputError
            If the disk is full.
        """
        self.in_flight -= 1
        if isinstance(answer, BoxFailed):
            self.failure = self.failure or answer
            return
        self._add_statistics(box.step, answer)
        self._complete_count += 1
        if self._journal is not None:
            self._journal.add(box.step, box.box, answer)

    def publish(self) -> None:
        """Give the complete store its name.

        Raises
        ------
        OutputError
            If that is not possible.
        """
        if self._journal is not None:
            self._journal.remove()
        self.output.publish(self.plan, has_lost_workers=self.has_lost_workers)

    def abandon(self, *, keep: bool) -> None:
        """End the job before the store is complete.

        Parameters
        ----------
        keep : bool
            Whether the complete boxes stay for a later run with `--skip-existing`.
        """
        if self._journal is not None:
            self._journal.close()
        if keep and self.output.is_resumable and (self._complete_count or self.output.was_begun):
            self.output.keep()
        else:
            self.output.discard()

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
