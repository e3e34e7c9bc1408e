"""The check of the argument `min_valid`, a share."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from numbers import Rational, Real

from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.exact_numbers import number_text


def as_min_valid(value: object) -> Fraction | None:
    """Return a share from 0 to 1 exactly, a float as its shortest decimal; None for 0 and None.

    Raises
    ------
    ArgumentTypeError
        If the value is not a number.
    ArgumentError
        If it is not from 0 to 1.

    Examples
    --------
    >>> as_min_valid(0.07), as_min_valid(1), as_min_valid(0)
    (Fraction(7, 100), Fraction(1, 1), None)
    """
    if value is None:
        return None
    share = None
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ArgumentTypeError(f"min_valid must be a number, not {value!r}", "min_valid")
    if isinstance(value, Rational):
        share = Fraction(int(value.numerator), int(value.denominator))
    else:
        with suppress(ValueError):  # NaN or an infinity
            share = Fraction(str(value))
    if share is None or not 0 <= share <= 1:
        shown = repr(value) if share is None else number_text(share)
        raise ArgumentError(f"min_valid must be from 0 to 1, not {shown}", "min_valid")
    return share or None
