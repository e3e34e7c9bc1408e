"""Writing of results, and of the input as level 0, into a new OME-Zarr store."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.batch.choose_output import Output
from poolcli.batch.datasets_of_results import DatasetToWrite, StoreContents
from poolcli.batch.overwrite_or_skip import TaskOutputs
from poolcli.io.publish_file import wrap_write_errors
from poolcli.io.zarr.array_spec import ArraySpec
from poolcli.io.zarr.output_store import create_array, open_output_array, write_group
from poolcli.io.zarr.partial_store import PartialStore
from poolcli.request import Request

MAX_WRITE_BYTES, MAX_WRITE_UNITS = 1 << 24, 64
"""The size and the number up to which neighbouring chunks are written together. zarr completes the
chunks of a call even after an interrupt."""


def write_store(
    output: Output, contents: StoreContents, request: Request, outputs: TaskOutputs
) -> None:
    """Write a store, chunk by chunk; it appears when it is complete.

    Parameters
    ----------
    output : Output
        The path or URL.
    contents : StoreContents
        What it gets.
    request : Request
        The request; an existing store is replaced only with `--overwrite`.
    outputs : TaskOutputs
        Knows whether an earlier attempt may have written the same store.

    Raises
    ------
    OutputError
        If the store cannot be written.
    """
    is_retry = outputs.permit.may_have_written
    with (
        PartialStore(output.path, replace=request.overwrite, is_retry=is_retry) as store,
        wrap_write_errors(output.path),
    ):
        for level in contents.levels:
            create_array(store.location, level.spec)
            array = open_output_array(store.location, level.spec.path)
            for region in _regions(level.spec, contents.permutation):
                array[region] = _block(level, region, contents.permutation)
        write_group(store.location, request.zarr_format, contents.attributes)
        store.publish()


def _regions(spec: ArraySpec, permutation: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Yield ranges that cover an array: chunks, or shards, several at a time.

    They are neighbours along the axes that are the last ones of the results, so that long parts of
    results in files are read at once.
    """
    steps = list(spec.unit)
    unit_bytes = math.prod(steps) * np.dtype(spec.dtype).itemsize
    count = min(max(1, MAX_WRITE_BYTES // unit_bytes), MAX_WRITE_UNITS)
    for axis in sorted(range(len(steps)), key=permutation.__getitem__, reverse=True):
        units = max(1, math.ceil(spec.shape[axis] / steps[axis]))
        steps[axis] *= min(units, count)
        count //= units
        if count < 2:
            break
    ranges = [
        [slice(start, min(start + step, size)) for start in range(0, size, step)]
        for size, step in zip(spec.shape, steps, strict=True)
    ]
    return product(*ranges)


def _block(
    level: DatasetToWrite, region: tuple[slice, ...], permutation: tuple[int, ...]
) -> npt.NDArray[Any]:
    """Return the elements of a region, in the order of the axes of the dataset."""
    index = [slice(0)] * len(region)
    for number, axis in enumerate(permutation):
        index[axis] = region[number]
    if len(level.results) == 1:
        block = level.results[0].result[tuple(index)]
    else:
        frames, *rest = index
        block = np.stack([each.result[tuple(rest)] for each in level.results[frames]])
    return np.asarray(block).transpose(permutation)
