"""A long fuzz of damaged files and odd option values.

    python -m tests.fuzz                        # 9,450 damaged files and all option values
    python -m tests.fuzz --seed 2 --count 1000  # others, and fewer
    python -m tests.fuzz --keep found           # files with faults are written to a folder

Each kind of file and each command has a process of its own, whose memory and time are bounded. A
process that dies is replaced by one that continues after the fatal file or command line.
The exit code is 1 if there were faults.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from poolcli.core.engine.cpu_count import usable_cpus
from tests.fuzz.option_values import command_lines, command_names, run_command_line, write_inputs
from tests.fuzz.pooling import damaged_copies, pool_damaged_file
from tests.fuzz.seeds import seed_files

ROOT = Path(__file__).parents[2]

DEFAULT_COUNT = 9450

MAX_SECONDS = 20
"""The longest time for one file or command line."""

MEMORY_BYTES = 12 << 30
"""The address space of a process. Pillow reserves what a length of 32 bits claims, up to 4 GB, and
leaves it untouched where the file ends before."""


def main() -> int:
    arguments = _parser().parse_args()
    if arguments.part:
        return _run_part(arguments)
    names = list(seed_files())
    each = -(-arguments.count // len(names))
    parts = [("files", name, each) for name in names]
    parts += [("options", name, len(command_lines(name))) for name in command_names()]
    with ThreadPoolExecutor(usable_cpus()) as executor:
        found = list(executor.map(partial(_run_part_in_processes, arguments.seed), parts))
    faults = [fault for rows, _ in found for row in rows for fault in row["faults"]]
    for kind in ("files", "options"):
        _summarize(kind, [item for part, item in zip(parts, found, strict=True) if part[0] == kind])
    for (kind, name, _), (rows, _) in zip(parts, found, strict=True):
        for row in (row for row in rows if row["faults"]):
            print(f"WRONG {kind} {name} {row['number']} {row['line']}: {'; '.join(row['faults'])}")
            if arguments.keep and kind == "files":
                _keep(arguments.keep, name, arguments.seed, row["number"])
    print(f"{len(faults)} faults, seed {arguments.seed}")
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=DEFAULT_COUNT, help="how many damaged files")
    parser.add_argument("--keep", type=Path, help="a folder for files with faults")
    parser.add_argument(
        "--part", nargs=4, metavar=("KIND", "NAME", "START", "STOP"), help="internal"
    )
    return parser


def _run_part_in_processes(
    seed: int, part: tuple[str, str, int]
) -> tuple[list[dict[str, Any]], int]:
    """Return the rows of one part, and the largest resident memory of its processes in KB."""
    kind, name, stop = part
    rows: list[dict[str, Any]] = []
    memory = 0
    while len(rows) < stop:
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as out:
            command = [sys.executable, "-m", "tests.fuzz", "--seed", str(seed), "--part"]
            command += [kind, name, str(len(rows)), str(stop)]
            environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            rows += [json.loads(line) for line in out]
            memory = max(memory, usage.ru_maxrss)
        if len(rows) < stop:
            died = f"the process ended with {process.returncode}"
            rows.append(_row(len(rows), "", float(MAX_SECONDS), [died]))
    return rows, memory


def _run_part(arguments: argparse.Namespace) -> int:
    """Print a row of JSON for each file or command line, in the current folder."""
    kind, name, start, stop = arguments.part
    numbers = range(int(start), int(stop))
    rows = os.fdopen(os.dup(1), "w")
    with tempfile.TemporaryFile() as noise:
        os.dup2(noise.fileno(), 1)
        os.dup2(noise.fileno(), 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        outcomes = (
            _files(name, arguments.seed, numbers) if kind == "files" else _options(name, numbers)
        )
        signal.alarm(5 * MAX_SECONDS)  # the first outcome includes imports
        for row in outcomes:
            signal.alarm(MAX_SECONDS)
            if size := os.fstat(noise.fileno()).st_size:
                noise.seek(0)
                row["faults"].append(f"noise: {noise.read(size)!r}"[:300])
                noise.truncate(0)
                noise.seek(0)
            print(json.dumps(row), file=rows, flush=True)
    return 0


def _files(name: str, seed: int, numbers: range) -> Iterator[dict[str, Any]]:
    for number, data in zip(numbers, damaged_copies(name, seed, numbers), strict=True):
        outcome = pool_damaged_file(data, number)
        yield _row(number, "", outcome.seconds, outcome.faults, outcome.message)


def _options(name: str, numbers: range) -> Iterator[dict[str, Any]]:
    write_inputs()
    for number in numbers:
        line = command_lines(name)[number]
        seconds, faults = run_command_line(line)
        yield _row(number, " ".join(map(repr, line)), seconds, faults)


def _row(
    number: int, line: str, seconds: float, faults: list[str], message: str = ""
) -> dict[str, Any]:
    return {
        "number": number,
        "line": line,
        "seconds": seconds,
        "faults": faults,
        "message": message,
    }


def _summarize(kind: str, found: list[tuple[list[dict[str, Any]], int]]) -> None:
    rows = [row for rows, _ in found for row in rows]
    kinds = Counter(row["message"] for row in rows if row["message"])
    if kind == "files":
        pooled = len(rows) - kinds.total()
        print(f"{len(rows):,} damaged files, {pooled:,} pooled, the others refused:")
        for message, count in kinds.most_common(25):
            print(f"{count:7,}  {message[:110]}")
    else:
        print(f"{len(rows):,} command lines with odd option values")
    slowest = max(row["seconds"] for row in rows)
    peak = max(memory for _, memory in found)
    print(f"slowest {slowest:.2f} s, peak memory {peak / 1024:.0f} MB\n")


def _keep(folder: Path, name: str, seed: int, number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (data,) = damaged_copies(name, seed, range(number, number + 1))
    (folder / f"{name}-{seed}-{number}").write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
