"""The attributes of an OME-Zarr group: versions 0.4 (Zarr 2) and 0.5 (Zarr 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any, Literal

from poolcli.errors import OutputError
from poolcli.io.zarr.axes_of_metadata import ZarrAxis
from poolcli.io.zarr.location import STORE_EXTENSION
from poolcli.io.zarr.output_levels import Downscaling, OutputLevel
from poolcli.io.zarr.output_store import XARRAY_NAMES
from poolcli.io.zarr.validate_ome_metadata import (
    IMAGE_LABEL,
    MULTISCALES,
    OMERO,
    validate_metadata,
)

Json = dict[str, Any]

VERSIONS = {2: "0.4", 3: "0.5"}
"""The versions of OME-Zarr by the format of the store."""

KEYS_OF_COLLECTIONS = "bioformats2raw.layout", "plate", "well", "labels", "series"
"""Metadata about other groups in the same store, which a new store does not have."""

MOVED_KEYS = OMERO, IMAGE_LABEL, MULTISCALES, *KEYS_OF_COLLECTIONS
"""Attributes of 0.4 that 0.5 has under the key "ome"."""


def image_name(path: str) -> str:
    """Return the name of the image in a store, given its path or URL.

    Examples
    --------
    >>> image_name("out/cells.ome.zarr")
    'cells'
    """
    return PurePosixPath(path).name.removesuffix(STORE_EXTENSION).removesuffix(".ome")


def ome_attributes(
    *,
    axes: Sequence[ZarrAxis] | None,
    levels: Sequence[OutputLevel],
    name: str,
    kept: Mapping[str, Any],
    zarr_format: Literal[2, 3],
    in_place: bool = False,
    downscaling: Downscaling | None = None,
    pooled_letters: str = "",
    is_integer: bool = True,
) -> Json:
    """Return the attributes of a group, which ome-zarr-models accepts.

    Parameters
    ----------
    axes : sequence of ZarrAxis, optional
        The axes, in OME-Zarr's order. None: the group gets no ``multiscales``.
    levels : sequence of OutputLevel
        All levels of the image, full resolution first, those that exist already among them.
    name : str
        The name of the image, unless `kept` has one.
    kept : mapping
        The attributes of the input's group. Channels (``omero``), colours of labels and
        attributes of other programs carry over.
    zarr_format : {2, 3}
        The format of the group.
    in_place : bool
        Whether the attributes are those of the input's own group, where nothing is left out.
    downscaling : Downscaling, optional
        How the levels were made.
    pooled_letters : str
        The letters of the axes along which the first level differs from the input.
    is_integer : bool
        Whether the arrays contain integers, as those of labels must.

    Raises
    ------
    OutputError
        If the metadata break the specification, such as levels whose resolution increases.

    Examples
    --------
    >>> axes = [ZarrAxis(each.upper(), each, "space", "nanometer") for each in "yx"]
    >>> levels = [OutputLevel("0", (Fraction("0.1") * 3,) * 2)]
    >>> made = ome_attributes(axes=axes, levels=levels, name="a", kept={}, zarr_format=3)
    >>> made["ome"]["version"], made["ome"]["multiscales"][0]["datasets"][0]
    ('0.5', {'path': '0', 'coordinateTransformations': [{'type': 'scale', 'scale': [0.3, 0.3]}]})
    """
    others, ome = _split(kept)
    old: list[Any] = ome.pop(MULTISCALES, None) or []
    if not in_place:
        others.pop(XARRAY_NAMES, None)
        ome = _ome_of_new_group(ome, VERSIONS[zarr_format], pooled_letters, is_integer)
    if axes is not None:
        first = old[0] if old and isinstance(old[0], Mapping) else {}
        entry = dict(first) if in_place else {}
        entry.pop("coordinateTransformations", None)  # the scales of the levels include them
        entry["name"] = first.get("name") or name
        entry["axes"] = [_axis_json(axis) for axis in axes]
        old_levels = first if in_place else {}
        entry["datasets"] = [_dataset_json(each, old_levels, len(axes)) for each in levels]
        entry |= {} if downscaling is None else downscaling._asdict()
        entry |= {"version": VERSIONS[2]} if zarr_format == 2 else {}
        _check_multiscale(entry, VERSIONS[zarr_format])
        ome[MULTISCALES] = [entry, *(old[1:] if in_place else ())]
    ome.pop("version", None)
    if zarr_format == 2:
        return others | ome
    return others | {"ome": {"version": VERSIONS[3], **ome}} if ome else others


def _split(kept: Mapping[str, Any]) -> tuple[Json, Json]:
    """Return the attributes of other programs, and those of OME-Zarr."""
    inner = kept.get("ome")
    if isinstance(inner, Mapping):
        return {key: value for key, value in kept.items() if key != "ome"}, dict(inner)
    others = {key: value for key, value in kept.items() if key not in MOVED_KEYS}
    return others, {key: kept[key] for key in MOVED_KEYS if key in kept}


def _ome_of_new_group(ome: Json, version: str, pooled_letters: str, is_integer: bool) -> Json:
    """Return what stays true of OME-Zarr's metadata in a store that has only this image."""
    ome = {key: value for key, value in ome.items() if key not in KEYS_OF_COLLECTIONS}
    omero = ome.pop(OMERO, None)
    if (
        isinstance(omero, Mapping)
        and "C" not in pooled_letters
        and _is_valid(OMERO, omero, version)
    ):
        ome[OMERO] = _with_version(omero, version)
        defaults = omero.get("rdefs")
        if isinstance(defaults, Mapping):
            stale = {f"default{letter}" for letter in pooled_letters}
            ome[OMERO]["rdefs"] = {k: v for k, v in defaults.items() if k not in stale}
    label = ome.pop(IMAGE_LABEL, None)
    if isinstance(label, Mapping) and is_integer:
        ome[IMAGE_LABEL] = _valid_label(label, version)
    return ome


