"""Clearing away after workers that died."""

from __future__ import annotations

import os
from collections.abc import Iterable

from poolcli.batch.workers.worker import Order
from poolcli.io.leftover_files import remove_leftovers


def sweep(orders: Iterable[Order], run: str) -> None:
    """Remove the temporary files of a run's dead processes beside the outputs of some tasks."""
    paths = {
        path
        for order in orders
        if order.task.target is not None
        for path in (order.task.target.path, *order.known)
    }
    # Temporary files are in the folder that an output's link leads to.
    remove_leftovers({os.path.dirname(os.path.realpath(path)) for path in paths}, run)  # noqa: PTH120
