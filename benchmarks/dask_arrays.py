"""Time and peak memory of pooling a Dask array, beside `dask.array.coarsen` and an array in memory.

    python benchmarks/dask_arrays.py [--only TEXT] [--graphs]

The input is 1 GB in chunks of rows, each a copy of the same random elements, made when it is needed
as if it were read. Each run is a process of its own with two threads. Its time contains making the
input and pooling it, but not the start of Python. The runs take turns, and the best of each counts:
the time, the time of all processors, and the peak memory. --graphs measures the time to build a
graph for 100,000 chunks instead, beside `dask.array.map_overlap`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from typing import Any

SIDE, CHUNK_ROWS = 16384, 1024
"""A plane of 1.07 GB of float32, in chunks of 67 MB."""

RUNS = 3
THREADS = 2

WORKLOADS: dict[str, dict[str, Any]] = {
    "max 2/2": {"mode": "max", "kernel_size": 2},
    "avg 4/4": {"mode": "avg", "kernel_size": 4},
    "std 4/4": {"mode": "std", "kernel_size": 4},
    "median 4/4": {"mode": "median", "kernel_size": 4},
    "max 3/2, padding 1": {"mode": "max", "kernel_size": 3, "stride": 2, "padding": 1},
    "avg 31/4, padding 15": {"mode": "avg", "kernel_size": 31, "stride": 4, "padding": 15},
}
COARSEN = {"max": "max", "avg": "mean", "std": "std", "median": "median"}
"""The NumPy functions with which `dask.array.coarsen` does the same for windows that tile."""

WAYS = ("poolcli.dask", "coarsen", "in memory")


def run(way: str, workload: str) -> None:
    """Pool the input, and print the time, the time of all processors and the peak memory."""
    import resource

    import dask
    import dask.array as da
    import numpy as np

    import poolcli
    import poolcli.dask

    arguments = WORKLOADS[workload]
    elements = np.random.default_rng(0).random((CHUNK_ROWS, SIDE), np.float32)
    counts = SIDE // CHUNK_ROWS
    dask.config.set(scheduler="threads", num_workers=THREADS)
    start, cpu_start = time.perf_counter(), time.process_time()
    if way == "in memory":
        x = np.concatenate([elements] * counts)
        result = poolcli.pool(x, **arguments, threads=THREADS)
    else:
        chunks = ((CHUNK_ROWS,) * counts, (SIDE,))
        lazy = da.map_blocks(
            lambda block_id: elements.copy(),
            name="input",
            chunks=chunks,
            dtype=np.float32,
            meta=elements[:0, :0],
        )
        if way == "coarsen":
            size = arguments["kernel_size"]
            reduction = getattr(np, COARSEN[arguments["mode"]])
            result = da.coarsen(reduction, lazy, {0: size, 1: size}).compute()
        else:
            result = poolcli.dask.pool(lazy, **arguments).compute()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(seconds, cpu_seconds, peak_mb, result.shape, float(result[7, 11]))


def measure(workload: str) -> dict[str, list[float]]:
    """Return the time and the processor time in seconds and the peak memory in MB of each way."""
    ways = WAYS if "stride" not in WORKLOADS[workload] else ("poolcli.dask", "in memory")
    found: dict[str, list[list[float]]] = {way: [] for way in ways}
    for _ in range(RUNS):
        for way in ways:
            command = [sys.executable, __file__, "--run", way, workload]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[way].append([float(word) for word in done.stdout.split()[:3]])
    return {way: [min(each) for each in zip(*runs, strict=True)] for way, runs in found.items()}


def measure_graphs() -> None:
    """Print the processor time of making graphs of 100,000 chunks and of all their tasks."""
    import dask.array as da
    import numpy as np

    import poolcli.dask

    x = da.zeros((316 * 64, 317 * 64), chunks=64, dtype=np.float32)
    dict(x.dask)  # the tasks of the input
    ways: dict[str, Any] = {
        "poolcli.dask max 2/2": lambda: poolcli.dask.pool(x, "max", 2),
        "coarsen max 2/2": lambda: da.coarsen(np.max, x, {0: 2, 1: 2}),
        "poolcli.dask max 3/1, same": lambda: poolcli.dask.pool(x, "max", 3, 1, "same"),
        "map_overlap, depth 1": lambda: da.map_overlap(
            lambda block: block, x, depth=1, boundary="none", dtype=x.dtype, meta=x._meta
        ),
    }
    for name, build in ways.items():
        start = time.process_time()
        built = build()
        seconds = time.process_time() - start
        start = time.process_time()
        n_tasks = len(dict(built.__dask_graph__()))
        print(
            f"| {name} | {len(built.dask.layers)} | {seconds:.2f} s | {n_tasks:,} | "
            f"{time.process_time() - start:.2f} s |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--graphs", action="store_true")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run(*arguments.run)
    elif arguments.graphs:
        measure_graphs()
    else:
        for workload in WORKLOADS:
            if arguments.only in workload:
                found = measure(workload)
                cells = [
                    "{:.2f} s, {:.2f} s, {:.0f} MB".format(*found[way]) if way in found else ""
                    for way in WAYS
                ]
                print("|", workload, "|", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
