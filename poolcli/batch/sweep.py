"""Clearing away after workers that died."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from poolcli.batch.worker import Order
from poolcli.media.atomic import TEMPORARY


def sweep(orders: Iterable[Order], run: str) -> None:
    """Remove the temporary files of a run beside the outputs of some tasks."""
    folders = {
        os.path.realpath(Path(order.task.target.path).parent)
        for order in orders
        if order.task.target is not None
    }
    for folder in folders:
        for left in Path(folder).glob(f"{TEMPORARY}{run}*"):
            with contextlib.suppress(OSError):
                left.unlink()
