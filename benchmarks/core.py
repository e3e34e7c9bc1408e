"""Time the core against the libraries that people would use instead.

    python -m pip install '.[bench]'
    python benchmarks/core.py                  # all workloads, 2 threads each
    python benchmarks/core.py --only 'max 2/2' --markdown
    python benchmarks/core.py --growth         # how cost grows with size, kernel and threads

Results are compared before anything is timed. The calls of one workload take turns, and of each
the best time counts: what is slower than that was something else on the machine.
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
from peers import installed
from workloads import Workload, array, workloads

import poolcli

SECONDS = 0.5
"""How long the calls of a workload are repeated, each."""

OFF_BY_ONE = {"OpenCV", "Pillow"}
"""They round means to integers in other ways than half up."""


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="workloads whose names hold this")
    parser.add_argument("--size", type=int, default=4096, help="rows and columns of the planes")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--markdown", action="store_true", help="as a table for a README")
    parser.add_argument("--growth", action="store_true", help="how cost grows, instead")
    asked = parser.parse_args()
    machine = platform.processor() or platform.machine()
    versions = f"NumPy {np.__version__}, Python {platform.python_version()}"
    print(f"{machine}, {os.cpu_count()} processors, {versions}\n")
    table = growth() if asked.growth else comparison(asked.only, asked.size, asked.threads)
    show(table, markdown=asked.markdown)


def comparison(only: str, size: int, threads: int) -> Iterator[list[str]]:
    """A row a workload: our time, memcpy's, and the peers' with their ratio to ours."""
    yield ["workload", "poolcli", "memcpy", "best peer", "ratio", "all peers"]
    found: dict[str, float] = {}
    for work in workloads(size):
        if only not in work.name:
            continue
        x = work.make()
        times = race(calls_of(work, x, threads))
        found[work.name] = ours = times.pop("poolcli")
        copying = times.pop("memcpy")
        row = [work.name, milliseconds(ours), milliseconds(copying)]
        if work.like is not None:
            plain = found.get(work.like)
            row += ["plain case", "" if plain is None else f"{plain / ours:.2f}", ""]
        else:
            ranked = sorted(times, key=lambda name: times[name])
            best = [ranked[0], f"{times[ranked[0]] / ours:.2f}"] if ranked else ["", ""]
            row += [*best, ", ".join(f"{name} {milliseconds(times[name])}" for name in ranked)]
        yield row


def calls_of(work: Workload, x: Any, threads: int) -> dict[str, Callable[[], Any]]:
    """What is to be timed; every peer's result has been compared with ours."""
    calls: dict[str, Callable[[], Any]] = {
        "poolcli": lambda: work.run(x, threads),
        "memcpy": lambda: x.copy(order="K"),
    }
    for name, library, peer in installed() if work.like is None else ():
        made = peer(library, work, x, threads)
        if made is not None:
            call, convert = made
            check(name, work, work.run(x, threads), convert(call()))
            calls[name] = call
    return calls


def check(name: str, work: Workload, ours: Any, theirs: Any) -> None:
    """Stop where two results are not the same."""
    ours = ours[0] if isinstance(ours, tuple) else ours
    if isinstance(theirs, tuple):
        assert ours.shape == theirs, (name, work.name)
        return
    off = 1 if name in OFF_BY_ONE and ours.dtype == np.uint8 and work.mode == "avg" else 1e-5
    np.testing.assert_allclose(
        ours.astype(np.float64), theirs.astype(np.float64), rtol=1e-5, atol=off,
        err_msg=f"{name}: {work.name}",
    )  # fmt: skip


def race(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """The best time of each call, in seconds; they take turns."""
    best = dict.fromkeys(calls, float("inf"))
    spent = dict.fromkeys(calls, 0.0)
    for number in range(200):
        for name, call in calls.items():
            if number >= 3 and spent[name] > SECONDS:
                continue
            # Once for nothing: OpenMP's threads still spin after a call, on somebody else's core.
            began = perf_counter()
            call()
            start = perf_counter()
            call()
            stop = perf_counter()
            best[name], spent[name] = min(best[name], stop - start), spent[name] + stop - began
        if number >= 3 and all(time > SECONDS for time in spent.values()):
            break
    return best


def growth() -> Iterator[list[str]]:
    """How cost grows with the size of the input, the kernel and the threads."""
    yield ["what", "value", "time", "per element"]
    yield grown("one call on 8x8, max k/k, k", 2, np.zeros((8, 8), np.float32), "max", 2)
    for mode in ("max", "avg", "median"):
        for size in (256, 512, 1024, 2048, 4096, 8192):
            yield grown(f"{mode} 2/2, size", size, array((size, size), "uint8")(), mode, 2)
        x = array((2048, 2048), "uint8")()
        for kernel in (2, 4, 8, 16, 32, 64):
            yield grown(f"{mode} k/k, k", kernel, x, mode, kernel)
        for kernel in (2, 4, 8) if mode == "median" else (2, 4, 8, 16, 32, 64):
            yield grown(f"{mode} k/1, k", kernel, x, mode, kernel, stride=1)
    x = array((4096, 4096), "float32")()
    for threads in range(1, (os.cpu_count() or 1) + 1):
        yield grown("max 3/1 float32, threads", threads, x, "max", 3, stride=1, threads=threads)


def grown(what: str, value: int, x: Any, mode: str, kernel: int, **more: Any) -> list[str]:
    """A row: one pooling, timed."""
    took = race({"call": lambda: poolcli.pool(x, mode, kernel, **more)})["call"]
    return [what, str(value), milliseconds(took), f"{took / x.size * 1e9:.3f} ns"]


def milliseconds(seconds: float) -> str:
    """A time to three digits."""
    return f"{seconds * 1e3:.3g} ms"


def show(table: Iterator[list[str]], *, markdown: bool) -> None:
    """Print rows as they come, or as a table of Markdown."""
    for number, row in enumerate(table):
        if markdown:
            print("| " + " | ".join(row) + " |")
            if number == 0:
                print("|" + "---|" * len(row))
        else:
            print("".join(f"{cell:<{width}}" for cell, width in zip(row, WIDTHS, strict=False)))
        sys.stdout.flush()


WIDTHS = (42, 12, 12, 14, 8, 60)

if __name__ == "__main__":
    main()
