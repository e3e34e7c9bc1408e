"""The open arrays of a store that a worker reads and writes, kept from box to box."""

from __future__ import annotations

import os
from typing import Any, BinaryIO

import numpy as np

from poolcli.batch.zarr_stores.store_plan import SourceArray, StorePlan
from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array
from poolcli.core.reordered_view import AxisView
from poolcli.errors import ReadError
from poolcli.io.zarr.copy_chunks import copy_chunks, have_equal_chunks
from poolcli.io.zarr.open_zarr import open_array_at
from poolcli.io.zarr.output_store import open_output_array
from poolcli.io.zarr.zarr_errors import wrap_store_errors
from poolcli.io.zarr.zarr_source import ZarrSource

MAX_OPEN_STORES = 4
"""The number of stores whose arrays a worker keeps open."""


class ZarrInput:
    """An open array of a Zarr store.

    Attributes
    ----------
    stored : zarr.Array
        The array.
    array : ReadableArray
        Its elements; the axes are in the order in which they are pooled.
    """

    def __init__(self, source: SourceArray) -> None:
        self.stored = open_array_at(source.location, source.path)
        self.source = ZarrSource(self.stored, source.path)
        self.array: Any = _in_order(self.source, source.dims)

    def check(self) -> None:
        """Raise `ReadError` if the array has vanished or changed since it was opened."""
        self.source.check()

    def close(self) -> None:
        """Do nothing: each read opens the files of its chunks."""


class NpyInput:
    """The open array of an npy file.

    Attributes
    ----------
    stored : None
        It is no array of a Zarr store.
    array : ReadableArray
        Its elements; the axes are in the order in which they are pooled.
    """

    def __init__(self, source: SourceArray) -> None:
        from poolcli.io.arrays.npy_blocks import NpyReader
        from poolcli.io.arrays.npy_header import read_header

        self.stored = None
        try:
            self._file: BinaryIO = open(source.location, "rb")  # noqa: PTH123, SIM115 - kept open
        except OSError as error:
            raise ReadError(f"cannot be opened: {error.strerror or error}") from error
        header = read_header(self._file)
        self.array: Any = _in_order(NpyReader(self._file.fileno(), header), source.dims)
        self._state = self._current_state()

    def check(self) -> None:
        """Raise `ReadError` if the file has changed since it was opened."""
        if self._current_state() != self._state:
            raise ReadError("it was changed while it was read; try again when it is complete")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _current_state(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns


class StoreTarget:
    """An open array of the store that is written."""

    def __init__(self, name: str, location: str, path: str) -> None:
        self.name = name
        self.array = open_output_array(location, path)

    def write(self, ranges: Ranges, values: Array) -> None:
        """Write whole chunks.

        Parameters
        ----------
        ranges : tuple of (int, int)
            The positions in the array, one range per axis.
        values : ndarray
            The elements.

        Raises
        ------
        OutputError
            If the disk is full, or a chunk cannot be written for another reason.
        """
        with wrap_store_errors(self.name):
            self.array[tuple(slice(*span) for span in ranges)] = np.asarray(values)

    def copy_from(self, source: ZarrInput | NpyInput, ranges: Ranges, values: Any) -> None:
        """Copy whole chunks of a source: their bytes where both arrays store them alike.

        Parameters
        ----------
        source : ZarrInput or NpyInput
            What is copied.
        ranges : tuple of (int, int)
            The positions in both arrays.
        values : ReadableArray
            The elements of these positions.
        """
        stored = source.stored
        if stored is not None and have_equal_chunks(stored, self.array):
            with wrap_store_errors(self.name):
                copy_chunks(stored, self.array, ranges)
            return
        self.write(ranges, values[tuple(slice(0, stop - start) for start, stop in ranges)])


class _OpenArrays:
    """The open arrays of one store, by path."""

    def __init__(self) -> None:
        self.sources: dict[SourceArray, ZarrInput | NpyInput] = {}
        self.targets: dict[str, StoreTarget] = {}

    def close(self) -> None:
        """Close the files of npy inputs."""
        for source in self.sources.values():
            source.close()


_open_stores: dict[str, _OpenArrays] = {}


def open_source(plan: StorePlan, source: SourceArray) -> ZarrInput | NpyInput:
    """Return the open array that a step of a plan reads.

    Raises
    ------
    ReadError
        If it cannot be opened.
    """
    sources = _arrays_of(plan).sources
    if source not in sources:
        sources[source] = NpyInput(source) if source.is_npy else ZarrInput(source)
    return sources[source]


def open_target(plan: StorePlan, path: str) -> StoreTarget:
    """Return the open array at a path of the store that is written."""
    targets = _arrays_of(plan).targets
    if path not in targets:
        targets[path] = StoreTarget(plan.name, plan.location, path)
    return targets[path]


def close_arrays(plan: StorePlan) -> None:
    """Close the arrays of a store that this process needs no more."""
    arrays = _open_stores.pop(plan.identifier, None)
    if arrays is not None:
        arrays.close()


def _arrays_of(plan: StorePlan) -> _OpenArrays:
    arrays = _open_stores.pop(plan.identifier, None) or _OpenArrays()
    if len(_open_stores) >= MAX_OPEN_STORES:
        _open_stores.pop(next(iter(_open_stores))).close()  # the least recently used
    _open_stores[plan.identifier] = arrays
    return arrays


def _in_order(array: Any, dims: tuple[int, ...]) -> Any:
    if dims == tuple(range(len(dims))):
        return array
    return AxisView(array, len(dims), dims)
