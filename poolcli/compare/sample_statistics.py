"""Count, mean and standard deviation of numbers that arrive one after the other."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction


class SampleStatistics:
    """The number of values, their mean and their sample standard deviation, in constant memory.

    The sums of the values and of their squares are exact, so that the results do not depend on the
    order in which the inputs of a run are completed.

    Examples
    --------
    >>> sample = SampleStatistics()
    >>> for value in (1.0, None, 2.0, 6.0):
    ...     sample.add(value)
    >>> sample.count, sample.mean, round(sample.deviation, 6)
    (3, 3.0, 2.645751)
    """

    def __init__(self) -> None:
        self.count = 0
        self._sum = self._sum_of_squares = Fraction(0)

    def add(self, value: float | None) -> None:
        """Add a value; None and what is not finite do not count."""
        if value is None or not math.isfinite(value):
            return
        exact = Fraction(float(value))
        self.count += 1
        self._sum += exact
        self._sum_of_squares += exact * exact

    @property
    def mean(self) -> float | None:
        """The mean; None without values."""
        return float(self._sum / self.count) if self.count else None

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation (`ddof` 1 in NumPy); None for fewer than two values."""
        if self.count < 2:
            return None
        variance = (self._sum_of_squares - self._sum**2 / self.count) / (self.count - 1)
        # A decimal has no largest value that the square of a deviation could exceed.
        return float((Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt())
