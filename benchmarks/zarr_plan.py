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
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

import zarr

from poolcli.batch.output_targets import STORE, Target
from poolcli.batch.tasks import Task
from poolcli.batch.write_permit import PathStatus, WritePermit
from poolcli.batch.zarr_stores.box_messages import BoxTask
from poolcli.batch.zarr_stores.box_statistics import BoxStatistics
from poolcli.batch.zarr_stores.pool_store import StoreTask
from poolcli.batch.zarr_stores.store_plan import chunk_count
from poolcli.core.engine.statistics import Statistics
from poolcli.core.window import Window
from poolcli.request import Request

CHUNK, CHUNKS_PER_AXIS = 64, 216
LEVELS = 4
MESSAGES = 5000


def answer(connection: Connection, statistics: BoxStatistics) -> None:
    """Answer each box at once, as a worker that takes no time."""
    while connection.recv() is not None:
        connection.send(statistics)


def seconds_per_message(box: BoxTask, statistics: BoxStatistics) -> float:
    """Return the time to send a box to another process and to receive its answer."""
    ours, theirs = Pipe()
    process = get_context("fork").Process(target=answer, args=(theirs, statistics))
    process.start()
    start = perf_counter()
    for _ in range(MESSAGES):
        ours.send(box)
        ours.recv()
    seconds = (perf_counter() - start) / MESSAGES
    ours.send(None)
    process.join()
    return seconds


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
        queue = store.begin()
        planned = perf_counter() - start
        boxes = sum(step.grid.box_count for step in queue.plan.steps)
        chunk_total = sum(map(chunk_count, queue.plan.steps))
        statistics = BoxStatistics(Statistics(0, 9, 1e6, 1 << 24), {1: Statistics(0, 9, 1e6, 9)})
        start, first = perf_counter(), None
        while (box := queue.next_box()) is not None:
            first = first or box
            queue.add(box, statistics)
        handed_out = perf_counter() - start
        journal = next(Path().glob(".poolcli-partial-*/*.jsonl")).stat().st_size
        grown = peak_mb() - before
        assert first is not None
        exchange, message = seconds_per_message(first, statistics), len(pickle.dumps(first))
        queue.abandon(keep=False)
        store.close()
    print(f"input: {size} x {size} x {size} uint32, {CHUNKS_PER_AXIS**3:,} chunks of {CHUNK} cubed")
    print(f"plan: {boxes:,} boxes, which read {chunk_total:,} chunks; made in {planned:.2f} s")
    print(f"memory of the plan and of all answers: {grown:.1f} MB")
    print(
        f"one box: {handed_out / boxes * 1e6:.0f} us of the parent, a message of {message:,} bytes"
    )
    print(f"a message to another process and its answer: {exchange * 1e6:.0f} us")
    print(f"journal: {journal / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
