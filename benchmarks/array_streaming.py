"""Time and peak memory of pooling arrays larger than memory, beside a plain copy.

    python benchmarks/array_streaming.py [--quiet] [--only TEXT] [gigabytes ...]

The copy reads the input and writes as many bytes as the output has: no command can be faster.
Without --quiet poolcli also computes the statistics of all elements for its report.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from processes import measure_process

BYTES_PER_GB = 10**9
DEFAULT_SIZES_GB = (0.5, 2.0, 8.0)
RUNS = 3

WORKLOADS = {
    "max --k 2, planes": ("planes", "max --k 2"),
    "avg --k 3 --s 1, planes": ("planes", "avg --k 3 --s 1"),
    "sum --k 64, planes": ("planes", "sum --k 64"),
    "min --k 2x2x2, planes as a volume": ("planes", "min --k 2x2x2"),
    "max --k 2, one plane": ("plane", "max --k 2"),
    "max --k 2 --levels 4, one plane": ("plane", "max --k 2 --levels 4"),
    "avg --k 2, one plane": ("plane", "avg --k 2"),
    "avg --k 2 --levels 4, one plane": ("plane", "avg --k 2 --levels 4"),
    "max --k 2, four rows": ("rows", "max --k 2"),
    "avg --k 2, small planes": ("small", "avg --k 2"),
    "max --k 2, channels last": ("last", "max --k 2 --layout NHWC"),
    "max --k 2, Fortran order": ("fortran", "max --k 2"),
    "avg --global, one plane": ("plane", "avg --global"),
    "median --global, one plane": ("plane", "median --global"),
}
"""The kind of the array (see `array_shapes`) and the command of each workload."""

COPY_SCRIPT = """
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


def array_shapes(element_count: float) -> dict[str, tuple[int, ...]]:
    """Return the shape of each kind of array with about a given number of elements."""
    side = int(element_count**0.5) // 4 * 4
    return {
        "planes": (max(int(element_count) >> 18, 1), 512, 512),
        "plane": (side, side),
        "rows": (4, int(element_count) // 4),
        "small": (int(element_count) // 64, 8, 8),
        "last": (max(int(element_count) >> 22, 1), 256, 256, 64),
        "fortran": (side, side),
    }


def write_array(path: str, shape: tuple[int, ...], *, fortran: bool) -> None:
    """Write an .npy of random float32, block by block."""
    import numpy as np

    size = int(np.prod(shape))
    block = np.random.default_rng(0).random(1 << 22, np.float32)
    with Path(path).open("wb") as file:
        fields = {"descr": "<f4", "fortran_order": fortran, "shape": shape}
        np.lib.format.write_array_header_1_0(file, fields)
        for start in range(0, size, len(block)):
            file.write(block[: size - start].data)


def write_array_in_child(path: str, kind: str, size_gb: float) -> None:
    """Write an array in a process of its own, so that this one does not import NumPy."""
    shape = array_shapes(size_gb * BYTES_PER_GB / 4)[kind]
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        f"import array_streaming\n"
        f"array_streaming.write_array({path!r}, {shape}, fortran={kind == 'fortran'})"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def measure_workload(command: str, report: str) -> tuple[float, float, float, float]:
    """Return the median run by ratio: ratio, seconds, seconds of the copy, peak memory in MB."""
    poolcli = ["-m", "poolcli", *command.split(), "x.npy", "-o", "y.npy", report]
    outputs = [Path("y.npy"), *(Path(f"y.L{level}.npy") for level in range(1, 5))]
    runs = []
    for _ in range(RUNS):
        os.sync()  # so that no earlier write keeps the disk busy
        pooling = measure_process([sys.executable, *poolcli])
        byte_count = sum(output.stat().st_size for output in outputs if output.exists())
        for output in outputs:
            output.unlink(missing_ok=True)
        os.sync()
        copy = ["-c", COPY_SCRIPT, "x.npy", "y.npy", str(byte_count)]
        copying = measure_process([sys.executable, *copy])
        outputs[0].unlink()
        ratio = pooling.seconds / copying.seconds
        runs.append((ratio, pooling.seconds, copying.seconds, pooling.peak_mb))
    return sorted(runs)[len(runs) // 2]


def main() -> None:
    """Print a row for each workload and size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=float, default=DEFAULT_SIZES_GB)
    parser.add_argument("--quiet", action="store_true", help="compute no statistics")
    parser.add_argument("--only", default="", metavar="TEXT", help="workloads that contain TEXT")
    options = parser.parse_args()
    report = "--quiet" if options.quiet else "--json"
    print("| workload | size | poolcli | plain copy | ratio | peak memory |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        os.chdir(folder)
        for label, (kind, command) in WORKLOADS.items():
            for size_gb in options.sizes if options.only in label else ():
                write_array_in_child("x.npy", kind, size_gb)
                ratio, seconds, copy_seconds, peak = measure_workload(command, report)
                cells = (
                    f"{seconds:.2f} s",
                    f"{copy_seconds:.2f} s",
                    f"{ratio:.2f}",
                    f"{peak:.0f} MB",
                )
                print(f"| {label} | {size_gb:g} GB | {' | '.join(cells)} |", flush=True)
                Path("x.npy").unlink()


if __name__ == "__main__":
    main()
