"""Time of pooling arrays in memory, beside the libraries that people would use instead.

    python -m pip install . --group bench
    python benchmarks/core.py                  # all workloads, 2 threads each
    python benchmarks/core.py --only 'max 2/2' --markdown
    python benchmarks/core.py --growth         # how time grows with size, kernel and threads

Results are compared before anything is timed. The calls of a workload take turns, and the best time
of each call counts, because every longer time includes other work of the machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
from peer_libraries import PEERS_WITH_LEVELS, installed_peers
from workloads import Workload, random_array, workloads

import poolcli

SECONDS_PER_CALL = 0.5
"""The time in seconds for which each call of a workload is repeated."""

MIN_RUNS, MAX_RUNS = 3, 200

MEANS_WITHIN_ONE = {"OpenCV", "Pillow"}
"""Libraries that do not round means of integers half up; their results differ by 1 at most."""

COLUMN_WIDTHS = (42, 12, 12, 14, 8, 60)


def main() -> None:
    """Print the table that the options choose."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="workloads that contain TEXT")
    parser.add_argument("--size", type=int, default=4096, help="rows and columns of the planes")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.add_argument("--growth", action="store_true", help="print how time grows instead")
    options = parser.parse_args()
    machine = platform.processor() or platform.machine()
    versions = f"NumPy {np.__version__}, Python {platform.python_version()}"
    print(f"{machine}, {os.cpu_count()} processors, {versions}\n")
    rows = growth() if options.growth else comparison(options.only, options.size, options.threads)
    print_table(rows, markdown=options.markdown)


def comparison(only: str, size: int, threads: int) -> Iterator[list[str]]:
    """Yield a row for each workload: times of poolcli, memcpy and peers, and the ratio."""
    yield ["workload", "poolcli", "memcpy", "best peer", "ratio", "all peers"]
    own_times: dict[str, float] = {}
    for work in workloads(size):
        if only not in work.name:
            continue
        x = work.make()
        times = best_times(timed_calls(work, x, threads))
        own_times[work.name] = own = times.pop("poolcli")
        row = [work.name, milliseconds(own), milliseconds(times.pop("memcpy"))]
        if work.plain_case is not None:
            plain = own_times.get(work.plain_case)
            row += ["plain case", "" if plain is None else f"{plain / own:.2f}", ""]
        else:
            ranked = sorted(times, key=lambda name: times[name])
            best = [ranked[0], f"{times[ranked[0]] / own:.2f}"] if ranked else ["", ""]
            row += [*best, ", ".join(f"{name} {milliseconds(times[name])}" for name in ranked)]
        yield row


def timed_calls(work: Workload, x: Any, threads: int) -> dict[str, Callable[[], Any]]:
    """Return the calls to time by name, after comparing the results of all libraries."""
    calls: dict[str, Callable[[], Any]] = {
        "poolcli": lambda: work.run(x, threads),
        "memcpy": lambda: x.copy(order="K"),
    }
    for name, library, peer in installed_peers() if work.plain_case is None else ():
        if work.levels is not None and name not in PEERS_WITH_LEVELS:
            continue
        prepared = peer(library, work, x, threads)
        if prepared is not None:
            call, to_array = prepared
            compare_results(name, work, work.run(x, threads), to_array(call()))
            calls[name] = call
    return calls


def compare_results(name: str, work: Workload, own: Any, other: Any) -> None:
    """Raise `AssertionError` if the result of a library (an array or a shape) is another one."""
    own = own[0] if isinstance(own, tuple) else own
    if isinstance(other, tuple):
        assert own.shape == other, (name, work.name)
        return
    is_mean = own.dtype == np.uint8 and work.mode in ("avg", "blur")
    within_one = name in MEANS_WITHIN_ONE and is_mean
    np.testing.assert_allclose(
        own.astype(np.float64), other.astype(np.float64), rtol=1e-5,
        atol=1 if within_one else 1e-5, err_msg=f"{name}: {work.name}",
    )  # fmt: skip


def best_times(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the best time of each call in seconds; the calls take turns."""
    best = dict.fromkeys(calls, float("inf"))
    spent = dict.fromkeys(calls, 0.0)
    for run in range(MAX_RUNS):
        for name, call in calls.items():
            if run >= MIN_RUNS and spent[name] > SECONDS_PER_CALL:
                continue
            # The first call is not timed: threads of OpenMP spin on after the call of another
            # library and occupy a processor.
            began = perf_counter()
            call()
            start = perf_counter()
            call()
            stop = perf_counter()
            best[name], spent[name] = min(best[name], stop - start), spent[name] + stop - began
        if run >= MIN_RUNS and all(seconds > SECONDS_PER_CALL for seconds in spent.values()):
            break
    return best


def growth() -> Iterator[list[str]]:
    """Yield rows on how time grows with the size of the input, the kernel and the threads."""
    yield ["what", "value", "time", "per element"]
    yield growth_row("one call on 8x8, max k/k, k", 2, np.zeros((8, 8), np.float32), "max", 2)
    for mode in ("max", "avg", "median"):
        for size in (256, 512, 1024, 2048, 4096, 8192):
            x = random_array((size, size), "uint8")()
            yield growth_row(f"{mode} 2/2, size", size, x, mode, 2)
        x = random_array((2048, 2048), "uint8")()
        for kernel in (2, 4, 8, 16, 32, 64):
            yield growth_row(f"{mode} k/k, k", kernel, x, mode, kernel)
        for kernel in (2, 4, 8) if mode == "median" else (2, 4, 8, 16, 32, 64):
            yield growth_row(f"{mode} k/1, k", kernel, x, mode, kernel, stride=1)
    x = random_array((4096, 4096), "float32")()
    for threads in range(1, (os.cpu_count() or 1) + 1):
        options = {"stride": 1, "threads": threads}
        yield growth_row("max 3/1 float32, threads", threads, x, "max", 3, **options)


def growth_row(what: str, value: int, x: Any, mode: str, kernel: int, **options: Any) -> list[str]:
    """Return the row of one call of `poolcli.pool`."""
    seconds = best_times({"call": lambda: poolcli.pool(x, mode, kernel, **options)})["call"]
    return [what, str(value), milliseconds(seconds), f"{seconds / x.size * 1e9:.3f} ns"]


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds with three digits."""
    return f"{seconds * 1e3:.3g} ms"


def print_table(rows: Iterator[list[str]], *, markdown: bool) -> None:
    """Print each row as soon as it is measured."""
    for number, row in enumerate(rows):
        if markdown:
            print("| " + " | ".join(row) + " |")
            if number == 0:
                print("|" + "---|" * len(row))
        else:
            cells = zip(row, COLUMN_WIDTHS, strict=False)
            print("".join(f"{cell:<{width}}" for cell, width in cells))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
