"""The arrays and images in a Zarr group that the user selects by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from poolcli.errors import ReadError
from poolcli.io.member_names import NO_MEMBERS, select_members
from poolcli.io.zarr.images_in_group import images_of_metadata, members_of, ome_metadata_of
from poolcli.io.zarr.open_zarr import ZarrImage, open_node, open_zarr
from poolcli.io.zarr.zarr_errors import one_line_errors
from poolcli.io.zarr.zarr_installed import require_zarr_extra

if TYPE_CHECKING:
    import zarr


class ZarrMember(NamedTuple):
    """An array or image of a group.

    Attributes
    ----------
    name : str
        Its path in the group.
    image : ZarrImage
        The opened array or image.
    """

    name: str
    image: ZarrImage


def open_members(path: str, globs: Sequence[str]) -> list[ZarrMember]:
    """Open the arrays and images of a group whose paths in the group match globs.

    Parameters
    ----------
    path : str
        The path or URL of the group.
    globs : sequence of str
        Patterns as in `select_members`; at least one. A path without wildcards also finds what the
        store does not list.

    Returns
    -------
    list of ZarrMember
        At least one. A level of the image that the group itself is has the coarser levels, too.

    Raises
    ------
    ReadError
        If the group or a member cannot be opened, or a pattern matches none.
    """
    require_zarr_extra("read a Zarr store")
    import zarr

    location = path.rstrip("/")
    group = open_node(location)
    if not isinstance(group, zarr.Group):
        raise ReadError(NO_MEMBERS)
    levels = _level_paths(group)
    names = [*levels, *_names_below(group, "")]
    names = names or images_of_metadata(group)[1]
    with one_line_errors("the group cannot be read"):
        names += [glob for glob in globs if glob not in names and glob in group]
    selected = select_members(names, globs)
    return [ZarrMember(name, _open_member(location, name, levels)) for name in selected]


def _open_member(location: str, name: str, levels: list[str]) -> ZarrImage:
    if name not in levels:
        return open_zarr(f"{location}/{name}")
    image = open_zarr(location)
    paths = [level.path for level in image.levels]
    if name not in paths:
        raise ReadError(f"its metadata name the dataset {name}, which is missing")
    return replace(image, levels=image.levels[paths.index(name) :])


def _level_paths(group: zarr.Group) -> list[str]:
    """Return the paths of the levels of the image that a group is; none if it is no image."""
    multiscales = ome_metadata_of(group.attrs.asdict()).get("multiscales")
    with one_line_errors("its metadata are damaged"):
        return [str(each["path"]) for each in multiscales[0]["datasets"]] if multiscales else []


def _names_below(group: zarr.Group, prefix: str) -> Iterator[str]:
    """Yield the paths of the arrays and images in a group, without the levels of images."""
    import zarr

    levels = _level_paths(group)
    for name, member in members_of(group):
        if isinstance(member, zarr.Group):
            if _level_paths(member):
                yield f"{prefix}{name}"
            below = _names_below(member, f"{prefix}{name}/")
            yield from (path for path in below if path.removeprefix(prefix) not in levels)
        elif name not in levels:
            yield f"{prefix}{name}"
