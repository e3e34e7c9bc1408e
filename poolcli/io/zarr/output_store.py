"""Creating and opening the arrays and groups of a Zarr store that is written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import zarr
from zarr.errors import GroupNotFoundError

from poolcli.errors import ReadError
from poolcli.io.zarr.array_spec import ArraySpec
from poolcli.io.zarr.location import is_url
from poolcli.io.zarr.partial_store_at_url import remove_url
from poolcli.io.zarr.store_path import enclosing_store
from poolcli.io.zarr.zarr_errors import one_line_errors, without_warnings

INCOMPLETE_SUFFIX = ".partial"
"""The end of the names of files that zarr has not renamed yet; they begin with a dot."""

XARRAY_NAMES = "_ARRAY_DIMENSIONS"
"""The attribute of arrays of Zarr 2 in which xarray expects the names of the axes."""


def create_array(location: str, spec: ArraySpec) -> None:
    """Create an array in the group at a location, without any chunk.

    The metadata of that group is not written. Groups between it and the array are.

    Parameters
    ----------
    location : str
        The path or URL of the group.
    spec : ArraySpec
        The array.

    Raises
    ------
    zarr.errors.ContainsArrayError
        If the array exists.
    """
    is_v2 = spec.zarr_format == 2
    filters: list[Any] = [*spec.codecs.filters]
    if is_v2:
        filters = [numcodecs.get_codec(dict(each)) for each in filters]
    names = spec.dimension_names
    with without_warnings():
        for parent in reversed(PurePosixPath(spec.path).parents[:-1]):
            _create_group_if_missing(f"{location}/{parent}", spec.zarr_format)
        zarr.create_array(
            f"{location}/{spec.path}",
            shape=spec.shape,
            dtype=np.dtype(spec.dtype),
            chunks=spec.chunks,
            shards=spec.shards,
            filters=filters,
            compressors=spec.codecs.compressors,
            serializer=spec.codecs.serializer or "auto",
            fill_value=spec.fill_value,
            order=spec.codecs.order if is_v2 else None,
            zarr_format=spec.zarr_format,
            attributes={XARRAY_NAMES: [*names]} if is_v2 and names else {},
            chunk_key_encoding={"name": "v2" if is_v2 else "default", "separator": "/"},
            dimension_names=None if is_v2 else names,
        )


def open_output_array(location: str, path: str) -> zarr.Array[Any]:
    """Return an array for writing. Chunks that contain nothing but the fill value are not stored.

    Parameters
    ----------
    location : str
        The path or URL of its group.
    path : str
        The path of the array in the group.
    """
    with without_warnings():
        return zarr.open_array(
            f"{location}/{path}", mode="r+", config={"write_empty_chunks": False}
        )


def has_array(location: str, path: str) -> bool:
    """Return whether an array whose metadata can be read is at a path of the group."""
    try:
        with one_line_errors(path):
            open_output_array(location, path)
    except ReadError:
        return False
    return True


def write_group(location: str, zarr_format: Literal[2, 3], attributes: dict[str, Any]) -> None:
    """Write the metadata of a group, which makes its arrays visible; replace its attributes.

    Consolidated metadata of the group and of groups that contain it, which would hide new arrays,
    are made anew.

    Parameters
    ----------
    location : str
        The path or URL of the group.
    zarr_format : {2, 3}
        The format of the metadata.
    attributes : dict
        All attributes of the group.
    """
    with without_warnings():
        try:
            group = zarr.open_group(location, mode="r+", zarr_format=zarr_format)
        except (FileNotFoundError, GroupNotFoundError):
            zarr.create_group(location, zarr_format=zarr_format, attributes=attributes)
            return
        group.attrs.put(attributes)
        _consolidate_again(location)


def group_has_array(group: zarr.Group, path: str) -> bool:
    """Return whether a group has an array at a path.

    Raises
    ------
    ReadError
        If the metadata of what is there are damaged.
    """
    with without_warnings(), one_line_errors(f"the metadata of {path} are damaged"):
        return isinstance(group.get(path), zarr.Array)


def is_occupied(location: str, group: zarr.Group, path: str) -> bool:
    """Return whether there is anything at a path in a group, of Zarr or not.

    Parameters
    ----------
    location : str
        The path or URL of the group.
    group : zarr.Group
        The group.
    path : str
        The path in it. At a URL only arrays and groups are found.
    """
    return path in group if is_url(location) else os.path.lexists(Path(location, path))


def remove_array(location: str, path: str) -> None:
    """Remove an array and its chunks, if it is there.

    Parameters
    ----------
    location : str
        The path or URL of its group.
    path : str
        The path of the array in the group.

    Raises
    ------
    OutputError
        If the file system of a URL cannot be written to.
    """
    if is_url(location):
        remove_url(f"{location}/{path}")
    else:
        shutil.rmtree(Path(location, path), ignore_errors=True)


def _consolidate_again(location: str) -> None:
    """Make the consolidated metadata of a group and of the groups that contain it anew."""
    place: str | None = location
    while place is not None:
        group = zarr.open(place, mode="r+")
        if not isinstance(group, zarr.Group):
            return
        if group.metadata.consolidated_metadata is not None:
            zarr.consolidate_metadata(group.store, path=group.path)
        place = None if is_url(place) else enclosing_store(place)


def remove_incomplete_files(folder: str) -> None:
    """Remove the files that processes which were killed had begun to write.

    zarr, and `poolcli.io.zarr.copy_chunks`, write a chunk under such a name and rename it.

    Parameters
    ----------
    folder : str
        The folder of a store that no process writes to.
    """
    for path in Path(folder).rglob(f".*{INCOMPLETE_SUFFIX}"):
        path.unlink(missing_ok=True)


def _create_group_if_missing(location: str, zarr_format: Literal[2, 3]) -> None:
    try:
        zarr.open_group(location, mode="r", zarr_format=zarr_format)
    except (FileNotFoundError, GroupNotFoundError):
        zarr.create_group(location, zarr_format=zarr_format)
