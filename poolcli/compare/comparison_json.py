"""The JSON lines of a comparison: one for the input, and one for each mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, TextIO

from poolcli.compare.comparison_record import ComparisonRecord
from poolcli.report.record import Record, json_number
from poolcli.report.reporters import JsonReporter
from poolcli.report.run_totals import RunContext

KEYS = (
    "input", "member", "output", "status", "mode", "argument", "shape", "dtype", "kept", "peak",
    "mean", "shift", "noise_strength", "noise", "notes", "error",
)  # fmt: skip
"""The keys of every JSON line, as in comparison.schema.json."""

NUMBERS = ("argument", "kept", "peak", "mean", "shift", "noise")
"""The keys whose values are numbers of a `Row`."""


class ComparisonJsonReporter(JsonReporter):
    """Prints the JSON lines of each input, as soon as it is compared.

    Parameters
    ----------
    stream : text file
        The stream for the lines.
    context : RunContext
        Facts that the records do not hold.
    noise : float
        The strength of the noise, in standard deviations of the input.
    """

    def __init__(self, stream: TextIO, context: RunContext, noise: float) -> None:
        super().__init__(stream, context)
        self.noise = noise

    def add(self, record: Record) -> None:
        """Print the lines of a record."""
        common = dict.fromkeys(KEYS) | {"noise_strength": self.noise}
        for line in _json_lines(record):
            self.stream.write(self.dumps(common | line, allow_nan=False) + "\n")
        self.stream.flush()


def _json_lines(record: Record) -> Iterator[dict[str, Any]]:
    """Yield the JSON object of the input, whose mode is None, and of each mode; or of a failure.

    An input whose sheet exists and stays was not measured, and has none.
    """
    common = {"input": record.input, "member": record.member, "status": "ok"}
    if record.error is not None:
        yield {**common, "status": "failed", "notes": [], "error": asdict(record.error)}
    if not isinstance(record, ComparisonRecord) or record.comparison is None:
        return
    output = None if record.status == "planned" else record.output
    for row in record.comparison.rows:
        yield {
            **common,
            "output": output,
            "mode": row.mode,
            "shape": row.shape,
            "dtype": row.dtype,
            **{name: json_number(getattr(row, name)) for name in NUMBERS},
            "notes": record.notes,
        }
