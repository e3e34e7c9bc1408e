"""Time and peak memory of pooling TIFF files larger than memory, beside tifffile alone.

    python benchmarks/tiff_streaming.py [--quiet] [--only TEXT] [gigabytes ...]

tifffile decodes all strips or tiles in threads, takes every k-th pixel of each and writes these in
the compression and the tiles of the input. Without --quiet poolcli also computes the statistics of
all elements for its report.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from processes import Measurement, measure_process

BYTES_PER_GB = 10**9
DEFAULT_SIZES_GB = (1.0, 6.0)


class Workload(NamedTuple):
    """A TIFF and a command on it.

    Attributes
    ----------
    storage : dict
        tifffile's arguments for the layout of pixels.
    command : str
        The arguments of poolcli.
    dtype : str
        The dtype of a channel.
    channels : int
        The channels of a pixel.
    page : int
        The side of a page; 0 for a single one.
    """

    storage: dict[str, object]
    command: str
    dtype: str = "uint16"
    channels: int = 1
    page: int = 0


RAW, TILED = {"rowsperstrip": 64}, {"tile": (512, 512)}
WIDE = {"tile": (2048, 2048)}
DEFLATE = {"compression": "zlib", "predictor": 2, "rowsperstrip": 16}
LZW, ZSTD = {"compression": "lzw"}, {"compression": "zstd", "predictor": 2}
PLAIN_ZSTD = {"compression": "zstd"}

WORKLOADS = {
    "max --k 2, uncompressed strips": Workload(RAW, "max --k 2"),
    "avg --k 2, uncompressed strips": Workload(RAW, "avg --k 2"),
    "median --k 2, uncompressed strips": Workload(RAW, "median --k 2"),
    "mode --k 2, uncompressed strips": Workload(RAW, "mode --k 2"),
    "avg --k 16, uncompressed strips": Workload(RAW, "avg --k 16"),
    "median --k 16, uncompressed strips": Workload(RAW, "median --k 16"),
    "max --k 3 --s 2, uncompressed tiles": Workload(TILED, "max --k 3 --s 2"),
    "avg --k 2, RGB, uncompressed tiles": Workload(TILED, "avg --k 2", "uint8", 3),
    "avg --k 2, deflate strips": Workload(DEFLATE, "avg --k 2"),
    "max --k 2, LZW tiles": Workload(TILED | LZW, "max --k 2"),
    "max --k 2, zstd tiles": Workload(TILED | ZSTD, "max --k 2"),
    "avg --k 2, RGB, zstd tiles": Workload(TILED | ZSTD, "avg --k 2", "uint8", 3),
    "avg --k 2, float32, zstd tiles": Workload(
        TILED | {"compression": "zstd"}, "avg --k 2", "float32"
    ),
    "max --k 2, wide tiles": Workload(WIDE | ZSTD, "max --k 2"),
    "max --k 3 --s 2, wide tiles": Workload(WIDE | ZSTD, "max --k 3 --s 2"),
    "avg --global, wide tiles": Workload(WIDE | ZSTD, "avg --global"),
    "max --k 2, pages": Workload(RAW, "max --k 2", page=1024),
    "max --k 2, zstd pages": Workload(ZSTD, "max --k 2", page=1024),
    "max --k 2, volume": Workload(RAW, "max --k 2 --layout ZYX", page=1024),
    "max --k 2, zstd volume": Workload(ZSTD, "max --k 2 --layout ZYX", page=1024),
    "max --axes Z --global, zstd volume": Workload(
        ZSTD, "max --axes Z --global --layout ZYX", page=1024
    ),
}

TIFFFILE_SCRIPT = """
import os, sys
import numpy as np, tifffile
step, axes = int(sys.argv[3]), sys.argv[4]
with tifffile.TiffFile(sys.argv[1]) as tiff, tifffile.TiffWriter(
    sys.argv[2], bigtiff=tiff.filehandle.size > 1 << 32
) as writer:
    first = tiff.pages.first
    storage = dict(
        compression=first.compression, predictor=first.predictor, photometric=first.photometric,
        tile=first.tile or None, rowsperstrip=None if first.is_tiled else first.rowsperstrip,
        maxworkers=os.cpu_count(), metadata=None,
    )
    shape = [-(-size // step) for size in first.shape[:2]] + list(first.shape[2:])
    for number in range(len(tiff.pages)):
        page = tiff.pages[number]
        result = np.empty(shape, first.dtype)
        for segment, place, size in page.segments(maxworkers=os.cpu_count()):
            top, left = (-(-start // step) for start in place[2:4])
            part = segment[0, place[2] * -1 % step :: step, place[3] * -1 % step :: step]
            part = part[: shape[0] - top, : shape[1] - left]
            target = result[top : top + part.shape[0], left : left + part.shape[1]]
            target[...] = part if len(shape) == 3 else part[..., 0]
        is_written = "Z" not in axes or number % step == 0
        if is_written:
            writer.write(result, **storage)
"""


def write_input(path: str, workload: Workload, size_gb: float) -> None:
    """Write a TIFF of noise over a gradient, block by block."""
    import zlib

    import imagecodecs
    import numpy as np
    import tifffile

    dtype = np.dtype(workload.dtype)
    count = size_gb * BYTES_PER_GB / dtype.itemsize / workload.channels
    side = workload.page or int(count**0.5)
    pages = max(int(count / side**2), 1) if workload.page else 1
    noise = np.random.default_rng(0).integers(0, 32, (512, 512 + side, workload.channels))
    block = (noise + np.linspace(0, 200, 512 + side)[:, None].astype(int)).astype(dtype)
    tile = workload.storage.get("tile")
    rows, columns = tile if tile else (workload.storage.get("rowsperstrip", 64), side)
    shape = (side, side, workload.channels)[: 2 + (workload.channels > 1)]

    def segments():
        for top in range(0, side, rows):
            for left in range(0, side, columns):
                high, wide = min(rows, side - top), min(columns, side - left)
                start = top * 7 % 256
                part = block[(start + np.arange(high)) % len(block), left : left + wide]
                yield np.ascontiguousarray(part.reshape(high, wide, *shape[2:]))

    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for _ in range(pages):
            storage = {"rowsperstrip": 64} | workload.storage
            if tile:
                storage.pop("rowsperstrip")
                writer.write(segments(), shape=shape, dtype=dtype, metadata=None, **storage)
            elif storage.get("compression") == "zlib":
                strips = (
                    zlib.compress(imagecodecs.delta_encode(strip, axis=1).tobytes(), 1)
                    for strip in segments()
                )
                writer.write(strips, shape=shape, dtype=dtype, metadata=None, **storage)
            elif "compression" in storage:
                data = np.concatenate(list(segments()))
                writer.write(data, metadata=None, **storage)
            else:
                writer.write(segments(), shape=shape, dtype=dtype, metadata=None, **storage)


def write_input_in_child(path: str, label: str, size_gb: float) -> None:
    """Write a TIFF in a process of its own, so that this one does not import NumPy."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        f"import tiff_streaming\n"
        f"tiff_streaming.write_input({path!r}, tiff_streaming.WORKLOADS[{label!r}], {size_gb})"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def measure_workload(workload: Workload, report: str) -> tuple[Measurement, Measurement]:
    """Return the measurements of poolcli and of tifffile."""
    options = ["x.tif", "-o", "y.tif", "--max-pixels", "0", report]
    os.sync()  # so that no earlier write keeps the disk busy
    pooling = measure_process(
        [sys.executable, "-m", "poolcli", *workload.command.split(), *options]
    )
    Path("y.tif").unlink()
    os.sync()
    words = workload.command.split()
    is_global = "--global" in words
    step = 1 << 30 if is_global and "--axes" not in words else 2
    if "--k" in words:
        step = int(words[words.index("--s" if "--s" in words else "--k") + 1])
    if "--axes" in words:
        step = 1
    axes = "Z" if "--layout" in words else "-"
    plain = ["-c", TIFFFILE_SCRIPT, "x.tif", "y.tif", str(step), axes]
    reading = measure_process([sys.executable, *plain])
    Path("y.tif").unlink()
    return pooling, reading


def main() -> None:
    """Print a row for each workload and size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=float, default=DEFAULT_SIZES_GB)
    parser.add_argument("--quiet", action="store_true", help="compute no statistics")
    parser.add_argument("--only", default="", metavar="TEXT", help="workloads that contain TEXT")
    options = parser.parse_args()
    report = "--quiet" if options.quiet else "--json"
    print("| workload | size | poolcli | tifffile | ratio | peak memory |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        os.chdir(folder)
        for label, workload in WORKLOADS.items():
            for size_gb in options.sizes if options.only in label else ():
                write_input_in_child("x.tif", label, size_gb)
                pooling, plain = measure_workload(workload, report)
                cells = (
                    f"{pooling.seconds:.2f} s",
                    f"{plain.seconds:.2f} s",
                    f"{pooling.seconds / plain.seconds:.2f}",
                    f"{pooling.peak_mb:.0f} MB",
                )
                print(f"| {label} | {size_gb:g} GB | {' | '.join(cells)} |", flush=True)
                Path("x.tif").unlink()


if __name__ == "__main__":
    main()