def _valid_label(label: Mapping[str, Any], version: str) -> Json:
    """Return what a new group can say of its labels; what ome-zarr-models refuses is left out.

    The path of the source image leads out of the input's group, and nowhere from the new one.
    """
    kept = {key: value for key, value in label.items() if key != "source"}
    kept["version"] = version
    for refused in ("colors", "properties"):
        if _is_valid(IMAGE_LABEL, kept, version):
            return kept
        kept.pop(refused, None)
    return kept if _is_valid(IMAGE_LABEL, kept, version) else {"version": version}


def _with_version(metadata: Mapping[str, Any], version: str) -> Json:
    """Return metadata whose version, where they have one, is that of the group."""
    return {**metadata, "version": version} if "version" in metadata else dict(metadata)


def _axis_json(axis: ZarrAxis) -> Json:
    fields = {"name": axis.name, "type": axis.type, "unit": axis.unit}
    return {key: value for key, value in fields.items() if value is not None}


def _dataset_json(level: OutputLevel, old: Mapping[str, Any], rank: int) -> Json:
    """Return an entry of ``datasets``, with the other keys of the old entry of this path."""
    entries = [each for each in old.get("datasets") or () if isinstance(each, Mapping)]
    entry = next((dict(each) for each in entries if each.get("path") == level.path), {})
    scale = level.scale or (Fraction(1),) * rank
    transformations: list[Json] = [{"type": "scale", "scale": [*map(float, scale)]}]
    if level.translation is not None and any(level.translation):
        numbers = [*map(float, level.translation)]
        transformations.append({"type": "translation", "translation": numbers})
    return entry | {"path": level.path, "coordinateTransformations": transformations}


def _check_multiscale(multiscale: Json, version: str) -> None:
    """Raise an error if an entry of ``multiscales`` breaks the specification."""
    try:
        validate_metadata(MULTISCALES, multiscale, version)
    except ValueError as error:
        reason = str(error).splitlines()[-2].strip()
        raise OutputError(f"the result breaks the rules of OME-Zarr {version}: {reason}") from error


def _is_valid(key: str, metadata: Mapping[str, Any], version: str) -> bool:
    try:
        validate_metadata(key, metadata, version)
    except ValueError:
        return False
    return True
