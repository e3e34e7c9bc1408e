"""Time and memory of four levels of a Zarr array, beside other tools with as many workers (Linux).

    python -m pip install '.[zarr,dask]' --group bench
    python benchmarks/zarr_stores.py                  # 2 GB of labels and of an image, two workers
    python benchmarks/zarr_stores.py --only mode --runs 5
    python benchmarks/zarr_stores.py --growth         # 0.25 to 4 GB, one and two workers, Dask

Levels of `mode` are made of a segmentation (uint32), levels of `avg` of an image (uint16), both in
chunks of 64³. A part of poolcli's levels is compared with the oracle of the tests. The tools take
turns, and tools that are not installed are left out. zarr alone reads the input and writes chunks
that were computed before: no tool that uses zarr can be faster.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import zarr_peers
from processes import TreeMeasurement, measure_process_tree

SIZES_GB = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Sizes in GB of 2**30 bytes, powers of two."""

PART_SIZE = 256
"""The side of the parts in which volumes are made."""

CHECKED_SIZE = 16
"""The side of the part whose levels are compared with the oracle's."""


class Volume(NamedTuple):
    """A kind of volume and the mode by which it is pooled."""

    kind: str
    mode: str
    dtype: str
    itemsize: int


VOLUMES = (Volume("labels", "mode", "uint32", 4), Volume("image", "avg", "uint16", 2))


def shape_of(volume: Volume, size_gb: float) -> tuple[int, int, int]:
    """Return the shape of a volume: powers of two, the first axes the shortest."""
    exponent = int(size_gb * 2**30 / volume.itemsize).bit_length() - 1
    first, second = exponent // 3, (exponent + 1) // 3
    return 1 << first, 1 << second, 1 << (exponent - first - second)


def write_part(task: tuple[str, str, tuple[int, int, int], tuple[int, int, int]]) -> None:
    """Make a part of a volume and write it."""
    import synthetic_volumes
    import zarr

    path, kind, corner, shape = task
    make = {"labels": synthetic_volumes.segmentation, "image": synthetic_volumes.microscopy}[kind]
    index = tuple(slice(start, start + size) for start, size in zip(corner, shape, strict=True))
    zarr.open_array(f"{path}/0", mode="r+")[index] = make(corner, shape)


def write_volume(path: str, volume: Volume, size_gb: float) -> float:
    """Write a volume as an OME-Zarr image of one level; return how well it is compressed."""
    import zarr
    from zarr.codecs import BloscCodec

    shape = shape_of(volume, size_gb)
    axes = [{"name": name, "type": "space", "unit": "nanometer"} for name in "zyx"]
    scale = [{"type": "scale", "scale": [8.0, 8.0, 8.0]}]
    datasets = [{"path": "0", "coordinateTransformations": scale}]
    attributes = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": datasets}]}
    zarr.create_group(path, attributes={"ome": attributes})
    array = zarr.create_array(
        f"{path}/0", shape=shape, dtype=volume.dtype, chunks=(zarr_peers.CHUNK,) * 3,
        compressors=BloscCodec(cname="zstd", clevel=5, shuffle="shuffle"),
    )  # fmt: skip
    sides = tuple(min(PART_SIZE, size) for size in shape)
    corners = product(*(range(0, size, side) for size, side in zip(shape, sides, strict=True)))
    with get_context("fork").Pool(os.cpu_count()) as pool:
        tasks = [(path, volume.kind, corner, sides) for corner in corners]
        pool.map(write_part, tasks, chunksize=1)
    return float(array.nbytes / array.nbytes_stored())


