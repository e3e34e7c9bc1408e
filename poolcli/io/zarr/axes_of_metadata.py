"""The axes that the metadata of a Zarr array or OME-Zarr image name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from poolcli.errors import ReadError
from poolcli.request import SPATIAL_LETTERS

LETTERS_OF_TYPES = {"space": "ZYX", "channel": "C", "time": "T"}
"""The letters of axes by OME-Zarr's type; the last spatial axis is X."""

FREE_LETTERS = "NSPQRUVAB"
"""Letters of axes of other or no type, in the order in which they are given out."""

KNOWN_NAMES = frozenset("NTCDHWZYX")
"""The names of dimensions that are letters of axes."""

AXES_OF_FIRST_VERSIONS = "tczyx"
"""The axes of all images of OME-Zarr 0.1 and 0.2."""


class ZarrAxis(NamedTuple):
    """One axis of an array.

    Attributes
    ----------
    letter : str
        Its letter, upper case, which no other axis of the array has.
    name : str
        Its name in the metadata.
    type : str, optional
        OME-Zarr's type: ``"space"``, ``"time"``, ``"channel"`` or another.
    unit : str, optional
        The unit of its coordinates, as in ``"micrometer"``.
    """

    letter: str
    name: str
    type: str | None
    unit: str | None


def ome_axes_of(multiscale: Mapping[str, Any], rank: int) -> tuple[ZarrAxis, ...] | None:
    """Return the axes of an OME-Zarr image; None if its metadata name none.

    Parameters
    ----------
    multiscale : mapping
        An entry of ``multiscales``, of version 0.1 to 0.5. Axes are objects (0.4), names (0.3) or
        missing.
    rank : int
        The number of axes of its arrays.

    Raises
    ------
    ReadError
        If the metadata name another number of axes.

    Examples
    --------
    >>> [axis.letter for axis in ome_axes_of({"axes": ["c", "y", "x"]}, 3)]
    ['C', 'Y', 'X']
    >>> axes = [{"name": "plane", "type": "space"}, {"name": "row", "type": "space"}]
    >>> [axis.letter for axis in ome_axes_of({"axes": axes}, 2)]
    ['Y', 'X']
    """
    named = multiscale.get("axes")
    if not named:
        if rank != len(AXES_OF_FIRST_VERSIONS):
            return None
        named = AXES_OF_FIRST_VERSIONS
    axes = [each if isinstance(each, Mapping) else {"name": each} for each in named]
    names = [str(axis.get("name", "")) for axis in axes]
    if len(names) != rank:
        raise ReadError(
            f"its metadata are damaged: they name {len(names)} axes ({' '.join(names)}), but the "
            f"array has {rank}"
        )
    types = [_text(axis.get("type")) or _type_of_name(name) for axis, name in zip(axes, names)]  # noqa: B905 - equal lengths
    letters = _letters_of_names(names, types) or _letters_of_types(types)
    return tuple(
        ZarrAxis(letter, name, kind, _text(axis.get("unit")))
        for letter, name, kind, axis in zip(letters, names, types, axes, strict=True)
    )


def axes_of_dimension_names(names: Sequence[Any] | None, rank: int) -> tuple[ZarrAxis, ...] | None:
    """Return the axes of a plain array whose dimensions have letters as names; else None.

    Parameters
    ----------
    names : sequence, optional
        ``dimension_names`` (Zarr 3) or the attribute ``_ARRAY_DIMENSIONS`` (xarray).
    rank : int
        The number of axes of the array.

    Examples
    --------
    >>> [axis.letter for axis in axes_of_dimension_names(["t", "y", "x"], 3)]
    ['T', 'Y', 'X']
    >>> axes_of_dimension_names(["time", "lat", "lon"], 3) is None
    True
    """
    names = [str(name) for name in names or ()]
    letters = [name.upper() for name in names]
    is_known = len(names) == rank and KNOWN_NAMES.issuperset(letters)
    if not names or not is_known or not _are_letters_of_layout(letters):
        return None
    return tuple(
        ZarrAxis(letter, name, _type_of_name(name), None)
        for letter, name in zip(letters, names, strict=True)
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _type_of_name(name: str) -> str | None:
    """Return the type of an axis whose metadata give only its name; None if it is unknown."""
    letter = name.upper()
    if len(letter) == 1 and letter in "".join(SPATIAL_LETTERS):
        return "space"
    return {"C": "channel", "T": "time"}.get(letter)


def _letters_of_names(names: Sequence[str], types: Sequence[str | None]) -> list[str] | None:
    """Return the names as letters if all are, and the spatial axes have spatial letters."""
    letters = [name.upper() for name in names]
    if not all(len(name) == 1 and name.isascii() and name.isalpha() for name in letters):
        return None
    spatial = "".join(SPATIAL_LETTERS)
    fits = all(
        (kind == "space") == (letter in spatial)
        for letter, kind in zip(letters, types, strict=True)
    )
    return letters if fits and _are_letters_of_layout(letters) else None


def _letters_of_types(types: Sequence[str | None]) -> list[str]:
    """Return letters that are chosen by the types of the axes."""
    free = iter(FREE_LETTERS)
    letters: list[str] = []
    for kind in reversed(types):
        known = LETTERS_OF_TYPES.get(kind or "", "")
        letter = next((each for each in reversed(known) if each not in letters), None)
        letters.append(next(free) if letter is None else letter)
    return letters[::-1]


def _are_letters_of_layout(letters: Sequence[str]) -> bool:
    """Return whether letters differ, and are of one spelling of the spatial axes."""
    mixed = all(set(letters) & set(spelling) for spelling in SPATIAL_LETTERS)
    return len(set(letters)) == len(letters) and not mixed
