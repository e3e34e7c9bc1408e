"""The levels of an image that is written, and how they were made; OME-Zarr metadata name both."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple


class OutputLevel(NamedTuple):
    """One resolution of an image that is written.

    Attributes
    ----------
    path : str
        The path of its array in the group.
    scale : tuple of Fraction, optional
        The distance between elements, in the units of the axes; None for 1.
    translation : tuple of Fraction, optional
        The position of the first element; None for 0, which is not written.
    """

    path: str
    scale: tuple[Fraction, ...] | None = None
    translation: tuple[Fraction, ...] | None = None


class Downscaling(NamedTuple):
    """The method of downscaling and its arguments, as ``multiscales`` have them.

    Attributes
    ----------
    type : str
        The method.
    metadata : dict
        What was run: function, version, arguments.
    """

    type: str
    metadata: dict[str, Any]
