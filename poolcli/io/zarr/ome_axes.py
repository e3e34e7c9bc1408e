"""The axes of an OME-Zarr image that is written, in the order that the specification asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from poolcli.io.zarr.axes_of_metadata import ZarrAxis

SPATIAL_NAMES = {"D": "z", "Z": "z", "H": "y", "Y": "y", "W": "x", "X": "x"}
"""The names of spatial axes by the letters of a layout."""

OTHER_NAMES = {"T": ("t", "time"), "C": ("c", "channel"), "S": ("c", "channel")}
"""The names and types of the other axes; S are the samples of a TIFF's pixel."""

UNITS = {
    "µm": "micrometer",
    "nm": "nanometer",
    "mm": "millimeter",
    "cm": "centimeter",
    "dm": "decimeter",
    "m": "meter",
    "km": "kilometer",
    "pm": "picometer",
    "Å": "angstrom",
    "ft": "foot",
    "in": "inch",
    "s": "second",
    "ms": "millisecond",
    "µs": "microsecond",
    "min": "minute",
    "h": "hour",
}
"""The names of units in OME-Zarr (those of UDUNITS-2) by their symbols in TIFFs."""


class OmeAxes(NamedTuple):
    """The axes of an OME-Zarr image, and where the data have them.

    Attributes
    ----------
    axes : tuple of ZarrAxis
        Time first, then a channel or another axis, then two or three spatial ones.
    permutation : tuple of int
        The axis of the data for each of them, as `numpy.transpose` takes it.
    """

    axes: tuple[ZarrAxis, ...]
    permutation: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the axes."""
        return tuple(axis.name for axis in self.axes)

    @property
    def spatial(self) -> tuple[int, ...]:
        """The numbers of the spatial axes."""
        return tuple(i for i, axis in enumerate(self.axes) if axis.type == "space")


def ome_axes(
    letters: str | None,
    rank: int,
    pooled: Sequence[int] = (),
    units: Mapping[str, str | None] | None = None,
) -> OmeAxes | None:
    """Return axes for an array, and the permutation that brings the array into their order.

    Parameters
    ----------
    letters : str, optional
        The layout of the array, upper case. None: the pooled axes, or at least the last two, are
        spatial, and one axis before them is the channel.
    rank : int
        The number of axes.
    pooled : sequence of int
        The pooled axes.
    units : mapping of str to str or None, optional
        The units of axes, symbols or names, by their letters.

    Returns
    -------
    OmeAxes or None
        None where OME-Zarr allows no such axes: fewer than two or more than three spatial axes,
        or more than one axis besides them and time.

    Examples
    --------
    >>> axes, permutation = ome_axes("HWC", 3, (0, 1))
    >>> [axis.name for axis in axes], permutation
    (['c', 'y', 'x'], (2, 0, 1))
    >>> ome_axes(None, 4, (1, 2, 3)).names
    ('c', 'z', 'y', 'x')
    >>> ome_axes(None, 1, (0,)) is None
    True
    """
    if letters is None:
        letters = _letters_of_pooled(rank, pooled)
    if letters is None:
        return None
    named = []
    for letter in letters:
        unit = (units or {}).get(letter)
        name, kind = OTHER_NAMES.get(letter, (letter.lower(), None))
        if letter in SPATIAL_NAMES:
            name, kind = SPATIAL_NAMES[letter], "space"
        named.append(ZarrAxis(letter, name, kind, UNITS.get(unit, unit) if unit else None))
    return ordered_axes(named)


def ordered_axes(axes: Sequence[ZarrAxis]) -> OmeAxes | None:
    """Return axes in OME-Zarr's order; None if it allows no such axes.

    Spatial axes called z, y and x are put into this order; others keep their own.

    Examples
    --------
    >>> axes = [ZarrAxis(each.upper(), each, "space", None) for each in "xyz"]
    >>> ordered_axes(axes).permutation
    (2, 1, 0)
    """
    kinds = [axis.type if axis.type in ("time", "space") else "other" for axis in axes]
    counts = {kind: kinds.count(kind) for kind in ("time", "other", "space")}
    names = [axis.name for axis in axes]
    is_allowed = counts["space"] in (2, 3) and counts["time"] < 2 and counts["other"] < 2
    if not is_allowed or len({*names}) < len(names):
        return None
    numbers = range(len(axes))
    spatial = [i for i in numbers if kinds[i] == "space"]
    if {axes[i].name for i in spatial} <= {*"zyx"}:
        spatial.sort(key=lambda i: "zyx".index(axes[i].name))
    first = [i for kind in ("time", "other") for i in numbers if kinds[i] == kind]
    order = (*first, *spatial)
    return OmeAxes(tuple(axes[i] for i in order), order)


def _letters_of_pooled(rank: int, pooled: Sequence[int]) -> str | None:
    """Return letters for an array without a layout; None if its axes cannot be guessed."""
    count = min(max(len(pooled), 2), rank)
    is_last = all(axis >= rank - count for axis in pooled)
    others = rank - count
    return "C" * others + "ZYX"[-count:] if is_last and count <= 3 and others <= 1 else None
