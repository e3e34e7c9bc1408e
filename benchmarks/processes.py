"""Time and peak memory of a command that runs as a process of its own (Linux)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
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
