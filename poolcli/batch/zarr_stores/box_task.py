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
    step : int
        The position of the step in `plan.steps`.
    box : int
        The number of the box in the grid of the step.
    number : int
        The number of the task in the run's plan, of which the store is the output.
    """

    plan: StorePlan
    step: int
    box: int
    number: int


class BoxFailed(NamedTuple):
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
