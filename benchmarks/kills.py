"""Batches that are killed at random moments and resumed; their outputs must not differ.

    python benchmarks/kills.py                     # 100 kills, of files of all kinds
    python benchmarks/kills.py --kills 9 --small   # a minute, or less

A run over a folder is killed again and again (the whole process group, the parent or a worker by
SIGKILL; the parent by SIGTERM; the group by SIGINT) and resumed with --skip-existing. After every
third kill it is run to its end. Every file must then have the bytes that an undisturbed run gives,
and no temporary file may be left. Prints the first difference and exits with 1, or a summary.
Linux, for it looks for processes in /proc.
"""

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

KILLS_A_RESULT = 3

COMMAND = ("-m", "poolcli", "median", "in", "--k", "3", "--s", "1", "-j", "2", "-o", "out/")


def make_inputs(folder: Path, *, small: bool) -> None:
    """Write pictures and arrays of all common kinds, one of them streamed unless `small`."""
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


def start() -> subprocess.Popen[bytes]:
    """Start a run, or resume it, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, *COMMAND, "--quiet", "--skip-existing"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def parents() -> dict[int, int]:
    """The parent of each process."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
            except OSError:
                continue
            found[int(entry.name)] = int(status.rpartition(")")[2].split()[1])
    return found


def below(pid: int) -> list[int]:
    """The descendants of a process, each after its parent."""
    every, found = parents(), [pid]
    for each in found:
        found += [child for child, parent in every.items() if parent == each]
    return found[1:]


def disturb(process: subprocess.Popen[bytes], kind: str, rng: random.Random) -> None:
    """Kill a run, or a part of it, and wait until all of its processes have ended."""
    family = below(process.pid)
    grandchildren = [pid for pid in family if pid not in below_directly(process.pid)]
    try:
        if kind == "kill the group":
            os.killpg(process.pid, signal.SIGKILL)
        elif kind == "kill the parent":
            process.kill()
        elif kind == "kill a worker" and grandchildren:
            os.kill(rng.choice(grandchildren), signal.SIGKILL)
        elif kind == "terminate":
            process.terminate()
        elif kind == "interrupt":
            os.killpg(process.pid, signal.SIGINT)
    except ProcessLookupError:
        pass  # it had ended before
    process.communicate(timeout=120)
    while any(Path(f"/proc/{pid}").exists() for pid in family):
        time.sleep(0.01)


def below_directly(pid: int) -> list[int]:
    """The children of a process."""
    return [child for child, parent in parents().items() if parent == pid]


def finish() -> None:
    """Resume a run for the last time and check its report."""
    process = start()
    _, said = process.communicate(timeout=600)
    if process.returncode or said:
        sys.exit(f"the last run ended with {process.returncode}: {said.decode()}")


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of all files of a folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="few files, all of them small")
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_inputs(Path("in"), small=given.small)
        begin = time.monotonic()
        finish()
        whole = time.monotonic() - begin
        expected = contents(Path("out"))
        leftovers = 0
        for done in range(1, given.kills + 1):
            if done % KILLS_A_RESULT == 1:
                shutil.rmtree("out")
            kind = KINDS[done % len(KINDS)]
            process = start()
            time.sleep(rng.uniform(0.1, 1.0) * whole)
            disturb(process, kind, rng)
            out = Path("out")
            leftovers += len(list(out.glob(".poolcli-*"))) if out.exists() else 0
            if done % KILLS_A_RESULT == 0 or done == given.kills:
                finish()
                found = contents(out)
                for name in sorted({*found, *expected}):
                    if found.get(name) != expected.get(name):
                        sys.exit(f"after kill {done} ({kind}) {name} is not as it should be")
        print(
            f"{given.kills} kills, {leftovers} temporary files left by them and removed later; "
            f"{len(expected)} outputs as from an undisturbed run ({whole:.1f} s)"
        )


if __name__ == "__main__":
    main()
