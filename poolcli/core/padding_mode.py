"""Padding modes: what padding contains if it has values."""

from __future__ import annotations

from typing import NamedTuple

from poolcli.core.axis import Axis
from poolcli.core.errors import ArgumentError, ArgumentTypeError, WindowError
from poolcli.core.exact_numbers import Number, number_text, read_exact_number

COPYING_PADDING_MODES = ("reflect", "replicate", "symmetric", "circular")
"""Padding modes that copy elements of the axis: `reflect` and `symmetric` as in `numpy.pad`,
`replicate` and `circular` as in PyTorch."""

CONSTANT = "constant"


class PaddingMode(NamedTuple):
    """A padding mode.

    Attributes
    ----------
    name : str
        One of `COPYING_PADDING_MODES`, or "constant".
    constant : number, optional
        The value of padded elements, exactly; only for "constant".
    """

    name: str
    constant: Number | None = None

    @property
    def text(self) -> str:
        """The mode as users write it: ``reflect``, ``constant:0``."""
        return self.name if self.constant is None else f"{self.name}:{number_text(self.constant)}"

    def check_size(self, axis: Axis) -> None:
        """Raise `WindowError` if the padding needs more elements than the axis has.

        `reflect` leaves out the edge element, so that the padding must be smaller than the axis;
        `symmetric` and `circular` allow as much padding as the axis has elements.
        """
        padding = max(axis.pad_before, axis.pad_after)
        if axis.size < 1 or self.name not in ("reflect", "symmetric", "circular"):
            return
        largest = axis.size - 1 if self.name == "reflect" else axis.size
        if padding > largest:
            from poolcli.core.window_diagram import copied_padding_diagram

            raise WindowError(
                f"padding {padding} is too large: {self.name} fills at most {largest} at "
                f"the ends of an axis of {axis.size}; replicate and constant:V have no limit",
                "padding",
                copied_padding_diagram(axis, largest),
            )


def as_padding_mode(value: object) -> PaddingMode | None:
    """Return a padding mode given as a word, in any case, or as ``constant:V``.

    Parameters
    ----------
    value : str, optional
        One of `COPYING_PADDING_MODES`, or ``constant:`` and a number, which may be ``nan`` or
        ``inf``.

    Raises
    ------
    ArgumentError
        If the word is unknown, or what follows ``constant:`` is not a number.
    ArgumentTypeError
        If the value is not a string.

    Examples
    --------
    >>> as_padding_mode("Reflect")
    PaddingMode(name='reflect', constant=None)
    >>> as_padding_mode("constant:0.5").constant
    Fraction(1, 2)
    """
    if value is None:
        return None
    words = ", ".join(COPYING_PADDING_MODES)
    message = f"the padding mode must be {words} or constant:V, not {value!r}"
    if not isinstance(value, str):
        raise ArgumentTypeError(message, "padding_mode")
    word, colon, text = value.strip().lower().partition(":")
    if word in COPYING_PADDING_MODES and not colon:
        return PaddingMode(word)
    if word != CONSTANT:
        raise ArgumentError(message, "padding_mode")
    try:
        return PaddingMode(word, read_exact_number(text))
    except (ValueError, OverflowError):
        raise ArgumentError(
            f"the padding mode {value!r} needs a number: constant:0, constant:-9999, constant:nan",
            "padding_mode",
        ) from None
