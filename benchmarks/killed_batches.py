"""Batches that are killed at random moments and resumed; their outputs must not differ.

    python benchmarks/killed_batches.py                     # 100 kills, files of all kinds
    python benchmarks/killed_batches.py --kills 9 --small   # one minute or less

A run over a folder is killed again and again and resumed with --skip-existing: the whole process
group, the parent or a worker is killed by SIGKILL, the parent gets SIGTERM, or the group gets
SIGINT. After every third kill the run is completed. Then every file must have the bytes that an
undisturbed run writes, and no temporary file may be left. Prints the first difference and exits
with 1, or prints a summary. Linux only, because it finds processes in /proc.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

KINDS = ("kill the group", "kill the parent", "kill a worker", "terminate", "interrupt")

KILLS_BEFORE_COMPLETION = 3

COMMAND = ("-m", "poolcli", "median", "in", "--k", "3", "--s", "1", "-j", "2", "-o", "out/")


def make_inputs(folder: Path, *, small: bool) -> None:
    """Write images and arrays of all common kinds; unless `small`, also an array to stream."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for number in range(2 if small else 6):
        colour = rng.integers(0, 256, (300 + 40 * number, 400, 3), np.uint8)
        image = Image.fromarray(colour)
        for extension in ("png", "jpg", "tif", "webp", "bmp"):
            image.save(folder / f"{number}.{extension}")
        image.save(folder / f"{number}z.tif", compression="tiff_lzw")
        Image.fromarray(colour[..., 0]).save(folder / f"{number}.gif")
        np.save(folder / f"{number}.npy", rng.random((500, 400)))
        np.savez(folder / f"{number}.npz", a=rng.random((200, 300)), b=colour[..., 0])
    if not small:
        np.save(folder / "large.npy", rng.random((3200, 3000), np.float32).repeat(2, 0))


def start_run() -> subprocess.Popen[bytes]:
    """Start or resume a run in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, *COMMAND, "--quiet", "--skip-existing"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def complete_run() -> None:
    """Resume a run, wait for its end, and exit if it reports anything."""
    process = start_run()
    _, errors = process.communicate(timeout=600)
    if process.returncode or errors:
        sys.exit(f"the last run ended with {process.returncode}: {errors.decode()}")


def parents() -> dict[int, int]:
    """Return the parent of each process, by process id."""
    result = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
            except OSError:
                continue
            result[int(entry.name)] = int(status.rpartition(")")[2].split()[1])
    return result


def descendants(pid: int) -> list[int]:
    """Return the ids of all descendants of a process, each after its parent."""
    parent_of, result = parents(), [pid]
    for each in result:
        result += [child for child, parent in parent_of.items() if parent == each]
    return result[1:]


def children(pid: int) -> list[int]:
    """Return the ids of the children of a process."""
    return [child for child, parent in parents().items() if parent == pid]


def disturb(process: subprocess.Popen[bytes], kind: str, rng: random.Random) -> None:
    """Kill a run or a part of it, and wait until all of its processes have ended."""
    family = descendants(process.pid)
    direct = children(process.pid)
    workers = [pid for pid in family if pid not in direct]  # children of the fork server
    try:
        if kind == "kill the group":
            os.killpg(process.pid, signal.SIGKILL)
        elif kind == "kill the parent":
            process.kill()
        elif kind == "kill a worker" and workers:
            os.kill(rng.choice(workers), signal.SIGKILL)
        elif kind == "terminate":
            process.terminate()
        elif kind == "interrupt":
            os.killpg(process.pid, signal.SIGINT)
    except ProcessLookupError:
        pass  # it has ended already
    process.communicate(timeout=120)
    while any(Path(f"/proc/{pid}").exists() for pid in family):
        time.sleep(0.01)


def file_contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files of a folder by name, hidden files included."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def check_outputs(expected: dict[str, bytes], disturbance: str) -> None:
    """Exit if the files in the output folder are not the expected ones."""
    contents = file_contents(Path("out"))
    for name in sorted({*contents, *expected}):
        if contents.get(name) != expected.get(name):
            sys.exit(f"after {disturbance} {name} differs from that of an undisturbed run")


def main() -> None:
    """Kill runs, complete them and compare their outputs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="use few and small files")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    output = Path("out")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_inputs(Path("in"), small=options.small)
        start = time.monotonic()
        complete_run()
        duration = time.monotonic() - start
        expected = file_contents(output)
        leftover_count = 0
        for number in range(1, options.kills + 1):
            if number % KILLS_BEFORE_COMPLETION == 1:
                shutil.rmtree(output)
            kind = KINDS[number % len(KINDS)]
            process = start_run()
            time.sleep(rng.uniform(0.1, 1.0) * duration)
            disturb(process, kind, rng)
            leftover_count += len(list(output.glob(".poolcli-*"))) if output.exists() else 0
            if number % KILLS_BEFORE_COMPLETION == 0 or number == options.kills:
                complete_run()
                check_outputs(expected, f"kill {number} ({kind})")
        print(
            f"{options.kills} kills, {leftover_count} temporary files left by them and removed "
            f"later; {len(expected)} outputs as from an undisturbed run ({duration:.1f} s)"
        )


if __name__ == "__main__":
    main()
