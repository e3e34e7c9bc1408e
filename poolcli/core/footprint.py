"""Footprints: which elements of a window count, as users give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.masked_arrays import contains_masked_array
from poolcli.core.shape_text import shape_text

if TYPE_CHECKING:
    from poolcli.core.array_protocols import ArrayArgument

    FootprintArgument: TypeAlias = "str | ArrayArgument | Footprint"

FOOTPRINT_WORDS = ("disk", "cross", "ring")


class Footprint(NamedTuple):
    """A footprint that is independent of the input.

    Attributes
    ----------
    name : str
        One of `FOOTPRINT_WORDS`, or the name of an array.
    shape : tuple of int
        The shape of an array, which the kernel has too; empty for a word.
    elements : bytes
        The elements of an array in C order, one byte each.
    """

    name: str
    shape: tuple[int, ...] = ()
    elements: bytes = b""

    def check_kernel(self, kernel_size: Sequence[int]) -> None:
        """Raise `ArgumentError` if the footprint is an array of another shape than the kernel."""
        sizes = tuple(kernel_size) * (len(self.shape) if len(kernel_size) == 1 else 1)
        if self.shape and sizes != self.shape:
            from poolcli.core.window_diagram import footprint_diagram

            raise ArgumentError(
                f"the footprint is {shape_text(self.shape)}, the kernel size "
                f"{shape_text(kernel_size)}; they must be equal: kernel size "
                f"{shape_text(self.shape)}",
                "footprint",
                footprint_diagram(self.shape, self.elements, sizes),
            )


def as_footprint(value: Any, name: str = "footprint") -> Footprint | None:
    """Return a footprint given as a word, in any case, or as an array of the kernel's shape.

    Parameters
    ----------
    value : str, array_like of bool or Footprint, optional
        An array may also hold the integers 0 and 1.
    name : str
        The name of an array, for output names and messages.

    Raises
    ------
    ArgumentError
        If the word is unknown, the array has no axes or no element is True.
    ArgumentTypeError
        If the array holds anything but booleans, 0 and 1, or is masked.

    Examples
    --------
    >>> as_footprint("Disk").name
    'disk'
    >>> as_footprint([[0, 1], [1, 1]]).shape
    (2, 2)
    """
    if value is None or isinstance(value, Footprint):
        return value
    words = ", ".join(FOOTPRINT_WORDS)
    if isinstance(value, str):
        if value.strip().lower() in FOOTPRINT_WORDS:
            return Footprint(value.strip().lower())
        raise ArgumentError(
            f"the footprint must be {words} or a boolean array of the kernel's shape, not "
            f"{value!r}",
            "footprint",
        )
    if contains_masked_array(value):
        raise ArgumentTypeError(
            "footprint is a masked array, whose mask would be lost; fill it: "
            "footprint.filled(False)",
            "footprint",
        )
    import numpy as np  # the command line needs no array to parse a word

    from poolcli.core.array_protocols import as_array

    array = as_array("footprint", value)
    is_boolean = array.dtype.kind == "b" or (
        array.dtype.kind in "iu" and bool(np.isin(array, (0, 1)).all())
    )
    if not is_boolean:
        raise ArgumentTypeError(
            f"the footprint must be {words} or a boolean array of the kernel's shape, not an array "
            f"of {array.dtype}",
            "footprint",
        )
    if array.ndim == 0 or not array.any():
        raise ArgumentError(
            "the footprint must have at least one axis and one element that is True", "footprint"
        )
    return Footprint(name, array.shape, array.astype(np.bool_).tobytes())
