"""The geometry of an output along one axis, relative to its input."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple


class AxisScaling(NamedTuple):
    """The position of output elements in the input, along one axis.

    Positions are counted in elements from the outer edge of the first one, so that element ``i``
    is centred at ``i + 0.5``. Output position ``u`` is input position ``scale * u + offset``.

    Attributes
    ----------
    scale : float
        The step between output elements, in input elements; positive.
    offset : float
        The input position of the outer edge of the first output element.

    Examples
    --------
    >>> AxisScaling(2, -0.5).input_position(1)
    1.5
    """

    scale: float = 1.0
    offset: float = 0.0

    @property
    def is_identity(self) -> bool:
        """Whether output positions are input positions."""
        return self == (1, 0)

    @property
    def centre_offset(self) -> float:
        """The offset if positions are counted from the centre of the first element instead."""
        return self.offset + (self.scale - 1) / 2

    def input_position(self, position: float) -> float:
        """Return the input position of an output position."""
        return self.scale * position + self.offset

    def output_position(self, position: float) -> float:
        """Return the output position of an input position."""
        return (position - self.offset) / self.scale

    def followed_by(self, other: AxisScaling) -> AxisScaling:
        """Return both scalings in one, as of a level of a pyramid that pools the level before.

        Parameters
        ----------
        other : AxisScaling
            The position of the elements of the last output in the output of this scaling.

        Examples
        --------
        >>> AxisScaling(2, -0.5).followed_by(AxisScaling(3, 1))
        AxisScaling(scale=6, offset=1.5)
        """
        return AxisScaling(self.scale * other.scale, self.input_position(other.offset))


IDENTITY = AxisScaling()
"""The scaling of an axis that is not pooled."""

AxisScalings = Mapping[str, AxisScaling | None]
"""The scalings of the pooled axes by their letters: X (columns), Y (rows), Z, C, T. None marks an
axis whose windows have no common step, such as adaptive windows of unlike length."""


class OutputAxes(NamedTuple):
    """The axes of all pages of an output together.

    Attributes
    ----------
    letters : str
        A letter for each axis, as tifffile has them: T (time), Z, C (pages of one channel each),
        Y, X, S (samples of a pixel). The last two, or three with S, are the axes of a page.
    sizes : tuple of int
        The size of each axis.
    scalings : mapping of str to AxisScaling or None
        The scalings of the pooled axes.
    """

    letters: str
    sizes: tuple[int, ...]
    scalings: AxisScalings

    def size(self, letter: str) -> int:
        """Return the size of an axis; 1 if there is no such axis."""
        return dict(zip(self.letters, self.sizes, strict=True)).get(letter, 1)

    def scaling(self, letter: str) -> AxisScaling | None:
        """Return the scaling of an axis, which is the identity if it is not pooled."""
        return self.scalings.get(letter, IDENTITY)

    @property
    def page_count(self) -> int:
        """The number of pages."""
        page_letters = {*"YXS"}
        pairs = zip(self.letters, self.sizes, strict=True)
        return math.prod(size for letter, size in pairs if letter not in page_letters)

    @property
    def pooled_letters(self) -> frozenset[str]:
        """The axes that are not as in the input."""
        return frozenset(each for each in self.scalings if self.scalings[each] != IDENTITY)
