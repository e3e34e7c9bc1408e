"""The resolution of a TIFF (tags 282 and 283), where it is a measurement: ImageJ and OME-TIFF."""

from __future__ import annotations

from fractions import Fraction

from poolcli.io.tiff.axis_scaling import AxisScaling

MAX_UINT32 = (1 << 32) - 1


def scale_resolution(numerator: int, denominator: int, axis: AxisScaling) -> tuple[int, int] | None:
    """Return the resolution of the output in pixels per unit, as numerator and denominator.

    Parameters
    ----------
    numerator, denominator : int
        The resolution of the input.
    axis : AxisScaling
        The position of output pixels in the input.

    Returns
    -------
    (int, int) or None
        Each below 2³²; exact if possible, else rounded. None if the input's resolution is not
        positive, or out of range for the output.

    Examples
    --------
    >>> scale_resolution(5, 1, AxisScaling(2))
    (5, 2)
    """
    if numerator <= 0 or denominator <= 0:
        return None
    if axis.scale == 1:
        return numerator, denominator
    exact = Fraction(numerator, denominator) / Fraction(axis.scale)
    # `limit_denominator` limits the larger of two terms if it is the denominator.
    below_one = min(exact, 1 / exact).limit_denominator(MAX_UINT32)
    if not below_one:
        return None
    rounded = below_one if exact < 1 else 1 / below_one
    return rounded.numerator, rounded.denominator