def write_volume_in_child(path: str, volume: Volume, size_gb: float) -> str:
    """Write a volume in a process of its own, and return its compression ratio as text."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        f"import zarr_stores\n"
        f"volume = zarr_stores.Volume(*{tuple(volume)!r})\n"
        f"print(zarr_stores.write_volume({path!r}, volume, {size_gb}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return f"{float(done.stdout):.1f}"


def check_levels(source: str, levels: str, volume: Volume) -> None:
    """Raise `AssertionError` if the levels of a part are not those of the oracle."""
    import numpy as np
    import zarr

    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests import oracle

    shape = zarr.open_array(f"{source}/0", mode="r").shape
    corner = [size // 2 for size in shape]
    part = tuple(slice(start, start + CHECKED_SIZE) for start in corner)
    block = zarr.open_array(f"{source}/0", mode="r")[part]
    expected = oracle.levels(
        block, volume.mode, zarr_peers.LEVELS, (2, 2, 2), axes=(0, 1, 2), dtype=block.dtype
    )
    for level, values in enumerate(expected, 1):
        array = zarr.open_array(f"{levels}/{level}", mode="r")
        np.testing.assert_array_equal(array[zarr_peers.coarser(part, 1 << level)], values)


def save_levels(levels: str, target: str) -> None:
    """Save levels as .npy files, from which zarr alone writes them."""
    import numpy as np
    import zarr

    for level in range(1, zarr_peers.LEVELS + 1):
        np.save(f"{target}.{level}.npy", zarr.open_array(f"{levels}/{level}", mode="r")[:])


def poolcli_command(volume: Volume, workers: int, *options: str) -> list[str]:
    """Return the command of poolcli without its inputs and outputs."""
    words = [volume.mode, "--k", "2", "--levels", str(zarr_peers.LEVELS), "-j", str(workers)]
    return [sys.executable, "-m", "poolcli", *words, *options]


def run_in_place(command: list[str], source: str) -> TreeMeasurement:
    """Measure poolcli, which adds levels to a store, and remove the levels."""
    metadata = Path(source, "zarr.json").read_text()
    os.sync()  # so that no earlier write keeps the disk busy
    measurement = measure_process_tree([*command, source, "--in-place"])
    Path(source, "zarr.json").write_text(metadata)
    remove_levels(source)
    return measurement


def remove_levels(store: str) -> None:
    """Remove all levels of a store but the first."""
    for folder in Path(store).iterdir():
        if folder.is_dir() and folder.name != "0":
            shutil.rmtree(folder)


def run_to_output(command: list[str], output: str) -> TreeMeasurement:
    """Measure a command that writes a store, and remove the store."""
    os.sync()
    measurement = measure_process_tree(command)
    shutil.rmtree(output)
    return measurement


def runs_of(volume: Volume, source: str, workers: int) -> dict[str, Callable[[], TreeMeasurement]]:
    """Return the runs of all tools by name."""
    in_place, quiet = poolcli_command(volume, workers), poolcli_command(volume, workers, "--quiet")
    runs = {
        "poolcli --in-place": lambda: run_in_place(in_place, source),
        "poolcli --in-place --quiet": lambda: run_in_place(quiet, source),
        "poolcli -o new.zarr": lambda: run_to_output(
            [*in_place, source, "-o", "new.zarr"], "new.zarr"
        ),
    }
    script = str(Path(zarr_peers.__file__))
    for name in zarr_peers.PEERS:
        if find_spec(zarr_peers.MODULES[name]) is None:
            continue
        command = [sys.executable, script, name, volume.kind, source, "peer.zarr", str(workers)]
        runs[name] = lambda command=command: run_to_output(command, "peer.zarr")
    return runs


def comparison(size_gb: float, workers: int, run_count: int, only: str) -> Iterator[list[str]]:
    """Yield a row for each volume and tool: times, memory, and the ratio to zarr alone."""
    yield [
        "volume",
        "tool",
        "best",
        "median",
        "by zarr alone",
        "processor time",
        "memory",
        "largest process",
    ]
    for volume in VOLUMES:
        if only not in volume.mode:
            continue
        source = "input.zarr"
        ratio = write_volume_in_child(source, volume, size_gb)
        runs = runs_of(volume, source, workers)
        prepare(volume, source, workers)
        results: dict[str, list[TreeMeasurement]] = {name: [] for name in runs}
        for _ in range(run_count):
            for name, run in runs.items():
                results[name].append(run())
        alone = min(each.seconds for each in results["zarr-alone"])
        title = f"{volume.mode}, {size_gb:g} GB {volume.dtype}, compressed {ratio} times"
        for name, measured in results.items():
            yield [title, name, *cells_of(measured, alone)]
        shutil.rmtree(source)


def prepare(volume: Volume, source: str, workers: int) -> None:
    """Compare poolcli's levels with the oracle's, and save them for zarr alone."""
    command = [*poolcli_command(volume, workers, "--quiet"), source, "-o", "new.zarr"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    check_levels(source, "new.zarr", volume)
    save_levels("new.zarr", "peer.zarr")
    shutil.rmtree("new.zarr")


def cells_of(measured: list[TreeMeasurement], alone: float) -> list[str]:
    """Return the cells of a row: times, the ratio to zarr alone, and memory."""
    seconds = [each.seconds for each in measured]
    return [
        f"{min(seconds):.2f} s",
        f"{statistics.median(seconds):.2f} s",
        f"{min(seconds) / alone:.2f}",
        f"{min(each.cpu_seconds for each in measured):.2f} s",
        f"{max(each.sum_mb for each in measured):.0f} MB",
        f"{max(each.largest_mb for each in measured):.0f} MB",
    ]


def growth(run_count: int, only: str) -> Iterator[list[str]]:
    """Yield a row for each volume and size: times with one and two workers, here and by Dask."""
    yield ["volume", "size", "1 worker", "2 workers", "Dask, 1", "Dask, 2", "memory, 2 workers"]
    for volume in VOLUMES:
        for size_gb in SIZES_GB if only in volume.mode else ():
            source = "input.zarr"
            write_volume_in_child(source, volume, size_gb)
            cells = []
            for workers in (1, 2):
                command = poolcli_command(volume, workers)
                measured = [run_in_place(command, source) for _ in range(run_count)]
                cells.append(f"{min(each.seconds for each in measured):.2f} s")
            memory = f"{max(each.sum_mb for each in measured):.0f} MB"
            for workers in (1, 2):
                command = poolcli_command(volume, workers, "--dask", "local")
                times = [run_in_place(command, source).seconds for _ in range(run_count)]
                cells.append(f"{min(times):.2f} s")
            yield [f"{volume.mode}, {volume.dtype}", f"{size_gb:g} GB", *cells, memory]
            shutil.rmtree(source)


def main() -> None:
    """Print the table that the options choose."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=2.0, metavar="GB", help="size of volumes")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", metavar="TEXT", help="modes that contain TEXT")
    parser.add_argument("--growth", action="store_true", help="print how time grows instead")
    options = parser.parse_args()
    rows = (
        growth(options.runs, options.only)
        if options.growth
        else comparison(options.size, options.workers, options.runs, options.only)
    )
    with tempfile.TemporaryDirectory(dir=".") as folder:
        os.chdir(folder)
        for number, row in enumerate(rows):
            print("| " + " | ".join(row) + " |", flush=True)
            if number == 0:
                print("|" + "---|" * len(row))


if __name__ == "__main__":
    main()
