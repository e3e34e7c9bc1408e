"""Time and peak memory of a command that runs as a process of its own (Linux)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple


class Measurement(NamedTuple):
    """The resources that a process used."""

    seconds: float
    peak_mb: float
    """Peak resident memory of the process in MB (10**6 bytes), without its children."""


def measure_process(command: list[str]) -> Measurement:
    """Run a command without output and measure it; exit if it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"failed: {command}")
    return Measurement(seconds, usage.ru_maxrss * 1024 / 1e6)


SAMPLING_SECONDS = 0.02
"""The time between two looks at the memory of all processes."""


class TreeMeasurement(NamedTuple):
    """The resources that a process and its children used, memory in MB (10**6 bytes)."""

    seconds: float
    cpu_seconds: float
    """The time of all processors, except for the last hundredths of a second of each process."""
    sum_mb: float
    """The sum of the peak resident memory of all processes, pages that they share included."""
    largest_mb: float
    """The peak resident memory of the largest process."""


def measure_process_tree(command: list[str]) -> TreeMeasurement:
    """Run a command without output and measure it with its children; exit if it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peaks: dict[int, int] = {}
    ticks: dict[int, int] = {}
    while process.poll() is None:
        for pid in [process.pid, *descendants(process.pid)]:
            peaks[pid] = max(peaks.get(pid, 0), peak_bytes(pid))
            ticks[pid] = max(ticks.get(pid, 0), cpu_ticks(pid))
        time.sleep(SAMPLING_SECONDS)
    seconds = time.perf_counter() - start
    assert process.stderr is not None
    if process.returncode:
        sys.exit(f"failed: {command}\n{process.stderr.read().decode()}")
    cpu_seconds = sum(ticks.values()) / os.sysconf("SC_CLK_TCK")
    return TreeMeasurement(
        seconds, cpu_seconds, sum(peaks.values()) / 1e6, max(peaks.values()) / 1e6
    )


def descendants(pid: int) -> list[int]:
    """Return the numbers of the children of a process, and of their children."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        texts = [(thread / "children").read_text() for thread in threads]
    except OSError:  # the process has ended meanwhile
        return []
    children = [int(word) for text in texts for word in text.split()]
    return children + [each for child in children for each in descendants(child)]


def peak_bytes(pid: int) -> int:
    """Return the peak resident memory of a process; 0 if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


def cpu_ticks(pid: int) -> int:
    """Return the processor time of a process in clock ticks; 0 if it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    user, system = text.rpartition(")")[2].split()[11:13]
    return int(user) + int(system)
