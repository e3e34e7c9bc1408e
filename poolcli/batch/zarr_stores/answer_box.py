"""The answer of a worker to a box: its statistics, or its error."""

from __future__ import annotations

from poolcli.batch.result_or_failure import result_or_failure
from poolcli.batch.tasks import Task
from poolcli.batch.zarr_stores.box_messages import BoxError, BoxTask
from poolcli.batch.zarr_stores.box_statistics import BoxStatistics
from poolcli.batch.zarr_stores.compute_box import compute_box
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.io.zarr.location import is_url
from poolcli.io.zarr.zarr_threads import set_zarr_threads
from poolcli.report.record import Record
from poolcli.request import Request


def answer_box(box: BoxTask, request: Request) -> BoxStatistics | BoxError:
    """Compute a box in a worker; an error of the box becomes a message.

    Parameters
    ----------
    box : BoxTask
        The box.
    request : Request
        The request; `jobs` is the number of threads.
    """
    plan = box.plan
    remote = any(map(is_url, (plan.location, plan.steps[box.step_index].source.location)))
    set_zarr_threads(request.jobs or usable_cpus(), is_remote=remote)
    task = Task("", None, number=box.task_number)
    result = result_or_failure(task, None, request.debug, lambda: compute_box(box, request.jobs))
    if isinstance(result, Record):
        assert result.error is not None
        return BoxError(result.error.type, result.error.message)
    return result
