"""Running a plan: in this process for one file, in worker processes for many."""

from __future__ import annotations

from collections.abc import Callable

from poolcli.batch.desk import PlanDesk
from poolcli.batch.plan import Plan
from poolcli.batch.tasks import Task
from poolcli.errors import ExitCode
from poolcli.io.leftover_files import remove_leftovers
from poolcli.report.progress_bar import Advance
from poolcli.report.record import Record
from poolcli.request import Request

Tell = Callable[[Record], None]


def run(plan: Plan, request: Request, tell: Tell, advance: Advance) -> ExitCode:
    """Work on all tasks, and tell each record as it comes, and how far the run is.

    Returns
    -------
    ExitCode
        `FAILED` if any input failed. One bad input never stops the others, unless it is to.
    """
    in_use = [] if request.dry_run else remove_leftovers(plan.claims.folders())
    told = Told(request, tell, advance)
    _work(plan, request, PlanDesk(plan.claims), told)
    remove_leftovers(in_use)  # of processes that were killed, and had not ended at the beginning
    return told.code


def _work(plan: Plan, request: Request, desk: PlanDesk, told: Told) -> None:
    """Work on all tasks: here, or on workers."""
    if len(plan.tasks) < (2 if request.dask is None else 1):
        for task in plan.tasks:
            told.all(do_here(task, request, desk))
        return
    from poolcli.batch.scheduler import work_on_many  # not needed for a single file

    work_on_many(plan, request, desk, told)


def do_here(task: Task, request: Request, desk: PlanDesk) -> list[Record]:
    """Work on a task in this process, which needs NumPy and Pillow only for that."""
    from poolcli.batch.pool_file import do

    return do(task, request, desk)


class Told:
    """What was told so far, and whether that is enough."""

    def __init__(self, request: Request, tell: Tell, advance: Advance) -> None:
        self.request = request
        self.tell = tell
        self.advance = advance
        self.code = ExitCode.OK

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be begun."""
        return self.request.fail_fast and self.code is not ExitCode.OK

    def all(self, records: list[Record]) -> None:
        """Tell the records of one task."""
        for record in records:
            self.tell(record)
            if record.status == "failed":
                self.code = ExitCode.FAILED
        self.advance(any(record.status == "failed" for record in records))
