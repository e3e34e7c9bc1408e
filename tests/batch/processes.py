"""Finding the child processes of a command under test."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest


def started(line: str, folder: Path, **more: Any) -> subprocess.Popen[bytes]:
    if not Path("/proc/self").exists():
        pytest.skip("the processes of a run are found in /proc")
    return subprocess.Popen(
        [sys.executable, "-m", "poolcli", *line.split()],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )


def parent(pid: int) -> int:
    """Return the parent of a process; 0 if the process has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return 0


def below(pid: int) -> list[int]:
    """Return all descendants of a process."""
    every = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    parents = {each: parent(each) for each in every}
    found, wave = [], [pid]
    while wave:
        wave = [each for each, above in parents.items() if above in wave]
        found += wave
    return found


def workers(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the worker processes: the children of the fork server."""
    return [pid for pid in below(process.pid) if parent(parent(pid)) == process.pid]


def until(found: Any, seconds: float = 20.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.02)
    raise AssertionError("the condition was not met in time")


def holds(pid: int, path: Path) -> bool:
    """Return whether a process has a file open."""
    try:
        return any(entry.readlink() == path for entry in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
