"""Pyramids of a Zarr array by other tools, each run as a process of its own.

    python benchmarks/zarr_peers.py tinybrain labels INPUT OUTPUT WORKERS

INPUT and OUTPUT are folders of OME-Zarr groups; OUTPUT does not exist. All use the chunks and the
codecs of the input. `zarr-alone` writes the levels in the .npy files beside OUTPUT.
"""

from __future__ import annotations

import sys
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

LEVELS = 4
CHUNK = 64


def boxes(shape: tuple[int, ...], side: int) -> list[tuple[slice, ...]]:
    """Return the indices of the boxes that an array is cut into."""
    corners = product(*(range(0, size, side) for size in shape))
    return [
        tuple(slice(start, min(start + side, size)) for start, size in zip(at, shape, strict=True))
        for at in corners
    ]


def coarser(box: tuple[slice, ...], factor: int) -> tuple[slice, ...]:
    """Return the index of a box in a level."""
    return tuple(slice(part.start // factor, -(-part.stop // factor)) for part in box)


def create_levels(source: str, target: str, levels: range) -> None:
    """Create the arrays of levels like the input's."""
    import zarr

    like = zarr.open_array(f"{source}/0", mode="r")
    for level in levels:
        shape = tuple(size >> level for size in like.shape)
        zarr.create_array(
            f"{target}/{level}", shape=shape, dtype=like.dtype, compressors=like.compressors,
            chunks=tuple(map(min, like.chunks, shape)),
        )  # fmt: skip


def run_tinybrain_task(task: tuple[str, str, str, int, int, tuple[slice, ...]]) -> None:
    """Pool a box by all levels whose chunks it holds whole, as tasks of igneous do."""
    import tinybrain
    import zarr

    kind, source, target, first, count, box = task
    block = zarr.open_array(source, mode="r")[box]
    pool = {
        "labels": tinybrain.downsample_segmentation,
        "image": tinybrain.downsample_with_averaging,
    }[kind]
    # tinybrain is fast for arrays in Fortran order; the transposed block is one.
    results = pool(block.T, (2, 2, 2), num_mips=count)
    for number, result in enumerate(results):
        array = zarr.open_array(f"{target}/{first + number}", mode="r+")
        array[coarser(box, 2 << number)] = result.T


def tinybrain_and_zarr(kind: str, source: str, target: str, workers: int) -> None:
    """Make levels 1 to 3 from boxes of 512³, and level 4 from level 3.

    igneous chooses boxes like that: they hold whole chunks of as many levels as 3.5 GB allow.
    """
    import zarr

    create_levels(source, target, range(1, LEVELS + 1))
    shape = zarr.open_array(f"{source}/0", mode="r").shape
    with get_context("fork").Pool(workers) as pool:
        tasks = [(kind, f"{source}/0", target, 1, 3, box) for box in boxes(shape, 8 * CHUNK)]
        pool.map(run_tinybrain_task, tasks, chunksize=1)
        third = tuple(size >> 3 for size in shape)
        tasks = [(kind, f"{target}/3", target, 4, 1, box) for box in boxes(third, 2 * CHUNK)]
        pool.map(run_tinybrain_task, tasks, chunksize=1)


def copy_box(task: tuple[str, str, tuple[slice, ...]]) -> None:
    """Read a box of the input, and write its finished levels 1 and 2."""
    import numpy as np
    import zarr

    source, target, box = task
    zarr.open_array(f"{source}/0", mode="r")[box]
    for level in (1, 2):
        finished = np.load(f"{target}.{level}.npy", mmap_mode="r")
        part = coarser(box, 1 << level)
        zarr.open_array(f"{target}/{level}", mode="r+")[part] = finished[part]


def zarr_alone(kind: str, source: str, target: str, workers: int) -> None:
    """Read the input and write finished levels, in boxes of 256³; levels 3 and 4 at once."""
    import numpy as np
    import zarr

    create_levels(source, target, range(1, LEVELS + 1))
    shape = zarr.open_array(f"{source}/0", mode="r").shape
    with get_context("fork").Pool(workers) as pool:
        tasks = [(source, target, box) for box in boxes(shape, 4 * CHUNK)]
        pool.map(copy_box, tasks, chunksize=1)
    for level in (3, 4):
        zarr.open_array(f"{target}/{level}", mode="r+")[:] = np.load(f"{target}.{level}.npy")


def ome_zarr_py(kind: str, source: str, target: str, workers: int) -> None:
    """Write level 0 and nearest neighbours (labels) or local means; ome-zarr-py has no modes."""
    import dask
    import dask.array
    from ome_zarr.scale import Methods
    from ome_zarr.writer import write_image

    method = {"labels": Methods.NEAREST, "image": Methods.LOCAL_MEAN}[kind]
    with dask.config.set(num_workers=workers):  # threads; two processes took longer
        write_image(
            dask.array.from_zarr(f"{source}/0"), target, scale_factors=[2, 4, 8, 16],
            method=method, axes="zyx", storage_options={"chunks": (CHUNK,) * 3},
        )  # fmt: skip


def ngff_zarr(kind: str, source: str, target: str, workers: int) -> None:
    """Write level 0 and levels of modes of labels, or of local means."""
    import dask
    import dask.array
    from ngff_zarr import Methods, to_multiscales, to_ngff_image, to_ngff_zarr

    method = {"labels": Methods.DASK_IMAGE_MODE, "image": Methods.DASK_BIN_SHRINK}[kind]
    with dask.config.set(num_workers=workers):  # threads: its arrays cannot be pickled
        image = to_ngff_image(dask.array.from_zarr(f"{source}/0"), dims=("z", "y", "x"))
        levels = to_multiscales(image, [2, 4, 8, 16], method=method, chunks=CHUNK, cache=False)
        to_ngff_zarr(target, levels, version="0.5")


PEERS: dict[str, Any] = {
    "zarr-alone": zarr_alone,
    "tinybrain": tinybrain_and_zarr,
    "ome-zarr-py": ome_zarr_py,
    "ngff-zarr": ngff_zarr,
}
MODULES = {
    "zarr-alone": "zarr",
    "tinybrain": "tinybrain",
    "ome-zarr-py": "ome_zarr",
    "ngff-zarr": "ngff_zarr",
}


if __name__ == "__main__":
    name, kind, source, target, workers = sys.argv[1:]
    Path(target).mkdir()
    PEERS[name](kind, source, target, int(workers))
