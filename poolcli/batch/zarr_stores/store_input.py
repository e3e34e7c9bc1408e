"""The array that a Zarr store is made from: one of a Zarr store, or that of an npy file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from poolcli.batch.output_targets import STORE
from poolcli.batch.storable_arrays import several_arrays_error
from poolcli.batch.tasks import Task
from poolcli.io.document import Document, Item, Source
from poolcli.io.open_document import open_document
from poolcli.io.output_paths import STDIN_OR_STDOUT
from poolcli.io.trailing_data import NPY_MAGIC
from poolcli.io.zarr.location import METADATA_FILES, is_url, is_zarr_input
from poolcli.request import Request

if TYPE_CHECKING:
    import zarr

    from poolcli.io.zarr.open_zarr import ZarrImage


class StoreInput(NamedTuple):
    """The array that a Zarr store is made from.

    Attributes
    ----------
    document : Document
        The open store or npy file.
    item : Item
        The array.
    location : str
        The absolute path, or the URL, of the store or the file.
    """

    document: Document
    item: Item
    location: str

    @property
    def source(self) -> Source:
        """The elements of the array."""
        return self.item.source

    @property
    def image(self) -> ZarrImage | None:
        """The store; None for an npy file."""
        return self.document.zarr_image

    @property
    def array(self) -> zarr.Array[Any] | None:
        """The array of the Zarr store."""
        return None if self.image is None else self.image.levels[0].array

    @property
    def path(self) -> str:
        """The path of the array in its group; empty if there is no group."""
        return "" if self.image is None else self.image.levels[0].path

    def state(self) -> dict[str, object]:
        """Return a fingerprint of the array as JSON: metadata, size and time of modification.

        It does not change if another program writes single chunks anew.
        """
        if self.array is None:
            files = [self.location]
        else:
            folder = os.path.join(self.location, self.path)  # noqa: PTH118
            files = [os.path.join(folder, name) for name in METADATA_FILES]  # noqa: PTH118
        times = []
        for path in files:
            with suppress(OSError):  # a URL, or metadata of the other format
                status = os.stat(path)  # noqa: PTH116
                times.append([status.st_size, status.st_mtime_ns])
        metadata = "" if self.array is None else repr(self.array.metadata.to_dict())
        return {"location": self.location, "path": self.path, "files": times, "array": metadata}


def makes_store_box_by_box(task: Task, request: Request) -> bool:
    """Return whether a task makes a Zarr store from an array that workers can open by themselves.

    Parameters
    ----------
    task : Task
        The task.
    request : Request
        The request.
    """
    target = task.target
    if target is None or request.unpools or request.normalize:
        return False
    if STDIN_OR_STDOUT in (task.input, target.path):
        return False
    return target.format == STORE and (is_zarr_input(task.input) or _is_npy(task.input))


@contextmanager
def open_store_input(task: Task, request: Request) -> Iterator[StoreInput]:
    """Open the input of a task.

    Raises
    ------
    ReadError
        If it cannot be opened.
    FormatError
        If it is several arrays.
    """
    with open_document(
        task.input,
        request.max_pixels,
        indexed=True,
        layout=request.layout,
        members=request.member,
    ) as document:
        if document.count > 1:
            raise several_arrays_error(document.count, STORE)
        path = task.input if document.zarr_image is None else document.zarr_image.location
        location = path.rstrip("/") if is_url(path) else os.path.abspath(path)  # noqa: PTH100
        (item,) = document.items()
        yield StoreInput(document, item, location)


def _is_npy(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(len(NPY_MAGIC)) == NPY_MAGIC
    except OSError:
        return False
