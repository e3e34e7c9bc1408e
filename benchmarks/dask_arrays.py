"""Time and peak memory of pooling a Dask array, beside `dask.array.coarsen` and an array in memory.

    python benchmarks/dask_arrays.py [--only TEXT] [--graphs]

The input is a stack of .npy files, one for each chunk of rows, which every run reads. Each run is a
process of its own, and its time contains reading and computing, but not the start of Python. The
runs take turns, and the median of each counts. --graphs measures the time to build a graph for
100,000 chunks instead, beside `dask.array.map_overlap`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIDE, CHUNK_ROWS = 16384, 1024
"""A plane of 1.07 GB of float32, in chunks of 67 MB."""

RUNS = 5
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


def write_stack(folder: Path) -> None:
    """Write the input."""
    import dask.array as da
    import numpy as np

    def chunk(block_id: tuple[int, ...] = (0,)) -> Any:
        return np.random.default_rng(block_id[0]).random((CHUNK_ROWS, SIDE), np.float32)

    chunks = ((CHUNK_ROWS,) * (SIDE // CHUNK_ROWS), (SIDE,))
    x = da.map_blocks(chunk, chunks=chunks, dtype=np.float32, meta=np.empty((0, 0), np.float32))
    da.to_npy_stack(folder, x)


def run(way: str, folder: str, workload: str) -> None:
    """Pool the input, and print the time and the peak memory."""
    import resource

    import dask
    import dask.array as da
    import numpy as np

    import poolcli
    import poolcli.dask

    arguments = WORKLOADS[workload]
    dask.config.set(scheduler="threads", num_workers=THREADS)
    start = time.perf_counter()
    if way == "in memory":
        files = sorted(Path(folder).glob("*.npy"), key=lambda path: int(path.stem))
        x = np.empty((SIDE, SIDE), np.float32)
        for number, file in enumerate(files):
            x[number * CHUNK_ROWS : (number + 1) * CHUNK_ROWS] = np.load(file)
        result = poolcli.pool(x, **arguments, threads=THREADS)
    else:
        lazy = da.from_npy_stack(folder, mmap_mode=None)
        if way == "coarsen":
            size = arguments["kernel_size"]
            reduction = getattr(np, COARSEN[arguments["mode"]])
            result = da.coarsen(reduction, lazy, {0: size, 1: size}).compute()
        else:
            result = poolcli.dask.pool(lazy, **arguments).compute()
    seconds = time.perf_counter() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(seconds, peak_mb, result.shape, float(result[7, 11]))


def measure(folder: Path, workload: str) -> dict[str, tuple[float, float]]:
    """Return the median time in seconds and the peak memory in MB of each way."""
    ways = WAYS if "stride" not in WORKLOADS[workload] else ("poolcli.dask", "in memory")
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(RUNS):
        for way in ways:
            command = [sys.executable, __file__, "--run", way, str(folder), workload]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seconds, peak_mb = done.stdout.split()[:2]
            found[way].append((float(seconds), float(peak_mb)))
    return {
        way: (statistics.median(each[0] for each in runs), max(each[1] for each in runs))
        for way, runs in found.items()
    }


def measure_graphs() -> None:
    """Print the time that building graphs of 100,000 chunks takes, and their sizes."""
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
        start = time.perf_counter()
        built = build()
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        n_tasks = len(dict(built.__dask_graph__()))
        print(
            f"| {name} | {len(built.dask.layers)} | {seconds:.2f} s | {n_tasks:,} | "
            f"{time.perf_counter() - start:.2f} s |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--graphs", action="store_true")
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run(*arguments.run)
    elif arguments.graphs:
        measure_graphs()
    else:
        with tempfile.TemporaryDirectory() as folder:
            write_stack(Path(folder))
            for workload in WORKLOADS:
                if arguments.only in workload:
                    found = measure(Path(folder), workload)
                    cells = [
                        f"{found[way][0]:.2f} s, {found[way][1]:.0f} MB" if way in found else ""
                        for way in WAYS
                    ]
                    print("|", workload, "|", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
