"""The images of a Zarr group that is no image itself: a plate, labels, several series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from poolcli.errors import ReadError
from poolcli.io.zarr.zarr_errors import one_line_errors, without_warnings

if TYPE_CHECKING:
    import zarr

SERIES_LAYOUT, SERIES_GROUP = "bioformats2raw.layout", "OME"
"""The attribute of a group of series (OME-Zarr 0.4), and the group in it that may list them."""

MAX_NAMES = 5
"""The number of images that an error names."""


def ome_metadata_of(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the OME-Zarr metadata of a group: its attributes, or their entry ``ome`` (0.5)."""
    ome = attributes.get("ome")
    return ome if isinstance(ome, Mapping) else attributes


def several_images_message(location: str, group: zarr.Group) -> str:
    """Return the error message for a group that is no image, which names the images in it.

    Parameters
    ----------
    location : str
        The path or URL of the group.
    group : zarr.Group
        The group.

    Raises
    ------
    ReadError
        If the group cannot be read.
    """
    kind, paths = images_of_metadata(group)
    paths = paths or [name for name, _ in members_of(group)]
    if not paths:
        return "the Zarr group holds no image: it has no multiscales metadata and no arrays"
    names = [f"{location}/{path}" for path in paths[:MAX_NAMES]]
    more = f" and {len(paths) - MAX_NAMES} more" if len(paths) > MAX_NAMES else ""
    return f"it is {kind}; name one: {', '.join(names)}{more}"


def array_members(group: zarr.Group) -> list[str]:
    """Return the names of the arrays in a group; none if its store cannot be listed."""
    return [name for name, member in members_of(group) if not hasattr(member, "members")]


def images_of_metadata(group: zarr.Group) -> tuple[str, list[str]]:
    """Return what a group is, and the paths of its images, as its metadata give them.

    Parameters
    ----------
    group : zarr.Group
        The group.
    """
    metadata = ome_metadata_of(group.attrs.asdict())
    plate, well, labels = (metadata.get(key) for key in ("plate", "well", "labels"))
    if isinstance(plate, Mapping):
        return "a plate of images", [f"{path}/0" for path in _paths(plate.get("wells"))]
    if isinstance(well, Mapping):
        return "a well of images", _paths(well.get("images"))
    if isinstance(labels, list):
        return "a collection of label images", [str(each) for each in labels]
    if SERIES_LAYOUT in metadata:
        return "a group of images", _series(group)
    return "a group of images", []


def _number_or_text(name: str) -> tuple[bool, int, str]:
    """Return the key that sorts numbers first, and by their value."""
    return not name.isdecimal(), len(name) * name.isdecimal(), name


def _series(group: zarr.Group) -> list[str]:
    """Return the paths of the series of a group that bioformats2raw wrote; none if unknown."""
    try:
        with without_warnings(), one_line_errors("the group OME cannot be read"):
            series = ome_metadata_of(group[SERIES_GROUP].attrs.asdict()).get("series")
    except ReadError:  # it is optional
        return []
    return [str(each) for each in series] if isinstance(series, list) else []


def _paths(entries: object) -> list[str]:
    """Return the paths of wells or of images of a well."""
    listed = entries if isinstance(entries, list) else []
    return [str(each["path"]) for each in listed if isinstance(each, Mapping) and "path" in each]


def members_of(group: zarr.Group) -> list[tuple[str, zarr.Array[Any] | zarr.Group]]:
    """Return the names and the members of a group, numbers in ascending order.

    Parameters
    ----------
    group : zarr.Group
        The group.

    Returns
    -------
    list of (str, zarr.Array or zarr.Group)
        Without the group OME, which only lists series; empty if the store cannot be listed.
    """
    if not group.store.supports_listing:
        return []
    try:
        with without_warnings(), one_line_errors("it cannot be listed"):
            members = [each for each in group.members(max_depth=0) if each[0] != SERIES_GROUP]
    except NotImplementedError:  # a file system that lists nothing, such as HTTP
        return []
    return sorted(members, key=lambda each: _number_or_text(each[0]))
