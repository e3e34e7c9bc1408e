"""Memory and time of the plan of a Zarr store of ten million chunks, of which nothing is computed.

    python benchmarks/zarr_plan.py

The input has no chunks, so that it takes no space. All boxes are handed out and answered as by
workers that take no time.
"""

from __future__ import annotations

import os
import pickle
import resource
import tempfile
from pathlib import Path
from time import perf_counter

import zarr

from poolcli.batch.output_registry import PathStatus, WritePermit
from poolcli.batch.output_targets import STORE, Target
from poolcli.batch.tasks import Task
from poolcli.batch.zarr_stores.box_statistics import BoxStatistics
from poolcli.batch.zarr_stores.pool_store import StoreTask
from poolcli.batch.zarr_stores.store_plan import chunk_count
from poolcli.core.engine.statistics import Statistics
from poolcli.core.window import Window
from poolcli.request import Request

CHUNK, CHUNKS_PER_AXIS = 64, 216
LEVELS = 4


def peak_mb() -> float:
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print what the plan takes."""
    size = CHUNK * CHUNKS_PER_AXIS
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        chunks = (CHUNK,) * 3
        zarr.create_array(
            "labels.zarr", shape=(size,) * 3, chunks=chunks, dtype="u4", dimension_names="zyx"
        )
        request = Request(("labels.zarr",), "mode", Window.fixed(2), levels=LEVELS)
        task = Task("labels.zarr", Target("out.zarr", STORE, named=True))
        permit = WritePermit({"out.zarr": PathStatus(None, exists=False)})
        before, start = peak_mb(), perf_counter()
        store = StoreTask(task, request, permit)
        job = store.begin()
        planned = perf_counter() - start
        boxes = sum(step.grid.box_count for step in job.plan.steps)
        chunks = sum(map(chunk_count, job.plan.steps))
        statistics = BoxStatistics(Statistics(0, 9, 1e6, 1 << 24), {1: Statistics(0, 9, 1e6, 9)})
        start, message = perf_counter(), 0
        while (box := job.next_box()) is not None:
            message = message or len(pickle.dumps(box))
            job.add(box, statistics)
        handed_out = perf_counter() - start
        journal = next(Path().glob(".poolcli-partial-*/*.jsonl")).stat().st_size
        grown = peak_mb() - before
        job.abandon(keep=False)
        store.close()
    print(f"input: {size} x {size} x {size} uint32, {CHUNKS_PER_AXIS**3:,} chunks of {CHUNK} cubed")
    print(f"plan: {boxes:,} boxes, which read {chunks:,} chunks; made in {planned:.2f} s")
    print(f"memory of the plan and of all answers: {grown:.1f} MB")
    print(
        f"one box: {handed_out / boxes * 1e6:.0f} us of the parent, a message of {message:,} bytes"
    )
    print(f"journal: {journal / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
