"""Running a plan."""

from __future__ import annotations

from collections.abc import Callable

from poolcli.batch.desk import PlanDesk
from poolcli.batch.job import do
from poolcli.batch.plan import Plan
from poolcli.errors import ExitCode
from poolcli.report.record import Record
from poolcli.request import Request


def run(plan: Plan, request: Request, tell: Callable[[Record], None]) -> ExitCode:
    """Work on all tasks, one after the other, and tell each record as it comes.

    Returns
    -------
    ExitCode
        `FAILED` if any input failed. One bad input never stops the others.
    """
    code = ExitCode.OK
    desk = PlanDesk(plan.claims)
    for task in plan.tasks:
        for record in do(task, request, desk):
            tell(record)
            if record.status == "failed":
                code = ExitCode.FAILED
    return code
