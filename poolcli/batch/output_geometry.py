"""The position of output elements in the input, for metadata with a scale or a position."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from poolcli.core.axis import Axis
from poolcli.io.tiff.axis_scaling import IDENTITY, AxisScaling


class OutputGeometry(NamedTuple):
    """The position of the elements of a result in its input.

    Attributes
    ----------
    input_shape : tuple of int
        The shape of the input.
    scalings : dict of int to AxisScaling or None
        The scaling of each pooled axis; None if its windows have no common step.
    """

    input_shape: tuple[int, ...] = ()
    scalings: Mapping[int, AxisScaling | None] = {}

    def after_level(self, axes: Mapping[int, Axis]) -> OutputGeometry:
        """Return the geometry of a result that is pooled from this one.

        Parameters
        ----------
        axes : mapping of int to Axis
            The windows along each pooled axis.

        Examples
        --------
        >>> from poolcli.core.axis import fixed_axis
        >>> halved = fixed_axis(8, 2, 2, 1, padding=(0, 0), ceil_mode=False)
        >>> OutputGeometry((8,)).after_level({0: halved}).after_level({0: halved}).scalings
        {0: AxisScaling(scale=4.0, offset=0.0)}
        """
        scalings = dict(self.scalings)
        for number, axis in axes.items():
            before, scaling = scalings.get(number, IDENTITY), axis_scaling(axis)
            if before is None or scaling is None:
                scalings[number] = None
            else:
                scalings[number] = before.followed_by(scaling)
        return self._replace(scalings=scalings)

    def step_and_start(self, axis: int, size: int) -> tuple[Fraction, Fraction]:
        """Return the step of the outputs and the centre of the first, in elements of the input.

        Windows without a common step have the ratio of the sizes as their step.

        Parameters
        ----------
        axis : int
            An axis of the input.
        size : int
            The number of outputs along it.

        Examples
        --------
        >>> OutputGeometry((9,), {0: AxisScaling(4, 0.0)}).step_and_start(0, 2)
        (Fraction(4, 1), Fraction(3, 2))
        >>> OutputGeometry((9,), {0: None}).step_and_start(0, 2)
        (Fraction(9, 2), Fraction(7, 4))
        """
        scaling = self.scalings.get(axis, IDENTITY)
        if scaling is None:
            ratio = Fraction(self.input_shape[axis], size)
            return ratio, (ratio - 1) / 2
        return Fraction(scaling.scale), Fraction(scaling.centre_offset)


def axis_scaling(axis: Axis) -> AxisScaling | None:
    """Return the position of a pooled axis in its input; None if windows have no common step.

    A result has its place in the middle of its window.

    Examples
    --------
    >>> from poolcli.core.axis import adaptive_axis, fixed_axis
    >>> axis_scaling(fixed_axis(9, 3, 2, 1, padding=(1, 1), ceil_mode=False))
    AxisScaling(scale=2, offset=-0.5)
    >>> axis_scaling(adaptive_axis(9, 3)), axis_scaling(adaptive_axis(9, 2))
    (AxisScaling(scale=3, offset=0.0), None)
    """
    if axis.is_adaptive:
        return None
    centre = ((axis.kernel_size - 1) * axis.dilation + 1) / 2 - axis.pad_before
    return AxisScaling(axis.stride, centre - axis.stride / 2)
