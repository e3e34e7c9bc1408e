"""Opening of Zarr arrays and OME-Zarr images, with the axes and levels that metadata name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from poolcli.errors import ReadError
from poolcli.io.formats import is_readable_extension
from poolcli.io.zarr.axes_of_metadata import ZarrAxis, axes_of_dimension_names, ome_axes_of
from poolcli.io.zarr.coordinate_transformations import scale_and_translation
from poolcli.io.zarr.images_in_group import array_members, ome_metadata_of, several_images_message
from poolcli.io.zarr.location import METADATA_FILES, is_url
from poolcli.io.zarr.zarr_errors import one_line_errors, without_warnings
from poolcli.io.zarr.zarr_installed import require_zarr_extra

if TYPE_CHECKING:
    import zarr

__all__ = ["ZarrAxis", "ZarrImage", "ZarrLevel", "open_zarr"]

DAMAGED = "its metadata are damaged"


class ZarrLevel(NamedTuple):
    """One resolution of an image.

    Attributes
    ----------
    path : str
        The path of the dataset in the group; empty for a plain array.
    array : zarr.Array
        The array, opened for reading.
    scale, translation : tuple of Fraction, optional
        Per axis, in the units of the axes: position = scale * index + translation. None where the
        metadata have none. The numbers are those that the JSON shows, exactly.
    """

    path: str
    array: zarr.Array[Any]
    scale: tuple[Fraction, ...] | None
    translation: tuple[Fraction, ...] | None


@dataclass(frozen=True, slots=True)
class ZarrImage:
    """A Zarr array, or an OME-Zarr image or label image.

    Attributes
    ----------
    location : str
        Its path or URL, as given.
    group : zarr.Group, optional
        The group of the levels; None for a plain array.
    zarr_format : 2 or 3
        The version of the format.
    axes : tuple of ZarrAxis, optional
        The axes, if the metadata name them.
    levels : tuple of ZarrLevel
        The levels, full resolution first; at least one.
    attributes : dict
        The attributes of the group, or of the plain array.
    """

    location: str
    group: zarr.Group | None
    zarr_format: Literal[2, 3]
    axes: tuple[ZarrAxis, ...] | None
    levels: tuple[ZarrLevel, ...]
    attributes: dict[str, Any]

    @property
    def layout(self) -> str | None:
        """The letters of the axes, if the metadata name them."""
        return None if self.axes is None else "".join(axis.letter for axis in self.axes)


def open_zarr(path: str) -> ZarrImage:
    """Open a Zarr array, or an OME-Zarr image with its levels, for reading.

    Parameters
    ----------
    path : str
        The path of a folder, or a URL that fsspec opens. A slash at its end is ignored.

    Raises
    ------
    ReadError
        If there is no such store, its metadata are damaged, it has several images, or the package
        zarr is missing.
    """
    require_zarr_extra("read a Zarr store")
    import zarr

    location = path.rstrip("/") if not path.endswith("://") else path
    node = open_node(location)
    attributes = node.attrs.asdict()
    if isinstance(node, zarr.Array):
        names = getattr(node.metadata, "dimension_names", None) or _xarray_dimensions(attributes)
        axes = axes_of_dimension_names(names, node.ndim)
        level = ZarrLevel("", node, None, None)
        return ZarrImage(path, None, node.metadata.zarr_format, axes, (level,), attributes)
    with one_line_errors(DAMAGED):
        axes, levels = _levels_of_group(location, node, attributes)
    return ZarrImage(path, node, node.metadata.zarr_format, axes, levels, attributes)


def open_array_at(location: str, path: str) -> zarr.Array[Any]:
    """Return an array of a store that was opened before, maybe by another process.

    Parameters
    ----------
    location : str
        The path or URL of the store.
    path : str
        The path of the array in it; empty for a plain array.

    Raises
    ------
    ReadError
        If it has vanished or cannot be read.
    """
    import zarr

    _register_file_systems(location)
    with without_warnings(), one_line_errors("it cannot be opened"):
        try:
            return zarr.open_array(location, path=path, mode="r")
        except FileNotFoundError as error:
            raise ReadError(_not_found_message(location)) from error


def _register_file_systems(location: str) -> None:
    """Have URLs of HTTP opened with a file system for servers that list nothing."""
    if "http://" in location or "https://" in location:
        with suppress(ImportError):  # without aiohttp, fsspec's error says what to install
            from poolcli.io.zarr.http_file_system import register_http_file_system

            register_http_file_system()


def open_node(location: str) -> zarr.Array[Any] | zarr.Group:
    """Open the array or group at a location.

    Parameters
    ----------
    location : str
        The path or URL.

    Raises
    ------
    ReadError
        If there is none, or its metadata are damaged.
    """
    import zarr

    _register_file_systems(location)
    unreadable = "it cannot be opened"
    prefix = unreadable if is_url(location) else DAMAGED
    try:
        with without_warnings(), one_line_errors(prefix, unreadable):
            try:
                return zarr.open(location, mode="r", use_consolidated=False)
            except FileNotFoundError as error:
                raise ReadError(_not_found_message(location)) from error
    except NotImplementedError as error:
        raise ReadError(f"{prefix}: {error}") from error


def _not_found_message(location: str) -> str:
    if is_url(location):
        if is_readable_extension(os.path.splitext(location)[1].lower()):  # noqa: PTH122
            return "only Zarr stores are read from URLs; download the file first"
        return "there is no Zarr store at this URL; check it, and whether it needs credentials"
    if not Path(location).is_dir():
        return "there is no such store; check its name and the current folder"
    return f"it is not a Zarr store: the folder has no {' or '.join(METADATA_FILES)}"


def _xarray_dimensions(attributes: Mapping[str, Any]) -> list[Any] | None:
    """Return the names of dimensions that xarray writes into stores of version 2."""
    names = attributes.get("_ARRAY_DIMENSIONS")
    return names if isinstance(names, list) else None


def _levels_of_group(
    location: str, group: zarr.Group, attributes: dict[str, Any]
) -> tuple[tuple[ZarrAxis, ...] | None, tuple[ZarrLevel, ...]]:
    """Return the axes and levels of a group that is an image."""
    multiscales = ome_metadata_of(attributes).get("multiscales")
    if not multiscales:
        members = array_members(group)
        if len(members) != 1:
            raise ReadError(several_images_message(location, group))
        array = _array_at(group, members[0])
        assert array is not None
        return None, (ZarrLevel(members[0], array, None, None),)
    multiscale = multiscales[0]
    paths = [str(dataset["path"]) for dataset in multiscale["datasets"]]
    if not paths:
        raise ReadError(f"{DAMAGED}: multiscales names no datasets")
    arrays = [_array_at(group, path) for path in paths]
    full = arrays[0]
    if full is None:
        raise ReadError(
            f"its full-resolution array is missing: dataset {paths[0]}, which its metadata name"
        )
    levels = []
    for path, array, dataset in zip(paths, arrays, multiscale["datasets"], strict=True):
        if array is not None:
            transformations = [
                *(dataset.get("coordinateTransformations") or ()),
                *(multiscale.get("coordinateTransformations") or ()),
            ]
            levels.append(
                ZarrLevel(path, array, *scale_and_translation(transformations, array.ndim))
            )
    return ome_axes_of(multiscale, full.ndim), tuple(levels)


def _array_at(group: zarr.Group, path: str) -> zarr.Array[Any] | None:
    """Return an array of a group; None if there is none at the path."""
    import zarr

    subject = f"the metadata of dataset {path}"
    with without_warnings(), one_line_errors(f"{subject} are damaged", f"{subject} cannot be read"):
        try:
            return zarr.open_array(
                group.store_path / path, mode="r", zarr_format=group.metadata.zarr_format
            )
        except FileNotFoundError:
            return None
