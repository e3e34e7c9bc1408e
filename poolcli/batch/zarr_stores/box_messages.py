"""The messages about boxes between the parent process and its workers. They import no NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from poolcli.batch.zarr_stores.store_plan import StorePlan


class BoxTask(NamedTuple):
    """One box of a step of a plan, as it is handed to a worker.

    Attributes
    ----------
    plan : StorePlan
        The plan of the store.
    step_index : int
        The position of the step in `plan.steps`.
    box_index : int
        The position of the box in the grid of the step.
    task_number : int
        The number of the task of which the store is the output, in the plan of the run.
    """

    plan: StorePlan
    step_index: int
    box_index: int
    task_number: int


class BoxError(NamedTuple):
    """The error of a box, which fails its store.

    Attributes
    ----------
    type : str
        The name of the error's class.
    message : str
        The message for the user.
    """

    type: str
    message: str
