"""Many tasks, a bounded number of them in flight on an engine: worker processes, or a cluster."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from poolcli.batch.desk import Answer, PlanDesk
from poolcli.batch.plan import Plan
from poolcli.batch.run import Told, do_here
from poolcli.batch.unpooled_records import failure
from poolcli.batch.workers.local import Lost, NoWorkerError, Pool
from poolcli.batch.workers.worker import Order, Outcome
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.io.paths import level_paths
from poolcli.request import STDIN_OR_STDOUT, Request

DIED = "the process that worked on it died, and no other could be started"


def work_on_many(plan: Plan, request: Request, desk: PlanDesk, told: Told) -> None:
    """Work on all tasks of a plan, several at a time."""
    jobs = min(request.jobs or usable_cpus(), len(plan.tasks))
    with _engine(request, jobs) as engine:
        Batch(plan, request, desk, engine, told).work()


def _engine(request: Request, jobs: int) -> Engine:
    """What does the work: processes here, or a cluster."""
    if request.dask is not None:
        from poolcli.batch.workers.dask_cluster import Cluster

        return Cluster(request.dask, request, jobs, os.urandom(4).hex())
    return Pool(replace(request, jobs=max(1, usable_cpus() // jobs)), jobs)


class Engine(Protocol):
    """An executor of tasks; it ends all work where its block is left early."""

    @property
    def flying(self) -> int:
        """The number of tasks that were handed out and have no outcome yet."""

    @property
    def room(self) -> int:
        """The number of further tasks that may be handed out."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None: ...

    def submit(self, order: Order) -> None:
        """Hand out a task."""

    def completed(self) -> list[tuple[Order, Outcome | Lost]]:
        """Wait for outcomes; may give none."""


class Batch:
    """Many tasks, of which a bounded number is in flight."""

    def __init__(
        self, plan: Plan, request: Request, desk: PlanDesk, engine: Engine, told: Told
    ) -> None:
        self.request = request
        self.desk = desk
        self.engine = engine
        self.told = told
        self.orders = self._orders(plan)
        self.again: deque[Order] = deque()

    def work(self) -> None:
        """Hand out and take in until nothing is left."""
        try:
            while self._hand_out():
                for order, outcome in self.engine.completed():
                    self._take_in(order, outcome)
        except NoWorkerError as error:
            self._work_here(error.orders)

    def _orders(self, plan: Plan) -> Iterator[Order]:
        """The tasks for workers; what touches the standard streams is done here."""
        for task in plan.tasks:
            if self.told.is_over:
                return
            target = task.target
            if target is None or STDIN_OR_STDOUT in (task.input, target.path):
                self.told.all(do_here(task, self.request, self.desk))
                continue
            paths = level_paths(target.path, self.request.levels)
            known = {path: self.desk.about(path, task.number, take=False) for path in paths}
            alone = all(map(self.desk.claims.is_alone, paths))
            yield Order(task, known, alone)

    def _hand_out(self) -> bool:
        """Keep all workers busy; whether any is."""
        while self.engine.room > 0 and not self.told.is_over:
            order = self.again.popleft() if self.again else next(self.orders, None)
            if order is None:
                break
            self.engine.submit(order)
        return self.engine.flying > 0

    def _take_in(self, order: Order, outcome: Outcome | Lost) -> None:
        """Tell what a worker has made; answer where it has a question."""
        if isinstance(outcome, Lost):
            self._give_up(order, outcome.message)
        elif isinstance(outcome, str):
            self.again.append(self._answered(order, outcome))
        else:
            self.told.all(outcome)

    def _give_up(self, order: Order, words: str) -> None:
        self.told.all([failure(order.task, self.request.mode, "WorkerDied", words)])

    def _answered(self, order: Order, path: str) -> Order:
        answer: Answer = self.desk.about(path, order.task.number, take=True)
        return replace(order, known=order.known | {path: answer})

    def _work_here(self, orders: list[Order]) -> None:
        """Work on what is left in this process, one task after the other.

        What has killed a worker is not tried here. The system may have no room for threads either.
        """
        alone = replace(self.request, jobs=1)
        for order in (*orders, *self.again, *self.orders):
            if self.told.is_over:
                return
            if order.since is None:
                self.told.all(do_here(order.task, alone, self.desk))
            else:
                self._give_up(order, DIED)
