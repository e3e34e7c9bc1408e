"""Many tasks, a bounded number of them in flight on an engine: worker processes, or a cluster."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from poolcli.batch.desk import Answer, PlanDesk
from poolcli.batch.plan import Plan
from poolcli.batch.pool import Pool
from poolcli.batch.run import Told, do_here
from poolcli.batch.unpooled import failure
from poolcli.batch.worker import Order, Outcome
from poolcli.core.processors import processors
from poolcli.media.paths import level_paths
from poolcli.request import STREAM, Request

AHEAD = 2
"""So many tasks for each worker are handed out at a time: one at work, one waiting."""

PATIENCE = 1.0
"""Seconds to wait for a task before workers are looked after."""

DIED = (
    "the process that worked on it died twice (killed, out of memory, or a crash in its codec); "
    "the other files are not touched by that"
)


def work_on_many(plan: Plan, request: Request, desk: PlanDesk, told: Told) -> None:
    """Work on all tasks of a plan, several at a time."""
    jobs = min(request.jobs or processors(), len(plan.tasks))
    with _engine(request, jobs) as engine:
        Batch(plan, request, desk, engine, told).work()


def _engine(request: Request, jobs: int) -> Engine:
    """What does the work: processes here, or a cluster."""
    name = os.urandom(4).hex()
    if request.dask is not None:
        from poolcli.batch.cluster import Cluster

        return Cluster(request.dask, request, jobs, name)
    return Pool(replace(request, jobs=max(1, processors() // jobs)), jobs, name)


class Engine(Protocol):
    """What works on tasks, some of them at a time."""

    @property
    def jobs(self) -> int:
        """How many."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None: ...

    def submit(self, order: Order) -> Future[Outcome]:
        """Hand out a task."""

    def lost(self, error: BaseException) -> str | None:
        """Why a task is given up; None where the error is none of a dead worker's."""

    def heed(self) -> None:
        """See whether a worker has died unnoticed; asked now and then while nothing ends."""

    def abandon(self) -> None:
        """Stop, and do not wait."""

    def sweep(self, orders: Iterable[Order]) -> None:
        """Remove what dead workers left."""


class Batch:
    """Many tasks, of which a bounded number is in flight."""

    def __init__(
        self, plan: Plan, request: Request, desk: PlanDesk, engine: Engine, told: Told
    ) -> None:
        self.request = request
        self.desk = desk
        self.engine = engine
        self.told = told
        self.began = time.time()
        self.orders = self._orders(plan)
        self.again: deque[Order] = deque()
        self.flying: dict[Future[Outcome], Order] = {}

    def work(self) -> None:
        """Hand out and take in until nothing is left."""
        try:
            while self._hand_out():
                done = self._ended(FIRST_COMPLETED)
                died = [order for future in done if (order := self._take_in(future)) is not None]
                if died:
                    self._retry(died)
        except BaseException:
            self.engine.abandon()
            self.engine.sweep(self.flying.values())
            raise

    def _orders(self, plan: Plan) -> Iterator[Order]:
        """The tasks for workers; what touches the standard streams is done here."""
        for task in plan.tasks:
            if self.told.is_over:
                return
            target = task.target
            if target is None or STREAM in (task.input, target.path):
                self.told.all(do_here(task, self.request, self.desk))
                continue
            paths = level_paths(target.path, self.request.levels)
            known = {path: self.desk.about(path, task.number, take=False) for path in paths}
            alone = all(map(self.desk.claims.is_alone, paths))
            yield Order(task, known, alone)

    def _ended(self, when: str, engine: Engine | None = None) -> set[Future[Outcome]]:
        """Wait for one or all of the tasks in flight."""
        while True:
            done, left = wait(self.flying, timeout=PATIENCE, return_when=when)
            if not left or (done and when == FIRST_COMPLETED):
                return done
            (engine or self.engine).heed()

    def _hand_out(self) -> bool:
        """Keep all workers busy; whether any is."""
        while len(self.flying) < AHEAD * self.engine.jobs and not self.told.is_over:
            order = self.again.popleft() if self.again else next(self.orders, None)
            if order is None:
                break
            self.flying[self.engine.submit(order)] = order
        return bool(self.flying)

    def _take_in(self, future: Future[Outcome]) -> Order | None:
        """Take what a worker has made; give the task back if the worker died."""
        order = self.flying.pop(future)
        try:
            outcome = future.result()
        except BrokenProcessPool:
            return order
        except Exception as error:
            words = self.engine.lost(error)
            if words is None:
                raise
            self.engine.sweep([order])
            self.told.all([failure(order.task, self.request.mode, "WorkerDied", words)])
            return None
        if isinstance(outcome, str):
            self.again.append(self._answered(order, outcome))
        else:
            self.told.all(outcome)
        return None

    def _answered(self, order: Order, path: str) -> Order:
        answer: Answer = self.desk.about(path, order.task.number, take=True)
        return replace(order, known=order.known | {path: answer})

    def _retry(self, died: list[Order]) -> None:
        """Find out whose worker it was that died: try all that were in flight, one at a time."""
        self._ended(ALL_COMPLETED)  # all do, now that one has died
        died += [o for future in list(self.flying) if (o := self._take_in(future)) is not None]
        assert isinstance(self.engine, Pool)
        self.engine.renew()
        self.engine.sweep(died)
        with Pool(self.engine.request, 1, self.engine.run) as single:
            for order in died:
                self._retry_one(single, replace(order, since=self.began))

    def _retry_one(self, single: Pool, order: Order) -> None:
        self.flying = {single.submit(order): order}
        (future,) = self._ended(ALL_COMPLETED, single)
        if self._take_in(future) is not None:
            single.renew()
            single.sweep([order])
            task = order.task
            self.told.all([failure(task, self.request.mode, "WorkerDied", DIED)])
