"""The array that a Zarr store is made from: one of a Zarr store, or that of an npy file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from poolcli.batch.axes_of_store import with_axes_of_store
from poolcli.batch.output_targets import STORE
from poolcli.batch.tasks import Task
from poolcli.errors import ReadError
from poolcli.io.document import Item, Source
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
    source : Source
        The array.
    image : ZarrImage, optional
        Its store; None for an npy file.
    location : str
        The absolute path, or the URL, of the store or the file.
    layout : str, optional
        The letters of the axes that the store names.
    notes : list of str
        Notes for the report on how the file was read.
    """

    source: Source
    image: ZarrImage | None
    location: str
    layout: str | None
    notes: list[str]

    @property
    def array(self) -> zarr.Array[Any] | None:
        """The array of the Zarr store."""
        return None if self.image is None else self.image.levels[0].array

    @property
    def path(self) -> str:
        """The path of the array in its group; empty if there is no group."""
        return "" if self.image is None else self.image.levels[0].path

    @property
    def item(self) -> Item:
        """The array as an item that is pooled."""
        return Item(self.source, key=self.path or None, stays_valid=True)

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

    def with_layout(self, request: Request) -> Request:
        """Return the request with the layout and the pooled axes that the store names.

        Raises
        ------
        WindowError
            If the request has another layout, or the window does not fit the axes.
        """
        if self.image is None or self.layout is None:
            return request
        return with_axes_of_store(request, self.layout, self.source.shape)


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
    """
    path = task.input
    location = path.rstrip("/") if is_url(path) else os.path.abspath(path)  # noqa: PTH100
    with open_document(path, request.max_pixels, indexed=True, layout=request.layout) as document:
        (item,) = document.items()
        image = document.zarr_image
        yield StoreInput(item.source, image, location, document.layout, document.notes)


def require_numeric(source: Source) -> None:
    """Raise `ReadError` if an array has elements that are not pooled."""
    if source.dtype.kind not in "biufc":
        raise ReadError(f"its elements are of type {source.dtype}, which is not pooled")


def _is_npy(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(len(NPY_MAGIC)) == NPY_MAGIC
    except OSError:
        return False
