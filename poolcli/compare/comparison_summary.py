"""The summary of many comparisons: mean and spread of each measurement, for each mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poolcli.compare.comparison import Row
from poolcli.compare.comparison_table import legend_lines
from poolcli.compare.measurement_text import percent, ratio_to_original
from poolcli.compare.sample_statistics import SampleStatistics

MEASUREMENTS = ("kept", "peaks", "mean", "shift", "noise")
"""The headings of the measurements, in the order of the table."""

ROUNDING_ERROR = 1e-5
"""The deviation relative to the mean below which it comes from the rounding of 32-bit floats."""


class ComparisonSummary:
    """Statistics of the measurements of a run, in memory that does not grow with its inputs.

    Parameters
    ----------
    modes : sequence of str
        The modes that are compared, in the order of the rows.

    Attributes
    ----------
    count : int
        The number of inputs.

    Examples
    --------
    >>> original = Row(None, None, (4, 4), "uint8", 16, 1.0, 80.0, 50.0, 0.2, 0.1, [])
    >>> pooled = original._replace(mode="max", kept=0.25, peak=88.0, shift=0.1, noise=None)
    >>> summary = ComparisonSummary(["max"])
    >>> for shift in (0.1, 0.2):
    ...     summary.add([original, pooled._replace(shift=shift)])
    >>> for row in summary.rows():
    ...     print(*row.values(), sep=", ")
    original, 100 ± 0 %, 100 ± 0 %, 100 ± 0 %, 20 ± 0 %, 10 ± 0 %
    max, 25 ± 0 %, 110 ± 0 %, 100 ± 0 %, 15 ± 7.1 %, -
    """

    def __init__(self, modes: Sequence[str]) -> None:
        self.count = 0
        self._names: dict[str | None, str] = {}
        self._statistics = {
            mode: {name: SampleStatistics() for name in MEASUREMENTS} for mode in (None, *modes)
        }

    def add(self, rows: Sequence[Row]) -> None:
        """Add the rows of one comparison, that of the input first."""
        self.count += 1
        for row in rows:
            self._names[row.mode] = row.name
            for name, value in _measured(row, rows[0]).items():
                self._statistics[row.mode][name].add(value)

    def rows(self) -> list[dict[str, str]]:
        """Return the cells of each row by column heading."""
        return [
            {
                "mode": self._names[mode],
                **{name: self._cell(statistics[name]) for name in MEASUREMENTS},
            }
            for mode, statistics in self._statistics.items()
            if mode in self._names
        ]

    def legend(self, noise: float) -> Iterator[str]:
        """Yield the lines below the table.

        Parameters
        ----------
        noise : float
            The strength of the noise, in standard deviations of the input.
        """
        inputs = "1 input" if self.count == 1 else f"{self.count} inputs"
        yield f"Mean ± sample standard deviation (ddof 1; - for one input) over {inputs}."
        if any("n=" in cell for row in self.rows() for cell in row.values()):
            yield "n: number of inputs for which a measurement is defined, if these are fewer."
        yield from legend_lines(noise, with_ratios=False)

    def _cell(self, sample: SampleStatistics) -> str:
        """Return mean and standard deviation, and their number of inputs if these are fewer."""
        if not sample.count:
            return "-"
        mean, deviation = sample.mean, sample.deviation
        text = f"{percent(mean)} ± -"
        if mean is not None and deviation is not None:
            text = f"{percent(mean).removesuffix(' %')} ± {_spread(deviation, mean)}"
        return text if sample.count == self.count else f"{text} (n={sample.count})"


def _spread(share: float, mean: float) -> str:
    """Return a standard deviation in per cent, with two digits below 100 %; 0 if it is tiny."""
    if share < ROUNDING_ERROR * mean:
        return "0 %"
    return percent(share) if share >= 0.995 else f"{100 * share:.2g} %"


def _measured(row: Row, original: Row) -> dict[str, float | None]:
    """Return the measurements of a row by heading; peaks and mean relative to the original."""
    return {
        "kept": row.kept,
        "peaks": ratio_to_original(row.peak, original.peak),
        "mean": ratio_to_original(row.mean, original.mean),
        "shift": row.shift,
        "noise": row.noise,
    }
