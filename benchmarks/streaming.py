"""Arrays larger than memory: time and peak memory of whole commands, beside a plain copy.

    python benchmarks/streaming.py [--quiet] [--only WORDS] [gigabytes ...]

The copy reads the input and writes as many bytes as the output has, with nothing in between: what
no command can be faster than. Without --quiet all elements are measured for the report, too.
Linux, for it asks `wait4`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GB = 10**9
SIZES = (0.5, 2.0, 8.0)

WORK = {
    "max --k 2, planes": ("planes", "max --k 2"),
    "avg --k 3 --s 1, planes": ("planes", "avg --k 3 --s 1"),
    "sum --k 64, planes": ("planes", "sum --k 64"),
    "min --k 2x2x2, planes as a volume": ("planes", "min --k 2x2x2"),
    "max --k 2, one plane": ("plane", "max --k 2"),
    "max --k 2, four rows": ("rows", "max --k 2"),
    "avg --k 2, small planes": ("small", "avg --k 2"),
    "max --k 2, channels last": ("last", "max --k 2 --layout NHWC"),
    "max --k 2, Fortran order": ("fortran", "max --k 2"),
    "avg --global, one plane": ("plane", "avg --global"),
    "median --global, one plane": ("plane", "median --global"),
}

COPY = """
import os, sys
left = int(sys.argv[3])
buffer = bytearray(1 << 22)
with open(sys.argv[1], "rb", buffering=0) as file, open(sys.argv[2], "wb", buffering=0) as out:
    while got := file.readinto(buffer):
        if left > 0:
            left -= out.write(memoryview(buffer)[:min(got, left)])
    while left > 0:
        left -= out.write(memoryview(buffer)[:left])
"""


def shapes(count: float) -> dict[str, tuple[int, ...]]:
    """Shapes of about so many float32."""
    side = int(count**0.5) // 4 * 4
    return {
        "planes": (max(int(count) >> 18, 1), 512, 512),
        "plane": (side, side),
        "rows": (4, int(count) // 4),
        "small": (int(count) // 64, 8, 8),
        "last": (max(int(count) >> 22, 1), 256, 256, 64),
        "fortran": (side, side),
    }


def make(path: str, shape: tuple[int, ...], *, fortran: bool) -> None:
    """Write an array of random numbers, block by block."""
    import numpy as np

    size = int(np.prod(shape))
    block = np.random.default_rng(0).random(1 << 22, np.float32)
    with Path(path).open("wb") as file:
        fields = {"descr": "<f4", "fortran_order": fortran, "shape": shape}
        np.lib.format.write_array_header_1_0(file, fields)
        for start in range(0, size, len(block)):
            file.write(block[: size - start].data)


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds and MB of a process."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {command}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024 * 1.048576


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=float, default=SIZES)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    sizes, report = asked.sizes, "--quiet" if asked.quiet else "--json"
    print("| work | size | poolcli | plain copy | ratio | peak memory |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        os.chdir(folder)
        chosen = {words: work for words, work in WORK.items() if asked.only in words}
        for words, (kind, line) in chosen.items():
            for size in sizes:
                subprocess.run(
                    [sys.executable, "-c",
                     f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
                     f"import streaming; streaming.make('x.npy', {shapes(size * GB / 4)[kind]}, "
                     f"fortran={kind == 'fortran'})"], check=True)  # fmt: skip
                pool = ["-m", "poolcli", *line.split(), "x.npy", "-o", "y.npy", report]
                runs = []
                for _ in range(3):
                    os.sync()  # what was made before is on its way to the disk
                    seconds, peak = measured(pool)
                    wanted = Path("y.npy").stat().st_size
                    Path("y.npy").unlink()
                    os.sync()
                    plain, _ = measured(["-c", COPY, "x.npy", "y.npy", str(wanted)])
                    Path("y.npy").unlink()
                    runs.append((seconds / plain, seconds, plain, peak))
                ratio, seconds, plain, peak = sorted(runs)[len(runs) // 2]
                print(f"| {words} | {size:g} GB | {seconds:.2f} s | {plain:.2f} s | {ratio:.2f} | "
                      f"{peak:.0f} MB |", flush=True)  # fmt: skip
                Path("x.npy").unlink()


if __name__ == "__main__":
    main()
