"""The statistics of one box, which the report adds up."""

from __future__ import annotations

from typing import Any, NamedTuple

from poolcli.core.engine.statistics import Statistics


class BoxStatistics(NamedTuple):
    """The statistics of one box.

    Attributes
    ----------
    source : Statistics
        Those of the elements of the source in the box.
    levels : dict of int to Statistics
        Those of the outputs of the box, by level.
    """

    source: Statistics
    levels: dict[int, Statistics]

    def as_json(self) -> list[Any]:
        """Return lists that `from_json` reads; long doubles become floats.

        Examples
        --------
        >>> statistics = BoxStatistics(Statistics(1, 2, 3.0, 2), {1: Statistics(2, 2, 2.0, 1)})
        >>> statistics.as_json()
        [[1, 2, 3.0, 2], [[1, 2, 2, 2.0, 1]]]
        >>> BoxStatistics.from_json(statistics.as_json()) == statistics
        True
        """
        return [
            _numbers(self.source),
            [[key, *_numbers(each)] for key, each in self.levels.items()],
        ]

    @classmethod
    def from_json(cls, data: list[Any]) -> BoxStatistics:
        """Return the statistics that `as_json` has returned."""
        source, levels = data
        return cls(Statistics(*source), {key: Statistics(*rest) for key, *rest in levels})


def _numbers(statistics: Statistics) -> list[Any]:
    extremes = [
        value if value is None or isinstance(value, int) else float(value)
        for value in (statistics.min, statistics.max)
    ]
    return [*extremes, float(statistics.sum), statistics.count]
